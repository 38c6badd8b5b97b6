"""Conversations: every read and write names the owner, and nobody else's are ever found."""

import json
import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import Connection, Engine, Row, Select, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from assistant.conversation import Conversation, Message, Role
from assistant.errors import ConversationError
from assistant.storage.tables import HEAD, MIGRATIONS, VERSION_TABLE, conversations, messages
from assistant.text import encodable_for_storage, shorten
from knowledge.passage import OrganisationId
from knowledge.store.database import migrate

ID = re.compile(r"[0-9a-f]{32}")
ATTEMPTS = 20


@dataclass(frozen=True, kw_only=True)
class Owner:
    """Who a conversation belongs to; comes from the sign-in, never from a request's text."""

    organisation: OrganisationId
    user: str


@dataclass(frozen=True, kw_only=True)
class StoredMessage:
    """A message as it was stored."""

    role: Role
    content: str
    reply: dict[str, Any] | None
    """The whole reply of an assistant message, as `assistant.reply_json` writes it."""


@dataclass(frozen=True, kw_only=True)
class ConversationSummary:
    """A line in the list of conversations."""

    id: str
    title: str
    updated_at: datetime


class ConversationTable:
    """The conversations of all owners, each reachable by its owner only."""

    def __init__(self, engine: Engine):
        """Migrates the tables when needed."""
        self._engine = engine
        migrate(engine, MIGRATIONS, VERSION_TABLE, HEAD)

    def start(self, owner: Owner) -> str:
        """Begin a conversation and return its id."""
        now = datetime.now(UTC)
        new = uuid.uuid4().hex
        with self._engine.begin() as connection:
            connection.execute(
                insert(conversations),
                [
                    {
                        "id": new,
                        "organisation": owner.organisation,
                        "user": owner.user,
                        "title": "",
                        "created_at": now,
                        "updated_at": now,
                    }
                ],
            )
        return new

    def add(
        self, owner: Owner, conversation_id: str, content: str, reply: dict[str, Any] | None = None
    ) -> None:
        """Append a message: the user's when `reply` is None, else the assistant's.

        Raises ConversationError when this owner has no such conversation.
        """
        for attempt in range(ATTEMPTS):
            try:
                self._add(owner, conversation_id, encodable_for_storage(content), reply)
                return
            except IntegrityError:  # somebody else took the place; the next one is free
                if attempt == ATTEMPTS - 1:
                    raise

    def _add(
        self, owner: Owner, conversation_id: str, content: str, reply: dict[str, Any] | None
    ) -> None:
        with self._engine.begin() as connection:
            row = self._own(connection, owner, conversation_id)
            last = connection.execute(
                select(func.max(messages.c.position)).where(
                    messages.c.conversation_id == conversation_id
                )
            ).scalar()
            connection.execute(
                insert(messages),
                [
                    {
                        "id": uuid.uuid4().hex,
                        "conversation_id": conversation_id,
                        "position": 0 if last is None else last + 1,
                        "role": "user" if reply is None else "assistant",
                        "content": content,
                        "reply": None if reply is None else json.dumps(reply),
                        "created_at": datetime.now(UTC),
                    }
                ],
            )
            connection.execute(
                update(conversations)
                .where(conversations.c.id == conversation_id)
                .values(
                    updated_at=datetime.now(UTC),
                    title=row.title or shorten(content, 60) or "(no words)",
                )
            )

    def messages(self, owner: Owner, conversation_id: str) -> list[StoredMessage]:
        """The messages in order.

        Raises ConversationError when this owner has no such conversation.
        """
        with self._engine.connect() as connection:
            self._own(connection, owner, conversation_id)
            rows = connection.execute(
                select(messages)
                .where(messages.c.conversation_id == conversation_id)
                .order_by(messages.c.position)
            )
            return [_message(r) for r in rows]

    def list(self, owner: Owner) -> list[ConversationSummary]:
        """The owner's conversations, latest first, empty ones left out."""
        query = (
            _of(owner)
            .where(conversations.c.title != "")
            .order_by(conversations.c.updated_at.desc())
        )
        with self._engine.connect() as connection:
            return [
                ConversationSummary(id=r.id, title=r.title, updated_at=r.updated_at)
                for r in connection.execute(query)
            ]

    def remove(self, owner: Owner, conversation_id: str) -> None:
        """Delete a conversation with its messages.

        Raises ConversationError when this owner has no such conversation.
        """
        with self._engine.begin() as connection:
            self._own(connection, owner, conversation_id)
            connection.execute(
                delete(messages).where(messages.c.conversation_id == conversation_id)
            )
            connection.execute(delete(conversations).where(conversations.c.id == conversation_id))

    @staticmethod
    def _own(connection: Connection, owner: Owner, conversation_id: str) -> Row[Any]:
        known = ID.fullmatch(conversation_id)
        query = _of(owner).where(conversations.c.id == conversation_id)
        row = connection.execute(query).first() if known else None
        if row is None:
            raise ConversationError("There is no such conversation.")
        return row


def as_conversation(stored: list[StoredMessage]) -> Conversation:
    """What the coach needs of stored messages."""
    return Conversation(messages=tuple(_for_coach(m) for m in stored))


def _for_coach(stored: StoredMessage) -> Message:
    reply: dict[str, Any] = stored.reply or {}
    advice: dict[str, Any] = reply.get("advice") or {}
    actions: list[dict[str, Any]] = advice.get("actions") or []
    return Message(
        role=stored.role,
        content=stored.content,
        advised=tuple(c["id"] for a in actions for c in a["citations"] if "#action-" in c["id"]),
        asked=reply.get("question"),
    )


def _of(owner: Owner) -> Select[Any]:
    return select(conversations).where(
        conversations.c.organisation == owner.organisation, conversations.c.user == owner.user
    )


def _message(row: Row[Any]) -> StoredMessage:
    return StoredMessage(
        role=cast(Role, row.role),
        content=row.content,
        reply=None if row.reply is None else json.loads(row.reply),
    )
