"""The heads: small linear maps over the encoder's vectors, trained together with the encoder."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from knowledge.encoder import DIMENSION, Vectors
from knowledge.errors import InvalidDataError

HEADS_FILE = Path(__file__).with_name("heads.json")
ANY = "any"
"""The escalation head that says whether any class applies."""

Probability = Annotated[float, Field(ge=0.0, le=1.0)]


class Linear(BaseModel):
    """`weights` @ vector + `bias`, in log-odds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    weights: tuple[float, ...]
    bias: float

    @model_validator(mode="after")
    def _width(self) -> "Linear":
        if len(self.weights) != DIMENSION:
            raise ValueError(f"expected {DIMENSION} weights")
        return self


class Thresholds(BaseModel):
    """From which probabilities on the model's word counts; chosen on the dev posts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    escalate: Probability
    """The model alone escalates."""
    confirm: Probability
    """A rule that matched is believed; below it only rules about danger are."""
    escalation_class: Probability
    """A class is named; when none reaches it, the likeliest is."""
    out_of_scope: Probability


class HeadsFile(BaseModel):
    """`heads.json`, written by `python -m evals.train.export_heads`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    encoder: str
    """Digest of the encoder they were trained with."""
    trained_on: str
    share: Linear
    share_error: Annotated[float, Field(gt=0.0, lt=1.0)]
    """Standard deviation of the share's error on posts not trained on, in shares."""
    out_of_scope: Linear
    enough: Linear
    """Whether enough was said to tell the poles apart."""
    subdomains: dict[str, Linear]
    escalation: dict[str, Linear]
    """Class id, or `any` -> log-odds."""
    thresholds: Thresholds


@dataclass(frozen=True)
class Bank:
    """Several linear maps with names."""

    names: tuple[str, ...]
    weights: Vectors
    """[names, 384]."""
    bias: Vectors

    @staticmethod
    def of(maps: Mapping[str, Linear]) -> "Bank":
        """A bank of named maps."""
        return Bank(
            tuple(maps),
            np.array([m.weights for m in maps.values()], dtype=np.float32),
            np.array([m.bias for m in maps.values()], dtype=np.float32),
        )

    def probabilities(self, vector: Vectors) -> dict[str, float]:
        """Name -> probability, 0 to 1; several may apply."""
        logits = self.weights @ vector + self.bias
        return dict(zip(self.names, sigmoid(logits).tolist(), strict=True))


@dataclass(frozen=True)
class Heads:
    """The heads as arrays."""

    one: Bank
    """share, out_of_scope and enough."""
    subdomains: Bank
    escalation: Bank
    share_error: float
    thresholds: Thresholds

    def share(self, vector: Vectors) -> float:
        """Leadership share, 0 to 1."""
        return self.one.probabilities(vector)["share"]

    def out_of_scope(self, vector: Vectors) -> float:
        """Probability, 0 to 1, that the text is not about leading people or work."""
        return self.one.probabilities(vector)["out_of_scope"]


def load_heads(encoder_digest: str, path: Path = HEADS_FILE) -> Heads:
    """Read the heads.

    Raises InvalidDataError when the file is damaged or belongs to another encoder.
    """
    try:
        file = HeadsFile.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, ValidationError) as error:
        raise _invalid(path, str(error)[:200], "the format of HeadsFile") from error
    if file.encoder != encoder_digest:
        raise _invalid(path, f"encoder {file.encoder[:12]}", f"encoder {encoder_digest[:12]}")
    return Heads(
        one=Bank.of(
            {"share": file.share, "out_of_scope": file.out_of_scope, "enough": file.enough}
        ),
        subdomains=Bank.of(file.subdomains),
        escalation=Bank.of(file.escalation),
        share_error=file.share_error,
        thresholds=file.thresholds,
    )


def sigmoid(z: Vectors) -> Vectors:
    """The logistic function, safe for any size of `z`."""
    return (1.0 / (1.0 + np.exp(-np.clip(z, -30.0, 30.0)))).astype(np.float32)


def _invalid(path: Path, value: str, expected: str) -> InvalidDataError:
    return InvalidDataError.of_file(
        path.name, value, expected, "Write it again: `python -m evals.train.export_heads`."
    )
