"""Checks of the whole library that no single card can show."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from knowledge.card import Card
from knowledge.encoder import Encoder
from knowledge.errors import InvalidDataError, Problem
from knowledge.library import PACKAGED, Library, load_library
from knowledge.likeness import Pair, near_in_meaning, near_in_wording
from knowledge.readability_grade import reading_grade

MIN_WORDS, MAX_WORDS = 250, 450
MIN_PER_SUBDOMAIN = 2
HARDEST_GRADE = 9.0
ALIKE = 0.8
TOO_CLOSE = 0.3
SHOWN = 15


def _unseen(_done: int, _of: int) -> None:
    """A progress nobody watches."""


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
    grades: dict[str, float]
    """Card id -> reading grade."""
    alike_cards: tuple[Pair, ...] = ()
    alike_actions: tuple[Pair, ...] = ()
    """Pairs to look at; being alike is no problem by itself."""

    def lines(self) -> list[str]:
        """The report for a person."""
        counts = ", ".join(f"{k} {v}" for k, v in sorted(self.by_subdomain.items()))
        verdict = "no problems" if not self.problems else f"{len(self.problems)} problems"
        lines = [f"{self.cards} cards, {verdict}", f"by sub-domain: {counts}"]
        if self.grades:
            hard = sorted(self.grades, key=lambda c: -self.grades[c])[:3]
            mean = sum(self.grades.values()) / len(self.grades)
            lines.append(
                f"reading grade: mean {mean:.1f}, hardest "
                + ", ".join(f"{c} {self.grades[c]}" for c in hard)
            )
        for name, pairs in (("cards", self.alike_cards), ("actions", self.alike_actions)):
            lines += [f"alike {name}: {p.first} ~ {p.second} {p.likeness}" for p in pairs[:SHOWN]]
        return lines


def check_library(
    folder: Path = PACKAGED,
    *,
    evaluation_texts: Sequence[str] = (),
    encoder: Encoder | None = None,
    progress: Callable[[int, int], None] = _unseen,
) -> CheckReport:
    """Check all cards below a folder; problems are returned, not raised.

    With an encoder, cards and actions that are alike in meaning are listed too.
    """
    try:
        library = load_library(folder)
    except InvalidDataError as error:
        return CheckReport(problems=error.problems, cards=0, by_subdomain={}, grades={})
    problems = [p for card in library.cards.values() for p in _check_card(card, folder)]
    problems += _coverage(library) + _repeats(library) + _leaks(library, evaluation_texts)
    grades = {c.id: reading_grade(c) for c in library.cards.values()}
    problems += _hard_to_read(library, grades)
    alike = _alike(library, encoder, progress) if encoder else ((), ())
    return CheckReport(
        problems=tuple(problems),
        cards=len(library.cards),
        by_subdomain=dict(Counter(c.subdomain for c in library.cards.values())),
        grades=grades,
        alike_cards=alike[0],
        alike_actions=alike[1],
    )


def _alike(
    library: Library, encoder: Encoder, progress: Callable[[int, int], None]
) -> tuple[tuple[Pair, ...], tuple[Pair, ...]]:
    cards = {c.id: f"{c.cause}. {c.sections['when']}" for c in library.cards.values()}
    actions = {
        f"{c.id}#action-{a.number}": f"{a.title}. {a.step}"
        for c in library.cards.values()
        for a in c.actions
    }
    return (
        tuple(near_in_meaning(cards, encoder, ALIKE, lambda i: i, progress)),
        tuple(near_in_meaning(actions, encoder, ALIKE, lambda i: i.partition("#")[0], progress)),
    )


def _leaks(library: Library, evaluation_texts: Sequence[str]) -> list[Problem]:
    situations = {
        f"{card.file}|{text}": text for card in library.cards.values() for text in card.situations
    }
    return [
        Problem(
            file=pair.first.partition("|")[0],
            line=1,
            value=pair.first.partition("|")[2][:60],
            expected=f"nothing close to the evaluation text {pair.second!r}",
            fix="Write another situation; evaluation texts stay unseen.",
        )
        for pair in near_in_wording(situations, evaluation_texts, TOO_CLOSE)
    ]


def _hard_to_read(library: Library, grades: dict[str, float]) -> list[Problem]:
    return [
        Problem(
            file=card.file,
            line=1,
            value=f"reading grade {grades[card.id]}",
            expected=f"at most {HARDEST_GRADE} (the aim is 8)",
            fix="Shorter sentences, everyday words.",
        )
        for card in library.cards.values()
        if grades[card.id] > HARDEST_GRADE
    ]


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
