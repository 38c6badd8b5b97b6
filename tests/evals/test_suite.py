"""The suite is tested too: worthless systems fail, planted faults are found, equals pass."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from assistant.factory import Application
from evals.commands import app
from evals.metrics.calibration import calibration_error, perfect_range, reliability
from evals.metrics.classification import balanced_accuracy, f1, precision_recall
from evals.metrics.statistics import sign_flip_test
from evals.suite.answer import Answer
from evals.suite.cases import Case, Expected, load_cases
from evals.suite.gate import Floors, gate, holm, read_floors
from evals.suite.planted import PLANTED, Planted, harmless_losses, kills
from evals.suite.report_html import page
from evals.suite.run import Run, RunCard, made_run, read_run, run_cases, write_run
from evals.suite.systems import CoachSystem, Previous, Shuffled, System, null_systems
from evals.suite.variants import noisy, swapped

EVERY = {"natural": 3, "hard": 2, "escalation": 2, "retrieval": 3}
"""One case in so many of these sets, and every second of the rest: enough to tell, and quick."""


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    seen: dict[str, int] = {}
    chosen: list[Case] = []
    for case in load_cases("dev"):
        seen[case.dataset] = seen.get(case.dataset, -1) + 1
        if case.twin is None and seen[case.dataset] % EVERY.get(case.dataset, 2) == 0:
            chosen.append(case)
    kept = {c.id for c in chosen}
    return chosen + [c for c in load_cases("dev") if c.twin in kept]


@pytest.fixture(scope="module")
def answers(application: Application, cases: Sequence[Case]) -> dict[str, Answer]:
    return run_cases(CoachSystem(application), cases, lambda done, of: None)


CARD = RunCard(
    lane="offline",
    split="dev",
    made="",
    git="",
    data_version="",
    data="d",
    cards="",
    encoder="",
    heads="",
    python="",
)


@pytest.fixture(scope="module")
def honest(cases: Sequence[Case], answers: dict[str, Answer]) -> Run:
    return made_run(CARD, cases, answers)


@pytest.fixture(scope="module")
def floors(honest: Run) -> Floors:
    """The committed ones, without figures that the chosen cases do not give."""
    whole = read_floors()
    return whole.model_copy(
        update={
            "floors": {k: v for k, v in whole.floors.items() if k in honest.figures},
            "tolerances": {k: v for k, v in whole.tolerances.items() if k in honest.figures},
        }
    )


def judged(system: System, cases: Sequence[Case], honest: Run, floors: Floors) -> tuple[str, ...]:
    run = made_run(CARD, cases, run_cases(system, cases, lambda done, of: None))
    outcome = gate(run, honest, floors)
    assert outcome.status != "pass"
    return outcome.reasons


def test_the_same_run_passes(honest: Run, floors: Floors) -> None:
    outcome = gate(honest, honest, floors)
    assert (outcome.status, outcome.reasons) == ("pass", ())


REJECTED_BY = {
    "constant both": "verdict_f1.natural",
    "majority": "verdict_f1.natural",
    "echo": "echo",
    "random card": "ndcg5.queries",
    "cite everything": "citations_valid",
    "always escalate": "false_alarms",
    "refuse all": "share_error.natural",
}


@pytest.mark.parametrize("name", REJECTED_BY)
def test_a_worthless_system_fails_and_the_metric_is_named(
    name: str, cases: Sequence[Case], honest: Run, floors: Floors, application: Application
) -> None:
    system = null_systems(cases, list(application.library.cards))[name]
    reasons = judged(system, cases, honest, floors)
    assert any(REJECTED_BY[name] in r for r in reasons), reasons


def test_answers_of_other_cases_fail(
    cases: Sequence[Case], answers: dict[str, Answer], honest: Run, floors: Floors
) -> None:
    class Stored:
        def answer(self, case: Case) -> Answer:
            return answers[case.id]

    for system in (Previous(Stored()), Shuffled(answers)):
        reasons = judged(system, cases, honest, floors)
        assert any("ndcg5" in r for r in reasons), reasons


def inverted(a: Answer) -> Answer:
    other = {"management": "leadership", "leadership": "management", "both": "both"}
    return replace(
        a,
        verdict=a.verdict and other[a.verdict],
        share=None if a.share is None else 1 - a.share,
    )


def silent(a: Answer) -> Answer:
    return replace(a, escalations=(), kind="advice" if a.kind == "referral" else a.kind)


REGRESSIONS: dict[str, Callable[[Answer], Answer]] = {
    "inverted bands": inverted,
    "escalation off": silent,
    "cards removed": lambda a: replace(a, ranked=tuple(c for c in a.ranked if c > "m")),
    "vectors shuffled": lambda a: replace(a, ranked=tuple(sorted(a.ranked)), share=0.5),
}


@pytest.mark.parametrize("name", REGRESSIONS)
def test_a_planted_regression_turns_the_gate_red(
    name: str,
    cases: Sequence[Case],
    answers: dict[str, Answer],
    honest: Run,
    floors: Floors,
) -> None:
    spoilt = {i: REGRESSIONS[name](a) for i, a in answers.items()}
    outcome = gate(made_run(CARD, cases, spoilt), honest, floors)
    assert outcome.status == "regression", outcome.reasons


# --- planted bad answers


@pytest.mark.parametrize("planted", PLANTED, ids=lambda p: p.name)
def test_planted_answers_are_caught(
    planted: Planted, cases: Sequence[Case], answers: dict[str, Answer]
) -> None:
    killed, tried = kills(planted, [(c, answers[c.id]) for c in cases] + EXTRA)
    assert tried > 0
    assert killed / tried >= (1.0 if planted.safety else 0.95)


def answer(**changes: object) -> Answer:
    plain = Answer(
        kind="advice",
        scope="in",
        share=0.4,
        verdict="both",
        confidence=0.6,
        escalations=(),
        question=None,
        ranked=("define-done", "decision-rights"),
        actions=("card:define-done#action-1",),
        cited=("card:define-done#action-1",),
        valid=("card:define-done#action-1",),
        text="Say what done means.",
        milliseconds=1.0,
    )
    return replace(plain, **changes)  # pyright: ignore[reportArgumentType]


def case(dataset: str, **expected: object) -> Case:
    wanted = replace(Expected(), **expected)  # pyright: ignore[reportArgumentType]
    text = "Nobody here can tell me when a thing counts as finished."
    return Case(id=dataset, dataset=dataset, family=dataset, turns=(text,), expected=wanted)


EXTRA = [
    (case("injection", forbidden=("PWNED",)), answer()),
    (case("answers", must_suggest=("define-done", "decision-rights")), answer()),
    (case("verdicts"), answer()),
]
"""Sets that have no dev part, or too few cases in it."""


def test_harmless_rewrites_lose_nothing(cases: Sequence[Case], answers: dict[str, Answer]) -> None:
    assert harmless_losses([(c, answers[c.id]) for c in cases]) == []


# --- the gate


def test_what_cannot_be_judged_is_never_a_pass(honest: Run, floors: Floors) -> None:
    less = {k: v for k, v in honest.figures.items() if k != "scope_f1"}
    broken = {
        "missing": replace(honest, figures=less),
        "data": replace(honest, card=CARD.model_copy(update={"data": "other"})),
        "stopped": replace(honest, card=CARD.model_copy(update={"complete": False})),
    }
    for word, run in broken.items():
        outcome = gate(run, honest, floors)
        assert outcome.status == "invalid"
        assert word in " ".join(outcome.reasons)


def test_too_many_errors_are_invalid(
    cases: Sequence[Case], answers: dict[str, Answer], honest: Run, floors: Floors
) -> None:
    some = {
        i: replace(a, error="ValueError") if n % 20 == 0 else a
        for n, (i, a) in enumerate(answers.items())
    }
    assert gate(made_run(CARD, cases, some), honest, floors).status == "invalid"


def test_one_safe_case_lost_is_a_regression(
    cases: Sequence[Case], answers: dict[str, Answer], honest: Run, floors: Floors
) -> None:
    must = [c.id for c in cases if c.dataset == "escalation" and c.expected.escalate]
    lost = next(i for i in must if answers[i].escalations)
    spoilt = {**answers, lost: replace(answers[lost], escalations=(), kind="advice")}
    outcome = gate(made_run(CARD, cases, spoilt), honest, floors)
    assert outcome.status == "regression"
    assert lost in " ".join(outcome.reasons)


def test_holm_by_hand() -> None:
    assert holm({"a": 0.01, "b": 0.04, "c": 0.03}) == pytest.approx(
        {"a": 0.03, "c": 0.06, "b": 0.06}
    )


def test_two_equal_systems_seldom_differ() -> None:
    """A/A: at a true 0.05, 1,000 simulations may show up to 0.064."""
    rng = np.random.default_rng(5)
    families = [f"f{i // 3}" for i in range(180)]
    alarms = 0
    for _ in range(300):
        shared = np.repeat(rng.normal(size=60), 3)
        gaps = (shared + rng.normal(size=180) - np.repeat(rng.normal(size=60), 3)).tolist()
        alarms += sign_flip_test(gaps, families, draws=400, seed=int(rng.integers(1 << 30))) < 0.05
    assert alarms / 300 <= 0.08  # 300 simulations: 0.05 + 2.3 standard errors


# --- pure metrics


def test_calibration_by_hand() -> None:
    assert calibration_error([0.9, 0.9, 0.2], [True, False, False]) == pytest.approx(
        (2 * 0.4 + 0.2) / 3
    )
    assert [b.cases for b in reliability([0.05, 0.95, 1.0], [True, True, True])] == [1, 2]


def test_an_honest_confidence_lies_in_the_range_and_a_boaster_does_not() -> None:
    rng = np.random.default_rng(0)
    said = rng.uniform(0.4, 0.9, 400)
    right = (rng.random(400) < said).tolist()
    families = [str(i) for i in range(400)]
    low, high = perfect_range(said.tolist(), families, draws=200)
    assert low < calibration_error(said.tolist(), right) + 0.02 < high + 0.02
    assert calibration_error([0.99] * 400, right) > high


def test_classes_by_hand() -> None:
    said, gold = [True, True, False, False], [True, False, False, True]
    assert balanced_accuracy(said, gold) == 0.5
    assert balanced_accuracy([True, True], [True, True]) == 1.0
    assert precision_recall(said, gold) == (0.5, 0.5)
    assert f1(said, gold) == 0.5
    assert (f1([], []), precision_recall([], [])) == (0.0, (0.0, 0.0))


# --- variants


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("He told his team that he will come.", "She told her team that she will come."),
        ("HE and the new Guy", "SHE and the new Woman"),
        ("He is late.", None),  # once is not enough to tell
        ("He says that she says that he knows.", None),
        ("He asked for paternity leave and he got it.", None),
    ],
)
def test_only_incidental_men_become_women(text: str, other: str | None) -> None:
    assert swapped(text) == other


def test_noise_is_the_same_at_every_call_and_keeps_the_words() -> None:
    text = "Nobody in the workshop remembers who promised the delivery on Thursday morning."
    assert noisy(text) == noisy(text) != text
    assert sorted(noisy(text).replace(" ", ""))[0] == sorted(noisy(text).replace(" ", ""))[0]
    assert noisy(text) == noisy(text).lower()


# --- files and commands


def test_a_run_is_read_as_it_was_written(honest: Run, tmp_path: Path) -> None:
    write_run(honest, tmp_path / "run.json")
    assert read_run(tmp_path / "run.json") == honest
    write_run(honest, tmp_path / "baseline.json", answers=False)
    assert read_run(tmp_path / "baseline.json").answers == {}


def test_the_page_is_self_contained_and_escapes(
    cases: Sequence[Case], answers: dict[str, Answer], honest: Run
) -> None:
    nasty = {i: replace(a, text="<script>alert(1)</script>") for i, a in answers.items()}
    html = page(made_run(CARD, cases, nasty), cases, honest)
    assert "<script" not in html
    assert "src=" not in html
    assert "http" not in html.replace("http://www.w3.org", "")
    assert "Changed replies" in html


@pytest.mark.parametrize(
    ("change", "code"), [({}, 0), ({"data": "other"}, 2), ({"split": "test"}, 2)]
)
def test_exit_codes(honest: Run, tmp_path: Path, change: dict[str, str], code: int) -> None:
    whole = read_floors()
    needed = {*whole.floors, *whole.tolerances} - honest.figures.keys()
    full = {**honest.figures, **{k: replace(honest.figures["errors"], id=k) for k in needed}}
    write_run(replace(honest, figures=full), tmp_path / "a.json")
    other = replace(honest, figures=full, card=CARD.model_copy(update=change))
    write_run(other, tmp_path / "b.json")
    done = CliRunner().invoke(
        app, ["gate", str(tmp_path / "b.json"), "--against", str(tmp_path / "a.json"), "--json"]
    )
    said = json.loads(done.stdout)
    assert (done.exit_code == code) or "floor" in str(said["reasons"])


def test_a_file_that_is_no_run_is_wrong_usage(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{}", encoding="utf-8")
    done = CliRunner().invoke(app, ["gate", str(tmp_path / "x.json")])
    assert done.exit_code == 3
