"""The index on an embedded Chroma: ids, vectors and typed metadata only.

It holds the cards; what an organisation adds is searched elsewhere (`knowledge.documents.index`).
It is a cache of the SQL store. A directory that is damaged, foreign, older than this version or
made with another encoder is never opened, because a damaged one can crash the process or answer
wrongly without an error: it is built again from SQL beside the old one and then switched.
"""

import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import urlopen

import numpy as np

from knowledge.encoder import Vectors
from knowledge.index import Hit
from knowledge.manifest import Manifest, file_hashes, read_manifest, write_manifest
from knowledge.passage import Passage
from knowledge.store.passages import PassageTable

COLLECTION = "passages"
BATCH = 1_000
AUDIT_SAMPLE = 25
CONFIGURATION = {
    "hnsw": {"space": "cosine", "max_neighbors": 24, "ef_construction": 100, "ef_search": 300}
}
"""Finds 99 of 100 true neighbours among 100,000 entries: docs/growth.md."""
LAYOUT = "/".join(str(value) for value in CONFIGURATION["hnsw"].values())

Report = Callable[[str], None]


class ChromaIndex:
    """Nearest passages from Chroma. The caller holds the write lock of the data directory."""

    def __init__(
        self,
        folder: Path,
        table: PassageTable,
        encoder_digest: str,
        report: Report,
        *,
        fresh: bool = False,
    ):
        """Open the index below `folder`, or build it again when it is not as it should be.

        `report` hears why in one sentence whenever it is built; `fresh` builds it in any case.
        """
        import chromadb

        self._folder = folder
        self._table = table
        self._encoder = encoder_digest
        self._engine = f"chromadb {chromadb.__version__} {LAYOUT}"
        folder.mkdir(parents=True, exist_ok=True)
        reason = "asked for" if fresh else self._suspect()
        if reason is None:
            self._open(read_manifest(self._manifest_path))
            if misses := self.audit():
                reason = (
                    f"{misses} of {AUDIT_SAMPLE} stored passages were not found by their vector"
                )
        if reason is not None:
            report(f"Building the index again from the store: {reason}.")
            self._build()
        self._sweep()

    @property
    def _manifest_path(self) -> Path:
        return self._folder / "current.json"

    def _suspect(self) -> str | None:
        """Why the directory must not be opened, or None."""
        manifest = read_manifest(self._manifest_path)
        if manifest is None:
            found = any(self._folder.iterdir())
            return "its manifest is missing or damaged" if found else "there is none yet"
        if manifest.engine != self._engine:
            return f"it was written by {manifest.engine}, this is {self._engine}"
        if manifest.encoder != self._encoder:
            return "its vectors were made with another encoder"
        if manifest.revision != self._table.revision():
            return "the guidance has changed"
        if file_hashes(self._folder / manifest.directory) != manifest.files:
            return "its files are not as they were left"
        return None

    def _open(self, manifest: Manifest | None) -> None:
        if manifest is None:
            raise RuntimeError("the manifest vanished while the write lock was held")
        self._connect(manifest.directory)
        # Opening writes to Chroma's own database: note the new state, or the next start rebuilds.
        files = file_hashes(self._folder / manifest.directory)
        write_manifest(self._manifest_path, manifest.model_copy(update={"files": files}))

    def _connect(self, name: str) -> None:
        import chromadb
        from chromadb.config import Settings

        self._client: Any = chromadb.PersistentClient(
            path=str(self._folder / name), settings=Settings(anonymized_telemetry=False)
        )
        self._collection = make_collection(self._client, COLLECTION)

    def _build(self) -> None:
        name = f"index-{uuid.uuid4().hex[:12]}"
        revision = self._table.revision()
        self._connect(name)
        count = fill(self._collection, self._table, self._encoder)
        write_manifest(
            self._manifest_path,
            Manifest(
                directory=name,
                engine=self._engine,
                encoder=self._encoder,
                revision=revision,
                count=count,
                files=file_hashes(self._folder / name),
            ),
        )

    def _sweep(self) -> None:
        """Remove directories that a finished or killed rebuild left behind."""
        manifest = read_manifest(self._manifest_path)
        for path in self._folder.glob("index-*"):
            if manifest is None or path.name != manifest.directory:
                shutil.rmtree(path, ignore_errors=True)

    def audit(self, sample: int = AUDIT_SAMPLE) -> int:
        """How many of a spread sample of stored passages are not found by their own vector."""
        return count_misses(self.search, self._table, self._encoder, sample)

    def search(self, vector: Vectors, limit: int) -> list[Hit]:
        """See PassageIndex. A vector that is not finite finds nothing."""
        return nearest(self._collection, vector, limit)

    def close(self) -> None:
        """Let go of the files."""
        self._client.close()


