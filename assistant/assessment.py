"""An assessment: where a situation lies between management and leadership, and why."""

from dataclasses import dataclass
from typing import Literal

Pole = Literal["management", "leadership"]
Verdict = Literal["management", "both", "leadership"]

MANAGEMENT_UP_TO = 0.35
LEADERSHIP_FROM = 0.65


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """A clause of the user's own words that moved the share."""

    message: int
    """Which user message, counted from 0."""
    start: int
    end: int
    """Code points in that message: `text[start:end] == quote`."""
    quote: str
    pole: Pole
    """The pole it moved the share to."""
    weight: float
    """How far it moved the share, in shares, always positive."""


@dataclass(frozen=True, kw_only=True)
class Assessment:
    """Labels the situation, never the person."""

    leadership_share: float
    """0 (all management) to 1 (all leadership)."""
    confidence: float
    """0 to 1: how often a verdict like this one is right, measured on labelled situations."""
    evidence: tuple[Evidence, ...]
    """At most four."""
    subdomains: tuple[str, ...]
    """Ids of the taxonomy, most likely first, at most three."""
    question: str | None
    """The candidate question: the one whose answer would change the verdict. None when sure."""
    rationale: str = ""
    """One sentence in plain words."""

    @property
    def verdict(self) -> Verdict:
        """The band the share falls in."""
        return verdict_of(self.leadership_share)


def verdict_of(share: float) -> Verdict:
    """The verdict of a share: management up to 0.35, leadership from 0.65, else both."""
    if share <= MANAGEMENT_UP_TO:
        return "management"
    return "leadership" if share >= LEADERSHIP_FROM else "both"
