"""Intervals and tests that resample story families, never single cases."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A mean with its 95 % interval."""

    mean: float
    low: float
    high: float
    n: int
    """Cases."""

    def __str__(self) -> str:
        return f"{self.mean:.3f} [{self.low:.3f}, {self.high:.3f}] n={self.n}"


def family_bootstrap(
    values: Sequence[float], families: Sequence[str], draws: int = 2000, seed: int = 0
) -> Interval:
    """Mean of the cases with a percentile interval over resampled families.

    Families are clusters of dependent cases (Miller 2024, arXiv 2411.00640).
    """
    sums, counts = _by_family(np.asarray(values, dtype=float), families)
    rng = np.random.default_rng(seed)
    picks = rng.integers(0, len(sums), (draws, len(sums)))
    means = sums[picks].sum(axis=1) / counts[picks].sum(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return Interval(mean=float(np.mean(values)), low=float(low), high=float(high), n=len(values))


def family_bootstrap_of(
    figure: Callable[[Sequence[int]], float],
    families: Sequence[str],
    draws: int = 1000,
    seed: int = 0,
) -> Interval:
    """Any figure of the cases, such as F1, with a percentile interval over resampled families.

    `figure` is given numbers of cases, some of them several times.
    """
    members: dict[str, list[int]] = {}
    for case, family in enumerate(families):
        members.setdefault(family, []).append(case)
    groups = list(members.values())
    rng = np.random.default_rng(seed)
    values: list[float] = []
    for _ in range(draws):
        picked: list[int] = rng.integers(0, len(groups), len(groups)).tolist()
        values.append(figure([case for g in picked for case in groups[g]]))
    low, high = np.percentile(values, [2.5, 97.5])
    whole = figure(list(range(len(families))))
    return Interval(mean=whole, low=float(low), high=float(high), n=len(families))


def clopper_pearson(hits: int, n: int, level: float = 0.95) -> Interval:
    """Exact interval of a rate over independent cases (Clopper and Pearson 1934).

    For rates near 0 or 1 and for few cases, where the bootstrap is too narrow. `n` may be 0: then
    the mean is NaN and the interval says nothing.
    """
    if n == 0:
        return Interval(mean=math.nan, low=0.0, high=1.0, n=0)
    tail = (1.0 - level) / 2

    def at_most(k: int, p: float) -> float:
        if p in (0.0, 1.0):
            return 1.0 if p == 0.0 or k >= n else 0.0
        ways = (
            math.lgamma(n + 1) - math.lgamma(i + 1) - math.lgamma(n - i + 1) for i in range(k + 1)
        )
        logs = (w + i * math.log(p) + (n - i) * math.log1p(-p) for i, w in enumerate(ways))
        return math.fsum(math.exp(x) for x in logs)

    low = _root(lambda p: 1 - at_most(hits - 1, p) - tail) if hits else 0.0
    high = _root(lambda p: tail - at_most(hits, p)) if hits < n else 1.0
    return Interval(mean=hits / n, low=low, high=high, n=n)


def _root(rising: Callable[[float], float]) -> float:
    """Where a rising function of 0 to 1 crosses zero."""
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if rising(middle) > 0 else (middle, high)
    return low


def sign_flip_test(
    differences: Sequence[float], families: Sequence[str], draws: int = 10_000, seed: int = 0
) -> float:
    """Two-sided p-value that the paired differences have mean 0: signs flipped by family."""
    sums, _ = _by_family(np.asarray(differences, dtype=float), families)
    rng = np.random.default_rng(seed)
    signs = rng.choice((-1.0, 1.0), (draws, len(sums)))
    flipped = np.abs(signs @ sums)
    return float((1 + (flipped >= abs(sums.sum()) - 1e-12).sum()) / (draws + 1))


def weighted_kappa(first: Sequence[int], second: Sequence[int], levels: int) -> float:
    """Cohen's kappa with quadratic weights for grades 0 to `levels` - 1 (Cohen 1968)."""
    observed = np.zeros((levels, levels))
    for a, b in zip(first, second, strict=True):
        observed[a, b] += 1
    observed /= observed.sum()
    expected = np.outer(observed.sum(axis=1), observed.sum(axis=0))
    i, j = np.indices((levels, levels))
    weights = ((i - j) / (levels - 1)) ** 2
    disagreement = float((weights * expected).sum())
    return 1.0 - float((weights * observed).sum()) / disagreement if disagreement else 1.0


def _by_family(values: Floats, families: Sequence[str]) -> tuple[Floats, Floats]:
    names = {name: i for i, name in enumerate(dict.fromkeys(families))}
    places = np.array([names[f] for f in families])
    return (
        np.bincount(places, weights=values, minlength=len(names)).astype(float),
        np.bincount(places, minlength=len(names)).astype(float),
    )
