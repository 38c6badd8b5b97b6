"""Whether confidence means what it says."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

BINS = 10


@dataclass(frozen=True, kw_only=True)
class Bin:
    """One bin of a reliability diagram."""

    cases: int
    confidence: float
    """Mean of the confidences in it."""
    right: float
    """Share of them that were right."""


def reliability(confidence: Sequence[float], right: Sequence[bool]) -> list[Bin]:
    """Ten bins of equal width; empty ones are left out (Guo et al. 2017, arXiv 1706.04599)."""
    values, hits = np.asarray(confidence, dtype=float), np.asarray(right, dtype=float)
    places = np.minimum((values * BINS).astype(int), BINS - 1)
    return [
        Bin(
            cases=int(mine.sum()),
            confidence=float(values[mine].mean()),
            right=float(hits[mine].mean()),
        )
        for b in range(BINS)
        if (mine := places == b).any()
    ]


def calibration_error(confidence: Sequence[float], right: Sequence[bool]) -> float:
    """Expected calibration error, 0 to 1: mean distance of confidence and truth over the bins."""
    bins = reliability(confidence, right)
    total = sum(b.cases for b in bins)
    return sum(b.cases * abs(b.confidence - b.right) for b in bins) / total if total else 0.0


def perfect_range(
    confidence: Sequence[float], families: Sequence[str], draws: int = 1000, seed: int = 0
) -> tuple[float, float]:
    """95 % range of the error that a perfectly calibrated system would show with these cases.

    Cases of a family are right or wrong together, which is the hard case.
    """
    rng = np.random.default_rng(seed)
    names = {f: i for i, f in enumerate(dict.fromkeys(families))}
    place = np.array([names[f] for f in families])
    values = np.asarray(confidence, dtype=float)
    errors = [
        calibration_error(confidence, (rng.random(len(names))[place] < values).tolist())
        for _ in range(draws)
    ]
    low, high = np.percentile(errors, [2.5, 97.5])
    return float(low), float(high)
