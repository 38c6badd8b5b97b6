"""How varied a set is: opening words, lengths, and self-BLEU."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from evals.data.leakage import words

SAMPLE = 60
ORDER = 4


@dataclass(frozen=True, kw_only=True)
class Variety:
    """Figures of one set."""

    texts: int
    openings: float
    """Share of the texts whose first three words no other text begins with."""
    shortest: int
    median: int
    longest: int
    """Words."""
    self_bleu: float
    """Mean BLEU-4 of a text against the others (Zhu et al. 2018, "Texygen"), 0 to 1: low is varied.

    On a sample of 60 texts spread over the set; a set made from one template lies near 1.
    """


def variety(texts: Sequence[str]) -> Variety:
    """Measure a set of at least two texts."""
    split = [words(t) for t in texts]
    first = Counter(tuple(w[:3]) for w in split)
    lengths = sorted(len(w) for w in split)
    step = max(1, len(split) // SAMPLE)
    sample = split[::step][:SAMPLE]
    return Variety(
        texts=len(texts),
        openings=sum(n for n in first.values() if n == 1) / len(texts),
        shortest=lengths[0],
        median=lengths[len(lengths) // 2],
        longest=lengths[-1],
        self_bleu=sum(
            bleu(t, [o for j, o in enumerate(sample) if j != i]) for i, t in enumerate(sample)
        )
        / len(sample),
    )


def bleu(text: Sequence[str], others: Sequence[Sequence[str]]) -> float:
    """BLEU-4 with the smallest smoothing (Lin and Och 2004) against the nearest in length."""
    if not text or not others:
        return 0.0
    total = 0.0
    for n in range(1, ORDER + 1):
        mine = Counter(tuple(text[i : i + n]) for i in range(len(text) - n + 1))
        most: Counter[tuple[str, ...]] = Counter()
        for other in others:
            most |= Counter(tuple(other[i : i + n]) for i in range(len(other) - n + 1))
        hits = sum(min(c, most[g]) for g, c in mine.items())
        count = max(1, sum(mine.values()))
        total += math.log((hits + (n > 1)) / (count + (n > 1)) if hits or n > 1 else 1e-9)
    nearest = min((abs(len(o) - len(text)), len(o)) for o in others)[1]
    penalty = min(1.0, math.exp(1 - nearest / len(text)))
    return penalty * math.exp(total / ORDER)
