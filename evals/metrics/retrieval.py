"""Retrieval metrics over graded relevance (Järvelin and Kekäläinen 2002, ACM TOIS 20(4))."""

from collections.abc import Mapping, Sequence
from math import log2

Grades = Mapping[str, int]
"""Card id -> grade: 3 the card for this, 2 clearly useful, 1 worth a look; absent: 0."""

RELEVANT = 2
"""Grade from which a card counts as relevant for recall and reciprocal rank."""


def ndcg(ranked: Sequence[str], grades: Grades, k: int = 5) -> float:
    """Normalised discounted cumulative gain at k, 0 to 1, with linear gain; 0 without grades."""
    ideal = sorted(grades.values(), reverse=True)[:k]
    best = sum(g / log2(i + 2) for i, g in enumerate(ideal))
    got = sum(grades.get(card, 0) / log2(i + 2) for i, card in enumerate(ranked[:k]))
    return got / best if best else 0.0


def recall(ranked: Sequence[str], grades: Grades, k: int = 5) -> float | None:
    """Share of relevant cards within the first k, of at most k; None when none is relevant."""
    relevant = {card for card, grade in grades.items() if grade >= RELEVANT}
    if not relevant:
        return None
    return len(relevant & set(ranked[:k])) / min(k, len(relevant))


def reciprocal_rank(ranked: Sequence[str], grades: Grades) -> float:
    """1 / rank of the first relevant card, 0 when none is found."""
    for i, card in enumerate(ranked):
        if grades.get(card, 0) >= RELEVANT:
            return 1.0 / (i + 1)
    return 0.0
