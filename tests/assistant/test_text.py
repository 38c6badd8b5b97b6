import unicodedata
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from assistant.text import clauses, encodable_for_storage, readable, shorten
from tests.assistant.situations import NASTY, texts

any_text = st.one_of(texts(), st.text(st.characters(), max_size=300))


def quotes(text: str) -> list[str]:
    return [text[c.start : c.end] for c in clauses(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("...", []),
        (" \n ", []),
        ("We are late again", ["We are late again"]),
        (
            "They nod in the meeting, but nothing is delivered. I am tired of it!",
            ["They nod in the meeting", "but nothing is delivered", "I am tired of it"],
        ),
        ("I told her twice. She left.", ["I told her twice. She left"]),
        ("first line here now\nsecond", ["first line here now", "second"]),
        ("“We never asked,” she said to me", ["“We never asked,” she said to me"]),
        ("- they skip the checklist", ["they skip the checklist"]),
        ("صاحب العمل لا يستمع. الفريق تعب جدا", ["صاحب العمل لا يستمع", "الفريق تعب جدا"]),
    ],
)
def test_a_text_is_split_where_a_thought_ends(text: str, expected: list[str]) -> None:
    assert quotes(text) == expected


def test_a_long_clause_is_cut_between_words() -> None:
    text = " ".join(f"word{i}" for i in range(200))
    assert " ".join(quotes(text)) == text
    assert all(len(q) <= 220 for q in quotes(text))


@settings(max_examples=200, deadline=None)
@example("a" * 1_000)
@example("e\u0301\u0301. \u0301 x\ud800y")
@given(any_text)
def test_clauses_lie_in_order_within_the_text_and_its_limits(text: str) -> None:
    at = 0
    for clause in clauses(text):
        assert at <= clause.start < clause.end <= len(text)
        assert clause.end - clause.start <= 220
        assert not text[clause.start].isspace()
        assert not text[clause.end - 1].isspace()
        at = clause.end


@settings(max_examples=200, deadline=None)
@given(any_text)
def test_clauses_cover_every_letter_and_digit(text: str) -> None:
    covered = {i for c in clauses(text) for i in range(c.start, c.end)}
    assert [c for i, c in enumerate(text) if c.isalnum() and i not in covered] == []


@settings(max_examples=100, deadline=None)
@given(any_text, st.integers(1, 60))
def test_the_limit_of_a_clause_is_kept(text: str, limit: int) -> None:
    found = clauses(text, max_characters=limit)
    assert all(0 < c.end - c.start <= limit for c in found)
    assert all(a.end <= b.start for a, b in pairwise(found))


@settings(max_examples=200, deadline=None)
@given(any_text)
def test_readable_text_can_be_printed_and_holds_no_control_characters(text: str) -> None:
    shown = readable(text)
    shown.encode()
    assert not [c for c in shown if unicodedata.category(c) == "Cc" and c not in "\n\t"]
    assert readable(shown) == shown


@pytest.mark.parametrize(
    "control", "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c"
)
def test_readable_text_cannot_turn_the_direction_of_what_follows(control: str) -> None:
    assert readable(f"pay{control}roll") == "payroll"


def test_readable_text_keeps_what_can_be_seen() -> None:
    text = "Žofie's café: “naïve” – שלום, 👍🏽\n\tत्र"
    assert readable(text) == text


@settings(max_examples=200, deadline=None)
@example("word " * 100, 140)
@example("a" * 100, 20)
@given(any_text, st.integers(8, 200))
def test_a_shortened_text_is_one_line_within_its_limit(text: str, limit: int) -> None:
    line = shorten(text, limit)
    assert "\n" not in line
    assert len(line) <= limit


def test_a_text_is_shortened_between_words() -> None:
    assert shorten("We are  late\nagain", 40) == "We are late again"
    cut = shorten("They nod and then nothing is ever delivered, so I do it", 30)
    assert cut.endswith(" ...")
    assert "They nod and then nothing is ever delivered".startswith(cut.removesuffix(" ..."))
    assert cut.removesuffix(" ...").split()[-1] in ("nothing", "is", "then")


@settings(max_examples=200, deadline=None)
@given(any_text)
def test_a_stored_text_keeps_every_place(text: str) -> None:
    stored = encodable_for_storage(text)
    stored.encode()
    assert "\x00" not in stored
    assert len(stored) == len(text)
    assert all(
        s == ("\ufffd" if t == "\x00" or unicodedata.category(t) == "Cs" else t)
        for s, t in zip(stored, text, strict=True)
    )


@pytest.mark.parametrize("text", NASTY)
def test_what_can_be_stored_is_stored_as_it_was_typed(text: str) -> None:
    once = encodable_for_storage(text)
    assert encodable_for_storage(once) == once
