"""From a situation's words to its assessment: one forward pass, linear heads, exact spans."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import erf, sqrt

import numpy as np

from assistant.assessment import (
    LEADERSHIP_FROM,
    MANAGEMENT_UP_TO,
    Assessment,
    Evidence,
    verdict_of,
)
from assistant.conversation import Conversation
from assistant.corrections import correction
from assistant.heads import Heads
from assistant.probes import Probes
from assistant.text import Clause, clauses
from knowledge.encoder import Encoder, Vectors

SURE = 0.62
"""From this confidence on no question is asked."""
LAST_MESSAGE = 2.0
"""How much a token of the latest message counts against one of an earlier message."""
MIN_FOCUS_WORDS = 4
MAX_FOCUS_WORDS = 28
MAX_EVIDENCE = 4
MIN_WEIGHT = 0.015
ANSWER_CONFIDENCE = 0.12

Spans = Sequence[tuple[int, int, int]]
"""Message, start, end."""


@dataclass(frozen=True)
class Reading:
    """One forward pass over all of the user's messages."""

    vector: Vectors
    """[384], unit length."""
    tokens: Vectors
    """[tokens, 384], weighted."""
    spans: np.ndarray
    """[tokens, 3]: message, start, end in code points of that message."""
    texts: tuple[str, ...]
    """The messages it was made from."""

    @cached_property
    def clauses(self) -> tuple[tuple[int, Clause, np.ndarray], ...]:
        """Message, clause and mask of its tokens, for every clause the encoder has seen."""
        found = [
            (number, clause, self.inside(number, clause.start, clause.end))
            for number, text in enumerate(self.texts)
            for clause in clauses(text)
        ]
        return tuple(entry for entry in found if entry[2].any())

    def without(self, taken: np.ndarray) -> Vectors:
        """The vector with some tokens left out; zero when no word is left."""
        words = self.spans[:, 2] > self.spans[:, 1]
        if not (words & ~taken).any():
            return np.zeros_like(self.vector)
        return _unit(self.tokens[~taken].sum(axis=0))

    def inside(self, message: int, start: int, end: int) -> np.ndarray:
        """Mask of the tokens that lie within a stretch of a message."""
        s = self.spans
        word = s[:, 2] > s[:, 1]
        return word & (s[:, 0] == message) & (s[:, 1] >= start) & (s[:, 2] <= end)

    def central(self, hidden: Spans = ()) -> str:
        """The user's clause that lies nearest to the whole, in their own words; empty when none.

        `hidden` holds message, start and end of stretches that must not be repeated.
        """
        best: tuple[float, str] = (-1.0, "")
        for number, clause, taken in self.clauses:
            if any(m == number and s < clause.end and clause.start < e for m, s, e in hidden):
                continue
            quote = self.texts[number][clause.start : clause.end]
            if MIN_FOCUS_WORDS <= len(quote.split()) <= MAX_FOCUS_WORDS:
                near = float(self.vector @ _unit(self.tokens[taken].sum(axis=0)))
                best = max(best, (near, quote))
        return best[1]


