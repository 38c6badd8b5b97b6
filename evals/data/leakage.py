"""Whether a text of one split gives away one of another: copied wording, near copies, meaning.

Four looks at every pair that could tell: word sequences of five shared (n-grams), MinHash estimate
of the share of word triples in common (Broder 1997), longest run of characters in common, and
cosine similarity by the encoder. Pairs of the same family are left out, as are texts of under
twelve words, in which everybody says the same.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np

from evals.data.collection import Item
from knowledge.encoder import Vectors

FEWEST_WORDS = 12
SHARED_NGRAMS = 6
"""Word sequences of five that two texts may share at most; a stock phrase makes one or two."""
JACCARD = 0.35
LONGEST_RUN = 60
"""Characters."""
COSINE = 0.97
PERMUTATIONS, BANDS = 64, 16
NGRAM, SHINGLE = 5, 3


@dataclass(frozen=True, kw_only=True)
class Leak:
    """Two texts on two sides of a split that are too alike."""

    first: str
    second: str
    kind: str
    """ngrams, minhash, run or cosine."""
    value: float


def find_leaks(
    items: Sequence[Item],
    vectors: Vectors | None = None,
    others: Mapping[str, str] | None = None,
) -> list[Leak]:
    """Pairs across splits, and pairs of any text with one of `others` (the cards' situations).

    `vectors` [n, width] are those of the items, for the look at meaning; None leaves it out.
    """
    long = [(i, item) for i, item in enumerate(items) if len(item.text.split()) >= FEWEST_WORDS]
    sides = [(f"{m.dataset}:{m.id}", m.family, m.split, m.text) for _, m in long]
    sides += [(key, key, "card", text) for key, text in (others or {}).items()]

    def apart(a: int, b: int) -> bool:
        return sides[a][1] != sides[b][1] and sides[a][2] != sides[b][2]

    texts = [words(s[3]) for s in sides]
    leaks = [*_ngram_leaks(sides, texts, apart), *_minhash_leaks(sides, texts, apart)]
    suspects = {(k.first, k.second) for k in leaks} | _candidates(texts, apart, sides)
    by_name = {s[0]: s[3] for s in sides}
    for first, second in sorted(suspects):
        run = longest_run(by_name[first], by_name[second])
        if run > LONGEST_RUN:
            leaks.append(Leak(first=first, second=second, kind="run", value=run))
    if vectors is not None:
        rows = vectors[[i for i, _ in long]]
        leaks += _cosine_leaks(sides[: len(long)], rows, apart)
    return leaks


def words(text: str) -> list[str]:
    """Lower-case words of a text."""
    return re.findall(r"[a-z0-9']+", text.lower())


def longest_run(first: str, second: str) -> int:
    """Characters of the longest common substring, case and blanks aside."""
    a, b = " ".join(first.lower().split()), " ".join(second.lower().split())
    return SequenceMatcher(None, a, b, autojunk=False).find_longest_match().size


Apart = Callable[[int, int], bool]
Sides = Sequence[tuple[str, str, str, str]]


def _grams(text: Sequence[str], size: int) -> set[tuple[str, ...]]:
    return {tuple(text[i : i + size]) for i in range(len(text) - size + 1)}


def _shared(texts: Sequence[list[str]], apart: Apart, size: int) -> dict[tuple[int, int], int]:
    """How many word sequences of a size each pair apart has in common."""
    holders: dict[tuple[str, ...], list[int]] = {}
    counts: dict[tuple[int, int], int] = {}
    for number, text in enumerate(texts):
        for gram in _grams(text, size):
            for other in holders.setdefault(gram, []):
                if apart(other, number):
                    counts[other, number] = counts.get((other, number), 0) + 1
            holders[gram].append(number)
    return counts


def _ngram_leaks(sides: Sides, texts: Sequence[list[str]], apart: Apart) -> list[Leak]:
    return [
        Leak(first=sides[a][0], second=sides[b][0], kind="ngrams", value=n)
        for (a, b), n in _shared(texts, apart, NGRAM).items()
        if n > SHARED_NGRAMS
    ]


def _candidates(texts: Sequence[list[str]], apart: Apart, sides: Sides) -> set[tuple[str, str]]:
    """Pairs that share a sequence of nine words, which any run of 60 characters nearly holds."""
    return {(sides[a][0], sides[b][0]) for a, b in _shared(texts, apart, 9)}


def signatures(texts: Sequence[Sequence[str]], seed: int = 0) -> np.ndarray:
    """MinHash signatures [n, PERMUTATIONS] over word triples."""
    random = np.random.default_rng(seed)
    masks = random.integers(0, 1 << 63, PERMUTATIONS, dtype=np.uint64)
    factors = random.integers(0, 1 << 63, PERMUTATIONS, dtype=np.uint64) * np.uint64(2) + np.uint64(
        1
    )
    found = np.zeros((len(texts), PERMUTATIONS), dtype=np.uint64)
    for row, text in enumerate(texts):
        grams = [_number(g) for g in _grams(text, SHINGLE)] or [0]
        hashed = (np.array(grams, dtype=np.uint64)[:, None] ^ masks) * factors  # wraps on purpose
        found[row] = (hashed >> np.uint64(32)).min(axis=0)
    return found


def _number(gram: tuple[str, ...]) -> int:
    import zlib

    return zlib.crc32(" ".join(gram).encode())


def _minhash_leaks(sides: Sides, texts: Sequence[list[str]], apart: Apart) -> list[Leak]:
    marks = signatures(texts)
    width = PERMUTATIONS // BANDS
    pairs: set[tuple[int, int]] = set()
    for band in range(BANDS):
        buckets: dict[bytes, list[int]] = {}
        for row, mark in enumerate(marks[:, band * width : (band + 1) * width]):
            for other in buckets.setdefault(mark.tobytes(), []):
                pairs.add((other, row))
            buckets[mark.tobytes()].append(row)
    leaks: list[Leak] = []
    for a, b in sorted(pairs):
        alike = float((marks[a] == marks[b]).mean())
        if alike >= JACCARD and apart(a, b):
            leaks.append(
                Leak(first=sides[a][0], second=sides[b][0], kind="minhash", value=round(alike, 3))
            )
    return leaks


def _cosine_leaks(sides: Sides, vectors: Vectors, apart: Apart) -> list[Leak]:
    leaks: list[Leak] = []
    for row in range(len(vectors)):
        alike = vectors[row + 1 :] @ vectors[row]
        for place in np.flatnonzero(alike >= COSINE).tolist():
            other = row + 1 + place
            if apart(row, other):
                leaks.append(
                    Leak(
                        first=sides[row][0],
                        second=sides[other][0],
                        kind="cosine",
                        value=round(float(alike[place]), 3),
                    )
                )
    return leaks
