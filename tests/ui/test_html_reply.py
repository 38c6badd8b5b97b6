"""What a reply looks like: every part is there, and no text is ever read as markup."""

import json
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any, cast

import pytest

from assistant.storage.conversations import StoredMessage
from knowledge.library import load_library
from tests.ui.samples import (
    SITUATION,
    advice_reply,
    as_stored,
    bare_reply,
    escalation,
    referral_reply,
)
from ui.html_conversation import conversation_html
from ui.html_guidance import card_page
from ui.html_reply import reply_html
from ui.html_situation import Marking, marked_text, markings

NASTY = (
    "<script>alert(1)</script>",
    "</p></div><img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)",
    "<a href=javascript:alert(1)>x</a>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<style>*{display:none}</style>",
    "<!-- <b> -->",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "a\n\n<script>alert(1)</script>\n\n# heading",
    "[x](javascript:alert(1))",
    "![x](https://elsewhere.example/pixel.png)",
    "```html\n<img src=x onerror=alert(1)>\n```",
    "$$\\href{javascript:alert(1)}{x}$$ %%%LATEX_BLOCK_0%%%",
    "{{constructor.constructor('alert(1)')()}} ${alert(1)} `",
    "\u202e<b>reversed</b>\u2066",
    "<\x00script>alert(1)</script>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<form action=https://elsewhere.example><button>go</button></form>",
    "\ud800<textarea autofocus onfocus=alert(1)>",
)
OURS = {
    *("a", "br", "details", "div", "h2", "h3", "h4", "h5", "li", "mark", "ol", "p", "section"),
    *("span", "strong", "summary", "ul"),
}
FRAME = {"html", "head", "meta", "title", "link", "body", "main", "nav", "h1"}
ATTRIBUTES = {"class", "href", "id", "rel", "role", "style", "target", "title"}


class Seen(HTMLParser):
    """Every element and attribute a page has, and its text."""

    def __init__(self, html: str):
        super().__init__()
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.words = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.words += data


def assert_inert(html: str, allowed: set[str] = OURS) -> None:
    seen = Seen(html)
    assert set(seen.elements) <= allowed
    assert {name for name, _ in seen.attributes} <= ATTRIBUTES
    links = [value for name, value in seen.attributes if name == "href"]
    assert all(link.startswith("/guidance/") for link in links)


def with_text_everywhere(value: Any, text: str) -> Any:
    """The JSON with a text in place of everything that a card, a model or a user wrote."""
    if isinstance(value, dict):
        fixed = {"kind", "pole", "horizon", "urgency", "scope", "reason", "written_by", "verdict"}
        items = cast(dict[str, Any], value)
        return {k: v if k in fixed else with_text_everywhere(v, text) for k, v in items.items()}
    if isinstance(value, list):
        lines = cast(list[Any], value)
        return [with_text_everywhere(v, text) for v in lines]
    return text if isinstance(value, str) else value


@pytest.mark.parametrize("text", NASTY)
@pytest.mark.parametrize("reply", [advice_reply(), referral_reply()], ids=["advice", "referral"])
def test_no_text_of_a_reply_is_markup(text: str, reply: Any):
    stored = json.loads(json.dumps(as_stored(reply)))
    assert_inert(reply_html(with_text_everywhere(stored, text)))


@pytest.mark.parametrize("text", NASTY)
def test_no_text_of_a_user_is_markup(text: str):
    marks = (Marking(start=1, end=len(text) - 1, kind="management"),)
    assert_inert(marked_text(text, marks))
    assert_inert(conversation_html("c1", [StoredMessage(role="user", content=text, reply=None)]))


