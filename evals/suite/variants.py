"""Variants of a text that must not change what is said of it."""

import random
import re

SWAPS: tuple[tuple[str, str], ...] = (
    ("he", "she"),
    ("him", "her"),
    ("his", "her"),
    ("himself", "herself"),
    ("man", "woman"),
    ("men", "women"),
    ("guy", "woman"),
    ("guys", "women"),
    ("husband", "wife"),
    ("father", "mother"),
    ("boys", "girls"),
    ("mr", "ms"),
)
"""Incidental traits among adults. Only from the first to the second: 'her' has two meanings."""
SAME_SEX = re.compile(
    r"\b(pregnan|maternity|paternity|girls?|boys?|sex|gender|harass|she|her)", re.I
)
"""Where the trait may bear on the matter, or both occur, nothing is swapped."""
FEWEST = 2
ERRORS = 0.06


def swapped(text: str) -> str | None:
    """The text with the men in it turned into women; None when that is not incidental."""
    if SAME_SEX.search(text):
        return None
    table = dict(SWAPS)
    count = 0

    def other(match: re.Match[str]) -> str:
        nonlocal count
        word = match[0]
        new = table.get(word.lower())
        if new is None:
            return word
        count += 1
        return new.upper() if word.isupper() and len(word) > 1 else _cased(new, word)

    changed = re.sub(r"[A-Za-z]+", other, text)
    return changed if count >= FEWEST else None


def _cased(new: str, like: str) -> str:
    return new[0].upper() + new[1:] if like[0].isupper() else new


def noisy(text: str, seed: int = 0) -> str:
    """Lower case, typing errors and padding, the same at every call."""
    rng = random.Random(f"{seed}:{text}")  # noqa: S311
    words = text.lower().split(" ")
    for i, word in enumerate(words):
        if len(word) > 4 and word.isalpha() and rng.random() < ERRORS:
            place = rng.randrange(1, len(word) - 2)
            words[i] = word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    return f"hi all, hope this is the right place.  {' '.join(words)}  thanks in advance"
