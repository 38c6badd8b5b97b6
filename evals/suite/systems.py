"""The systems that answer cases: the coach as it ships, and worthless ones that must fail."""

import random
from collections.abc import Sequence
from dataclasses import replace
from time import perf_counter
from typing import Protocol

from assistant.coach import Coach
from assistant.conversation import Conversation, Message
from assistant.factory import Application
from assistant.render import as_text
from assistant.text import clauses
from evals.suite.answer import Answer, failed
from evals.suite.cases import Case

EVIDENCE_SETS = ("natural",)
EVERY = 4
"""Evidence is tested on every fourth natural case: it takes several passes each."""


class System(Protocol):
    """Whatever is measured."""

    def answer(self, case: Case) -> Answer:
        """The answer to one case; must not raise."""
        ...


class CoachSystem:
    """The coach as the application wires it."""

    def __init__(self, application: Application):
        self._coach: Coach = application.coach
        self._known = application.library.citation_ids
        self._count = 0

    def answer(self, case: Case) -> Answer:
        """See System."""
        try:
            return self._answer(case)
        except Exception as error:
            return failed(error)

    def _answer(self, case: Case) -> Answer:
        conversation = self._conversation(case)
        start = perf_counter()
        reply = self._coach.reply(conversation)
        took = (perf_counter() - start) * 1e3
        ranked = tuple(h.card.id for h in self._coach.retrieve(conversation, 20))
        retrieved = {h.card.id for h in self._coach.consider(conversation).hits}
        cited = tuple(c.id for c in reply.advice.citations) if reply.advice else ()
        assessment = reply.assessment
        made = Answer(
            kind=reply.kind,
            scope=reply.screening.scope,
            share=assessment.leadership_share if assessment else None,
            verdict=assessment.verdict if assessment else None,
            confidence=assessment.confidence if assessment else None,
            escalations=tuple(e.id for e in reply.screening.escalations),
            question=reply.question,
            ranked=ranked,
            actions=tuple(c.id for a in reply.advice.actions for c in a.citations)
            if reply.advice
            else (),
            cited=cited,
            valid=tuple(
                c
                for c in cited
                if c in self._known and c.removeprefix("card:").partition("#")[0] in retrieved
            ),
            text=as_text(reply),
            milliseconds=took,
        )
        self._count += case.dataset in EVIDENCE_SETS
        if assessment and case.dataset in EVIDENCE_SETS and self._count % EVERY == 0:
            spans = [(e.start, e.end) for e in assessment.evidence]
            return self._with_evidence(made, case.turns[0], spans)
        return made

    def _conversation(self, case: Case) -> Conversation:
        """The case's turns with the coach's own replies between them, as a person would see it."""
        messages: list[Message] = []
        for text in case.turns[:-1] if case.dataset == "conversations" else ():
            messages.append(Message(role="user", content=text))
            reply = self._coach.reply(Conversation(messages=tuple(messages)))
            given = (
                tuple(c.id for a in reply.advice.actions for c in a.citations)
                if reply.advice
                else ()
            )
            messages.append(
                Message(
                    role="assistant", content=as_text(reply), advised=given, asked=reply.question
                )
            )
        if not messages:
            return Conversation.of(*case.turns)
        messages.append(Message(role="user", content=case.turns[-1]))
        return Conversation(messages=tuple(messages))

    def _with_evidence(self, made: Answer, text: str, spans: Sequence[tuple[int, int]]) -> Answer:
        """ERASER's comprehensiveness (DeYoung et al. 2020, arXiv 1911.03429)."""
        assert made.share is not None
        others = [c for c in clauses(text) if not any(c.start < e and s < c.end for s, e in spans)]
        wanted = sum(e - s for s, e in spans)
        rng = random.Random(text)  # noqa: S311
        rng.shuffle(others)
        drawn: list[tuple[int, int]] = []
        while others and sum(e - s for s, e in drawn) < wanted:
            clause = others.pop()
            drawn.append((clause.start, clause.end))
        if not drawn or not spans:
            return made
        return replace(
            made,
            comprehensiveness=self._moved(made.share, text, spans),
            random_comprehensiveness=self._moved(made.share, text, drawn),
        )

    def _moved(self, share: float, text: str, spans: Sequence[tuple[int, int]]) -> float:
        left = text
        for start, end in sorted(spans, reverse=True):
            left = left[:start] + left[end:]
        assessment = self._coach.assess(Conversation.of(left)).assessment
        return abs(share - (assessment.leadership_share if assessment else 0.5))


def null_systems(cases: Sequence[Case], cards: Sequence[str]) -> dict[str, System]:
    """Worthless systems by name; every one must fail the gate."""
    return {
        "constant both": _Constant(verdict="both", share=0.5),
        "majority": _Constant(verdict="management", share=0.2),
        "echo": _Constant(verdict="both", share=0.5, echo=True),
        "random card": _Constant(verdict="both", share=0.5, cards=tuple(cards)),
        "cite everything": _Constant(
            verdict="both", share=0.5, cited=tuple(f"card:{c}#when" for c in cards)
        ),
        "always escalate": _Constant(verdict="both", share=0.5, escalate=True),
        "refuse all": _Constant(verdict=None, share=None, kind="decline"),
    }


class _Constant:
    """Says the same whatever is asked, apart from what makes it the null it is."""

    def __init__(  # noqa: PLR0913
        self,
        *,
        verdict: str | None,
        share: float | None,
        kind: str = "advice",
        echo: bool = False,
        escalate: bool = False,
        cards: tuple[str, ...] = (),
        cited: tuple[str, ...] = (),
    ):
        self._verdict, self._share, self._kind = verdict, share, kind
        self._echo, self._escalate, self._cards, self._cited = echo, escalate, cards, cited

    def answer(self, case: Case) -> Answer:
        """See System."""
        rng = random.Random(case.id)  # noqa: S311
        ranked = tuple(rng.sample(self._cards, 20)) if self._cards else ()
        actions = tuple(f"card:{c}#action-1" for c in ranked[:4])
        return Answer(
            kind="referral" if self._escalate else self._kind,
            scope="out" if self._kind == "decline" else "in",
            share=self._share,
            verdict=self._verdict,
            confidence=0.9 if self._verdict else None,
            escalations=("harassment",) if self._escalate else (),
            question=None,
            ranked=ranked,
            actions=actions,
            cited=self._cited or actions,
            valid=(),
            text=case.turns[-1] if self._echo else "Talk to them.",
            milliseconds=0.1,
        )


class Previous:
    """Gives each case the answer of the case before it."""

    def __init__(self, system: System):
        self._system = system
        self._last: Answer | None = None

    def answer(self, case: Case) -> Answer:
        """See System."""
        now = self._system.answer(case)
        last, self._last = self._last or now, now
        return last


class Shuffled:
    """The coach with the verdicts of other cases: right in its mix, wrong in each."""

    def __init__(self, answers: dict[str, Answer], seed: int = 0):
        ids = list(answers)
        mixed = ids.copy()
        random.Random(seed).shuffle(mixed)  # noqa: S311
        self._answers = {
            i: replace(
                answers[i],
                share=answers[j].share,
                verdict=answers[j].verdict,
                confidence=answers[j].confidence,
                ranked=answers[j].ranked,
            )
            for i, j in zip(ids, mixed, strict=True)
        }

    def answer(self, case: Case) -> Answer:
        """See System."""
        return self._answers[case.id]
