"""Every figure of the offline lane, with its interval and its cases."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from evals.metrics.agreement import VERDICTS, macro_f1
from evals.metrics.calibration import calibration_error, perfect_range
from evals.metrics.classification import balanced_accuracy, f1, precision_recall
from evals.metrics.statistics import (
    Interval,
    clopper_pearson,
    family_bootstrap,
    family_bootstrap_of,
)
from evals.suite import scores
from evals.suite.scores import Pair, Score

SIMPLE: tuple[tuple[str, str, Score, tuple[str, ...], bool], ...] = (
    ("share_error.natural", "share error, natural", scores.share_error, ("natural",), False),
    ("share_error.hard", "share error, hard", scores.share_error, ("hard",), False),
    ("ndcg5.natural", "nDCG@5, natural", scores.ranking, ("natural",), True),
    ("ndcg5.queries", "nDCG@5, graded queries", scores.ranking, ("retrieval",), True),
    ("recall5.queries", "recall@5, graded queries", scores.recall_at_5, ("retrieval",), True),
    ("key_actions", "key-action recall", scores.key_actions, ("answers",), True),
    ("echo", "replies that echo", scores.echoes, ("natural", "hard"), False),
)
RATES: tuple[tuple[str, str, Score, tuple[str, ...], bool], ...] = (
    ("escalation_recall", "escalation recall", scores.escalation_found, ("escalation",), True),
    ("escalation_class", "right class", scores.right_class, ("escalation",), True),
    ("false_alarms", "false alarms, look-alikes", scores.false_alarm, ("escalation",), False),
    (
        "escalation_recall.natural",
        "escalation recall, natural",
        scores.escalation_found,
        ("natural",),
        True,
    ),
    ("false_alarms.natural", "false alarms, natural", scores.false_alarm, ("natural",), False),
    ("over_blocked", "over-blocked", scores.over_blocked, ("benign",), False),
    ("citations_valid", "citation validity", scores.citations_valid, (), True),
    ("cited", "advice that cites", scores.cited_at_all, ("natural", "hard"), True),
    ("injection", "injections with an effect", scores.obeys, ("injection",), False),
    ("verdicts_on_people", "verdicts on people", scores.judges_a_person, (), False),
)
"""Id, name, score, sets (none: all), whether more is better."""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One number of the report."""

    id: str
    name: str
    interval: Interval
    higher_is_better: bool
    cases: dict[str, float] = field(default_factory=dict[str, float])
    """Case -> its own score, for paired comparison; empty for figures of the whole."""
    families: dict[str, str] = field(default_factory=dict[str, str])
    said: dict[str, str] = field(default_factory=dict[str, str])
    gold: dict[str, str] = field(default_factory=dict[str, str])
    """Case -> verdict said and verdict of the annotators, where the figure is their macro-F1."""
    note: str = ""


def all_figures(pairs: Sequence[Pair]) -> dict[str, Figure]:
    """Every figure that these cases allow."""
    found: list[Figure | None] = []
    for spec in SIMPLE:
        found.append(_mean(*spec, pairs, exact=False))
    for spec in RATES:
        found.append(_mean(*spec, pairs, exact=True))
    for name in ("natural", "hard"):
        found += [_verdicts(pairs, name), _calibration(pairs, name)]
    found += [
        _scope(pairs),
        _precision(pairs),
        _asking(pairs),
        _evidence(pairs),
        _flips(pairs, "hard", "paraphrase_flips", "paraphrase flips"),
        _moved(pairs, "swap", "identity_swap", "identity swap, share moved"),
        _flips(pairs, "noise", "noise_flips", "verdict flips under noise"),
        _repetition(pairs),
        _errors(pairs),
    ]
    return {f.id: f for f in found if f is not None}


def _of(pairs: Sequence[Pair], sets: Sequence[str]) -> list[Pair]:
    return [p for p in pairs if not sets or p[0].dataset in sets]


def _mean(  # noqa: PLR0913, PLR0917
    figure_id: str,
    name: str,
    score: Score,
    sets: tuple[str, ...],
    higher: bool,
    pairs: Sequence[Pair],
    *,
    exact: bool,
) -> Figure | None:
    rows = [(c, v) for c, a in _of(pairs, sets) if (v := score(c, a)) is not None]
    if not rows:
        return None
    values, families = [v for _, v in rows], [c.family for c, _ in rows]
    whole = all(v in (0.0, 1.0) for v in values)
    interval = (
        clopper_pearson(int(sum(values)), len(values))
        if exact and whole
        else family_bootstrap(values, families)
    )
    return Figure(
        id=figure_id,
        name=name,
        interval=interval,
        higher_is_better=higher,
        cases={c.id: v for c, v in rows},
        families={c.id: c.family for c, _ in rows},
    )


def _whole(  # noqa: PLR0913
    figure_id: str,
    name: str,
    rows: Sequence[Pair],
    figure: Callable[[Sequence[Pair]], float],
    *,
    higher: bool = True,
    note: str = "",
) -> Figure:
    """A figure of all cases together, such as F1, resampled by family."""
    interval = family_bootstrap_of(
        lambda picked: figure([rows[i] for i in picked]), [c.family for c, _ in rows]
    )
    return Figure(id=figure_id, name=name, interval=interval, higher_is_better=higher, note=note)


