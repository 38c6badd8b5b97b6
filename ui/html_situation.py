"""The user's own text, with the words marked that the reply rests on."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ui.markup import Html, join, tag, text

LABELS = {
    "management": ("management", "These words point to management"),
    "leadership": ("leadership", "These words point to leadership"),
    "human": ("not yours alone", "These words are why this should go to somebody else too"),
}


@dataclass(frozen=True, kw_only=True)
class Marking:
    """A stretch of one message and what it shows."""

    start: int
    end: int
    kind: str
    """A key of LABELS."""


def markings(reply: dict[str, Any], message: int) -> tuple[Marking, ...]:
    """What a reply marks in the user's message of that number, in order, none inside another.

    Words that belong with a human come before words that moved the share.
    """
    escalations = [(e, "human") for e in reply["screening"]["escalations"]]
    assessment = reply["assessment"]
    evidence = [(e, str(e["pole"])) for e in assessment["evidence"]] if assessment else []
    kept: list[Marking] = []
    for found, kind in [*escalations, *evidence]:
        new = Marking(start=found["start"], end=found["end"], kind=kind)
        apart = all(new.end <= old.start or new.start >= old.end for old in kept)
        if found["message"] == message and new.start < new.end and apart:
            kept.append(new)
    return tuple(sorted(kept, key=lambda m: m.start))


def marked_text(content: str, marks: tuple[Marking, ...]) -> Html:
    """The text with its marks; the label stands in words behind each."""
    return join(_pieces(content, marks))


def _pieces(content: str, marks: tuple[Marking, ...]) -> Iterator[Html]:
    place = 0
    for mark in marks:
        yield text(content[place : mark.start])
        label, title = LABELS[mark.kind]
        words = text(content[mark.start : mark.end])
        yield tag("mark", words, class_=f"mark {mark.kind}", title=title)
        yield text(" ")
        yield tag("span", f"({label})", class_=f"mark-label {mark.kind}")
        place = mark.end
    yield text(content[place:])
