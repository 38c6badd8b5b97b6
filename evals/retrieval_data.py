"""The graded retrieval set: situations with the cards two judges chose from the cause."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evals.errors import DataError

RETRIEVAL = Path(__file__).parent / "datasets" / "retrieval"
Split = Literal["dev", "test"]


class Query(BaseModel):
    """One query with its graded cards."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    family: str
    """Story; families never cross a split."""
    split: Split
    turns: Annotated[tuple[str, ...], Field(min_length=1)]
    """All of the user's messages so far."""
    cards: dict[str, Annotated[int, Field(ge=1, le=3)]]
    """Card id -> grade: 3 the card for this, 2 clearly useful, 1 worth a look."""
    judges: Annotated[int, Field(ge=1, le=2)]


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """How far the two judges agree on the queries both judged."""

    queries: int
    kappa: float
    """Quadratic weighted kappa over all cards."""
    kappa_on_union: float
    """The same over the cards that at least one of them chose: the harder figure."""
    ndcg: float
    """nDCG@5 of one judge's order against the other's grades, the mean of both directions."""


def load_queries(split: Split | None = None, folder: Path = RETRIEVAL) -> list[Query]:
    """Read the queries of a split, or all.

    Raises DataError naming file, line and what was expected.
    """
    path = folder / "gold.jsonl"
    queries: list[Query] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            queries.append(Query.model_validate_json(line))
        except ValidationError as error:
            first = error.errors()[0]
            raise DataError(
                f"{path.name}:{number}: {first['loc']}: {first['msg']}. Mend the line."
            ) from error
    return [q for q in queries if split in (None, q.split)]


def evaluation_texts() -> list[str]:
    """Every message of every query: what no card may come close to."""
    return [turn for query in load_queries() for turn in query.turns]


def judges_agreement(card_ids: list[str], folder: Path = RETRIEVAL) -> Agreement:
    """Agreement of the two judges on the queries both judged."""
    from evals.metrics.retrieval import ndcg
    from evals.metrics.statistics import weighted_kappa

    first, second = (_grades(folder / f"judge_{name}.jsonl") for name in "ab")
    both = sorted(first.keys() & second.keys())
    everywhere = [(first[i].get(c, 0), second[i].get(c, 0)) for i in both for c in card_ids]
    union = [
        (first[i].get(c, 0), second[i].get(c, 0)) for i in both for c in {*first[i], *second[i]}
    ]
    crossed = [
        ndcg(_order(a), b) for i in both for a, b in ((first[i], second[i]), (second[i], first[i]))
    ]
    return Agreement(
        queries=len(both),
        kappa=weighted_kappa(*zip(*everywhere, strict=True), levels=4),
        kappa_on_union=weighted_kappa(*zip(*union, strict=True), levels=4),
        ndcg=sum(crossed) / len(crossed),
    )


def _grades(path: Path) -> dict[str, dict[str, int]]:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return {r["id"]: r["cards"] for r in rows}


def _order(grades: dict[str, int]) -> list[str]:
    return sorted(grades, key=lambda c: (-grades[c], c))
