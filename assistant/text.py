"""The user's text: clauses with exact offsets, and a copy that is safe to show."""

import re
import unicodedata
from dataclasses import dataclass

MAX_CHARACTERS = 20_000
"""Longest message that is read whole; of a longer one the start and the end are read."""

CUT = " ..."

_CLAUSE_END = re.compile(
    r"[.!?;:\n]+\s*|,\s+(?=(?:and|but|because|so|since|yet|which|while|although|though|or)\b)"
    r"|\s+(?=(?:but|because|although|though|whereas)\b)",
    re.IGNORECASE,
)
_INVISIBLE = frozenset(
    "\u061c\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
    "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
"""Zero-width and direction-changing code points, which can make shown text lie."""


@dataclass(frozen=True)
class Clause:
    """A stretch of text: `text[start:end]`, in code points."""

    start: int
    end: int


def clauses(text: str, *, min_words: int = 3, max_characters: int = 220) -> list[Clause]:
    """Split a text where a thought ends; short pieces join the one before.

    Every clause starts and ends on a visible character and holds at most `max_characters`.
    """
    pieces: list[Clause] = []
    start = 0
    for match in [*_CLAUSE_END.finditer(text), None]:
        end = match.start() if match else len(text)
        after = match.end() if match else len(text)
        piece = _trim(text, start, end)
        if piece is not None:
            pieces.append(piece)
        start = after
    return [c for p in _join(text, pieces, min_words) for c in _limit(text, p, max_characters)]


def _trim(text: str, start: int, end: int) -> Clause | None:
    while start < end and not text[start].isalnum() and text[start] not in "\"'“‘(":
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Clause(start, end) if end > start else None


def _join(text: str, pieces: list[Clause], min_words: int) -> list[Clause]:
    joined: list[Clause] = []
    for piece in pieces:
        previous = joined[-1] if joined else None
        short = len(text[piece.start : piece.end].split()) < min_words
        if previous and short and "\n" not in text[previous.end : piece.start]:
            joined[-1] = Clause(previous.start, piece.end)
        else:
            joined.append(piece)
    return joined


def _limit(text: str, clause: Clause, limit: int) -> list[Clause]:
    parts: list[Clause] = []
    start = clause.start
    while clause.end - start > limit:
        cut = text.rfind(" ", start + 1, start + limit)
        cut = cut if cut > start else start + limit
        parts.append(Clause(start, cut))
        start = cut + 1 if text[cut : cut + 1] == " " else cut
    parts.append(Clause(start, clause.end))
    return [p for c in parts if (p := _trim(text, c.start, c.end))]


def readable(text: str) -> str:
    """A copy safe for a terminal or a page: no control, bidirectional or lone surrogate characters.

    For showing only; offsets belong to the original.
    """
    kept: list[str] = []
    for c in text:
        if c in "\n\t":
            kept.append(c)
        elif "\ud800" <= c <= "\udfff" or unicodedata.category(c) == "Cc":
            kept.append(" ")
        elif c not in _INVISIBLE:
            kept.append(c)
    return "".join(kept)


def straight(text: str) -> str:
    """The text with curly apostrophes made straight, code point for code point."""
    return text.replace("\u2019", "'").replace("\u2018", "'")


def shorten(text: str, limit: int = 140) -> str:
    """At most `limit` characters, cut at a word, on one line."""
    line = " ".join(readable(text).split())
    if len(line) <= limit:
        return line
    room = limit - len(CUT)
    cut = line.rfind(" ", 0, room + 1)
    return line[: cut if cut > 0 else room].rstrip(",;:- ") + CUT


def encodable_for_storage(text: str) -> str:
    """The text with NUL and lone surrogates as U+FFFD, code point for code point.

    SQL databases and UTF-8 refuse both; everything else is kept as it was typed.
    """
    return "".join("\ufffd" if c == "\x00" or "\ud800" <= c <= "\udfff" else c for c in text)
