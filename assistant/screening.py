"""What the screen finds before anything is assessed: scope, language, what must go to a human."""

from dataclasses import dataclass
from typing import Literal

Scope = Literal["in", "out"]
Urgency = Literal["immediately", "same_day", "before_any_step"]


@dataclass(frozen=True, kw_only=True)
class Escalation:
    """One class of matter that belongs with HR, legal, safety or emergency services."""

    id: str
    """One of the 15 classes of `escalations.json`."""
    name: str
    """Plain name of the class, shown to the user."""
    message: int
    """Which user message the quote is from, counted from 0."""
    start: int
    end: int
    """Code points in that message: `text[start:end] == quote`."""
    quote: str
    """The user's own words that led here."""
    urgency: Urgency
    danger_first: bool
    """Ask whether somebody is in danger before anything else."""
    go_to: tuple[str, ...]
    must_not: tuple[str, ...]
    may: tuple[str, ...]
    say: str
    """A sentence the manager can say to the person."""
    help_lines: tuple[str, ...] = ()
    """Public help lines with country and the date they were checked."""


@dataclass(frozen=True, kw_only=True)
class Screening:
    """The outcome of the screen. When in doubt it escalates and says so."""

    scope: Scope
    escalations: tuple[Escalation, ...] = ()
    reason: str = "situation"
    """Why this scope: situation, greeting, empty, too_short, other_topic, policy,
    own_boss, no_words, names_only, code, injection, manipulation."""
    english: bool = True
    """False when the text is in a language the embedded coach does not read."""
