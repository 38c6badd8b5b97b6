"""Advice composed from the retrieved cards, with no model: the words are the cards' own."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from assistant.advice import Action, Advice, Citation
from assistant.assessment import Assessment, Pole, Verdict
from assistant.context import Context
from assistant.text import shorten
from knowledge.card import AUDIENCES, HORIZONS, Card, CardAction
from knowledge.retriever import CardHit

T = TypeVar("T")

BALANCE: dict[Verdict, dict[Pole, int]] = {
    "management": {"management": 3, "leadership": 1},
    "both": {"management": 2, "leadership": 2},
    "leadership": {"management": 1, "leadership": 3},
}
"""How many actions of each pole a verdict gets."""

PER_CARD = 2
AUDIENCE_FIT = 0.5
OCCASION_FIT = 0.3
LATER = 0.1
"""What fitting words are worth against a card's score, in units of that score."""


@dataclass(frozen=True, kw_only=True)
class Brief:
    """Everything an adviser needs to know about one turn."""

    focus: str
    """The user's clause that says most of the situation, for the one-sentence reflection; may be
    empty. Never from the part that is left to a human."""
    assessment: Assessment
    context: Context
    hits: tuple[CardHit, ...]
    """Cards above the floor, best first."""
    advised: frozenset[str]
    """Citation ids of actions given earlier in the conversation."""
    question: str | None


class Adviser(Protocol):
    """Writes the advice of one turn."""

    def advise(self, brief: Brief) -> Advice | None:
        """The advice, or None when the cards hold nothing that was not given before."""
        ...


@dataclass(frozen=True)
class _Candidate:
    hit: CardHit
    action: CardAction
    score: float

    @property
    def id(self) -> str:
        return f"card:{self.hit.card.id}#action-{self.action.number}"


class EmbeddedAdviser:
    """Picks actions by fit and balances them by the verdict."""

    def advise(self, brief: Brief) -> Advice | None:
        """See Adviser."""
        chosen = self._choose(brief)
        if not chosen:
            return None
        actions = tuple(_action(c) for c in chosen)
        cards = _unique(c.hit.card for c in chosen)
        avoid = [line for card in cards[:2] for line in _bullets(card)[:1]]
        citations = _unique(
            [c for a in actions for c in a.citations]
            + [_cite(card, "avoid") for card in cards[:2]]
            + [_cite(cards[0], "when")]
        )
        return Advice(
            summary=_summary(brief, chosen),
            first=_first(chosen, brief.context),
            actions=actions,
            avoid=tuple(avoid),
            question=brief.question,
            citations=tuple(citations),
        )

    def _choose(self, brief: Brief) -> list[_Candidate]:
        candidates = [
            _Candidate(hit, action, hit.score + _fit(action, brief.context))
            for hit in brief.hits
            for action in hit.card.actions
        ]
        fresh = [c for c in candidates if c.id not in brief.advised]
        chosen: list[_Candidate] = []
        for pole, count in BALANCE[brief.assessment.verdict].items():
            wanted = len(chosen) + count
            mine = [c for c in fresh if c.action.pole == pole]
            for candidate in sorted(mine, key=lambda c: -c.score):
                used = sum(c.hit.card.id == candidate.hit.card.id for c in chosen)
                if used < PER_CARD and len(chosen) < wanted:
                    chosen.append(candidate)
        poles: list[Pole] = ["management", "leadership"]
        if brief.assessment.leadership_share > 0.5:
            poles.reverse()
        return sorted(
            chosen,
            key=lambda c: (poles.index(c.action.pole), HORIZONS.index(c.action.horizon), -c.score),
        )


def _fit(action: CardAction, context: Context) -> float:
    about = action.fits & set(AUDIENCES)
    score = 0.0
    if context.audiences:
        score += AUDIENCE_FIT if about & context.audiences else -AUDIENCE_FIT
    for occasion, present in (
        ("remote", context.remote),
        ("new in role", context.new_in_role),
        ("deadline", bool(context.deadline)),
    ):
        if occasion in action.fits:
            score += OCCASION_FIT if present else 0.0
    if context.deadline:
        score += OCCASION_FIT if action.horizon in ("today", "this_week") else -OCCASION_FIT
    return score - LATER * HORIZONS.index(action.horizon)


def _action(candidate: _Candidate) -> Action:
    action, card = candidate.action, candidate.hit.card
    return Action(
        pole=action.pole,
        horizon=action.horizon,
        title=action.title,
        step=action.step,
        words_to_say=action.say,
        done_when=action.done_when,
        watch_out=action.watch_out,
        citations=(_cite(card, f"action-{action.number}"),),
    )


def _cite(card: Card, key: str) -> Citation:
    return Citation(id=f"card:{card.id}#{key}", title=card.title, heading=card.section_heading(key))


def _bullets(card: Card) -> list[str]:
    return [
        line.removeprefix("- ").strip()
        for line in card.sections["avoid"].split("\n")
        if line.strip()
    ]


def _summary(brief: Brief, chosen: Sequence[_Candidate]) -> str:
    """One sentence: the user's own words, then the cause the best cards name."""
    cards = _unique(c.hit.card for c in sorted(chosen, key=lambda c: -c.score))
    causes = [cards[0].cause]
    if brief.assessment.verdict == "both":
        other = [c for c in cards[1:] if c.pole not in (cards[0].pole, "bridge")]
        causes += [c.cause for c in other[:1]]
    quote = shorten(brief.focus, 140).rstrip(".,;:!? ")
    looks = "it may come down to" if brief.assessment.confidence < 0.5 else "this looks like"
    cause = ", together with ".join(causes)
    if quote:
        return f"You wrote \u201c{quote}\u201d: {looks} {cause}."
    return f"From what you describe, {looks} {cause}."


def _first(chosen: Sequence[_Candidate], context: Context) -> str:
    soonest = min(chosen, key=lambda c: (HORIZONS.index(c.action.horizon), -c.score)).action
    lead = (
        f"You said \u201c{shorten(context.deadline, 40)}\u201d, so start here"
        if context.deadline
        else "Start here"
    )
    return f"{lead}: {soonest.title[0].lower()}{soonest.title[1:]}. {soonest.step}"


def _unique(items: Iterable[T]) -> list[T]:
    return list(dict.fromkeys(items))
