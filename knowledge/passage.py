"""Passages: what is retrieved and cited."""

import hashlib
import re
from dataclasses import dataclass
from typing import Literal, NewType

from knowledge.card import Card

OrganisationId = NewType("OrganisationId", str)
"""Comes from the caller's identity, never from text."""

SHARED = OrganisationId("shared")
"""The cards every organisation sees."""

PassageKind = Literal["section", "action", "situation", "document"]
"""A situation finds its card but is not cited itself; a document is an organisation's own."""


def organisation_id(value: str) -> OrganisationId:
    """Check an organisation's id.

    Raises ValueError unless it is 2 to 63 of a-z, 0-9 and '-', and not 'shared'.
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{1,62}", value) or value == SHARED:
        raise ValueError(
            f"{value!r}: expected 2 to 63 of a-z, 0-9 and '-', starting with a letter or digit, "
            "and not 'shared'"
        )
    return OrganisationId(value)


@dataclass(frozen=True, kw_only=True)
class Passage:
    """One entry of the store."""

    id: str
    """A citation id: `card:<slug>#<section>` or `doc:<uuid>#<n>`."""
    document_id: str
    """`card:<slug>` or `doc:<uuid>`."""
    organisation: OrganisationId
    kind: PassageKind
    title: str
    """Of the card or document."""
    heading: str
    text: str
    pole: str
    """management, leadership or bridge; an action has its own; a document has none: ''."""
    subdomain: str
    position: int
    """Place in the document, from 0."""
    page: int | None = None
    """Counted from 1, where the document has pages."""

    @property
    def encoded_text(self) -> str:
        """What the encoder reads: a section below its title, a situation by itself."""
        if self.kind == "situation":
            return self.text
        if self.kind == "document":
            return f"{heading_line(self.title, self.heading)}{self.text}"
        return f"{self.title}. {self.text}"


LONGEST_HEADING = 80
"""Characters of a document's title, and of a heading, that the encoder reads."""


def heading_line(title: str, heading: str) -> str:
    """What stands before a document's passage when it is encoded."""
    return f"{title[:LONGEST_HEADING]}. {heading[:LONGEST_HEADING]}. "


SEARCHED_SECTIONS = ("when", "why")
"""Sections that describe a situation. The others are cited from the card, not searched for."""

SPLITTER_VERSION = "2"
"""Part of a document's hash: bump it when `card_passages` changes."""


def card_passages(card: Card) -> tuple[Passage, ...]:
    """The entries of a card: its texts, its actions and its typical situations."""
    entries: list[tuple[str, PassageKind, str, str]] = []
    for key in SEARCHED_SECTIONS:
        entries.append((key, "section", card.sections[key], card.pole))
    for a in card.actions:
        entries.append((f"action-{a.number}", "action", f"{a.title}. {a.step} {a.say}", a.pole))
    for i, text in enumerate(card.situations, 1):
        entries.append((f"situation-{i}", "situation", text, card.pole))
    return tuple(
        Passage(
            id=f"card:{card.id}#{key}",
            document_id=f"card:{card.id}",
            organisation=SHARED,
            kind=kind,
            title=card.title,
            heading="" if kind == "situation" else card.section_heading(key),
            text=text,
            pole=pole,
            subdomain=card.subdomain,
            position=position,
        )
        for position, (key, kind, text, pole) in enumerate(entries)
    )


def content_hash(passages: tuple[Passage, ...], encoder_digest: str) -> str:
    """SHA-256 of a document's passages, the splitter and the encoder."""
    digest = hashlib.sha256(f"{SPLITTER_VERSION}\n{encoder_digest}\n".encode())
    for p in passages:
        digest.update(
            repr((p.id, p.kind, p.title, p.heading, p.text, p.pole, p.subdomain)).encode()
        )
    return digest.hexdigest()