class Classifier:
    """Assesses situations with the shipped heads."""

    def __init__(self, encoder: Encoder, heads: Heads, probes: Probes):
        self._encoder = encoder
        self._heads = heads
        self._probes = probes

    def read(self, texts: Sequence[str]) -> Reading:
        """Encode the messages together, the latest counting more."""
        joined = "\n".join(texts)
        encoding = self._encoder.encode([joined])
        starts = np.cumsum([0] + [len(t) + 1 for t in texts])
        offsets = encoding.offsets[0]
        message = np.searchsorted(starts, offsets[:, 0], side="right") - 1
        spans = np.column_stack([message, offsets - starts[message][:, None]])
        weights = np.where((message == len(texts) - 1) & (len(texts) > 1), LAST_MESSAGE, 1.0)
        tokens = encoding.token_vectors[0] * weights[:, None].astype(np.float32)
        return Reading(_unit(tokens.sum(axis=0)), tokens, spans, tuple(texts))

    def out_of_scope(self, reading: Reading) -> float:
        """Probability, 0 to 1, that the messages are not about leading people or work."""
        return self._heads.out_of_scope(reading.vector)

    def subdomains(self, reading: Reading) -> dict[str, float]:
        """Probability, 0 to 1, of each sub-domain."""
        return self._heads.subdomains.probabilities(reading.vector)

    def escalation(self, reading: Reading) -> dict[str, float]:
        """Probability, 0 to 1, of each class that belongs with a human, and of `any`."""
        return self._heads.escalation.probabilities(reading.vector)

    def escalating_clause(self, reading: Reading, class_id: str) -> tuple[int, int, int] | None:
        """Message, start and end of the clause that speaks most for a class; None without one."""
        best: tuple[float, tuple[int, int, int]] | None = None
        for number, clause, taken in reading.clauses:
            without = reading.without(taken)
            left = self._heads.escalation.probabilities(without)[class_id] if without.any() else 0.0
            if best is None or left < best[0]:
                best = (left, (number, clause.start, clause.end))
        return best[1] if best else None

    def assess(self, conversation: Conversation, reading: Reading) -> Assessment:
        """The assessment of all the user's messages; the latest plain fact wins."""
        texts = conversation.user_texts
        shift = self._shift(conversation)
        share = float(np.clip(self._heads.share(reading.vector) + shift, 0.0, 1.0))
        likely = self.subdomains(reading)
        confidence = _confidence(share, self._heads.share_error)
        if shift:
            confidence = min(0.95, confidence + ANSWER_CONFIDENCE)
        probe = self._probes.best(texts, share, likely) if confidence < SURE else None
        subdomains = _agreeing(likely, share)
        return Assessment(
            leadership_share=round(share, 3),
            confidence=round(confidence, 3),
            evidence=self._evidence(reading),
            subdomains=subdomains,
            question=probe.question
            if probe and probe.question not in conversation.questions
            else None,
        )

    def _shift(self, conversation: Conversation) -> float:
        """What answers and corrections after the first message add to the share."""
        shift, asked, first = 0.0, None, True
        for message in conversation.messages:
            if message.role == "assistant":
                asked = message.asked
                continue
            if not first:
                answer = self._probes.answered(asked, message.content) if asked else 0.0
                stated = correction(message.content)
                # the latest message that settles something wins; a stated fact beats its "no"
                agree = answer + stated if answer * stated > 0 else stated or answer
                shift = agree or shift
            first, asked = False, None
        return shift

    def _evidence(self, reading: Reading) -> tuple[Evidence, ...]:
        """The clauses that moved the share most: how it changes when each is left out."""
        share = self._heads.share(reading.vector)
        found: list[Evidence] = []
        for number, clause, taken in reading.clauses:
            without = reading.without(taken)
            rest = self._heads.share(without) if without.any() else 0.5
            found.append(
                Evidence(
                    message=number,
                    start=clause.start,
                    end=clause.end,
                    quote=reading.texts[number][clause.start : clause.end],
                    pole="leadership" if share > rest else "management",
                    weight=round(abs(share - rest), 4),
                )
            )
        strong = sorted((e for e in found if e.weight >= MIN_WEIGHT), key=lambda e: -e.weight)
        chosen = (strong or sorted(found, key=lambda e: -e.weight)[:1])[:MAX_EVIDENCE]
        return tuple(sorted(chosen, key=lambda e: (e.message, e.start)))


def _agreeing(likely: dict[str, float], share: float) -> tuple[str, ...]:
    """Up to three sub-domains, those of the verdict's pole first."""
    verdict = verdict_of(share)
    lean = {"management": ("m", 0.15), "leadership": ("l", 0.15), "both": ("", 0.0)}[verdict]
    scored = {
        name: p + (lean[1] if lean[0] and name.startswith(lean[0]) else 0.0)
        for name, p in likely.items()
    }
    order = sorted(scored, key=lambda n: -scored[n])
    return tuple(
        n for i, n in enumerate(order[:3]) if i == 0 or scored[n] >= 0.6 * scored[order[0]]
    )


def _confidence(share: float, error: float) -> float:
    """Probability that the true share lies in the verdict's band, for a normal error."""

    def below(x: float) -> float:
        return 0.5 * (1.0 + erf((x - share) / (error * sqrt(2.0))))

    low, high = below(MANAGEMENT_UP_TO), 1.0 - below(LEADERSHIP_FROM)
    verdict = verdict_of(share)
    return {"management": low, "leadership": high, "both": 1.0 - low - high}[verdict]


def _unit(vector: Vectors) -> Vectors:
    return vector / max(float(np.linalg.norm(vector)), 1e-12)
