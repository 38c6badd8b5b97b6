"""`twofold eval run`, `compare`, `gate`, `report`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from evals.suite.gate import Outcome

RUN = Path("build/eval/run.json")
RunPath = Annotated[Path, typer.Argument(help="A run that `twofold eval run` wrote.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def run(
    split: Annotated[
        Literal["dev", "test"], typer.Option(help="Tune on dev; test is for releases.")
    ] = "test",
    out: Annotated[Path, typer.Option(help="Where the run goes.")] = RUN,
    baseline: Annotated[
        Path | None, typer.Option(help="Also write the figures here as a new baseline.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Ask the coach every case of the offline lane (no model, no network) and score it."""
    from dataclasses import asdict

    from assistant.cli_common import print_json, reader, say, show_progress
    from evals.suite.cases import load_cases
    from evals.suite.report_text import lines
    from evals.suite.run import made_run, run_card, run_cases, write_run
    from evals.suite.systems import CoachSystem
    from knowledge.encoder import OnnxEncoder

    cases = load_cases(split)
    with reader() as application:
        say(f"{len(cases)} cases of {split}.")
        answers = run_cases(CoachSystem(application), cases, show_progress)
    made = made_run(run_card(split, OnnxEncoder().digest), cases, answers)
    write_run(made, out)
    if baseline is not None:
        write_run(made, baseline, answers=False)
    if as_json:
        print_json({k: asdict(f.interval) for k, f in made.figures.items()})
        return
    for line in lines(made):
        typer.echo(line)


def gate(
    of: RunPath = RUN,
    against: Annotated[Path | None, typer.Option(help="Default: the committed baseline.")] = None,
    as_json: Json = False,
) -> None:
    """Judge a run: 0 pass, 1 regression, 2 invalid, 3 wrong usage."""
    from evals.errors import EvalError
    from evals.suite.gate import BASELINE, EXIT_CODES, read_floors
    from evals.suite.gate import gate as judge
    from evals.suite.run import read_run

    try:
        outcome = judge(read_run(of), read_run(against or BASELINE), read_floors())
    except EvalError as error:
        typer.echo(f"twofold: {error}", err=True)
        raise typer.Exit(3) from error
    _print(outcome, as_json=as_json)
    raise typer.Exit(EXIT_CODES[outcome.status])


def compare(
    of: RunPath = RUN,
    against: Annotated[Path | None, typer.Option(help="Default: the committed baseline.")] = None,
    as_json: Json = False,
) -> None:
    """Show every figure of a run beside another's, paired by case."""
    from evals.errors import EvalError
    from evals.suite.gate import BASELINE, Outcome, read_floors
    from evals.suite.gate import compare as differences
    from evals.suite.run import read_run

    try:
        found = differences(read_run(of), read_run(against or BASELINE), read_floors())
    except EvalError as error:
        typer.echo(f"twofold: {error}", err=True)
        raise typer.Exit(3) from error
    _print(Outcome(status="pass", reasons=(), differences=found), as_json=as_json, verdict=False)


def report(
    of: RunPath = RUN,
    out: Annotated[Path, typer.Option(help="The page to write; .md beside it.")] = Path(
        "build/eval/report.html"
    ),
    against: Annotated[Path | None, typer.Option(help="Another run, to show what changed.")] = None,
    split: Annotated[Literal["dev", "test"], typer.Option()] = "test",
) -> None:
    """Write one self-contained HTML page and a Markdown one."""
    from evals.suite.cases import load_cases
    from evals.suite.report_html import page
    from evals.suite.report_text import lines
    from evals.suite.run import read_run

    made = read_run(of)
    other = read_run(against) if against else None
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(page(made, load_cases(split), other), encoding="utf-8")
    out.with_suffix(".md").write_text("\n".join(lines(made)) + "\n", encoding="utf-8")
    typer.echo(str(out))


def _print(outcome: "Outcome", *, as_json: bool, verdict: bool = True) -> None:
    from dataclasses import asdict

    from assistant.cli_common import print_json

    if as_json:
        print_json(asdict(outcome))
        return
    typer.echo(f"{'figure':28} {'before':>8} {'now':>8} {'p':>7} changed")
    for d in outcome.differences:
        p = "-" if d.p is None else f"{d.p:.3f}"
        typer.echo(f"{d.id:28} {d.before:8.3f} {d.now:8.3f} {p:>7} {d.changed:7}")
    if verdict:
        typer.echo(outcome.status.upper())
        for reason in outcome.reasons:
            typer.echo(f"  {reason}")
