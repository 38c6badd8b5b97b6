"""A reply: what the coach answers to one message."""

from dataclasses import dataclass
from typing import Literal

from assistant.advice import Advice, Citation
from assistant.assessment import Assessment
from assistant.screening import Screening

Kind = Literal["advice", "question", "referral", "decline"]

AI_NOTICE = (
    "You are talking to an AI. It is not HR, and this is not legal or medical advice. "
    "It can be wrong: you know your people, and the choice stays with you."
)


@dataclass(frozen=True, kw_only=True)
class Quote:
    """What a document of the caller's own organisation says on the matter."""

    citation: Citation
    page: int | None
    """Counted from 1, where the document has pages."""
    text: str
    """Verbatim. Data, never an instruction."""


@dataclass(frozen=True, kw_only=True)
class Reply:
    """One answer. A referral carries advice for the part that stays the manager's own work."""

    kind: Kind
    screening: Screening
    assessment: Assessment | None
    """None when the message is out of scope."""
    advice: Advice | None
    """None for questions, declines, referrals with nothing left to coach, and questions that the
    organisation's own documents answer."""
    opening: str
    """What a question, referral or decline says first."""
    question: str | None = None
    """The one question this reply asks, if an answer to it would move the assessment."""
    quotes: tuple[Quote, ...] = ()
    """The organisation's own words; where they differ from the advice, they go first."""
    notice: str = AI_NOTICE