def server_client(url: str, timeout_seconds: float) -> Any:
    """A client of a Chroma server; raises whatever there is to raise when it does not answer."""
    import chromadb
    from chromadb.config import Settings

    # The library waits for ever, at once when the client is made, and has no setting for it.
    try:
        urlopen(f"{url}/api/v2/heartbeat", timeout=timeout_seconds).close()  # noqa: S310
    except HTTPError as error:
        error.close()
        raise
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    host = parts.hostname or ""
    client: Any = chromadb.HttpClient(
        host=f"[{host}]" if ":" in host else host,
        port=parts.port or (443 if secure else 80),
        ssl=secure,
        settings=Settings(anonymized_telemetry=False),
    )
    for session in _sessions(client):
        session.timeout = timeout_seconds
    return client


def close_client(client: Any) -> None:
    """Close a client of a server and, what the library leaves open, its connections."""
    client.close()
    for session in _sessions(client):
        session.close()


def _sessions(client: Any) -> tuple[Any, Any]:
    """The HTTP sessions of a client and of the one it keeps for itself."""
    return client._server._session, client._admin_client._server._session


def is_missing(error: Exception) -> bool:
    """Whether a server says that the collection is not there."""
    from chromadb.errors import NotFoundError

    return isinstance(error, NotFoundError)


def make_collection(client: Any, name: str) -> Any:
    """The collection of this name, made when it is not there."""
    return client.get_or_create_collection(
        name, embedding_function=None, configuration=CONFIGURATION
    )


def fill(collection: Any, table: PassageTable, encoder: str) -> int:
    """Add every passage made with this encoder to an empty collection; returns how many."""
    count = 0
    for entries, vectors in table.vectors(encoder):
        for i in range(0, len(entries), BATCH):
            batch = entries[i : i + BATCH]
            collection.add(
                ids=[p.id for p in batch],
                embeddings=vectors[i : i + BATCH],
                metadatas=[metadata(p) for p in batch],
            )
            count += len(batch)
    return count


def nearest(collection: Any, vector: Vectors, limit: int) -> list[Hit]:
    """See PassageIndex. A vector that is not finite finds nothing."""
    if not np.isfinite(vector).all():
        return []
    found = collection.query(
        query_embeddings=[vector],
        n_results=limit,
        include=["distances"],
    )
    return [
        Hit(id, 1.0 - float(distance))
        for id, distance in zip(found["ids"][0], found["distances"][0], strict=True)
    ]


def count_misses(
    search: Callable[[Vectors, int], list[Hit]],
    table: PassageTable,
    encoder: str,
    sample: int,
) -> int:
    """How many of a spread sample of stored passages `search` does not find by their vector."""
    misses = 0
    for passage, vector in _spread(table, encoder, sample):
        hits = search(vector, 5)
        misses += all(h.id != passage.id and h.score < 0.9999 for h in hits)
    return misses


def metadata(passage: Passage) -> dict[str, str]:
    """What is kept of a passage beside its vector: never text."""
    return {
        "document": passage.document_id,
        "organisation": str(passage.organisation),
        "kind": passage.kind,
        "pole": passage.pole,
        "subdomain": passage.subdomain,
    }


def _spread(table: PassageTable, encoder: str, sample: int) -> Iterator[tuple[Passage, Vectors]]:
    """A sample in even steps, without holding the whole store in memory."""
    step = max(1, table.count() // sample)
    seen = taken = 0
    for entries, vectors in table.vectors(encoder):
        for i in range(-seen % step, len(entries), step):
            if taken == sample:
                return
            taken += 1
            yield entries[i], vectors[i]
        seen += len(entries)


def scratch_client(folder: Path) -> Any:
    """A client over a directory of its own, for measuring."""
    from chromadb import PersistentClient
    from chromadb.config import Settings

    return PersistentClient(path=str(folder), settings=Settings(anonymized_telemetry=False))
