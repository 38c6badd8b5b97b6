import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from assistant.errors import ConversationError
from assistant.storage.conversations import (
    ConversationTable,
    Owner,
    StoredMessage,
    as_conversation,
)
from assistant.text import encodable_for_storage
from knowledge.passage import organisation_id
from knowledge.store.database import open_database
from tests.assistant.situations import NASTY, texts

ANNA = Owner(organisation=organisation_id("acme"), user="anna")
OTHERS = (
    Owner(organisation=organisation_id("acme"), user="ben"),
    Owner(organisation=organisation_id("acme"), user="Anna"),
    Owner(organisation=organisation_id("other"), user="anna"),
    Owner(organisation=organisation_id("acme"), user="ann%"),
    Owner(organisation=organisation_id("acme"), user=""),
)
REPLY = {
    "text": "Do this.",
    "question": "Do they know?",
    "advice": {
        "actions": [
            {"citations": [{"id": "card:a#action-1"}, {"id": "card:a#when"}]},
            {"citations": [{"id": "card:b#action-2"}]},
        ]
    },
}
WRITER = (
    "import sys\n"
    "from assistant.storage.conversations import ConversationTable, Owner\n"
    "from knowledge.passage import organisation_id\n"
    "from knowledge.store.database import open_database\n"
    "url, conversation, name = sys.argv[1:]\n"
    "table = ConversationTable(open_database(url))\n"
    "owner = Owner(organisation=organisation_id('acme'), user='anna')\n"
    "print('ready', flush=True)\n"
    "sys.stdin.readline()\n"
    "for i in range(40):\n"
    "    table.add(owner, conversation, f'{name} {i}')\n"
)


