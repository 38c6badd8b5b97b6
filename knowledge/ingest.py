"""Brings the cards into the store: only what changed, one card a transaction."""

from collections.abc import Callable
from dataclasses import dataclass

from knowledge.encoder import Encoder
from knowledge.library import Library
from knowledge.passage import SHARED, Passage, card_passages, content_hash
from knowledge.store.passages import Document, PassageTable

Progress = Callable[[int, int], None]
"""Called with how many of how many changed cards are done."""


@dataclass(frozen=True, kw_only=True)
class IngestReport:
    """What an ingest did."""

    written: int
    removed: int
    unchanged: int


def ingest_cards(
    library: Library, table: PassageTable, encoder: Encoder, progress: Progress
) -> IngestReport:
    """Write new and changed cards, remove those that are gone.

    Each card is one transaction: killed at any point, the store holds whole cards, and the next
    run goes on with the rest. The caller holds the write lock.
    """
    stored = {i: d for i, d in table.documents(SHARED).items() if d.kind == "card"}
    changed: list[tuple[Document, tuple[Passage, ...]]] = []
    for card in library.cards.values():
        entries = card_passages(card)
        document = Document(
            id=f"card:{card.id}",
            organisation=SHARED,
            kind="card",
            title=card.title,
            content_hash=content_hash(entries, encoder.digest),
            encoder=encoder.digest,
        )
        if stored.pop(document.id, None) != document:
            changed.append((document, entries))
    for done, (document, entries) in enumerate(changed, 1):
        vectors = encoder.encode([p.encoded_text for p in entries]).vectors
        table.replace(document, entries, vectors)
        progress(done, len(changed))
    for document_id in stored:
        table.remove(document_id, SHARED)
    return IngestReport(
        written=len(changed),
        removed=len(stored),
        unchanged=len(library.cards) - len(changed),
    )


def is_current(library: Library, table: PassageTable, encoder_digest: str) -> bool:
    """Whether an ingest would change nothing; reads hashes only, encodes nothing."""
    stored = table.documents(SHARED)
    return {i: d.content_hash for i, d in stored.items()} == {
        f"card:{c.id}": content_hash(card_passages(c), encoder_digest)
        for c in library.cards.values()
    }
