"""Reads and writes documents with their passages and vectors, one document a transaction."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

import numpy as np
from sqlalchemy import Connection, Engine, Row, delete, func, insert, select, update

from knowledge.encoder import Vectors
from knowledge.passage import SHARED, OrganisationId, Passage, PassageKind
from knowledge.store.database import migrate
from knowledge.store.erasing import erase_traces
from knowledge.store.tables import (
    HEAD,
    MIGRATIONS,
    VERSION_TABLE,
    documents,
    passages,
    revisions,
    state,
)

CHUNK = 500
WORDS = select(*(c for c in passages.c if c.name != "vector"), documents.c.title).join_from(
    passages, documents
)
"""Passages without their vectors."""


@dataclass(frozen=True, kw_only=True)
class Document:
    """A card or an organisation's document, without its passages."""

    id: str
    organisation: OrganisationId
    kind: str
    """card, policy, values or guide."""
    title: str
    content_hash: str
    encoder: str
    source: str | None = None
    """Path under which an organisation added it, unique within the organisation."""
    file_hash: str | None = None
    """SHA-256 of the file."""
    text_hash: str | None = None
    """SHA-256 of its text, whatever the format."""


class PassageTable:
    """The passages in SQL: the truth the index is built from."""

    def __init__(self, engine: Engine):
        """Migrates the tables when needed."""
        self._engine = engine
        migrate(engine, MIGRATIONS, VERSION_TABLE, HEAD)

    def documents(self, organisation: OrganisationId) -> dict[str, Document]:
        """Documents of one organisation, by id."""
        query = select(documents).where(documents.c.organisation == organisation)
        with self._engine.connect() as connection:
            return {r.id: _document(r) for r in connection.execute(query)}

    def revision(self, organisation: OrganisationId = SHARED) -> int:
        """How many writes there have been of the cards, or of one organisation's documents."""
        query = (
            select(state.c.value).where(state.c.key == "revision")
            if organisation == SHARED
            else select(revisions.c.revision).where(revisions.c.organisation == organisation)
        )
        with self._engine.connect() as connection:
            return int(connection.execute(query).scalar() or 0)

    def count(self, organisation: OrganisationId = SHARED) -> int:
        """How many passages the cards, or one organisation's documents, have."""
        query = select(func.count()).where(passages.c.organisation == organisation)
        with self._engine.connect() as connection:
            return connection.execute(query).scalar_one()

    def replace(self, document: Document, entries: Sequence[Passage], vectors: Vectors) -> None:
        """Put one document and its passages in place of what was there, all or nothing."""
        with self._engine.begin() as connection:
            self._remove(connection, document.id)
            connection.execute(
                insert(documents),
                [{**document.__dict__, "added_at": datetime.now(UTC)}],
            )
            if entries:
                connection.execute(
                    insert(passages),
                    [
                        {
                            "id": p.id,
                            "document_id": p.document_id,
                            "organisation": p.organisation,
                            "kind": p.kind,
                            "heading": p.heading,
                            "text": p.text,
                            "pole": p.pole,
                            "subdomain": p.subdomain,
                            "position": p.position,
                            "page": p.page,
                            "encoder": document.encoder,
                            "vector": v.astype("<f4").tobytes(),
                        }
                        for p, v in zip(entries, vectors, strict=True)
                    ],
                )
            _bump(connection, document.organisation)

    def remove(self, document_id: str, organisation: OrganisationId) -> None:
        """Remove a document of an organisation; one that is not there is no error."""
        with self._engine.begin() as connection:
            owner = documents.c.organisation == organisation
            known = select(documents.c.id).where(documents.c.id == document_id, owner)
            if connection.execute(known).scalar() is not None:
                self._remove(connection, document_id)
                _bump(connection, organisation)

    def get(self, ids: Sequence[str], organisation: OrganisationId) -> dict[str, Passage]:
        """The passages of an organisation with these ids; unknown and foreign ids are left out."""
        found: dict[str, Passage] = {}
        # the owner is compared here: in the query it tempts SQLite to read all of the owner's rows
        with self._engine.connect() as connection:
            for i in range(0, len(ids), CHUNK):
                rows = connection.execute(WORDS.where(passages.c.id.in_(ids[i : i + CHUNK])))
                found.update((r.id, _passage(r)) for r in rows if r.organisation == organisation)
        return found

    def of_document(self, document_id: str, organisation: OrganisationId) -> list[Passage]:
        """The passages of one document of an organisation, in order; empty when it has none."""
        query = WORDS.where(passages.c.document_id == document_id).order_by(passages.c.position)
        with self._engine.connect() as connection:
            rows = connection.execute(query)
            return [_passage(r) for r in rows if r.organisation == organisation]

    def matrix(self, encoder: str, organisation: OrganisationId) -> tuple[list[str], Vectors]:
        """Ids and vectors [n, width] of an organisation's passages made with this encoder."""
        query = select(passages.c.id, passages.c.vector).where(
            passages.c.organisation == organisation, passages.c.encoder == encoder
        )
        with self._engine.connect() as connection:
            rows = connection.execute(query).all()
        blob = b"".join(cast(bytes, r.vector) for r in rows)
        matrix = np.frombuffer(blob, dtype="<f4").reshape(len(rows), -1 if rows else 0)
        return [r.id for r in rows], matrix.astype(np.float32, copy=False)

    def erase_traces(self) -> None:
        """Leave no byte of what was removed in an embedded database (see `erasing`).

        Raises StoreError when a trace may be left.
        """
        erase_traces(self._engine)

    def outdated(self, encoder: str) -> list[Document]:
        """Documents of organisations whose vectors were made with another encoder."""
        query = select(documents).where(
            documents.c.encoder != encoder, documents.c.organisation != SHARED
        )
        with self._engine.connect() as connection:
            return [_document(r) for r in connection.execute(query)]

    def vectors(self, encoder: str) -> Iterator[tuple[list[Passage], Vectors]]:
        """Every card's passages made with this encoder and their vectors, in chunks, by id."""
        query = (
            select(passages, documents.c.title)
            .join(documents)
            .where(passages.c.encoder == encoder, passages.c.organisation == SHARED)
            .order_by(passages.c.id)
            .execution_options(yield_per=5_000)
        )
        with self._engine.connect() as connection:
            for rows in connection.execute(query).partitions():
                blob = b"".join(cast(bytes, r.vector) for r in rows)
                matrix = np.frombuffer(blob, dtype="<f4").reshape(len(rows), -1)
                yield [_passage(r) for r in rows], matrix.astype(np.float32, copy=False)

    @staticmethod
    def _remove(connection: Connection, document_id: str) -> None:
        connection.execute(delete(passages).where(passages.c.document_id == document_id))
        connection.execute(delete(documents).where(documents.c.id == document_id))