@pytest.fixture(
    params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)], scope="module"
)
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The same tests on both databases."""
    if request.param == "postgres":
        return request.getfixturevalue("postgres_url")
    return f"sqlite:///{tmp_path_factory.mktemp('store') / 'store.db'}"


@pytest.fixture(scope="module")
def engine(url: str) -> Iterator[Engine]:
    opened = open_database(url)
    yield opened
    opened.dispose()


@pytest.fixture(scope="module")
def table(engine: Engine) -> ConversationTable:
    return ConversationTable(engine)


def contents(table: ConversationTable, conversation: str, owner: Owner = ANNA) -> list[str]:
    return [m.content for m in table.messages(owner, conversation)]


def test_a_conversation_keeps_its_messages_in_order(table: ConversationTable) -> None:
    new = table.start(ANNA)
    said = [f"message {i}" for i in range(12)]
    for text_ in said:
        table.add(ANNA, new, text_)
    table.add(ANNA, new, "Do this.", REPLY)
    assert contents(table, new) == [*said, "Do this."]
    last = table.messages(ANNA, new)[-1]
    assert (last.role, last.reply) == ("assistant", REPLY)


def test_what_was_advised_and_asked_is_read_back(table: ConversationTable) -> None:
    new = table.start(ANNA)
    table.add(ANNA, new, "hello")
    table.add(ANNA, new, "Do this.", REPLY)
    conversation = as_conversation(table.messages(ANNA, new))
    assert conversation.user_texts == ("hello",)
    assert conversation.advised == {"card:a#action-1", "card:b#action-2"}
    assert conversation.questions == ("Do they know?",)


def test_a_reply_without_advice_is_read_back() -> None:
    stored = StoredMessage(role="assistant", content="Hello.", reply={"advice": None})
    assert as_conversation([stored]).advised == frozenset()


@pytest.mark.parametrize("stranger", OTHERS)
def test_somebody_elses_conversation_is_as_one_that_is_missing(
    table: ConversationTable, stranger: Owner
) -> None:
    new = table.start(ANNA)
    table.add(ANNA, new, "mine")
    attempts: tuple[Callable[[str], object], ...] = (
        lambda c: table.messages(stranger, c),
        lambda c: table.add(stranger, c, "intruder"),
        lambda c: table.add(stranger, c, "intruder", REPLY),
        lambda c: table.remove(stranger, c),
    )
    errors: set[str] = set()
    for conversation in (new, "0" * 32):
        for attempt in attempts:
            with pytest.raises(ConversationError) as caught:
                attempt(conversation)
            errors.add(str(caught.value))
    assert errors == {"There is no such conversation."}
    assert contents(table, new) == ["mine"]
    assert new not in {s.id for s in table.list(stranger)}


@pytest.mark.parametrize("missing", ["", "x", "%", "' OR 1=1 --", "a" * 10_000, "\x00", "\ud800"])
def test_an_id_that_can_be_nobodys_is_missing(table: ConversationTable, missing: str) -> None:
    with pytest.raises(ConversationError):
        table.messages(ANNA, missing)
    with pytest.raises(ConversationError):
        table.remove(ANNA, missing)


def test_conversations_are_listed_latest_first_without_empty_ones(
    table: ConversationTable,
) -> None:
    owner = Owner(organisation=organisation_id("acme"), user="lister")
    first, second, _empty = table.start(owner), table.start(owner), table.start(owner)
    table.add(owner, first, "We have no rota.\nNobody knows who covers " + "what " * 40)
    table.add(owner, second, "second")
    assert [s.id for s in table.list(owner)] == [second, first]
    table.add(owner, first, "more")
    listed = table.list(owner)
    assert [s.id for s in listed] == [first, second]
    assert listed[0].title.startswith("We have no rota. Nobody knows")
    assert "\n" not in listed[0].title
    assert len(listed[0].title) <= 70


@pytest.mark.parametrize("words", ["", " ", "\x00", "\u200b"])
def test_a_conversation_without_words_has_a_title(table: ConversationTable, words: str) -> None:
    owner = Owner(organisation=organisation_id("acme"), user=f"wordless {words!r}")
    table.add(owner, table.start(owner), words)
    (line,) = table.list(owner)
    assert line.title


def test_a_removed_conversation_is_gone(table: ConversationTable, engine: Engine) -> None:
    new, kept = table.start(ANNA), table.start(ANNA)
    for conversation in (new, kept):
        table.add(ANNA, conversation, "words to forget")
    table.remove(ANNA, new)
    with pytest.raises(ConversationError):
        table.messages(ANNA, new)
    with pytest.raises(ConversationError):
        table.remove(ANNA, new)
    with engine.connect() as connection:
        left = connection.execute(
            text("SELECT count(*) FROM messages WHERE conversation_id = :id"), {"id": new}
        ).scalar()
    assert left == 0
    assert contents(table, kept) == ["words to forget"]


def test_removed_words_are_overwritten_on_disk(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'store.db'}")
    table = ConversationTable(engine)
    new = table.start(ANNA)
    table.add(ANNA, new, "canary zebra quartz " * 400)
    table.add(ANNA, new, "canary", {"text": "zebra quartz"})
    table.remove(ANNA, new)
    with engine.connect() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    engine.dispose()
    assert b"zebra quartz" not in (tmp_path / "store.db").read_bytes()


@pytest.mark.parametrize("nasty", NASTY)
def test_nasty_text_is_kept_in_its_place(table: ConversationTable, nasty: str) -> None:
    new = table.start(ANNA)
    table.add(ANNA, new, nasty)
    table.add(ANNA, new, nasty, {"text": nasty, "advice": None, "question": nasty})
    user, assistant = table.messages(ANNA, new)
    assert user.content == assistant.content == encodable_for_storage(nasty)
    assert len(user.content) == len(nasty)
    assert assistant.reply == {"text": nasty, "advice": None, "question": nasty}


@settings(max_examples=60, deadline=None)
@given(said=st.lists(texts(), max_size=4))
def test_any_text_is_kept(table: ConversationTable, said: list[str]) -> None:
    new = table.start(ANNA)
    for content in said:
        table.add(ANNA, new, content)
    assert contents(table, new) == [encodable_for_storage(c) for c in said]


@pytest.mark.parametrize("shared", [False, True], ids=["each its own", "one conversation"])
def test_two_processes_that_write_at_once_lose_nothing(
    table: ConversationTable, url: str, shared: bool
) -> None:
    first = table.start(ANNA)
    second = first if shared else table.start(ANNA)
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, url, conversation, name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for conversation, name in ((first, "a"), (second, "b"))
    ]
    for writer in writers:
        assert writer.stdout
        assert writer.stdout.readline() == b"ready\n"
    for writer in writers:
        assert writer.stdin
        writer.stdin.write(b"go\n")
        writer.stdin.flush()
    said = [w.communicate()[1].decode()[-600:] for w in writers]
    assert [w.returncode for w in writers] == [0, 0], said
    kept = contents(table, first) if shared else contents(table, first) + contents(table, second)
    for name in ("a", "b"):
        assert [c for c in kept if c.startswith(name)] == [f"{name} {i}" for i in range(40)]
    assert len(kept) == 80


def test_a_second_table_finds_the_schema_ready(table: ConversationTable, url: str) -> None:
    new = table.start(ANNA)
    again = open_database(url)
    assert ConversationTable(again).messages(ANNA, new) == []
    again.dispose()
