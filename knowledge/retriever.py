"""From a situation's vector to the cards that fit it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from knowledge.card import Card
from knowledge.encoder import Vectors
from knowledge.index import Hit, PassageIndex
from knowledge.library import Library
from knowledge.passage import SHARED

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
    """How much each source of evidence counts, in units of cosine similarity."""

    section: float = 0.95
    """Similarity to a card's text, against 1 for its typical situations."""
    second: float = 0.25
    """A card's second nearest entry, against its nearest."""
    subdomain: float = 0.15
    pole: float = 0.05


@dataclass(frozen=True, kw_only=True)
class CardHit:
    """A card that was found."""

    card: Card
    section: str
    """Key of its citable section that lies nearest, `when` if none was near."""
    score: float
    """Higher fits better; not a probability."""

    @property
    def id(self) -> str:
        """The citation id of that section."""
        return f"card:{self.card.id}#{self.section}"


class Retriever:
    """Ranks cards by their nearest entries and by what the assessment says."""

    def __init__(self, library: Library, index: PassageIndex, weights: Weights | None = None):
        self._library = library
        self._index = index
        self._weights = weights or Weights()

    def cards(self, vector: Vectors, prior: Prior, limit: int = ENOUGH_CARDS) -> list[CardHit]:
        """The best cards, best first; fewer than `limit` only when there are fewer cards."""
        wanted = min(limit, len(self._library.cards))
        hits = FIRST_HITS
        while True:
            found = self._index.search(vector, hits, SHARED)
            grouped = self._by_card(found)
            if len(grouped) >= wanted or len(found) < hits:
                break
            hits *= 4
        ranked = [
            CardHit(
                card=(card := self._library.cards[card_id]),
                section=_best_section(entries),
                score=self._score(card, entries, prior),
            )
            for card_id, entries in grouped.items()
        ]
        return sorted(ranked, key=lambda h: (-h.score, h.card.id))[:limit]

    def _by_card(self, hits: list[Hit]) -> dict[str, list[Hit]]:
        grouped: dict[str, list[Hit]] = {}
        for hit in hits:
            card_id = hit.id.removeprefix("card:").partition("#")[0]
            if card_id in self._library.cards:  # an index entry whose card is gone is no hit
                grouped.setdefault(card_id, []).append(hit)
        return grouped

    def _score(self, card: Card, entries: list[Hit], prior: Prior) -> float:
        w = self._weights
        similar = sorted(
            (h.score * (1.0 if "#situation-" in h.id else w.section) for h in entries),
            reverse=True,
        )
        second = similar[1] if len(similar) > 1 else similar[0] - 0.1
        score = (similar[0] + w.second * second) / (1 + w.second)
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
