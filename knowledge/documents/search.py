"""From a question or a situation to the passages of the organisation's own documents."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.documents.index import DocumentIndex
from knowledge.encoder import Vectors
from knowledge.passage import OrganisationId, Passage
from knowledge.store.passages import PassageTable

CANDIDATES = 60
WORDS = 1.0
"""What fitting words are worth against similarity; both lie between 0 and 1."""
UNRELATED, FEW = 0.42, 10
"""What a passage on another matter scores, counted as so many passages: for short handbooks."""
STEM = 6
"""Letters of a word that count, so that 'holiday' and 'holidays' are one."""
K1, B = 1.2, 0.75
"""Robertson and Zaragoza (2009), "The Probabilistic Relevance Framework: BM25 and Beyond"."""
QUOTE_CHARACTERS = 360
SENTENCE = re.compile(r"[^\n]*?(?:[.!?][\"\u201d)]*(?=\s)|\n|\Z)\s*", re.S)
STOPPED = """
a about after all also am an and any are as at be because been before but by can could did do does
doing done for from get give go got had has have he her him his how i if in into is it its just
know let like may me more my need no not of off on one or our out over own people person please say
says she should so some someone tell than that the their them then there they thing this to too
under up us want was way we well were what when where which who why will with work would you your
"""
STOP_WORDS = frozenset(STOPPED.split())


@dataclass(frozen=True, kw_only=True)
class PassageHit:
    """A passage that was found."""

    passage: Passage
    score: float
    """By how much it fits better than the organisation's other passages do, about 0 to 0.4.

    Similarity alone says little: one handbook speaks of much the same things throughout, and any
    text about work lies near all of it.
    """
    quote: str
    """The stretch of it that says most on the matter, verbatim."""


class DocumentSearch:
    """Finds passages by meaning, then ranks them by meaning and words."""

    def __init__(self, table: PassageTable, index: DocumentIndex):
        self._table = table
        self._index = index

    def is_empty(self, organisation: OrganisationId) -> bool:
        """Whether this organisation never added a document."""
        return self._table.revision(organisation) == 0

    def find(
        self, text: str, vector: Vectors, organisation: OrganisationId, limit: int = 3
    ) -> tuple[PassageHit, ...]:
        """The best passages of this organisation, best first."""
        hits = self._index.search(vector, CANDIDATES, organisation)
        found = self._table.get([h.id for h in hits], organisation)
        # asked for again here: a foreign passage must never be shown, whatever went wrong before
        pairs = [
            (found[h.id], h.score)
            for h in hits
            if h.id in found and found[h.id].organisation == organisation
        ]
        asked = words(text)
        fits = word_fit(asked, [words(f"{p.title} {p.heading} {p.text}") for p, _ in pairs])
        ranked = sorted(
            ((similar + WORDS * fit, p) for (p, similar), fit in zip(pairs, fits, strict=True)),
            key=lambda pair: (-pair[0], pair[1].id),
        )
        usual = (sum(s for s, _ in ranked) + FEW * UNRELATED) / (len(ranked) + FEW)
        return tuple(
            PassageHit(passage=p, score=score - usual, quote=best_stretch(p.text, asked))
            for score, p in ranked[:limit]
        )


def words(text: str) -> list[str]:
    """The stems of the words that carry meaning, in order."""
    found = re.findall(r"[a-z]+|\d+", text.lower().replace("\u2019", "'"))
    return [w[:STEM] for w in found if w not in STOP_WORDS and (len(w) > 1 or w.isdigit())]


def word_fit(asked: Sequence[str], passages: Sequence[Sequence[str]]) -> list[float]:
    """BM25 of each passage for the words asked, as a share of what a perfect passage would get."""
    counts = [Counter(p) for p in passages]
    mean = sum(len(p) for p in passages) / max(1, len(passages)) or 1.0
    held = Counter(w for c in counts for w in c)
    n = len(passages)
    rarity = {w: math.log(1 + (n - held[w] + 0.5) / (held[w] + 0.5)) for w in set(asked)}
    best = sum(rarity.values()) * (K1 + 1) or 1.0
    return [
        sum(
            rarity[w] * c[w] * (K1 + 1) / (c[w] + K1 * (1 - B + B * len(p) / mean))
            for w in rarity
            if c[w]
        )
        / best
        for c, p in zip(counts, passages, strict=True)
    ]


def best_stretch(text: str, asked: Sequence[str]) -> str:
    """Whole sentences of a text around the one that holds most of the words asked."""
    sentences = [m for m in SENTENCE.finditer(text) if m[0].strip()]
    wanted = set(asked)
    if not sentences or len(text) <= QUOTE_CHARACTERS:
        return text.strip()
    fit = [len(wanted & set(words(m[0]))) / (len(words(m[0])) + 5) for m in sentences]
    first = last = max(range(len(sentences)), key=lambda i: fit[i])
    while True:
        wider = [
            (fit[i], a, b)
            for i, a, b in ((first - 1, first - 1, last), (last + 1, first, last + 1))
            if 0 <= i < len(sentences)
            and sentences[b].end() - sentences[a].start() <= QUOTE_CHARACTERS
        ]
        if not wider:
            return text[sentences[first].start() : sentences[last].end()].strip()
        _, first, last = max(wider)
