"""What the page does with a message: stored first, shown, answered; never lost, never mixed."""

import logging
from pathlib import Path

import pytest

from assistant.reply import Reply
from assistant.storage.conversations import ConversationTable, Owner
from assistant.text import MAX_CHARACTERS
from knowledge.passage import organisation_id
from knowledge.store.database import open_database
from tests.ui.samples import SITUATION, advice_reply, bare_reply
from ui.chat import NEW, Chat, Shown
from ui.html_conversation import AFTER_WORDS
from ui.replies import ScriptedReplies

ME = Owner(organisation=organisation_id("here"), user="me")
SOMEBODY = Owner(organisation=organisation_id("here"), user="somebody")


@pytest.fixture
def table(tmp_path: Path) -> ConversationTable:
    return ConversationTable(open_database(f"sqlite:///{tmp_path / 'chat.db'}"))


def chat(table: ConversationTable, *script: Reply | Exception, owner: Owner = ME) -> Chat:
    return Chat(ScriptedReplies(script), table, owner)


def last(shown: list[Shown]) -> Shown:
    return shown[-1]


def test_a_message_is_stored_before_the_reply_is_made(table: ConversationTable):
    steps = chat(table, advice_reply()).send("", SITUATION)
    waiting = next(steps)
    stored = table.messages(ME, waiting.conversation_id)
    assert [m.content for m in stored] == [SITUATION]
    assert AFTER_WORDS["waiting"] in waiting.html
    assert waiting.box == ""
    answered = next(steps)
    assert "What I heard" in answered.html
    assert answered.box is None
    assert len(table.messages(ME, answered.conversation_id)) == 2


def test_a_later_message_goes_on_with_the_same_conversation(table: ConversationTable):
    script = ScriptedReplies([advice_reply(), bare_reply("question", "And then?")])
    page = Chat(script, table, ME)
    first = last(list(page.send("", SITUATION)))
    second = last(list(page.send(first.conversation_id, "There is a list.")))
    assert second.conversation_id == first.conversation_id
    assert script.asked[1].user_texts == (SITUATION, "There is a list.")


def test_a_failed_reply_is_told_kindly_and_can_be_tried_again(
    table: ConversationTable, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    page = chat(table, RuntimeError(f"canary {SITUATION}"), advice_reply())
    failed = last(list(page.send("", SITUATION)))
    assert "something went wrong on my side" in failed.html
    assert failed.box == SITUATION
    answered = last(list(page.send(failed.conversation_id, SITUATION)))
    assert [m.role for m in table.messages(ME, answered.conversation_id)] == ["user", "assistant"]
    assert "canary" not in caplog.text
    assert "Nobody knows" not in caplog.text
    assert "RuntimeError" in caplog.text


def test_a_message_that_was_cut_off_waits_in_the_box(table: ConversationTable):
    page = chat(table)
    cut_off = next(page.send("", SITUATION))
    again = page.resume(cut_off.conversation_id)
    assert AFTER_WORDS["unanswered"] in again.html
    assert again.box == SITUATION


def test_a_refresh_shows_the_tabs_own_conversation_and_a_new_tab_the_last(
    table: ConversationTable,
):
    page = chat(table, advice_reply(), advice_reply())
    one = last(list(page.send("", "One")))
    two = last(list(page.send("", "Two")))
    assert page.resume(one.conversation_id).conversation_id == one.conversation_id
    assert page.resume("").conversation_id == two.conversation_id
    assert page.resume(NEW).empty


def test_two_tabs_do_not_mix(table: ConversationTable):
    page = chat(table, advice_reply(), advice_reply())
    one, two = page.send("", "Only in one"), page.send("", "Only in two")
    next(one)
    next(two)
    assert "Only in two" not in next(one).html
    assert "Only in one" not in next(two).html


@pytest.mark.parametrize("wanted", ["no-such-id", "'; drop table messages; --", "x" * 5_000])
def test_an_unknown_id_is_not_an_error(table: ConversationTable, wanted: str):
    page = chat(table, advice_reply())
    assert page.resume(wanted).empty
    assert last(list(page.send(wanted, SITUATION))).conversation_id != wanted


def test_somebody_elses_id_shows_and_changes_nothing(table: ConversationTable):
    theirs = last(list(chat(table, advice_reply(), owner=SOMEBODY).send("", "Their words")))
    page = chat(table, advice_reply())
    assert "Their words" not in page.resume(theirs.conversation_id).html
    mine = last(list(page.send(theirs.conversation_id, "My words")))
    assert mine.conversation_id != theirs.conversation_id
    assert "Their words" not in mine.html
    assert len(table.messages(SOMEBODY, theirs.conversation_id)) == 2


@pytest.mark.parametrize("text", ["", "  \n\t "])
def test_no_words_change_nothing(table: ConversationTable, text: str):
    shown = list(chat(table).send("", text))
    assert [s.empty for s in shown] == [True]
    assert table.list(ME) == []


def test_a_text_that_is_too_long_stays_in_the_box_and_is_not_stored(table: ConversationTable):
    text = "a" * (MAX_CHARACTERS + 1)
    shown = last(list(chat(table).send("", text)))
    assert "20,001 characters" in shown.html
    assert shown.box == text
    assert table.list(ME) == []


@pytest.mark.parametrize("text", ["nul \x00 here", "half a pair \ud800", "bidi \u202e text"])
def test_odd_code_points_are_answered_like_any_other(table: ConversationTable, text: str):
    shown = last(list(chat(table, bare_reply("question", "What happened?")).send("", text)))
    assert "What happened?" in shown.html
