"""What a system answers to a case, as plain data."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Everything the offline metrics look at."""

    kind: str
    """advice, question, referral or decline."""
    scope: str
    share: float | None
    verdict: str | None
    confidence: float | None
    escalations: tuple[str, ...]
    question: str | None
    ranked: tuple[str, ...]
    """Card ids in pure order of relevance."""
    actions: tuple[str, ...]
    """Citation ids of the actions."""
    cited: tuple[str, ...]
    """All citation ids."""
    valid: tuple[str, ...]
    """Of them, those that exist and were retrieved in this turn."""
    text: str
    milliseconds: float
    comprehensiveness: float | None = None
    """How far the share moves without the evidence (ERASER), and the same for random clauses."""
    random_comprehensiveness: float | None = None
    error: str | None = None
    extra: dict[str, Any] = field(default_factory=dict[str, Any])


def failed(error: Exception) -> Answer:
    """The answer of a system that raised; no text of the case is kept."""
    return Answer(
        kind="error",
        scope="",
        share=None,
        verdict=None,
        confidence=None,
        escalations=(),
        question=None,
        ranked=(),
        actions=(),
        cited=(),
        valid=(),
        text="",
        milliseconds=0.0,
        error=type(error).__name__,
    )
