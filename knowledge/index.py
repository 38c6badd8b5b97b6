"""The seam to the index: nearest passages by vector."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from knowledge.encoder import Vectors
from knowledge.passage import SHARED, OrganisationId, Passage
from knowledge.store.passages import PassageTable


@dataclass(frozen=True)
class Hit:
    """A passage's id with its cosine similarity, -1 to 1."""

    id: str
    score: float


class PassageIndex(Protocol):
    """Finds the passages nearest to a vector."""

    def search(self, vector: Vectors, limit: int, organisation: OrganisationId) -> list[Hit]:
        """At most `limit` hits of the shared cards and one organisation, nearest first."""
        ...


class ExactIndex:
    """Exact search in memory over the vectors in SQL; needs no lock and no second process."""

    def __init__(self, table: PassageTable, encoder_digest: str):
        """Loads every vector made with this encoder."""
        chunks = list(table.vectors(encoder_digest))
        self._passages: list[Passage] = [p for entries, _ in chunks for p in entries]
        self._matrix = (
            np.concatenate([m for _, m in chunks]) if chunks else np.zeros((0, 1), np.float32)
        )
        self._organisations = np.array([str(p.organisation) for p in self._passages], dtype=object)

    def search(self, vector: Vectors, limit: int, organisation: OrganisationId) -> list[Hit]:
        """See PassageIndex."""
        if not self._passages:
            return []
        scores = self._matrix @ vector
        mine = (self._organisations == SHARED) | (self._organisations == organisation)
        scores = np.where(mine, scores, -np.inf)
        order: list[int] = np.argsort(-scores, kind="stable")[:limit].tolist()
        return [
            Hit(self._passages[i].id, float(scores[i])) for i in order if np.isfinite(scores[i])
        ]


class FakeIndex:
    """For tests: gives the hits it was handed and keeps what it was asked.

    Raises LookupError when it runs dry.
    """

    def __init__(self, answers: list[list[Hit]]):
        self._answers = list(answers)
        self.asked: list[tuple[Vectors, int, OrganisationId]] = []

    def search(self, vector: Vectors, limit: int, organisation: OrganisationId) -> list[Hit]:
        """The next stored answer."""
        self.asked.append((vector, limit, organisation))
        if not self._answers:
            raise LookupError("FakeIndex has no answers left")
        return self._answers.pop(0)
