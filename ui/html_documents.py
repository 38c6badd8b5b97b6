"""An organisation's document as a page, so that a citation opens at its place."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from knowledge.passage import Passage
from ui.html_guidance import page
from ui.markup import Html, join, tag

NOTE = "A document of your organisation, shown as the coach reads it. The original counts."


def document_page(passages: Sequence[Passage]) -> str:
    """The whole document; every passage has its number as anchor. Needs at least one passage."""
    return page(passages[0].title, join(_parts(passages)))


def _parts(passages: Sequence[Passage]) -> Iterator[Html]:
    yield tag("p", NOTE, class_="written-by")
    yield tag("h1", passages[0].title)
    for (heading, number), stretch in groupby(passages, key=lambda p: (p.heading, p.page)):
        if heading:
            yield tag("h2", heading)
        if number is not None:
            yield tag("p", f"Page {number}", class_="pole")
        for passage in stretch:
            lines = [tag("p", line) for line in passage.text.split("\n") if line.strip()]
            yield tag("section", *lines, id=f"passage-{passage.position + 1}")
