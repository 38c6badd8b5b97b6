"""Right and wrong in classes."""

from collections.abc import Sequence


def balanced_accuracy(said: Sequence[bool], gold: Sequence[bool]) -> float:
    """Mean of the recalls of yes and of no; a class that does not occur is left out."""
    recalls: list[float] = []
    for value in (True, False):
        mine = [s for s, g in zip(said, gold, strict=True) if g is value]
        if mine:
            recalls.append(sum(s is value for s in mine) / len(mine))
    return sum(recalls) / len(recalls) if recalls else 0.0


def precision_recall(said: Sequence[bool], gold: Sequence[bool]) -> tuple[float, float]:
    """Precision and recall of yes; 0 where nothing can be counted."""
    hits = sum(s and g for s, g in zip(said, gold, strict=True))
    return hits / max(1, sum(said)), hits / max(1, sum(gold))


def f1(said: Sequence[bool], gold: Sequence[bool]) -> float:
    """F1 of yes, 0 to 1."""
    hits = sum(s and g for s, g in zip(said, gold, strict=True))
    marked = sum(said) + sum(gold)
    return 2 * hits / marked if marked else 0.0
