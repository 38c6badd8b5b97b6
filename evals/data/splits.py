"""Which split a text belongs to. The unit is the story family: families never cross a split."""

import hashlib
from collections.abc import Iterable
from typing import Literal

Split = Literal["train", "dev", "test"]

TEST_BUCKETS = frozenset({*range(15), 30, 31, 35, 36})
DEV_BUCKETS = frozenset({*range(15, 30), 32, 33, 34})
"""Of 100. The extra ones were train before: the model of that time saw them, later ones do not."""


def bucket(name: str, salt: str) -> int:
    """A number from 0 to 99 that depends on the name alone."""
    return int(hashlib.sha256(f"{salt}:{name}".encode()).hexdigest()[:8], 16) % 100


def natural_split(source_hash: str) -> Split:
    """The split of a natural post, by its source, so that a thread never crosses."""
    place = bucket(source_hash, "natural-1")
    if place in TEST_BUCKETS:
        return "test"
    return "dev" if place in DEV_BUCKETS else "train"


def half_split(family: str) -> Split:
    """Dev or test for sets that nothing is trained on."""
    return "dev" if bucket(family, "half-1") < 50 else "test"


def scope_split(text_id: str) -> Split:
    """Train, dev or test of the out-of-scope texts, a third each."""
    place = bucket(text_id, "scope-1")
    return "train" if place < 34 else "dev" if place < 67 else "test"


def escalation_split(text_id: str) -> Split:
    """One author's texts train and tune, the other author's judge."""
    if text_id.startswith("eb-"):
        return "test"
    return "dev" if bucket(text_id, "escalation-1") < 25 else "train"


def crossing(pairs: Iterable[tuple[str, Split]]) -> list[str]:
    """Families that are in more than one split."""
    found: dict[str, set[Split]] = {}
    for family, split in pairs:
        found.setdefault(family, set()).add(split)
    return sorted(f for f, splits in found.items() if len(splits) > 1)
