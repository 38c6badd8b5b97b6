"""The library: every card with the bibliography and taxonomy it rests on."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from knowledge.bibliography import Canon, load_canon
from knowledge.card import Card
from knowledge.card_parser import parse_card
from knowledge.errors import InvalidDataError, Problem

PACKAGED = Path(__file__).parent


@dataclass(frozen=True)
class Library:
    """All cards, by id, in the order of their ids."""

    cards: Mapping[str, Card]
    canon: Canon

    @cached_property
    def citation_ids(self) -> frozenset[str]:
        """Every id of a card section that a reply may cite."""
        return frozenset(
            f"card:{card.id}#{key}" for card in self.cards.values() for key in section_keys(card)
        )


def section_keys(card: Card) -> tuple[str, ...]:
    """Citable sections of a card: its texts and its actions."""
    return (*card.sections, *(f"action-{a.number}" for a in card.actions))


def load_library(folder: Path = PACKAGED) -> Library:
    """Read `cards/*/*.md`, `references.json` and `taxonomy.json` below a folder.

    Raises InvalidDataError with every problem of every file.
    """
    canon = load_canon(folder)
    cards: dict[str, Card] = {}
    problems: list[Problem] = []
    for path in sorted((folder / "cards").glob("*/*.md"), key=lambda p: p.stem):
        name = str(path.relative_to(folder.parent))
        try:
            card = parse_card(name, path.read_text(encoding="utf-8"))
        except UnicodeDecodeError as error:
            problems.append(_wrong(name, str(error.object[error.start : error.end]), "UTF-8"))
            continue
        except InvalidDataError as error:
            problems.extend(error.problems)
            continue
        problems.extend(_against_canon(card, path.parent.name, canon))
        cards[card.id] = card
    if not cards and not problems:
        problems.append(_wrong(str(folder / "cards"), "no card", "at least one .md file"))
    if problems:
        raise InvalidDataError(tuple(problems))
    return Library(cards, canon)


def _against_canon(card: Card, folder: str, canon: Canon) -> list[Problem]:
    problems: list[Problem] = []
    if folder != card.pole:
        problems.append(_wrong(card.file, folder, f"folder {card.pole!r}"))
    subdomain = canon.subdomains.get(card.subdomain)
    fits = card.subdomain == "bridge" if subdomain is None else subdomain.pole == card.pole
    if not fits or (card.pole == "bridge") != (card.subdomain == "bridge"):
        problems.append(
            _wrong(card.file, card.subdomain, f"a sub-domain of {card.pole} in taxonomy.json")
        )
    for key in card.references:
        reference = canon.references.get(key)
        if reference is None or reference.status != "verified":
            state = "unknown" if reference is None else reference.status
            problems.append(
                _wrong(card.file, f"{key} ({state})", "a verified key of references.json")
            )
    if not card.references and card.evidence != "convention":
        problems.append(_wrong(card.file, card.evidence, "'convention' without references"))
    return problems


def _wrong(file: str, value: str, expected: str) -> Problem:
    return Problem(file=file, line=2, value=value, expected=expected, fix="See docs/card-style.md.")
