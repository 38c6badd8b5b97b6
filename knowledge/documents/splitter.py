"""Cuts a document into passages: by heading, then by encoder tokens."""

import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from knowledge.documents.parsed import ParsedDocument, Section
from knowledge.passage import OrganisationId, Passage, heading_line

PASSAGE_TOKENS = 256
"""Of the encoder, with the title, the heading and the two that open and close a text."""
OVERLAP_TOKENS = 32
MOST_PASSAGES = 20_000
UNIT = re.compile(r"[^\n]*?(?:[.!?][\"\u201d)]*(?=\s)|\n|\Z)\s*", re.S)
"""A sentence or a line with the blank after it."""
VERSION = "1"
"""Part of what makes a document unchanged: bump it when passages are cut in another way."""


class Tokenizer(Protocol):
    """Says where the encoder's tokens lie."""

    def token_spans(self, text: str) -> NDArray[np.int64]:
        """[n, 2]: start and end of each token in code points of the text, in order."""
        ...


def split(
    document: ParsedDocument,
    document_id: str,
    organisation: OrganisationId,
    title: str,
    tokenizer: Tokenizer,
) -> tuple[Passage, ...]:
    """The passages of a document in reading order; each is a stretch of one section's text."""
    found: list[Passage] = []
    for section in document.sections:
        before = len(tokenizer.token_spans(heading_line(title, section.heading)))
        for text in _cut(section, tokenizer, PASSAGE_TOKENS - 2 - before):
            n = len(found)
            found.append(
                Passage(
                    id=f"{document_id}#{n + 1}",
                    document_id=document_id,
                    organisation=organisation,
                    kind="document",
                    title=title,
                    heading=section.heading,
                    text=text,
                    pole="",
                    subdomain="",
                    position=n,
                    page=section.page,
                )
            )
    return tuple(found[:MOST_PASSAGES])


def _cut(section: Section, tokenizer: Tokenizer, budget: int) -> Iterator[str]:
    """Stretches of at most `budget` tokens that end at a sentence or a line where they can."""
    text = section.text
    spans = tokenizer.token_spans(text)
    starts: list[int] = spans[:, 0].tolist()
    if len(starts) <= budget:
        yield text
        return
    borders = _borders(text, starts)
    first = 0
    while first < len(starts):
        last = _border_before(borders, first, first + budget)
        end = starts[last] if last < len(starts) else len(text)
        yield text[starts[first] : end].strip()
        if last >= len(starts):
            return
        first = _overlap(borders, first, last)


def _borders(text: str, starts: list[int]) -> list[int]:
    """Numbers of the tokens that begin a sentence or a line, and one past the last."""
    places = {bisect_left(starts, m.end()) for m in UNIT.finditer(text)}
    return sorted({0, *places, len(starts)})


def _border_before(borders: list[int], first: int, most: int) -> int:
    """The last border at or before `most`; `most` itself when a single sentence is longer."""
    i = bisect_left(borders, most)
    if i == len(borders) or borders[i] != most:
        i -= 1
    return borders[i] if borders[i] > first else most


def _overlap(borders: list[int], first: int, last: int) -> int:
    """Where the next stretch begins: at the earliest border within the overlap."""
    i = bisect_left(borders, last - OVERLAP_TOKENS)
    return borders[i] if first < borders[i] < last else last
