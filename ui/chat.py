"""What the page does with a message; knows nothing of Gradio."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.errors import ConversationError
from assistant.render import as_text
from assistant.reply_json import reply_json
from assistant.storage.conversations import (
    ConversationTable,
    Owner,
    StoredMessage,
    as_conversation,
)
from assistant.text import MAX_CHARACTERS, encodable_for_storage
from ui.html_conversation import conversation_html, note_html, too_long_html, welcome_html
from ui.replies import Replies

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What the page shows now."""

    conversation_id: str
    """Empty while nothing has been said; means nothing without its owner."""
    html: str
    box: str | None = None
    """What the text box is to hold; None leaves what somebody may be typing."""

    @property
    def empty(self) -> bool:
        """Whether this is a conversation that has not begun."""
        return not self.conversation_id


NEW = "new"
"""The id a tab carries that has asked for a new conversation."""


class Chat:
    """The conversations of one owner, as a page shows them. Holds nothing of any of them."""

    def __init__(self, replies: Replies, conversations: ConversationTable, owner: Owner):
        self._replies = replies
        self._conversations = conversations
        self._owner = owner

    def begin(self) -> Shown:
        """A conversation in which nothing has been said."""
        return Shown(conversation_id="", html=welcome_html())

    def resume(self, wanted: str) -> Shown:
        """The conversation the tab was showing, else the owner's last one."""
        if wanted == NEW:
            return self.begin()
        try:
            known = [c.id for c in self._conversations.list(self._owner)]
            found = wanted if wanted in known else next(iter(known), "")
            if not found:
                return self.begin()
            return self._as_left(found, self._conversations.messages(self._owner, found))
        except Exception as error:
            _log.error("a conversation could not be shown: %s", type(error).__name__)
            return self.begin()

    def send(self, conversation_id: str, text: str) -> Iterator[Shown]:
        """Store the message, show it, then reply. Whatever fails, the text stays with the user."""
        if not text.strip():
            yield self.resume(conversation_id or NEW)
            return
        if len(text) > MAX_CHARACTERS:
            yield self._too_long(conversation_id, text)
            return
        try:
            open_id, stored = self._store(conversation_id, text)
            html = conversation_html(open_id, stored, "waiting")
            yield Shown(conversation_id=open_id, html=html, box="")
        except Exception as error:
            _log.error("a message could not be stored: %s", type(error).__name__)
            yield Shown(conversation_id=conversation_id, html=note_html("failed"), box=text)
            return
        yield self._answer(open_id, stored, text)

    def _store(self, conversation_id: str, text: str) -> tuple[str, list[StoredMessage]]:
        """Add the message, unless it is the one that still waits for its answer."""
        stored: list[StoredMessage] = []
        try:
            stored = self._conversations.messages(self._owner, conversation_id)
        except ConversationError:
            conversation_id = self._conversations.start(self._owner)
        if _waiting(stored) != encodable_for_storage(text):
            self._conversations.add(self._owner, conversation_id, text)
            stored = self._conversations.messages(self._owner, conversation_id)
        return conversation_id, stored

    def _answer(self, conversation_id: str, stored: Sequence[StoredMessage], text: str) -> Shown:
        try:
            reply = self._replies.reply(as_conversation(list(stored)), self._owner.organisation)
            written = as_text(reply)
            self._conversations.add(
                self._owner, conversation_id, written, reply_json(reply, written)
            )
            stored = self._conversations.messages(self._owner, conversation_id)
            html = conversation_html(conversation_id, stored)
            return Shown(conversation_id=conversation_id, html=html)
        except Exception as error:
            _log.error("a reply failed: %s", type(error).__name__)
            html = conversation_html(conversation_id, stored, "failed")
            return Shown(conversation_id=conversation_id, html=html, box=text)

    def _too_long(self, conversation_id: str, text: str) -> Shown:
        before = self.resume(conversation_id or NEW)
        note = too_long_html(len(text), MAX_CHARACTERS)
        html = f"{before.html}\n\n{note}"
        return Shown(conversation_id=before.conversation_id, html=html, box=text)

    def _as_left(self, conversation_id: str, stored: Sequence[StoredMessage]) -> Shown:
        waiting = _waiting(stored)
        html = conversation_html(conversation_id, stored, "unanswered" if waiting else "")
        return Shown(conversation_id=conversation_id, html=html, box=waiting or None)


def _waiting(stored: Sequence[StoredMessage]) -> str:
    """The last message if it has no answer yet."""
    return stored[-1].content if stored and stored[-1].reply is None else ""
