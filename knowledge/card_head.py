"""The card head: how well each card fits a situation, learned from cards graded from the cause."""

import json
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from knowledge.encoder import DIMENSION, Vectors
from knowledge.errors import InvalidDataError

CARD_HEAD_FILE = Path(__file__).with_name("card_head.json")
Row = Annotated[tuple[float, ...], Field(min_length=DIMENSION, max_length=DIMENSION)]


class CardHeadFile(BaseModel):
    """`card_head.json`, written by `python -m evals.train.export_heads`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    encoder: str
    weights: dict[str, Row]
    bias: dict[str, float]


class CardHead:
    """Scores for the cards it was trained on; a card written later has none and rests on words."""

    def __init__(self, ids: tuple[str, ...], weights: Vectors, bias: Vectors):
        self._ids = ids
        self._weights = weights
        self._bias = bias

    def scores(self, vector: Vectors) -> dict[str, float]:
        """Card id -> score in standard deviations over all cards; higher fits better."""
        if not self._ids:
            return {}
        logits = self._weights @ vector + self._bias
        spread = max(float(logits.std()), 1e-6)
        return dict(zip(self._ids, ((logits - logits.mean()) / spread).tolist(), strict=True))


def load_card_head(encoder_digest: str, path: Path = CARD_HEAD_FILE) -> CardHead:
    """Read the card head.

    Raises InvalidDataError when the file is damaged or belongs to another encoder.
    """
    try:
        file = CardHeadFile.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, ValidationError) as error:
        raise _invalid(path, str(error)[:200], "the format of CardHeadFile") from error
    if file.encoder != encoder_digest or set(file.weights) != set(file.bias):
        raise _invalid(path, f"encoder {file.encoder[:12]}", f"encoder {encoder_digest[:12]}")
    ids = tuple(file.weights)
    return CardHead(
        ids,
        np.array([file.weights[i] for i in ids], dtype=np.float32),
        np.array([file.bias[i] for i in ids], dtype=np.float32),
    )


def _invalid(path: Path, value: str, expected: str) -> InvalidDataError:
    return InvalidDataError.of_file(
        path.name, value, expected, "Write it again: `python -m evals.train.export_heads`."
    )
