"""Fits the heads on labelled situations and writes `assistant/heads.json`.

Ridge regression in closed form on the frozen encoder's vectors, so that the result is the same on
every machine. Cross-validation by story family gives the error that the confidence rests on.
"""

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from assistant.assessment import verdict_of
from assistant.heads import HEADS_FILE
from knowledge.encoder import OnnxEncoder, Vectors

DATASETS = Path(__file__).parents[1] / "datasets"
FOLDS = 10
STRETCH = 2.0
"""Ridge shrinks predictions towards the middle, where 'both' would swallow the other verdicts;
the slope is stretched by this factor, chosen for macro-F1 in cross-validation on the dev queries."""


@dataclass(frozen=True)
class Labelled:
    """Situations with their labels."""

    families: list[str]
    vectors: Vectors
    shares: np.ndarray
    """0 to 1; NaN when out of scope."""
    out: np.ndarray
    subdomains: list[frozenset[str]]
    weights: np.ndarray
    natural: np.ndarray
    """True for situations in the natural mix."""


def main() -> int:
    """Fit, report the cross-validated figures, write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=HEADS_FILE)
    parser.add_argument("--natural-weight", type=float, default=3.0)
    parser.add_argument("--ridge", type=float, default=4.0)
    parser.add_argument("--stretch", type=float, default=STRETCH)
    arguments = parser.parse_args()
    encoder = OnnxEncoder()
    data = load(encoder, arguments.natural_weight)
    report = cross_validate(data, arguments.ridge, arguments.stretch)
    print(json.dumps(report, indent=1))
    arguments.out.write_text(
        json.dumps(_file(encoder.digest, data, arguments.ridge, arguments.stretch, report), indent=None) + "\n",
        encoding="utf-8",
    )
    print(f"wrote {arguments.out.name}", file=sys.stderr)
    return 0


def load(encoder: OnnxEncoder, natural_weight: float) -> Labelled:
    """The authored situations and the labelled dev queries."""
    rows: list[tuple[dict[str, Any], bool]] = [
        (r, False) for r in read_lines(DATASETS / "authored" / "situations.jsonl")
    ]
    rows += [(r, True) for r in dev_situations()]
    rows += [(r, True) for r in scope_situations()]
    shares = [np.nan if r["leadership_points"] is None else r["leadership_points"] / 10 for r, _ in rows]
    return Labelled(
        families=[r["family"] for r, _ in rows],
        vectors=encoder.encode([r["text"] for r, _ in rows]).vectors,
        shares=np.array(shares),
        out=np.array([r["scope"] == "out" for r, _ in rows]),
        subdomains=[frozenset(r["subdomains"]) for r, _ in rows],
        weights=np.array([natural_weight if natural else 1.0 for _, natural in rows]),
        natural=np.array([natural for _, natural in rows]),
    )


def read_lines(path: Path) -> list[dict[str, Any]]:
    """JSON lines of a file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def dev_situations() -> list[dict[str, Any]]:
    """Single-turn queries of the dev part with the mean of their annotators' points."""
    votes: dict[str, list[dict[str, Any]]] = {}
    for path in sorted((DATASETS / "labels").glob("author*_annotator*.jsonl")):
        for row in read_lines(path):
            votes.setdefault(row["id"], []).append(row)
    found: list[dict[str, Any]] = []
    for path in sorted((DATASETS / "retrieval").glob("queries_author*.jsonl")):
        for row in read_lines(path):
            mine = votes.get(row["id"], [])
            points = [v["leadership_points"] for v in mine if v["leadership_points"] is not None]
            if row["text"] is None or not points:
                continue
            found.append(
                {
                    "family": row["id"],
                    "text": row["text"],
                    "leadership_points": sum(points) / len(points),
                    "scope": "in",
                    "subdomains": sorted({s for v in mine for s in v["subdomains"][:2]}),
                }
            )
    return found


def scope_situations() -> list[dict[str, Any]]:
    """Texts written for the scope alone, without a share."""
    return [
        {**row, "family": row["id"], "leadership_points": None, "subdomains": []}
        for path in sorted((DATASETS / "retrieval").glob("scope_author*.jsonl"))
        for row in read_lines(path)
    ]


