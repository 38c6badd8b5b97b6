"""A reply as HTML, built from its JSON (`assistant.reply_json`)."""

from collections.abc import Iterator
from typing import Any

from assistant.assessment import Assessment
from assistant.openings import POLICY_FIRST
from assistant.render import confidence_words, share_in_words
from ui.html_advice import actions_html, avoid_html, link_html, sources_html
from ui.html_referral import referral_html
from ui.markup import Html, join, tag, text


def reply_html(reply: dict[str, Any]) -> Html:
    """The whole reply in parts, whatever its kind."""
    return join(_parts(reply))


def _parts(reply: dict[str, Any]) -> Iterator[Html]:
    if reply["kind"] == "referral":
        yield referral_html(reply["opening"], reply["screening"]["escalations"])
    elif reply["opening"]:
        yield _opening(reply)
    if reply.get("quotes"):  # a reply stored before there were any has none
        yield _quotes(reply)
    if reply["advice"] is not None and reply["assessment"] is not None:
        if reply["kind"] == "referral":
            yield tag("p", "For the part that stays your own work:", class_="lead-in")
        yield from _advice(reply)


def _opening(reply: dict[str, Any]) -> Html:
    """A question or a decline: one panel, in plain words."""
    heading = (
        "Tell me a little more"
        if reply["kind"] == "question"
        else "There is a rule for this"
        if reply["kind"] == "advice"
        else "Not something I can help with"
    )
    return tag(
        "div",
        tag("h3", heading),
        tag("p", reply["opening"]),
        class_=f"panel {reply['kind']}",
    )


def _quotes(reply: dict[str, Any]) -> Html:
    """The organisation's own words, each a link to its place."""
    blocks: list[Html] = [tag("h3", "What your organisation says")]
    for quote in reply["quotes"]:
        page = f", page {quote['page']}" if quote["page"] is not None else ""
        heading = f": {quote['heading']}" if quote["heading"] else ""
        place = text(f"{quote['title']}{heading}{page}")
        blocks.append(tag("blockquote", tag("p", f"\u201c{quote['text']}\u201d")))
        blocks.append(tag("p", link_html(quote["id"], place), class_="source"))
    if reply["advice"] is not None:
        blocks.append(tag("p", POLICY_FIRST, class_="confidence"))
    return tag("div", *blocks, class_="panel policy")


def _advice(reply: dict[str, Any]) -> Iterator[Html]:
    advice = reply["advice"]
    if advice["changed"]:
        yield tag("p", advice["changed"], class_="changed")
    yield tag("h3", "What I heard")
    yield tag("p", advice["summary"], class_="summary")
    yield balance_html(reply["assessment"])
    yield tag("h3", "What to do")
    yield actions_html(advice)
    if advice["avoid"]:
        yield avoid_html(advice["avoid"])
    if reply["question"]:
        yield _question(reply["question"])
    yield sources_html(reply["citations"])


def balance_html(assessment: dict[str, Any]) -> Html:
    """The share as a bar and in words, and how far to trust it."""
    verdict, _, figures = share_in_words(_assessment(assessment)).partition(": ")
    leadership = round(assessment["leadership_share"] * 100)
    management = 100 - leadership
    return tag(
        "div",
        tag("h3", verdict[0].upper() + verdict[1:]),
        tag(
            "div",
            _side("management", management),
            _side("leadership", leadership),
            class_="bar",
            role="img",
            title=figures,
        ),
        tag(
            "p",
            tag("span", tag("strong", f"Management {management} %"), class_="management"),
            text(" "),
            tag("span", tag("strong", f"Leadership {leadership} %"), class_="leadership"),
            class_="bar-words",
        ),
        tag("p", _confidence(assessment["confidence"]), class_="confidence"),
        class_="balance",
    )


def _side(pole: str, share: int) -> Html:
    return tag("div", class_=f"side {pole}", style=f"width:{share}%")


def _confidence(confidence: float) -> str:
    """How sure, in words, and how often that turns out right."""
    tenths = min(9, max(1, round(confidence * 10)))
    return (
        f"How sure I am: {confidence_words(confidence)}. "
        f"Readings like this one are right about {tenths} times in 10."
    )


def _assessment(data: dict[str, Any]) -> Assessment:
    return Assessment(
        leadership_share=data["leadership_share"],
        confidence=data["confidence"],
        evidence=(),
        subdomains=(),
        question=None,
    )


def _question(question: str) -> Html:
    return tag(
        "div",
        tag("h3", "One question, because the answer could change my mind"),
        tag("p", question),
        class_="panel question",
    )
