"""How far annotators agree, beyond what chance gives."""

from collections.abc import Mapping, Sequence

import numpy as np

from assistant.assessment import Verdict


def krippendorff_alpha(units: Sequence[Sequence[float]]) -> float:
    """Krippendorff's alpha for interval data (Krippendorff 2011, "Computing Alpha-Reliability").

    `units` holds each text's values, one for each annotator who gave one; texts with fewer than
    two are left out. 1 is perfect, 0 what chance gives. NaN when nothing varies.
    """
    paired = [np.asarray(u, dtype=float) for u in units if len(u) > 1]
    if not paired:
        return float("nan")
    values = np.concatenate(paired)
    observed = sum(
        float(((u[:, None] - u[None, :]) ** 2).sum()) / (len(u) - 1) for u in paired
    ) / len(values)
    expected = float(((values[:, None] - values[None, :]) ** 2).sum()) / (
        len(values) * (len(values) - 1)
    )
    return 1.0 - observed / expected if expected else float("nan")


def cohen_kappa(first: Sequence[object], second: Sequence[object]) -> float:
    """Cohen's kappa of two annotators over categories (Cohen 1960)."""
    n = len(first)
    observed = sum(a == b for a, b in zip(first, second, strict=True)) / n
    expected = sum(first.count(c) * second.count(c) for c in set(first) | set(second)) / n**2
    return (observed - expected) / (1 - expected) if expected < 1 else float("nan")


def macro_f1(said: Sequence[str], gold: Sequence[str], labels: Sequence[str]) -> float:
    """Mean F1 over the labels; a label that neither has counts 0, as in scikit-learn."""
    total = 0.0
    for label in labels:
        hits = sum(a == b == label for a, b in zip(said, gold, strict=True))
        marked = said.count(label) + gold.count(label)
        total += 2 * hits / marked if marked else 0.0
    return total / len(labels)


VERDICTS: tuple[Verdict, ...] = ("management", "both", "leadership")


def verdict_of_votes(points: Sequence[int]) -> Verdict:
    """The verdict of several votes, compared in whole numbers as the guideline says."""
    total, n = sum(points), len(points)
    if 2 * total <= 7 * n:
        return "management"
    return "leadership" if 2 * total >= 13 * n else "both"


def leave_one_out_f1(votes: Mapping[str, Sequence[int]]) -> float:
    """Macro-F1 of each vote against the verdict of the other votes on the same text.

    Texts with fewer than two votes are left out; NaN when none is left.
    """
    said: list[str] = []
    gold: list[str] = []
    for points in votes.values():
        for i in range(len(points)):
            others = [p for j, p in enumerate(points) if j != i]
            if others:
                said.append(verdict_of_votes([points[i]]))
                gold.append(verdict_of_votes(others))
    return macro_f1(said, gold, VERDICTS) if said else float("nan")
