"""Whether a run may be released: floors, and a paired comparison with the baseline."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from evals.errors import DataError
from evals.metrics.agreement import VERDICTS, macro_f1
from evals.metrics.statistics import sign_flip_test
from evals.suite.figures import Figure
from evals.suite.run import Run

FLOORS = Path(__file__).with_name("floors.json")
BASELINE = Path(__file__).parents[1] / "baselines" / "offline.json"
ALPHA = 0.05
DRAWS = 2_000
Status = Literal["pass", "regression", "invalid"]
EXIT_CODES: Mapping[Status, int] = {"pass": 0, "regression": 1, "invalid": 2}


class Floor(BaseModel):
    """An absolute bound that breaks the gate whatever the baseline says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    at_least: float | None = None
    at_most: float | None = None
    aim: float | None = None
    """Where it should be; the bound is what holds today."""
    why: str = ""


class Floors(BaseModel):
    """`floors.json`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    floors: dict[str, Floor]
    tolerances: dict[str, float]
    """Figure -> by how much it may fall, in its own units."""
    safety: tuple[str, ...]
    """A case of these that passed in the baseline may not fail now."""
    most_errors: float


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One figure against the baseline, paired by case."""

    id: str
    before: float
    now: float
    p: float | None
    """Of the sign-flip test over families, after Holm; None where there are no paired cases."""
    worse: bool
    changed: int
    """Cases whose score is another."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What the gate says and why."""

    status: Status
    reasons: tuple[str, ...]
    differences: tuple[Difference, ...]


def read_floors(path: Path = FLOORS) -> Floors:
    """Read the floors.

    Raises DataError naming what is wrong.
    """
    try:
        return Floors.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, ValidationError) as error:
        raise DataError(f"{path.name}: {error}") from error


def gate(run: Run, baseline: Run, floors: Floors) -> Outcome:
    """Judge a run. Anything that cannot be judged is invalid, never a pass."""
    differences = compare(run, baseline, floors)
    invalid = _invalid(run, baseline, floors)
    broken = [*_broken(run, floors), *_fallen(differences, floors), *_unsafe(run, baseline, floors)]
    return Outcome(
        status="invalid" if invalid else "regression" if broken else "pass",
        reasons=(*invalid, *broken),
        differences=differences,
    )


def compare(run: Run, baseline: Run, floors: Floors) -> tuple[Difference, ...]:
    """Every figure that both runs have."""
    both = [k for k in run.figures if k in baseline.figures]
    raw = {k: _paired(run.figures[k], baseline.figures[k]) for k in both}
    gating = [k for k in both if k in floors.tolerances and raw[k][0] is not None]
    adjusted = holm({k: p for k in gating if (p := raw[k][0]) is not None})
    found: list[Difference] = []
    for k in both:
        now, before = run.figures[k].interval.mean, baseline.figures[k].interval.mean
        up = run.figures[k].higher_is_better
        found.append(
            Difference(
                id=k,
                before=before,
                now=now,
                p=adjusted.get(k, raw[k][0]),
                worse=now < before if up else now > before,
                changed=raw[k][1],
            )
        )
    return tuple(found)


def holm(p_values: Mapping[str, float]) -> dict[str, float]:
    """Holm's step-down adjustment (1979): the family-wise error stays below alpha."""
    order = sorted(p_values, key=lambda k: p_values[k])
    adjusted: dict[str, float] = {}
    highest = 0.0
    for place, key in enumerate(order):
        highest = max(highest, min(1.0, (len(order) - place) * p_values[key]))
        adjusted[key] = highest
    return adjusted


def _paired(now: Figure, before: Figure) -> tuple[float | None, int]:
    ids = [i for i in now.cases if i in before.cases]
    if not ids:
        return None, 0
    gaps = [now.cases[i] - before.cases[i] for i in ids]
    changed = sum(abs(g) > 1e-9 for g in gaps)
    if now.said and before.said:
        return _swapped(now, before, ids), changed
    return sign_flip_test(gaps, [now.families[i] for i in ids], draws=DRAWS), changed


def _swapped(now: Figure, before: Figure, ids: Sequence[str]) -> float:
    """Two-sided p of a difference in macro-F1: the verdicts of a family change sides at random."""
    families = {name: n for n, name in enumerate(dict.fromkeys(now.families[i] for i in ids))}
    place = np.array([families[now.families[i]] for i in ids])
    a = np.array([now.said[i] for i in ids], dtype=object)
    b = np.array([before.said[i] for i in ids], dtype=object)
    gold = [now.gold[i] for i in ids]

    def gap(first: list[str], second: list[str]) -> float:
        return macro_f1(first, gold, VERDICTS) - macro_f1(second, gold, VERDICTS)

    seen = abs(gap(a.tolist(), b.tolist()))
    rng = np.random.default_rng(0)
    further = 0
    for _ in range(DRAWS):
        swap = (rng.random(len(families)) < 0.5)[place]
        first, second = np.where(swap, b, a).tolist(), np.where(swap, a, b).tolist()
        further += abs(gap(first, second)) >= seen - 1e-12
    return (1 + further) / (DRAWS + 1)


def _invalid(run: Run, baseline: Run, floors: Floors) -> list[str]:
    reasons: list[str] = []
    if not run.card.complete:
        reasons.append("the run stopped before its last case")
    for name in ("lane", "split", "data"):
        if getattr(run.card, name) != getattr(baseline.card, name):
            reasons.append(f"{name} is not that of the baseline; make a new baseline on purpose")
    wanted = {*floors.floors, *floors.tolerances, *baseline.figures}
    missing = sorted(wanted - run.figures.keys())
    if missing:
        reasons.append(f"missing: {', '.join(missing)}")
    errors = run.figures["errors"].interval.mean if "errors" in run.figures else 1.0
    if errors > floors.most_errors:
        reasons.append(f"{errors:.1%} of the cases raised")
    return reasons


def _broken(run: Run, floors: Floors) -> list[str]:
    reasons: list[str] = []
    for name, floor in floors.floors.items():
        if name not in run.figures:
            continue
        value = run.figures[name].interval.mean
        if floor.at_least is not None and value < floor.at_least - 1e-9:
            reasons.append(f"{name} {value:.3f} is below its floor {floor.at_least}")
        if floor.at_most is not None and value > floor.at_most + 1e-9:
            reasons.append(f"{name} {value:.3f} is above its bound {floor.at_most}")
    return reasons


def _fallen(differences: Sequence[Difference], floors: Floors) -> list[str]:
    return [
        f"{d.id} fell from {d.before:.3f} to {d.now:.3f} (p = {d.p:.3f})"
        for d in differences
        if d.id in floors.tolerances
        and d.worse
        and abs(d.now - d.before) > floors.tolerances[d.id]
        and d.p is not None
        and d.p < ALPHA
    ]


def _unsafe(run: Run, baseline: Run, floors: Floors) -> list[str]:
    reasons: list[str] = []
    for name in floors.safety:
        now, before = run.figures.get(name), baseline.figures.get(name)
        if now is None or before is None:
            continue
        sign = 1 if now.higher_is_better else -1
        fell = [
            i
            for i, v in before.cases.items()
            if i in now.cases and sign * (now.cases[i] - v) < -1e-9
        ]
        if fell:
            some = ", ".join(sorted(fell)[:5])
            reasons.append(f"{name}: {len(fell)} safe cases are no longer safe ({some})")
    return reasons