def _verdicts(pairs: Sequence[Pair], name: str) -> Figure | None:
    rows = [p for p in _of(pairs, (name,)) if p[0].expected.verdict is not None]
    if not rows:
        return None

    def f(chosen: Sequence[Pair]) -> float:
        said = [a.verdict or "none" for _, a in chosen]
        return macro_f1(said, [str(c.expected.verdict) for c, _ in chosen], VERDICTS)

    figure = _whole(f"verdict_f1.{name}", f"verdict macro-F1, {name}", rows, f)
    right = {c.id: v for c, a in rows if (v := scores.verdict_right(c, a)) is not None}
    return replace(
        figure,
        cases=right,
        families={c.id: c.family for c, _ in rows},
        said={c.id: a.verdict or "none" for c, a in rows},
        gold={c.id: str(c.expected.verdict) for c, _ in rows},
    )


def _calibration(pairs: Sequence[Pair], name: str) -> Figure | None:
    rows = [
        (c, a)
        for c, a in _of(pairs, (name,))
        if c.expected.verdict is not None and a.confidence is not None
    ]
    if not rows:
        return None

    def f(chosen: Sequence[Pair]) -> float:
        return calibration_error(
            [a.confidence or 0.0 for _, a in chosen],
            [a.verdict == c.expected.verdict for c, a in chosen],
        )

    low, high = perfect_range([a.confidence or 0.0 for _, a in rows], [c.family for c, _ in rows])
    note = f"a perfectly calibrated system would show {low:.3f} to {high:.3f}"
    return _whole(
        f"calibration.{name}", f"calibration error, {name}", rows, f, higher=False, note=note
    )


def _scope(pairs: Sequence[Pair]) -> Figure | None:
    rows = [p for p in _of(pairs, ("natural", "scope", "benign")) if p[0].expected.scope]
    if not rows:
        return None

    def f(chosen: Sequence[Pair]) -> float:
        said = [a.scope == "out" for _, a in chosen]
        return f1(said, [c.expected.scope == "out" for c, _ in chosen])

    return _whole("scope_f1", "scope F1 of 'out'", rows, f)


def _precision(pairs: Sequence[Pair]) -> Figure | None:
    rows = [p for p in _of(pairs, ("natural",)) if p[0].expected.escalate is not None]
    if not rows:
        return None

    def f(chosen: Sequence[Pair]) -> float:
        said = [scores.escalated(c, a) for c, a in chosen]
        return precision_recall(said, [bool(c.expected.escalate) for c, _ in chosen])[0]

    return _whole("escalation_precision.natural", "escalation precision, natural", rows, f)


def _asking(pairs: Sequence[Pair]) -> Figure | None:
    rows = [
        p
        for p in _of(pairs, ("natural", "conversations"))
        if p[0].expected.enough is not None and not p[0].expected.escalate
    ]
    if not rows:
        return None

    def f(chosen: Sequence[Pair]) -> float:
        said = [bool(a.question) or a.kind == "question" for _, a in chosen]
        return balanced_accuracy(said, [not c.expected.enough for c, _ in chosen])

    return _whole("ask_or_act", "ask or act, balanced accuracy", rows, f)


def _evidence(pairs: Sequence[Pair]) -> Figure | None:
    rows = [p for p in pairs if p[1].comprehensiveness is not None]
    if not rows:
        return None

    def f(chosen: Sequence[Pair]) -> float:
        drawn = sum(a.random_comprehensiveness or 0.0 for _, a in chosen)
        return sum(a.comprehensiveness or 0.0 for _, a in chosen) / max(1e-9, drawn)

    return _whole("evidence_ratio", "evidence against random clauses", rows, f)


def _flips(pairs: Sequence[Pair], dataset: str, figure_id: str, name: str) -> Figure | None:
    rows = scores.twins(pairs, dataset)
    if not rows:
        return None
    flips = {t.second[0].id: float(t.first[1].verdict != t.second[1].verdict) for t in rows}
    return Figure(
        id=figure_id,
        name=name,
        interval=clopper_pearson(int(sum(flips.values())), len(flips)),
        higher_is_better=False,
        cases=flips,
        families={t.second[0].id: t.second[0].family for t in rows},
    )


def _moved(pairs: Sequence[Pair], dataset: str, figure_id: str, name: str) -> Figure | None:
    rows = scores.twins(pairs, dataset)
    if not rows:
        return None
    moved: dict[str, float] = {}
    for t in rows:
        a, b = t.first[1].share, t.second[1].share
        same = scores.escalated(*t.first) == scores.escalated(*t.second)
        moved[t.second[0].id] = (
            1.0 if (a is None) != (b is None) or not same else abs((a or 0) - (b or 0))
        )
    families = {t.second[0].id: t.second[0].family for t in rows}
    return Figure(
        id=figure_id,
        name=name,
        interval=family_bootstrap(list(moved.values()), list(families.values())),
        higher_is_better=False,
        cases=moved,
        families=families,
        note="a swap that changes the escalation or the scope counts 1",
    )


def _repetition(pairs: Sequence[Pair]) -> Figure | None:
    found = scores.repeated(pairs)
    if not found:
        return None
    return Figure(
        id="repetition",
        name="actions given twice",
        interval=family_bootstrap(list(found.values()), list(found)),
        higher_is_better=False,
        cases=found,
        families={f: f for f in found},
    )


def _errors(pairs: Sequence[Pair]) -> Figure:
    failed = {c.id: float(a.error is not None) for c, a in pairs}
    return Figure(
        id="errors",
        name="cases that raised",
        interval=clopper_pearson(int(sum(failed.values())), len(failed)),
        higher_is_better=False,
        cases=failed,
        families={c.id: c.family for c, _ in pairs},
    )
