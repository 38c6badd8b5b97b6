"""The index on a Chroma server: the same entries as the embedded one, shared by processes.

A collection's name says what it was built from, so one that is not right is never searched: the
encoder, the store's write counter and a digest of the entries and the index's settings. It gets
that name only when it is whole. Afterwards older collections are dropped; hence a server belongs
to one store.
"""

import hashlib
import threading
import uuid
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from knowledge.chroma_index import (
    AUDIT_SAMPLE,
    LAYOUT,
    Report,
    close_client,
    count_misses,
    fill,
    is_missing,
    make_collection,
    metadata,
    nearest,
    server_client,
)
from knowledge.encoder import Vectors
from knowledge.errors import KnowledgeError
from knowledge.index import Hit
from knowledge.store.passages import PassageTable

PREFIX = "twofold-"
TIMEOUT_SECONDS = 30.0


class IndexServerError(KnowledgeError):
    """The Chroma server does not answer, or not as one does."""

    def __init__(self, url: str, cause: Exception):
        cause = reason if isinstance(reason := getattr(cause, "reason", None), OSError) else cause
        said = (str(cause).strip().splitlines() or [""])[0][:120].rstrip(". ")
        super().__init__(
            f"The Chroma server at {url} cannot be used ({type(cause).__name__}: {said}). Start "
            "it with `chroma run --path DIRECTORY --port PORT`, or unset TWOFOLD_CHROMA_URL to "
            "keep the index in the data directory."
        )


class ChromaServerIndex:
    """Nearest passages from a Chroma server. Every call raises IndexServerError when it fails."""

    def __init__(
        self,
        url: str,
        table: PassageTable,
        encoder_digest: str,
        report: Report,
        *,
        fresh: bool = False,
    ):
        """Find the collection of what the store holds now, or build it.

        `report` hears why in one sentence whenever it is built; `fresh` builds it in any case.
        """
        self._url = url
        self._table = table
        self._encoder = encoder_digest
        self._report = report
        self._opening = threading.Lock()
        with self._asking():
            self._client = server_client(url, TIMEOUT_SECONDS)
        try:
            with self._asking():
                self._collection = self._current(fresh)
        except IndexServerError:
            self.close()
            raise

    def audit(self, sample: int = AUDIT_SAMPLE) -> int:
        """How many of a spread sample of stored passages are not found by their own vector."""
        return count_misses(self.search, self._table, self._encoder, sample)

    def search(self, vector: Vectors, limit: int) -> list[Hit]:
        """See PassageIndex. A vector that is not finite finds nothing.

        A collection that somebody dropped meanwhile is looked for, or built, once more.
        """
        collection = self._collection
        with self._asking():
            try:
                return nearest(collection, vector, limit)
            except Exception as error:
                if not is_missing(error):
                    raise
            with self._opening:
                if self._collection is collection:
                    self._collection = self._current()
            return nearest(self._collection, vector, limit)

    def close(self) -> None:
        """Let go of the connection; the server keeps the collection."""
        close_client(self._client)

    @contextmanager
    def _asking(self) -> Generator[None]:
        """Turn what the client raises, down to bare Exception, into an error that says what to do.

        The store's own errors pass.
        """
        try:
            yield
        except KnowledgeError:
            raise
        except Exception as error:
            raise IndexServerError(self._url, error) from error

    def _current(self, fresh: bool = False) -> Any:
        """The collection of what the store holds now, whole and audited."""
        name = self._name()
        names = self._names()
        reason = (
            "asked for"
            if fresh
            else None
            if name in names
            else "the guidance or the encoder has changed"
            if names
            else "the server has none yet"
        )
        collection: Any = None
        if reason is None:
            collection = self._client.get_collection(name, embedding_function=None)
            misses = self._misses(collection)
            if misses:
                reason = f"{misses} of {AUDIT_SAMPLE} passages were not found by their vector"
        if reason is not None:
            self._report(f"Building the index on {self._url} from the store: {reason}.")
            collection = self._build(name, replace=name in names)
        self._sweep(name)
        return collection

    def _name(self) -> str:
        entries = hashlib.sha256(LAYOUT.encode())
        for passages, vectors in self._table.vectors(self._encoder):
            for passage in passages:
                entries.update(repr((passage.id, metadata(passage))).encode())
            entries.update(vectors.tobytes())
        revision = self._table.revision()
        return f"{PREFIX}{self._encoder[:12]}-{revision}-{entries.hexdigest()[:12]}"

    def _names(self) -> set[str]:
        """Names of our collections on the server."""
        names: set[str] = set()
        while page := self._client.list_collections(limit=100, offset=len(names)):
            names.update(str(c.name) for c in page)
        return {n for n in names if n.startswith(PREFIX)}

    def _build(self, name: str, *, replace: bool) -> Any:
        """Fill a collection under another name, then give it its own in one step.

        When another process was quicker, theirs is used unless it is to be replaced.
        """
        unfinished = f"{name}-{uuid.uuid4().hex[:8]}"
        collection = make_collection(self._client, unfinished)
        fill(collection, self._table, self._encoder)
        if name in self._names():
            if not replace:
                self._client.delete_collection(unfinished)
                return self._client.get_collection(name, embedding_function=None)
            self._client.delete_collection(name)
        collection.modify(name=name)
        return collection

    def _sweep(self, name: str) -> None:
        """Drop what was built from another state; another process may be building this one."""
        for other in self._names():
            if not other.startswith(name):
                self._client.delete_collection(other)

    def _misses(self, collection: Any) -> int:
        def search(vector: Vectors, limit: int) -> list[Hit]:
            return nearest(collection, vector, limit)

        return count_misses(search, self._table, self._encoder, AUDIT_SAMPLE)
