"""Everything the model learns from, in one form: situations with whatever labels they carry."""

import hashlib
import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

DATASETS = Path(__file__).parents[1] / "datasets"
NATURAL_DEV, NATURAL_TEST = 15, 15
"""Percent of the natural families kept for choosing and for judging."""


@dataclass(frozen=True, kw_only=True)
class Situation:
    """One text; a label that was not given is None."""

    id: str
    text: str
    source: str
    """authored, natural, query, scope or card."""
    split: str
    """train, dev or test."""
    points: tuple[float, ...] = ()
    """Every annotator's leadership points, 0 to 10."""
    scope: str | None = None
    escalate: frozenset[str] | None = None
    enough: bool | None = None
    subdomains: frozenset[str] | None = None
    cards: dict[str, int] = field(default_factory=dict[str, int])
    weight: float = 1.0

    @property
    def share(self) -> float | None:
        """Mean of the votes, 0 to 1; None without votes."""
        return sum(self.points) / len(self.points) / 10 if self.points else None


def read_lines(path: Path) -> list[dict[str, Any]]:
    """JSON lines of a file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def natural_split(source_hash: str) -> str:
    """The split of a natural post: by its source, so that a thread never crosses."""
    percent = int(hashlib.sha256(f"natural-1:{source_hash}".encode()).hexdigest()[:8], 16) % 100
    if percent < NATURAL_TEST:
        return "test"
    return "dev" if percent < NATURAL_TEST + NATURAL_DEV else "train"


def authored() -> list[Situation]:
    """The authored situations, one label each."""
    return [
        Situation(
            id=r["id"],
            text=r["text"],
            source="authored",
            split="train",
            points=() if r["leadership_points"] is None else (r["leadership_points"],),
            scope=r["scope"],
            escalate=frozenset(r["escalate"]),
            enough=r["enough"] == "yes",
            subdomains=frozenset(r["subdomains"]),
            cards=r["cards"],
        )
        for r in read_lines(DATASETS / "authored" / "situations.jsonl")
    ]


def natural() -> list[Situation]:
    """Retold posts with the votes of all their annotators; those without a label are left out."""
    votes = _votes(sorted((DATASETS / "natural" / "labels").glob("*.jsonl")))
    found: list[Situation] = []
    for path in sorted((DATASETS / "natural" / "raw").glob("*.jsonl")):
        for row in read_lines(path):
            mine = votes.get(row["id"])
            if mine:
                found.append(_voted(row, "natural", natural_split(row["source_hash"]), mine))
    return found


def queries() -> list[Situation]:
    """The graded retrieval queries with their annotators' votes."""
    votes = _votes(sorted((DATASETS / "labels").glob("*.jsonl")))
    return [
        _voted(
            {**r, "text": "\n".join(r["turns"])},
            "query",
            "train" if r["split"] == "dev" else "test",
            votes.get(r["id"], []),
        )
        for r in read_lines(DATASETS / "retrieval" / "gold.jsonl")
    ]


def scope_texts() -> list[Situation]:
    """Texts written for the question of scope alone."""
    votes = _votes(sorted((DATASETS / "labels").glob("*.jsonl")))
    return [
        _voted(r, "scope", "train", votes.get(r["id"], [{"scope": r["scope"]}]))
        for path in sorted((DATASETS / "retrieval").glob("scope_*.jsonl"))
        for r in read_lines(path)
    ]


def _votes(paths: list[Path]) -> dict[str, list[dict[str, Any]]]:
    votes: dict[str, list[dict[str, Any]]] = {}
    for path in paths:
        for row in read_lines(path):
            votes.setdefault(row["id"], []).append(row)
    return votes


def _voted(row: dict[str, Any], source: str, split: str, votes: list[dict[str, Any]]) -> Situation:
    """A situation with its votes: scope and classes by majority, doubt towards escalation."""
    points = tuple(v["leadership_points"] for v in votes if v.get("leadership_points") is not None)
    classes = [c for v in votes for c in v.get("escalate", [])]
    graded = [v["cards"] for v in votes if v.get("cards")]
    plain = Situation(
        id=row["id"],
        text=row["text"],
        source=source,
        split=split,
        points=points,
        cards=row.get("cards") or (graded[0] if graded else {}),
    )
    if not votes:
        return plain
    half = len(votes) / 2
    return replace(
        plain,
        scope="out" if sum(v["scope"] == "out" for v in votes) > half else "in",
        escalate=frozenset(c for c in classes if classes.count(c) >= half),
        enough=sum(v["enough"] == "yes" for v in votes) >= half if "enough" in votes[0] else None,
        subdomains=frozenset(s for v in votes for s in v.get("subdomains", [])),
    )
