"""Advice: a few cited actions for the manager side and the leader side."""

from dataclasses import dataclass

from assistant.assessment import Pole


@dataclass(frozen=True, kw_only=True)
class Citation:
    """Where a piece of advice comes from."""

    id: str
    """`card:<slug>#<section>` or `doc:<uuid>#<n>`."""
    title: str
    heading: str


@dataclass(frozen=True, kw_only=True)
class Action:
    """One thing to do."""

    pole: Pole
    horizon: str
    """today, this_week, this_month, this_quarter or this_year."""
    title: str
    step: str
    words_to_say: str
    done_when: str
    watch_out: str
    citations: tuple[Citation, ...]
    """Never empty."""


@dataclass(frozen=True, kw_only=True)
class Advice:
    """What to do, in the proportion of the assessment."""

    summary: str
    """One sentence that shows the situation was understood."""
    first: str
    """The first thing to do today."""
    actions: tuple[Action, ...]
    avoid: tuple[str, ...]
    question: str | None
    """The question asked, if one answer would change the verdict."""
    citations: tuple[Citation, ...]
    """Every passage the advice stands on."""
    changed: str = ""
    """What this turn changed in the assessment, in one sentence; empty on the first turn."""
    written_by: str = "embedded"
    """`embedded` or the name of the model."""
