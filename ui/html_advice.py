"""The advice of a reply as HTML: actions as cards, what to avoid, the sources."""

from collections.abc import Iterator, Sequence
from typing import Any

from assistant.render import HORIZON_WORDS
from ui.markup import Html, bullets, join, tag, text

PAGES = {"card": "/guidance/", "doc": "/documents/"}
"""Where the two kinds of source are shown."""
POLES = (("management", "As a manager"), ("leadership", "As a leader"))


def actions_html(advice: dict[str, Any]) -> Html:
    """The actions, those of the manager beside those of the leader; the first to take is named."""
    first = _first(advice)
    opening = [] if first else [tag("p", advice["first"], class_="first")]
    groups = [
        _group(title, pole, own, first)
        for pole, title in POLES
        if (own := [a for a in advice["actions"] if a["pole"] == pole])
    ]
    return join([*opening, tag("div", *groups, class_=f"actions of-{len(groups)}")])


def _first(advice: dict[str, Any]) -> dict[str, Any] | None:
    """The action that `first` speaks of, if it is one of the actions."""
    return next((a for a in advice["actions"] if a["step"] in advice["first"]), None)


def _group(
    title: str, pole: str, actions: Sequence[dict[str, Any]], first: dict[str, Any] | None
) -> Html:
    cards = [tag("li", *_card(a, a is first), class_=f"card {pole}") for a in actions]
    return tag(
        "div",
        tag("h4", title, class_=f"pole {pole}"),
        tag("ol", *cards, class_="cards"),
        class_="group lead" if any(a is first for a in actions) else "group",
    )


def _card(action: dict[str, Any], is_first: bool) -> Iterator[Html]:
    horizon = HORIZON_WORDS[action["horizon"]]
    badges = [tag("span", horizon[0].upper() + horizon[1:], class_="when")]
    if is_first:
        badges.append(tag("span", "Start here", class_="start"))
    yield tag("p", *badges, class_="badges")
    yield tag("h5", action["title"])
    yield tag("p", action["step"], class_="step")
    yield tag(
        "p",
        tag("strong", "Say:"),
        text(f" \u201c{action['words_to_say']}\u201d"),
        class_="say",
    )
    yield tag("p", tag("strong", "Done when:"), text(" " + action["done_when"]), class_="more")
    if action["watch_out"]:
        yield tag("p", tag("strong", "Watch out:"), text(" " + action["watch_out"]), class_="more")
    for citation in action["citations"]:
        source = text(f"Source: {citation['title']}")
        yield tag("p", link_html(citation["id"], source), class_="source")


def avoid_html(lines: Sequence[str]) -> Html:
    """What not to do."""
    return tag("div", tag("h3", "Avoid"), bullets(lines), class_="avoid")


def sources_html(citations: Sequence[dict[str, str]]) -> Html:
    """Every passage the advice stands on, each a link to its place."""
    links = (link_html(c["id"], text(f"{c['title']}: {c['heading']}")) for c in citations)
    return tag(
        "details",
        tag("summary", f"Sources ({len(citations)})"),
        bullets(links),
        class_="sources",
    )


def link_html(citation_id: str, words: Html) -> Html:
    """A link to the cited section in a new tab; plain words when it leads nowhere known."""
    kind, _, place = citation_id.partition(":")
    if kind not in PAGES:
        return words
    if kind == "doc":
        place = place.replace("#", "#passage-")
    return tag("a", words, href=f"{PAGES[kind]}{place}", target="_blank", rel="noopener")
