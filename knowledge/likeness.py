"""How alike texts are: by the encoder for meaning, by word sequences for copied wording."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from knowledge.encoder import Encoder

SHINGLE = 4
"""Words in a sequence that two texts may share."""
FEWEST = 4
"""So many shared sequences at least; fewer are turns of phrase everybody uses."""


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two texts that are too alike."""

    first: str
    second: str
    likeness: float
    """Cosine similarity, or share of the shorter text's word sequences found in the other."""


def near_in_meaning(
    texts: Mapping[str, str],
    encoder: Encoder,
    threshold: float,
    apart: Callable[[str], str],
    progress: Callable[[int, int], None],
) -> list[Pair]:
    """Pairs with a cosine similarity of at least `threshold`, most alike first.

    Pairs whose ids have the same `apart` value (two actions of one card) are left out.
    """
    ids = list(texts)
    vectors = np.zeros((len(ids), 384), dtype=np.float32)
    for place, key in enumerate(ids):
        vectors[place] = encoder.encode([texts[key]]).vectors[0]
        progress(place + 1, len(ids))
    alike = np.triu(vectors @ vectors.T, 1)
    pairs = [
        Pair(first=ids[i], second=ids[j], likeness=round(float(alike[i, j]), 3))
        for i, j in np.argwhere(alike >= threshold).tolist()
        if apart(ids[i]) != apart(ids[j])
    ]
    return sorted(pairs, key=lambda p: -p.likeness)


def near_in_wording(
    texts: Mapping[str, str], others: Sequence[str], threshold: float
) -> list[Pair]:
    """Texts that share at least `threshold` of their word sequences with one of the others."""
    known: dict[tuple[str, ...], set[int]] = {}
    for number, other in enumerate(others):
        for shingle in _shingles(other):
            known.setdefault(shingle, set()).add(number)
    pairs: list[Pair] = []
    for key, text in texts.items():
        shingles = _shingles(text)
        counts: dict[int, int] = {}
        for shingle in shingles:
            for number in known.get(shingle, ()):
                counts[number] = counts.get(number, 0) + 1
        for number, count in counts.items():
            share = count / max(1, min(len(shingles), len(_shingles(others[number]))))
            if share >= threshold and count >= FEWEST:
                pairs.append(Pair(first=key, second=others[number][:60], likeness=round(share, 3)))
    return sorted(pairs, key=lambda p: -p.likeness)


def _shingles(text: str) -> set[tuple[str, ...]]:
    words = "".join(c if c.isalnum() or c == "'" else " " for c in text.lower()).split()
    return {tuple(words[i : i + SHINGLE]) for i in range(len(words) - SHINGLE + 1)}
