"""The seam to the index: nearest passages by vector."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from knowledge.encoder import Vectors
from knowledge.store.passages import PassageTable


@dataclass(frozen=True)
class Hit:
    """A passage's id with its cosine similarity, -1 to 1."""

    id: str
    score: float


class PassageIndex(Protocol):
    """Finds the passages of the cards nearest to a vector."""

    def search(self, vector: Vectors, limit: int) -> list[Hit]:
        """At most `limit` hits, nearest first."""
        ...


class ExactIndex:
    """Exact search in memory over the vectors in SQL; needs no lock and no second process."""

    def __init__(self, table: PassageTable, encoder_digest: str):
        """Loads every card's vectors made with this encoder."""
        chunks = list(table.vectors(encoder_digest))
        self._ids = [p.id for entries, _ in chunks for p in entries]
        self._matrix = (
            np.concatenate([m for _, m in chunks]) if chunks else np.zeros((0, 1), np.float32)
        )

    def search(self, vector: Vectors, limit: int) -> list[Hit]:
        """See PassageIndex."""
        if not self._ids:
            return []
        scores = self._matrix @ vector
        order: list[int] = np.argsort(-scores, kind="stable")[:limit].tolist()
        return [Hit(self._ids[i], float(scores[i])) for i in order]


class FakeIndex:
    """For tests: gives the hits it was handed and keeps what it was asked.

    Raises LookupError when it runs dry.
    """

    def __init__(self, answers: list[list[Hit]]):
        self._answers = list(answers)
        self.asked: list[tuple[Vectors, int]] = []

    def search(self, vector: Vectors, limit: int) -> list[Hit]:
        """The next stored answer."""
        self.asked.append((vector, limit))
        if not self._answers:
            raise LookupError("FakeIndex has no answers left")
        return self._answers.pop(0)