def cross_validate(data: Labelled, ridge: float, stretch: float) -> dict[str, Any]:
    """Error of the share and macro-F1 of the verdict on folds of whole families."""
    rng = np.random.default_rng(7)
    names = sorted(set(data.families))
    fold_of = dict(zip(names, rng.permutation(len(names)) % FOLDS, strict=True))
    folds = np.array([fold_of[f] for f in data.families])
    predicted = np.full(len(folds), np.nan)
    labelled = ~np.isnan(data.shares)
    for fold in range(FOLDS):
        train = (folds != fold) & labelled
        weights, bias = fit(
            data.vectors[train], data.shares[train], data.weights[train], ridge, stretch
        )
        held = folds == fold
        predicted[held] = data.vectors[held] @ weights + bias
    return {
        name: figures(predicted[part & labelled], data.shares[part & labelled])
        for name, part in (("authored", ~data.natural), ("dev", data.natural))
        if (part & labelled).sum() > 20
    }


def figures(predicted: np.ndarray, gold: np.ndarray) -> dict[str, float]:
    """n, mean absolute error, standard deviation of the error, correlation, macro-F1."""
    predicted = np.clip(predicted, 0, 1)
    said = [verdict_of(p) for p in predicted]
    true = [verdict_of(g) for g in gold]
    f1: list[float] = []
    for verdict in ("management", "both", "leadership"):
        hit = sum(s == t == verdict for s, t in zip(said, true, strict=True))
        f1.append(2 * hit / max(1, said.count(verdict) + true.count(verdict)))
    return {
        "n": len(gold),
        "mae": round(float(np.abs(predicted - gold).mean()), 4),
        "error_sd": round(float((predicted - gold).std()), 4),
        "correlation": round(float(np.corrcoef(predicted, gold)[0, 1]), 4),
        "macro_f1": round(float(np.mean(f1)), 4),
    }


def fit(
    x: np.ndarray,
    y: np.ndarray,
    sample_weights: np.ndarray,
    ridge: float,
    stretch: float = 1.0,
) -> tuple[np.ndarray, float]:
    """Weighted ridge regression; the bias is not penalised, the slope multiplied by `stretch`."""
    w = sample_weights / sample_weights.mean()
    x_mean, y_mean = np.average(x, axis=0, weights=w), float(np.average(y, weights=w))
    a = (x - x_mean) * np.sqrt(w)[:, None]
    b = (y - y_mean) * np.sqrt(w)
    weights = stretch * np.linalg.solve(a.T @ a + ridge * np.eye(x.shape[1]), a.T @ b)
    return weights, y_mean - float(x_mean @ weights)


def _file(
    digest: str, data: Labelled, ridge: float, stretch: float, report: dict[str, Any]
) -> dict[str, Any]:
    labelled = ~np.isnan(data.shares)
    share = fit(
        data.vectors[labelled], data.shares[labelled], data.weights[labelled], ridge, stretch
    )
    scope = fit(
        data.vectors, np.where(data.out, 4.0, -4.0), np.where(data.out, 4.0, 1.0), 0.3
    )
    ids = sorted({s for names in data.subdomains for s in names if s != "bridge"})
    marked = labelled & np.array([bool(s) for s in data.subdomains])
    subdomains: dict[str, Any] = {}
    for name in ids:
        has = np.array([name in s for s in data.subdomains])
        weights = np.where(has, 4.0, 1.0)
        subdomains[name] = _linear(
            *fit(data.vectors[marked], np.where(has, 3.0, -3.0)[marked], weights[marked], 1.0)
        )
    return {
        "encoder": digest,
        "fitted_on": f"{int(labelled.sum())} model-written, model-labelled situations; "
        f"ridge {ridge}, stretch {stretch}",
        "share": _linear(*share),
        "share_error": report.get("dev", report["authored"])["error_sd"],
        "out_of_scope": _linear(*scope),
        "subdomains": subdomains,
    }


def _linear(weights: np.ndarray, bias: float) -> dict[str, Any]:
    return {"weights": [round(float(w), 5) for w in weights], "bias": round(bias, 5)}


if __name__ == "__main__":
    raise SystemExit(main())
