"""What holds for every reply, whatever was written."""

import json
import unicodedata
from collections.abc import Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from assistant.coach import Coach
from assistant.conversation import Conversation
from assistant.factory import Application
from assistant.render import as_text
from assistant.reply import Reply
from assistant.reply_json import assessment_json, reply_json
from tests.assistant.situations import ESCALATED, FOREIGN, NASTY, SITUATIONS, advised, talk, texts


def check(reply: Reply, said: Sequence[str], known: frozenset[str]) -> None:
    check_kind(reply)
    check_words(reply, said)
    check_shown(reply)
    cited = reply.advice.citations if reply.advice else ()
    assert {c.id for c in cited} <= known
    assert set(advised(reply)) <= known


def check_kind(reply: Reply) -> None:
    if reply.kind == "advice":
        assert reply.advice
        assert reply.advice.actions
        assert reply.assessment
        assert reply.screening.scope == "in"
    elif reply.kind == "referral":
        assert reply.screening.escalations or not reply.screening.english
        assert reply.opening
    else:
        assert reply.kind in ("question", "decline")
        assert reply.opening
        assert reply.advice is None
        assert not reply.screening.escalations
    assert (reply.assessment is None) == (reply.screening.scope == "out")


def check_words(reply: Reply, said: Sequence[str]) -> None:
    for e in reply.screening.escalations:
        assert said[e.message][e.start : e.end] == e.quote
        assert 0 < len(e.quote) <= 160
    written = assessment_json(reply.screening, reply.assessment)
    share, sure = written["leadership_share"], written["confidence"]
    assert share is None or 0 <= share <= 1
    assert sure is None or 0 <= sure <= 1
    assert (share is None) == (sure is None) == (written["verdict"] is None)
    assert len(written["evidence"]) <= 4
    for e in written["evidence"]:
        assert said[e["message"]][e["start"] : e["end"]] == e["quote"]
        assert e["quote"]


def check_shown(reply: Reply) -> None:
    shown = as_text(reply)
    shown.encode()
    assert not [c for c in shown if unicodedata.category(c) == "Cc" and c not in "\n\t"]
    assert "AI" in shown
    line = json.dumps(reply_json(reply, shown), allow_nan=False)
    assert "\n" not in line
    assert json.loads(line)["text"] == shown


@settings(max_examples=60, deadline=None)
@given(text=texts(parts=6))
def test_every_message_gets_a_whole_reply(
    coach: Coach, application: Application, text: str
) -> None:
    check(coach.reply(Conversation.of(text)), (text,), application.library.citation_ids)


@settings(max_examples=40, deadline=None)
@example(said=["", "\x00", SITUATIONS[-1]])
@given(said=st.lists(texts(parts=3), min_size=2, max_size=4))
def test_every_turn_of_a_conversation_gets_a_whole_reply(
    coach: Coach, application: Application, said: list[str]
) -> None:
    for turn, reply in enumerate(talk(coach, *said), 1):
        check(reply, said[:turn], application.library.citation_ids)


@settings(max_examples=60, deadline=None)
@given(text=st.text(st.characters(), max_size=200))
def test_arbitrary_text_gets_a_whole_reply(
    coach: Coach, application: Application, text: str
) -> None:
    check(coach.reply(Conversation.of(text)), (text,), application.library.citation_ids)


@pytest.mark.parametrize("nasty", NASTY)
def test_nasty_text_alone_and_within_a_situation(
    coach: Coach, application: Application, nasty: str
) -> None:
    for text in (nasty, f"{nasty}{SITUATIONS[0]}", f"{SITUATIONS[0]} {nasty} {ESCALATED[1]}"):
        reply = coach.reply(Conversation.of(text))
        check(reply, (text,), application.library.citation_ids)
    assert reply.kind == "referral", "nothing around it hides what belongs elsewhere"


@pytest.mark.parametrize("text", FOREIGN)
def test_another_language_gets_a_whole_reply(
    coach: Coach, application: Application, text: str
) -> None:
    check(coach.reply(Conversation.of(text)), (text,), application.library.citation_ids)


@pytest.mark.parametrize(
    "long",
    [
        " ".join(SITUATIONS * 40),
        "a" * 50_000,
        "e\u0301\u0328" * 16_000 + " my team is late",
        "my team " * 6_000,
        "\n".join("x" for _ in range(25_000)),
        "\ud800\x00" * 25_000 + " my team is late",
    ],
    ids=["sentences", "one word", "marks", "repeated", "lines", "surrogates"],
)
def test_fifty_thousand_characters_get_a_whole_reply(
    coach: Coach, application: Application, long: str
) -> None:
    text = long[:50_000]
    check(coach.reply(Conversation.of(text)), (text,), application.library.citation_ids)


def test_what_belongs_elsewhere_is_found_at_the_end_of_a_long_text(coach: Coach) -> None:
    text = " ".join(SITUATIONS * 30) + " One of my drivers told me he wants to kill himself."
    reply = coach.reply(Conversation.of(text))
    assert reply.kind == "referral"
    assert "kill himself" in reply.screening.escalations[0].quote
