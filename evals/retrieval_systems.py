"""What retrieval is compared with, and the coach's own, behind one call: texts to ranked cards."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from assistant.coach import Coach
from assistant.conversation import Conversation
from knowledge.card import Card
from knowledge.encoder import Encoder
from knowledge.library import Library

System = Callable[[Sequence[str]], list[str]]
"""All of the user's messages -> card ids, best first."""

DEPTH = 20


def brief(card: Card) -> str:
    """What the plain baselines read of a card: title, cause, when and why."""
    return f"{card.title}. {card.cause}. {card.sections['when']} {card.sections['why']}"


def bm25(library: Library) -> System:
    """BM25 over whole cards (Robertson and Zaragoza 2009), by the library bm25s."""
    import bm25s as untyped

    bm25s: Any = untyped
    ids = list(library.cards)
    texts = [
        " ".join((brief(c), *c.situations, *(f"{a.title} {a.step}" for a in c.actions)))
        for c in library.cards.values()
    ]
    index = bm25s.BM25()
    index.index(bm25s.tokenize(texts, stopwords="en", show_progress=False), show_progress=False)

    def search(turns: Sequence[str]) -> list[str]:
        tokens = bm25s.tokenize(["\n".join(turns)], stopwords="en", show_progress=False)
        found, _ = index.retrieve(tokens, k=DEPTH, show_progress=False)
        return [ids[i] for i in found[0]]

    return search


def plain(library: Library, encoder: Encoder) -> System:
    """Cosine similarity of the encoder's vectors of the messages and of the card briefs."""
    ids = list(library.cards)
    vectors = encoder.encode([brief(c) for c in library.cards.values()]).vectors

    def search(turns: Sequence[str]) -> list[str]:
        scores = vectors @ encoder.encode(["\n".join(turns)]).vectors[0]
        return [ids[i] for i in np.argsort(-scores, kind="stable")[:DEPTH]]

    return search


def shipped(coach: Coach) -> System:
    """What `twofold retrieve` gives."""

    def search(turns: Sequence[str]) -> list[str]:
        return [h.card.id for h in coach.retrieve(Conversation.of(*turns), DEPTH)]

    return search
