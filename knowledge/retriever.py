"""From a situation's vector to the cards that fit it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from knowledge.card import Card
from knowledge.card_head import CardHead
from knowledge.encoder import Vectors
from knowledge.index import Hit, PassageIndex
from knowledge.library import Library

FIRST_HITS = 150
ENOUGH_CARDS = 20


@dataclass(frozen=True, kw_only=True)
class Prior:
    """What the assessment already says about where the fitting cards lie."""

    subdomains: Mapping[str, float] = field(default_factory=dict[str, float])
    """Sub-domain id -> how likely it is, 0 to 1."""
    leadership_share: float | None = None
    """0 to 1."""


@dataclass(frozen=True, kw_only=True)
class Weights:
    """How much each source counts; sources are put in standard deviations over the cards first."""

    head: float = 1.0
    """What was learned from cards graded from the cause."""
    words: float = 0.15
    """Similarity of the nearest entries: the words of the situation."""
    second: float = 0.5
    """A card's second nearest entry, against its nearest."""
    subdomain: float = 0.1
    pole: float = 0.1


@dataclass(frozen=True, kw_only=True)
class CardHit:
    """A card that was found."""

    card: Card
    section: str
    """Key of its citable section that lies nearest, `when` if none was near."""
    score: float
    """Higher fits better; in standard deviations above the mean card."""
    likeness: float
    """Cosine similarity of its nearest entry, -1 to 1: how near any of its words come."""

    @property
    def id(self) -> str:
        """The citation id of that section."""
        return f"card:{self.card.id}#{self.section}"


class Retriever:
    """Ranks cards by what was learned, by their nearest entries and by the assessment."""

    def __init__(
        self,
        library: Library,
        index: PassageIndex,
        head: CardHead,
        weights: Weights | None = None,
    ):
        self._library = library
        self._index = index
        self._head = head
        self._weights = weights or Weights()

    def cards(self, vector: Vectors, prior: Prior, limit: int = ENOUGH_CARDS) -> list[CardHit]:
        """The best cards, best first; fewer than `limit` only when there are fewer cards."""
        grouped = self._grouped(vector, min(limit, len(self._library.cards)))
        learned = self._head.scores(vector)
        similar = self._similar(grouped)
        hits = [
            CardHit(
                card=card,
                section=_best_section(grouped.get(card_id, [])),
                score=self._score(card, learned, similar, prior),
                likeness=max((h.score for h in grouped.get(card_id, [])), default=0.0),
            )
            for card_id, card in self._library.cards.items()
            if card_id in grouped or card_id in learned
        ]
        return sorted(hits, key=lambda h: (-h.score, h.card.id))[:limit]

    def _grouped(self, vector: Vectors, wanted: int) -> dict[str, list[Hit]]:
        """The nearest entries by card, of at least `wanted` cards."""
        limit = FIRST_HITS
        while True:
            found = self._index.search(vector, limit)
            grouped: dict[str, list[Hit]] = {}
            for hit in found:
                card_id = hit.id.removeprefix("card:").partition("#")[0]
                if card_id in self._library.cards:  # an entry whose card is gone is no hit
                    grouped.setdefault(card_id, []).append(hit)
            if len(grouped) >= wanted or len(found) < limit:
                return grouped
            limit *= 4

    def _similar(self, grouped: Mapping[str, list[Hit]]) -> dict[str, float]:
        """Similarity of each card in standard deviations; cards without a near entry lie lowest."""
        if not grouped:
            return {}
        raw: dict[str, float] = {}
        for card_id, hits in grouped.items():
            first, second, *_ = [*sorted((h.score for h in hits), reverse=True), 0.0]
            raw[card_id] = first + self._weights.second * second
        values = np.array(list(raw.values()))
        spread = max(float(values.std()), 1e-6)
        return {i: (v - float(values.mean())) / spread for i, v in raw.items()}

    def _score(
        self,
        card: Card,
        learned: Mapping[str, float],
        similar: Mapping[str, float],
        prior: Prior,
    ) -> float:
        w = self._weights
        lowest = min(similar.values(), default=0.0)
        words = similar.get(card.id, lowest)
        score = w.words * words + w.head * learned.get(card.id, words)
        score += w.subdomain * prior.subdomains.get(card.subdomain, 0.0)
        if prior.leadership_share is not None:
            score += w.pole * _pole_fit(card.pole, prior.leadership_share)
        return score


def _best_section(entries: list[Hit]) -> str:
    citable = [h for h in entries if "#situation-" not in h.id]
    return max(citable, key=lambda h: h.score).id.partition("#")[2] if citable else "when"


def _pole_fit(pole: str, share: float) -> float:
    """1 where the card's pole is the situation's, 0 where it is the other's."""
    if pole == "bridge":
        return 1.0 - 2.0 * abs(share - 0.5)
    return share if pole == "leadership" else 1.0 - share
