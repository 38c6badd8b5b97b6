"""Checks of the whole library that no single card can show."""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from knowledge.card import Card
from knowledge.errors import InvalidDataError, Problem
from knowledge.library import PACKAGED, Library, load_library

MIN_WORDS, MAX_WORDS = 250, 450
MIN_PER_SUBDOMAIN = 2

BANNED = re.compile(
    r"\b(leverag\w+|synerg\w+|holistic\w*|robust\w*|game-changer|best practices?|unlock\w*|"
    r"stakeholder buy-in|it's important to|remember that|foster(?:s|ing)?|cultivat\w+|"
    r"70-20-10|learning styles?|myers-briggs|mbti|maslow|7-38-55|feedback sandwich|"
    r"millennials?|gen(?:eration)? [xyz]\b|boomers?|23 minutes|people leave managers)\b|!",
    re.IGNORECASE,
)
"""Worn phrases and claims that evidence does not carry (`myths.json`)."""


@dataclass(frozen=True, kw_only=True)
class CheckReport:
    """What the check found."""

    problems: tuple[Problem, ...]
    cards: int
    by_subdomain: dict[str, int]

    def lines(self) -> list[str]:
        """The report for a person."""
        counts = ", ".join(f"{k} {v}" for k, v in sorted(self.by_subdomain.items()))
        verdict = "no problems" if not self.problems else f"{len(self.problems)} problems"
        return [f"{self.cards} cards, {verdict}", f"by sub-domain: {counts}"]


def check_library(folder: Path = PACKAGED) -> CheckReport:
    """Check all cards below a folder; problems are returned, not raised."""
    try:
        library = load_library(folder)
    except InvalidDataError as error:
        return CheckReport(problems=error.problems, cards=0, by_subdomain={})
    problems = [p for card in library.cards.values() for p in _check_card(card, folder)]
    problems += _coverage(library) + _repeats(library)
    return CheckReport(
        problems=tuple(problems),
        cards=len(library.cards),
        by_subdomain=dict(Counter(c.subdomain for c in library.cards.values())),
    )


def _check_card(card: Card, folder: Path) -> list[Problem]:
    problems: list[Problem] = []
    if not MIN_WORDS <= card.body_words <= MAX_WORDS:
        problems.append(
            Problem(
                file=card.file,
                line=1,
                value=f"{card.body_words} words",
                expected=f"{MIN_WORDS} to {MAX_WORDS} words after the front matter",
                fix="Cut or add.",
            )
        )
    text = (folder.parent / card.file).read_text(encoding="utf-8")
    for number, line in enumerate(text.split("\n"), 1):
        if found := BANNED.search(line):
            if line.lstrip().startswith(('- "', "- '")):  # a situation is the manager's own voice
                continue
            problems.append(
                Problem(
                    file=card.file,
                    line=number,
                    value=found[0],
                    expected="plain words",
                    fix="Say it another way.",
                )
            )
    return problems


def _coverage(library: Library) -> list[Problem]:
    counts = Counter(c.subdomain for c in library.cards.values())
    return [
        Problem(
            file="cards",
            line=1,
            value=f"{name}: {counts[name]} cards",
            expected=f"at least {MIN_PER_SUBDOMAIN}",
            fix="Write a card for it.",
        )
        for name in library.canon.subdomains
        if counts[name] < MIN_PER_SUBDOMAIN
    ]


def _repeats(library: Library) -> list[Problem]:
    seen: dict[str, str] = {}
    problems: list[Problem] = []
    for card in library.cards.values():
        for text in (*card.situations, *(a.step for a in card.actions), card.cause):
            key = " ".join(text.lower().split())
            if key in seen:
                problems.append(
                    Problem(
                        file=card.file,
                        line=1,
                        value=text[:60],
                        expected=f"something that is not also in {seen[key]}",
                        fix="Write it afresh.",
                    )
                )
            seen[key] = card.file
    return problems
