"""The heads: small linear maps over the encoder's vectors, fitted on labelled situations."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from knowledge.encoder import DIMENSION, Vectors
from knowledge.errors import InvalidDataError, Problem

HEADS_FILE = Path(__file__).with_name("heads.json")


class Linear(BaseModel):
    """`weights` @ vector + `bias`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    weights: tuple[float, ...]
    bias: float

    @model_validator(mode="after")
    def _width(self) -> "Linear":
        if len(self.weights) != DIMENSION:
            raise ValueError(f"expected {DIMENSION} weights")
        return self


class HeadsFile(BaseModel):
    """`heads.json`, written by `python -m evals.train.fit_heads`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    encoder: str
    """Digest of the encoder they were fitted on."""
    fitted_on: str
    share: Linear
    share_error: float
    """Standard deviation of the share's error on labelled situations not fitted on, in shares."""
    out_of_scope: Linear
    """Above 0: more likely not about leading people or work."""
    subdomains: dict[str, Linear]
    """Sub-domain id -> log-odds."""


@dataclass(frozen=True)
class Heads:
    """The heads as arrays."""

    encoder: str
    share_weights: Vectors
    share_bias: float
    share_error: float
    scope_weights: Vectors
    scope_bias: float
    subdomain_ids: tuple[str, ...]
    subdomain_weights: Vectors
    """[sub-domains, 384]."""
    subdomain_bias: Vectors

    def share(self, vector: Vectors) -> float:
        """Leadership share, 0 to 1."""
        return float(np.clip(vector @ self.share_weights + self.share_bias, 0.0, 1.0))

    def out_of_scope(self, vector: Vectors) -> float:
        """Probability, 0 to 1, that the text is not about leading people or work."""
        return _sigmoid(float(vector @ self.scope_weights + self.scope_bias))

    def subdomains(self, vector: Vectors) -> dict[str, float]:
        """Probability, 0 to 1, of each sub-domain; several may apply."""
        logits = self.subdomain_weights @ vector + self.subdomain_bias
        return {
            name: _sigmoid(float(z)) for name, z in zip(self.subdomain_ids, logits, strict=True)
        }


def load_heads(encoder_digest: str, path: Path = HEADS_FILE) -> Heads:
    """Read the heads.

    Raises InvalidDataError when the file is damaged or was fitted on another encoder.
    """
    try:
        file = HeadsFile.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, ValidationError) as error:
        raise _invalid(path, str(error)[:200], "the format of HeadsFile") from error
    if file.encoder != encoder_digest:
        raise _invalid(path, f"encoder {file.encoder[:12]}", f"encoder {encoder_digest[:12]}")
    names = tuple(file.subdomains)
    return Heads(
        encoder=file.encoder,
        share_weights=_array(file.share.weights),
        share_bias=file.share.bias,
        share_error=file.share_error,
        scope_weights=_array(file.out_of_scope.weights),
        scope_bias=file.out_of_scope.bias,
        subdomain_ids=names,
        subdomain_weights=np.stack([_array(file.subdomains[n].weights) for n in names]),
        subdomain_bias=_array(tuple(file.subdomains[n].bias for n in names)),
    )


def _array(values: tuple[float, ...]) -> Vectors:
    return np.array(values, dtype=np.float32)


def _sigmoid(z: float) -> float:
    return float(1.0 / (1.0 + np.exp(-np.clip(z, -30, 30))))


def _invalid(path: Path, value: str, expected: str) -> InvalidDataError:
    return InvalidDataError(
        (
            Problem(
                file=path.name,
                line=1,
                value=value,
                expected=expected,
                fix="Fit the heads again: `python -m evals.train.fit_heads`.",
            ),
        )
    )
