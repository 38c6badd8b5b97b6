"""A conversation: what the manager and the coach have said so far."""

from dataclasses import dataclass
from typing import Literal

Role = Literal["user", "assistant"]


@dataclass(frozen=True, kw_only=True)
class Message:
    """One turn, by either side."""

    role: Role
    content: str
    """What was said, exactly as it came in. Offsets of evidence count its code points."""
    advised: tuple[str, ...] = ()
    """Citation ids of the actions this turn gave, so that none is given twice. Empty for users."""
    asked: str | None = None
    """The question this turn asked, if any. None for users."""


@dataclass(frozen=True, kw_only=True)
class Conversation:
    """Messages in the order in which they were said."""

    messages: tuple[Message, ...]

    @property
    def user_texts(self) -> tuple[str, ...]:
        """What the user said, in order; evidence numbers its messages by position here."""
        return tuple(m.content for m in self.messages if m.role == "user")

    @property
    def advised(self) -> frozenset[str]:
        """Citation ids of every action given so far."""
        return frozenset(c for m in self.messages for c in m.advised)

    @property
    def questions(self) -> tuple[str, ...]:
        """The questions asked so far."""
        return tuple(m.asked for m in self.messages if m.asked)

    @staticmethod
    def of(*texts: str) -> "Conversation":
        """A conversation of user messages only."""
        return Conversation(messages=tuple(Message(role="user", content=t) for t in texts))