@pytest.mark.parametrize("text", NASTY)
def test_no_text_of_a_card_is_markup(text: str):
    library = load_library()
    card = next(iter(library.cards.values()))
    changed = replace(
        card,
        title=text,
        sections=dict.fromkeys(card.sections, f"{text}\n\n- {text}"),
        actions=tuple(replace(a, title=text, step=text, say=text) for a in card.actions),
        references=(),
    )
    seen = Seen(card_page(changed, library.canon))
    assert set(seen.elements) <= OURS | FRAME
    assert "onerror" not in {name for name, _ in seen.attributes}


@pytest.mark.parametrize("text", NASTY)
def test_a_turn_is_one_line_so_that_markdown_cannot_end_it(text: str):
    stored = [
        StoredMessage(role="user", content=text, reply=None),
        StoredMessage(role="assistant", content="", reply=as_stored(advice_reply())),
    ]
    blocks = conversation_html("c1", stored).split("\n\n")
    assert len(blocks) == 3
    assert all("\n" not in b and b.startswith("<div ") for b in blocks)


def test_every_part_of_advice_is_there():
    words = Seen(reply_html(as_stored(advice_reply()))).words
    for part in (
        "What you added moves it.",
        "What I heard",
        "You wrote that nobody knows what to start.",
        "Both a management and a leadership problem",
        "Management 56 %",
        "Leadership 44 %",
        "not very sure",
        "right about 6 times in 10",
        "As a manager",
        "As a leader",
        "This week",
        "Start here",
        "Number the jobs on one page.",
        "Say: \u201cThis is the order we work in.\u201d",
        "Done when: They can name the first.",
        "Watch out: A second list.",
        "Source: One order",
        "Two lists.",
        "One question, because the answer could change my mind",
        "Is there one list?",
        "Sources (2)",
    ):
        assert part in words


def test_sources_open_at_their_section_in_a_new_tab():
    seen = Seen(reply_html(as_stored(advice_reply())))
    links = [value for name, value in seen.attributes if name == "href"]
    assert links.count("/guidance/order#action-1") == 3
    assert links.count("/guidance/order#avoid") == 1
    targets = [value for name, value in seen.attributes if name == "target"]
    assert targets == ["_blank"] * len(links)


def test_the_first_step_is_told_when_no_action_is_it():
    stored = as_stored(advice_reply())
    stored["advice"]["first"] = "Start here: sleep."
    words = Seen(reply_html(stored)).words
    assert "Start here: sleep." in words


def test_a_referral_names_danger_first_and_every_route():
    calm = escalation("Pay and hours", danger_first=False)
    html = reply_html(as_stored(referral_reply(calm, escalation())))
    words = Seen(html).words
    parts = (
        "Safety first",
        "is anybody in danger right now?",
        "Thoughts of suicide at once",
        "Because you wrote: \u201cNobody knows what to start\u201d",
        "Go to",
        "Call the emergency number.",
        "Do not",
        "Do not leave the person alone.",
        "You may",
        "Ask straight out.",
        "Say: \u201cI care how you are.\u201d",
        "Help lines",
        "Samaritans, 116 123",
        "Pay and hours",
        "For the part that stays your own work:",
        "What I heard",
    )
    places = [words.index(part) for part in parts]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("kind", "heading"),
    [("question", "Tell me a little more"), ("decline", "Not something I can help with")],
)
def test_a_question_and_a_decline_say_their_opening(kind: str, heading: str):
    words = Seen(reply_html(as_stored(bare_reply(kind, "What happened, and when?")))).words
    assert words == f"{heading}What happened, and when?"


def test_the_users_words_carry_marks_with_the_pole_in_words():
    html = marked_text(SITUATION, markings(as_stored(advice_reply()), 0))
    assert Seen(html).words == (
        "Nobody knows what to start (management). "
        "They have lost sight of why we do it (leadership)."
    )
    assert ("title", "These words point to management") in Seen(html).attributes


def test_marks_are_only_on_the_message_they_quote_and_never_overlap():
    stored = as_stored(referral_reply())
    assert markings(stored, 1) == ()
    assert [m.kind for m in markings(stored, 0)] == ["human", "leadership"]
