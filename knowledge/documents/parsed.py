"""What reading a document gives, and how a refusal is said."""

from dataclasses import dataclass

from knowledge.errors import KnowledgeError

LONGEST_TEXT = 5_000_000
"""Characters of one document; a book of 2,000 pages has fewer."""


class RefusedError(KnowledgeError):
    """A document is not taken in; the message says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class Section:
    """A stretch of text under one heading, on one page where there are pages."""

    heading: str
    """Empty when there is none."""
    page: int | None
    """Counted from 1; a slide counts as a page."""
    text: str


@dataclass(frozen=True, kw_only=True)
class ParsedDocument:
    """The text of a document in reading order."""

    title: str
    """Empty when the document names none."""
    sections: tuple[Section, ...]
