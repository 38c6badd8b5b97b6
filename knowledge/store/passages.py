"""Reads and writes documents with their passages and vectors, one document a transaction."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

import numpy as np
from sqlalchemy import Connection, Engine, Row, delete, func, insert, select, update

from knowledge.encoder import Vectors
from knowledge.passage import OrganisationId, Passage, PassageKind
from knowledge.store.database import migrate
from knowledge.store.tables import HEAD, MIGRATIONS, VERSION_TABLE, documents, passages, state

CHUNK = 500


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

    def revision(self) -> int:
        """How many writes there have been."""
        with self._engine.connect() as connection:
            value = connection.execute(
                select(state.c.value).where(state.c.key == "revision")
            ).scalar()
        return int(value or 0)

    def count(self) -> int:
        """How many passages there are."""
        with self._engine.connect() as connection:
            return connection.execute(select(func.count()).select_from(passages)).scalar_one()

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
                            "encoder": document.encoder,
                            "vector": v.astype("<f4").tobytes(),
                        }
                        for p, v in zip(entries, vectors, strict=True)
                    ],
                )
            self._bump(connection)

    def remove(self, document_id: str) -> None:
        """Remove a document and its passages; one that is not there is no error."""
        with self._engine.begin() as connection:
            self._remove(connection, document_id)
            self._bump(connection)

    def get(self, ids: Sequence[str]) -> dict[str, Passage]:
        """The passages with these ids; unknown ids are left out."""
        found: dict[str, Passage] = {}
        query = select(passages, documents.c.title).join(documents)
        with self._engine.connect() as connection:
            for i in range(0, len(ids), CHUNK):
                rows = connection.execute(query.where(passages.c.id.in_(ids[i : i + CHUNK])))
                found.update((r.id, _passage(r)) for r in rows)
        return found

    def vectors(self, encoder: str) -> Iterator[tuple[list[Passage], Vectors]]:
        """Every passage made with this encoder and its vector, in chunks, ordered by id."""
        query = (
            select(passages, documents.c.title)
            .join(documents)
            .where(passages.c.encoder == encoder)
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

    @staticmethod
    def _bump(connection: Connection) -> None:
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
    )
