"""Blind sheets, so that people can add labels: nobody sees another's, nor what a model said."""

import csv
import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from evals.data.collection import Item
from evals.data.schemas import Vote
from evals.errors import DataError

COLUMNS = ("id", "text", "leadership_points", "scope", "escalate", "enough", "subdomains")
GUIDE = (
    "leadership_points: 0 (management) to 10 (leadership), empty when scope is out; "
    "scope: in or out; escalate: class ids with spaces between, mostly empty; enough: yes or no; "
    "subdomains: one to three ids, the cause first."
)


def sheet(items: Sequence[Item], annotator: str, most: int) -> list[Item]:
    """The texts of one annotator's sheet, in an order of their own."""
    picked = sorted(items, key=lambda i: i.id)
    random.Random(f"sheet-1:{annotator}").shuffle(picked)  # noqa: S311
    return picked[:most]


def write_csv(items: Sequence[Item], path: Path) -> None:
    """An empty sheet for a spreadsheet program."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows([i.id, _harmless(i.text), "", "", "", "", ""] for i in items)


def read_csv(path: Path) -> list[Vote]:
    """The labels of a filled sheet; rows without any are left out.

    Raises DataError naming the line and what was expected.
    """
    votes: list[Vote] = []
    with path.open(encoding="utf-8-sig", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), 2):
            if not (row.get("scope") or "").strip():
                continue
            votes.append(vote_of(row, f"{path.name}:{number}"))
    return votes


def vote_of(row: dict[str, Any], place: str) -> Vote:
    """One label from the fields of a sheet.

    Raises DataError naming the place and what was expected.
    """
    points = str(row.get("leadership_points") or "").strip()
    try:
        return Vote.model_validate(
            {
                "id": row["id"],
                "leadership_points": int(points) if points else None,
                "scope": str(row["scope"]).strip().lower(),
                "escalate": str(row.get("escalate") or "").replace(",", " ").split(),
                "enough": str(row.get("enough") or "yes").strip().lower(),
                "subdomains": str(row.get("subdomains") or "").replace(",", " ").split(),
            }
        )
    except (ValidationError, ValueError, KeyError) as error:
        first = (
            f"{error.errors()[0]['loc']}: {error.errors()[0]['msg']}"
            if isinstance(error, ValidationError)
            else str(error)
        )
        raise DataError(f"{place}: {first}. {GUIDE}") from error


def append_votes(votes: Sequence[Vote], path: Path) -> None:
    """Add labels to a file of votes; a text labelled again gets its newest label."""
    known: dict[str, Vote] = {}
    if path.exists():
        lines = path.read_text(encoding="utf-8").splitlines()
        known = {v.id: v for v in (Vote.model_validate_json(line) for line in lines)}
    known.update((v.id, v) for v in votes)
    lines = [
        json.dumps(json.loads(v.model_dump_json(exclude_defaults=True))) for v in known.values()
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _harmless(text: str) -> str:
    """A text that a spreadsheet does not take for a formula."""
    return f"'{text}" if text[:1] in "=+-@\t\r" else text
