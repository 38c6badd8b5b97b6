"""Runs a system over the cases and keeps what came out: a run."""

import hashlib
import json
import platform
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from evals.data.files import read_manifest
from evals.errors import DataError
from evals.suite.answer import Answer
from evals.suite.cases import Case
from evals.suite.figures import Figure, all_figures
from evals.suite.systems import System
from knowledge.ingest import Progress

ROOT = Path(__file__).parents[2]


class RunCard(BaseModel):
    """What a run was made of; two runs compare only when data and lane are the same."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lane: str
    split: str
    made: str
    git: str
    data_version: str
    data: str
    """Digest of all data files."""
    cards: str
    encoder: str
    heads: str
    python: str
    complete: bool = True


@dataclass(frozen=True, kw_only=True)
class Run:
    """Answers and figures of one run."""

    card: RunCard
    figures: dict[str, Figure]
    latency: dict[str, float]
    answers: dict[str, Answer] = field(default_factory=dict[str, Answer])
    """Empty in a baseline."""


def run_cases(system: System, cases: Sequence[Case], progress: Progress) -> dict[str, Answer]:
    """The answer to each case, by id."""
    answers: dict[str, Answer] = {}
    for done, case in enumerate(cases, 1):
        answers[case.id] = system.answer(case)
        progress(done, len(cases))
    return answers


def made_run(card: RunCard, cases: Sequence[Case], answers: Mapping[str, Answer]) -> Run:
    """Score what was answered."""
    pairs = [(c, answers[c.id]) for c in cases if c.id in answers]
    return Run(
        card=card, figures=all_figures(pairs), latency=latency(answers), answers=dict(answers)
    )


def latency(answers: Mapping[str, Answer]) -> dict[str, float]:
    """Median and 99th percentile of the time of a reply, ms; never gated."""
    times = sorted(a.milliseconds for a in answers.values() if not a.error)
    if not times:
        return {}
    return {
        "p50": times[len(times) // 2],
        "p99": times[min(len(times) - 1, len(times) * 99 // 100)],
    }


def run_card(split: str, encoder: str, *, complete: bool = True) -> RunCard:
    """The card of a run that is made now."""
    manifest = read_manifest()
    return RunCard(
        lane="offline",
        split=split,
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        git=_git(),
        data_version=manifest.version,
        data=manifest.digest(),
        cards=_digest(ROOT / "knowledge" / "cards", "*.md"),
        encoder=encoder,
        heads=_digest(ROOT / "assistant", "heads.json"),
        python=platform.python_version(),
        complete=complete,
    )


def write_run(run: Run, path: Path, *, answers: bool = True) -> None:
    """Write a run; without answers it is a baseline, small enough to keep."""
    data: dict[str, Any] = {
        "card": run.card.model_dump(),
        "figures": {k: asdict(f) for k, f in run.figures.items()},
        "latency": run.latency,
        "answers": {k: asdict(a) for k, a in run.answers.items()} if answers else {},
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data) + "\n", encoding="utf-8")


def read_run(path: Path) -> Run:
    """Read a run.

    Raises DataError when the file is missing or not a run.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return TypeAdapter(Run).validate_python(data)
    except (OSError, ValueError, ValidationError) as error:
        raise DataError(
            f"{path} is not a run ({type(error).__name__}). `twofold eval run --out` makes one."
        ) from error


def _git() -> str:
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty"],  # noqa: S607
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout.strip() or "unknown"


def _digest(folder: Path, pattern: str) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob(pattern)):
        digest.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
