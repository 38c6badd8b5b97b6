"""What must go to a human, as HTML: a calm panel that stands apart from the advice."""

from collections.abc import Iterator, Sequence
from typing import Any

from assistant.render import URGENCY_WORDS
from ui.markup import Html, bullets, tag, text

LISTS = (("go_to", "Go to"), ("must_not", "Do not"), ("may", "You may"))


def referral_html(opening: str, escalations: Sequence[dict[str, Any]]) -> Html:
    """The opening, then each matter, those with possible danger first."""
    ordered = sorted(escalations, key=lambda e: not e["danger_first"])
    danger = any(e["danger_first"] for e in escalations)
    return tag(
        "div",
        tag("h3", "Safety first" if danger else "This should not rest on you alone"),
        tag("p", opening, class_="opening"),
        *(tag("div", *_matter(e), class_="matter") for e in ordered),
        class_="panel referral",
    )


def _matter(escalation: dict[str, Any]) -> Iterator[Html]:
    urgency = URGENCY_WORDS[escalation["urgency"]]
    yield tag("h4", escalation["name"], text(" "), tag("span", urgency, class_="urgency"))
    yield tag("p", f"Because you wrote: \u201c{escalation['quote']}\u201d", class_="because")
    for key, heading in LISTS:
        if escalation[key]:
            yield tag("h5", heading)
            yield bullets(escalation[key], class_=key)
    if escalation["say"]:
        words = text(f" \u201c{escalation['say']}\u201d")
        yield tag("p", tag("strong", "Say:"), words, class_="say")
    if escalation["help_lines"]:
        yield tag("h5", "Help lines")
        yield bullets(escalation["help_lines"], class_="help-lines")
