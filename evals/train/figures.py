"""Figures of an assessment on labelled situations."""

from collections.abc import Sequence

import numpy as np

from assistant.assessment import verdict_of
from evals.train.situations import Situation


def describe(
    situations: Sequence[Situation], share: np.ndarray, escalate: np.ndarray, out: np.ndarray
) -> dict[str, float]:
    """Macro-F1 of the verdict, error of the share, average precision of escalation, F1 of scope."""
    labelled = [i for i, s in enumerate(situations) if s.share is not None]
    gold = np.array([situations[i].share for i in labelled], dtype=float)
    said = share[labelled]
    marked = [i for i, s in enumerate(situations) if s.escalate is not None]
    return {
        "n": len(labelled),
        "macro_f1": round(macro_f1(said, gold), 4),
        "mae": round(float(np.abs(said - gold).mean()), 4),
        "error_sd": round(float((said - gold).std()), 4),
        "correlation": round(float(np.corrcoef(said, gold)[0, 1]), 4),
        "escalation_ap": round(
            average_precision(escalate[marked], [bool(situations[i].escalate) for i in marked]), 4
        ),
        "escalation_n": sum(bool(situations[i].escalate) for i in marked),
        "out_n": sum(s.scope == "out" for s in situations),
        "out_ap": round(average_precision(out, [s.scope == "out" for s in situations]), 4),
    }


def macro_f1(said: np.ndarray, gold: np.ndarray) -> float:
    """Mean F1 of the three verdicts."""
    a, b = [verdict_of(float(x)) for x in said], [verdict_of(float(x)) for x in gold]
    f1 = [
        2 * sum(x == y == v for x, y in zip(a, b, strict=True)) / max(1, a.count(v) + b.count(v))
        for v in ("management", "both", "leadership")
    ]
    return float(np.mean(f1))


def average_precision(scores: np.ndarray, gold: Sequence[bool]) -> float:
    """Area under precision over recall, by the ranks of the positives."""
    order = np.argsort(-scores, kind="stable")
    hits = np.array(gold, dtype=float)[order]
    if not hits.sum():
        return float("nan")
    precision = np.cumsum(hits) / (np.arange(len(hits)) + 1)
    return float((precision * hits).sum() / hits.sum())
