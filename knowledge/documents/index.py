"""Nearest passages of one organisation: exact search over its vectors, read from SQL.

Each organisation's vectors are a matrix of their own, so that nothing has to be filtered and a
foreign passage cannot be a hit. `docs/growth.md` has the figures of this and of the other ways.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np

from knowledge.encoder import Vectors
from knowledge.index import Hit
from knowledge.passage import OrganisationId
from knowledge.store.passages import PassageTable

KEPT_BYTES = 400_000_000
"""Vectors kept in memory, of the organisations asked last: some 260,000 passages."""


@dataclass(frozen=True)
class _Shelf:
    revision: int
    ids: list[str]
    matrix: Vectors


class DocumentIndex:
    """Exact search, one organisation at a time. Safe to use from several threads."""

    def __init__(self, table: PassageTable, encoder_digest: str, kept_bytes: int = KEPT_BYTES):
        self._table = table
        self._encoder = encoder_digest
        self._kept_bytes = kept_bytes
        self._shelves: OrderedDict[OrganisationId, _Shelf] = OrderedDict()
        self._lock = threading.Lock()

    def search(self, vector: Vectors, limit: int, organisation: OrganisationId) -> list[Hit]:
        """At most `limit` hits of this organisation's documents, nearest first.

        Sees every write that was committed before the call. A vector that is not finite finds
        nothing.
        """
        shelf = self._shelf(organisation)
        if not shelf.ids or not np.isfinite(vector).all():
            return []
        scores = shelf.matrix @ vector
        best = np.arange(len(scores))
        if limit < len(scores):
            best = np.argpartition(-scores, limit)[:limit]
        order: list[int] = best[np.argsort(-scores[best], kind="stable")].tolist()
        return [Hit(shelf.ids[i], float(scores[i])) for i in order]

    def _shelf(self, organisation: OrganisationId) -> _Shelf:
        revision = self._table.revision(organisation)
        with self._lock:
            shelf = self._shelves.get(organisation)
            if shelf is not None and shelf.revision == revision:
                self._shelves.move_to_end(organisation)
                return shelf
        shelf = _Shelf(revision, *self._table.matrix(self._encoder, organisation))
        with self._lock:
            self._shelves[organisation] = shelf
            self._shelves.move_to_end(organisation)
            kept = sum(s.matrix.nbytes for s in self._shelves.values())
            while kept > self._kept_bytes and len(self._shelves) > 1:
                kept -= self._shelves.popitem(last=False)[1].matrix.nbytes
        return shelf