def _bump(connection: Connection, organisation: OrganisationId) -> None:
    """Count a write."""
    if organisation != SHARED:
        mine = revisions.c.organisation == organisation
        if not connection.execute(
            update(revisions).where(mine).values(revision=revisions.c.revision + 1)
        ).rowcount:
            connection.execute(insert(revisions), [{"organisation": organisation, "revision": 1}])
        return
    row = connection.execute(select(state.c.value).where(state.c.key == "revision")).scalar()
    if row is None:
        connection.execute(insert(state), [{"key": "revision", "value": "1"}])
    else:
        connection.execute(
            update(state).where(state.c.key == "revision").values(value=str(int(row) + 1))
        )


def _document(row: Row[Any]) -> Document:
    return Document(
        id=row.id,
        organisation=OrganisationId(row.organisation),
        kind=row.kind,
        title=row.title,
        content_hash=row.content_hash,
        encoder=row.encoder,
        source=row.source,
        file_hash=row.file_hash,
        text_hash=row.text_hash,
    )


def _passage(row: Row[Any]) -> Passage:
    return Passage(
        id=row.id,
        document_id=row.document_id,
        organisation=OrganisationId(row.organisation),
        kind=cast(PassageKind, row.kind),
        title=row.title,
        heading=row.heading,
        text=row.text,
        pole=row.pole,
        subdomain=row.subdomain,
        position=row.position,
        page=row.page,
    )
