"""Made-up entries that lie as the cards' entries do, the same at every run.

Measured on the cards: two entries of one card have a cosine of 0.43, of different cards 0.31, and
the vectors spread over about 56 directions. Made-up ones are a common direction plus the centre of
their document plus noise, each a random unit vector, weighted to give the same three figures.
"""

from collections.abc import Iterator

import numpy as np

from knowledge.encoder import Vectors
from knowledge.passage import SHARED, OrganisationId, Passage
from knowledge.store.passages import Document, PassageTable

ENCODER = "made-up"
DIMENSIONS = 384
SEED = 20_261_124
PER_DOCUMENT = 12
DOCUMENTS = 400
BLOCK = PER_DOCUMENT * DOCUMENTS
COMMON, CENTRE, NOISE = 0.31**0.5, 0.12**0.5, 0.57**0.5
SPREAD = 28
TEXT = "Everything is urgent, nobody knows what to start, and half of it comes back on Friday. "


def blocks(count: int) -> Iterator[tuple[list[Passage], Vectors]]:
    """So many entries with their vectors, in blocks of whole documents."""
    for start in range(0, count, BLOCK):
        size = min(BLOCK, count - start)
        centres, random = _centres(start // BLOCK)
        noise = _units(random, BLOCK)
        vectors = _mixed(np.repeat(centres, PER_DOCUMENT, axis=0), noise)[:size]
        yield [_passage(start + i) for i in range(size)], vectors


def queries(count: int, entries: int) -> Vectors:
    """So many new vectors near documents drawn at random from among these entries."""
    random = np.random.default_rng((SEED, 1))
    documents: list[int] = random.integers(max(1, entries // PER_DOCUMENT), size=count).tolist()
    centres = np.stack([_centres(d // DOCUMENTS)[0][d % DOCUMENTS] for d in documents])
    return _mixed(centres, _units(random, count))


def store(table: PassageTable, count: int) -> None:
    """Write so many entries to a store, a document a transaction."""
    for entries, vectors in blocks(count):
        for i in range(0, len(entries), PER_DOCUMENT):
            part = entries[i : i + PER_DOCUMENT]
            document = Document(
                id=part[0].document_id,
                organisation=SHARED,
                kind="card",
                title=part[0].title,
                content_hash="",
                encoder=ENCODER,
            )
            table.replace(document, part, vectors[i : i + PER_DOCUMENT])


class MadeUpTable(PassageTable):
    """Gives an index its entries without a store, where filling one would take too long."""

    def __init__(self, count: int):
        self._count = count

    def revision(self, organisation: OrganisationId = SHARED) -> int:
        """There is but one."""
        return 1

    def count(self, organisation: OrganisationId = SHARED) -> int:
        """How many entries there are."""
        return self._count

    def vectors(self, encoder: str) -> Iterator[tuple[list[Passage], Vectors]]:
        """Every entry, in blocks."""
        assert encoder == ENCODER
        return blocks(self._count)


def _centres(block: int) -> tuple[Vectors, np.random.Generator]:
    random = np.random.default_rng((SEED, 2, block))
    return _units(random, DOCUMENTS), random


def _units(random: np.random.Generator, count: int) -> Vectors:
    """Random unit vectors, most of whose length lies in the first directions."""
    weights = np.exp(-np.arange(DIMENSIONS, dtype=np.float32) / (2 * SPREAD))
    drawn = random.standard_normal((count, DIMENSIONS), dtype=np.float32) * weights
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


def _mixed(centres: Vectors, noise: Vectors) -> Vectors:
    mixed = CENTRE * centres + NOISE * noise
    mixed[:, -1] += COMMON  # the common direction, in which nothing else lies
    return (mixed / np.linalg.norm(mixed, axis=1, keepdims=True)).astype(np.float32)


def _passage(number: int) -> Passage:
    document, position = divmod(number, PER_DOCUMENT)
    return Passage(
        id=f"card:made-up-{document}#situation-{position}",
        document_id=f"card:made-up-{document}",
        organisation=SHARED,
        kind="situation",
        title=f"Made up {document}",
        heading="",
        text=TEXT,
        pole=("management", "leadership", "bridge")[document % 3],
        subdomain=f"m{document % 6}",
        position=position,
    )
