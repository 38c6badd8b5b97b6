"""The seam between the page and the coach, and the fake that tests answer with."""

from collections.abc import Sequence
from typing import Protocol

from assistant.conversation import Conversation
from assistant.reply import Reply
from knowledge.passage import OrganisationId


class Replies(Protocol):
    """Whoever answers the last message of a conversation; in the product, the coach."""

    def reply(self, conversation: Conversation, organisation: OrganisationId) -> Reply:
        """Answer; only this organisation's documents may be quoted."""
        ...


class ScriptedReplies:
    """Gives the replies, or raises the errors, it was made with, and keeps what it was asked."""

    def __init__(self, script: Sequence[Reply | Exception]):
        self._script = list(script)
        self.asked: list[Conversation] = []

    def reply(self, conversation: Conversation, organisation: OrganisationId) -> Reply:
        """The next one of the script.

        Raises AssertionError when the script has run out.
        """
        self.asked.append(conversation)
        if not self._script:
            raise AssertionError("the script of replies has run out")
        answer = self._script.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer
