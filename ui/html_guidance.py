"""One card as a page of its own, so that a citation can be opened where it points."""

import re
from collections.abc import Iterator

from assistant.render import HORIZON_WORDS
from knowledge.bibliography import Canon, Reference
from knowledge.card import SECTION_KEYS, Card, CardAction
from ui.markup import Html, bullets, join, tag, text

POLE_WORDS = {
    "management": "Management",
    "leadership": "Leadership",
    "bridge": "Management and leadership",
}
WRITTEN_BY = {
    "model": "Drafted by an AI model from the sources named below.",
    "person": "Written by a person.",
}
DOI = "https://doi.org/"


def card_page(card: Card, canon: Canon) -> str:
    """The whole card; every citable section has its key as anchor."""
    return page(card.title, join(_card(card, canon)))


def not_found_page() -> str:
    """What an unknown address shows."""
    words = "There is nothing at this address. The guidance may have been renamed or removed."
    return page("Not found", join([tag("h1", "Not found"), tag("p", words)]))


def page(title: str, body: Html) -> str:
    """A static page: one style sheet of our own, no script."""
    head = join(
        [
            Html('<meta charset="utf-8">'),
            Html('<meta name="viewport" content="width=device-width, initial-scale=1">'),
            tag("title", f"{title} \u00b7 Twofold"),
            Html('<link rel="icon" href="/twofold/icon.svg" type="image/svg+xml">'),
            Html('<link rel="stylesheet" href="/twofold/colours.css">'),
            Html('<link rel="stylesheet" href="/twofold/guidance.css">'),
        ]
    )
    back = tag("nav", tag("a", "Twofold", href="/"), class_="back")
    main = tag("main", body)
    return f'<!doctype html><html lang="en">{tag("head", head)}{tag("body", back, main)}</html>'


def _card(card: Card, canon: Canon) -> Iterator[Html]:
    area = canon.subdomains.get(card.subdomain)
    place = POLE_WORDS[card.pole] + (f" \u00b7 {area.name}" if area else "")
    yield tag("p", place, class_=f"pole {card.pole}")
    yield tag("h1", card.title)
    for heading, key in SECTION_KEYS.items():
        if key == "do":
            yield tag("h2", heading)
            yield join(tag("section", *_action(a), id=f"action-{a.number}") for a in card.actions)
        elif key in card.sections:
            yield tag("section", tag("h2", heading), _prose(card.sections[key]), id=key)
    yield tag("section", tag("h2", "Sources"), _sources(card, canon), id="sources")
    yield tag("p", WRITTEN_BY[card.written_by], class_="written-by")


def _action(action: CardAction) -> Iterator[Html]:
    who = "As a manager" if action.pole == "management" else "As a leader"
    yield tag("p", f"{who}, {HORIZON_WORDS[action.horizon]}", class_=f"pole {action.pole}")
    yield tag("h3", action.title)
    yield tag("p", action.step)
    yield tag("p", tag("strong", "Say:"), text(f" \u201c{action.say}\u201d"), class_="say")
    yield tag("p", tag("strong", "Done when:"), text(" " + action.done_when))
    if action.watch_out:
        yield tag("p", tag("strong", "Watch out:"), text(" " + action.watch_out))


def _prose(section: str) -> Html:
    """Paragraphs and lists of a section."""
    blocks: list[Html] = []
    for block in re.split(r"\n\s*\n", section.strip()):
        lines = block.split("\n")
        if all(line.startswith("- ") for line in lines):
            blocks.append(bullets(line.removeprefix("- ") for line in lines))
        else:
            blocks.append(tag("p", " ".join(lines)))
    return join(blocks)


def _sources(card: Card, canon: Canon) -> Html:
    if not card.references:
        return tag("p", "A practitioner convention; no study is cited.")
    return bullets(_source(canon.references[key]) for key in card.references)


def _source(reference: Reference) -> Html:
    """A work; a link only when it has a DOI."""
    words = f"{reference.authors} ({reference.year}). {reference.title}. {reference.venue}."
    if not reference.doi_or_url.startswith(DOI):
        return text(words)
    link = tag(
        "a",
        reference.doi_or_url.removeprefix("https://"),
        href=reference.doi_or_url,
        rel="noopener noreferrer external",
        target="_blank",
    )
    return join([words, " ", link])
