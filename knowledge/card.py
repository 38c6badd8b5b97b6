"""A card: one page of guidance on one cause and one practice."""

from dataclasses import dataclass
from typing import Literal

CardPole = Literal["management", "leadership", "bridge"]
ActionPole = Literal["management", "leadership"]

HORIZONS = ("today", "this_week", "this_month", "this_quarter", "this_year")
AUDIENCES = ("one person", "team", "yourself", "upward", "other teams")
OCCASIONS = ("remote", "new in role", "deadline")

SECTION_KEYS = {
    "When this is the problem": "when",
    "Why it happens": "why",
    "What to do": "do",
    "What to avoid": "avoid",
    "The other side of it": "other-side",
    "Where this stops": "stops",
    "How strong the evidence is": "evidence",
}
"""Heading of a section -> its key in citation ids. `do` holds the actions: `action-1` ..."""


@dataclass(frozen=True, kw_only=True)
class CardAction:
    """One thing to do, as it stands on the card."""

    number: int
    """Counted from 1; the action's section key is `action-<number>`."""
    pole: ActionPole
    horizon: str
    """One of HORIZONS."""
    title: str
    step: str
    say: str
    done_when: str
    watch_out: str
    """Empty when the card gives none."""
    fits: frozenset[str]
    """Of AUDIENCES and OCCASIONS."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Card:
    """Validated content of one card file; compared by identity."""

    id: str
    title: str
    pole: CardPole
    subdomain: str
    """An id of the taxonomy, or `bridge`."""
    references: tuple[str, ...]
    """Keys of the bibliography."""
    evidence: str
    """meta-analysis, trials, correlational, case or convention."""
    written_by: Literal["model", "person"]
    cause: str
    """A noun phrase that finishes 'This looks like ...'."""
    escalations: tuple[str, ...]
    situations: tuple[str, ...]
    sections: dict[str, str]
    """Section key -> plain text, without `do`."""
    actions: tuple[CardAction, ...]
    file: str
    body_words: int
    """Words after the front matter, headings included."""

    def section_heading(self, key: str) -> str:
        """What a reader sees above the cited section.

        Raises KeyError when the card has no such section.
        """
        if key.startswith("action-"):
            return f"What to do: {self.actions[int(key.removeprefix('action-')) - 1].title}"
        if key not in self.sections:
            raise KeyError(key)
        return next(heading for heading, k in SECTION_KEYS.items() if k == key)
