"""`twofold eval validate-data` and `annotate`: look after the data sets."""

from pathlib import Path
from typing import Annotated, Literal

import typer

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def validate_data(
    meaning: Annotated[
        bool, typer.Option("--meaning", help="Also look for texts alike in meaning (a minute).")
    ] = False,
    write_manifest: Annotated[
        str | None,
        typer.Option(metavar="VERSION", help="Write the manifest for a new version first."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Check schema, splits, leakage, balance, variety and criteria; exit 1 when anything is wrong.

    Needs scikit-learn (dev group) for the baselines it prints.
    """
    from assistant.cli_common import print_json, show_progress
    from evals.data import files
    from evals.data.page import page
    from evals.data.validate import validate
    from knowledge.encoder import OnnxEncoder
    from knowledge.library import load_library

    if write_manifest:
        files.write_manifest(files.make_manifest(write_manifest))
    report = validate(load_library(), OnnxEncoder(threads=0) if meaning else None, show_progress)
    if as_json:
        print_json(report.as_json())
    else:
        for line in page(report):
            typer.echo(line)
    if report.problems:
        raise typer.Exit(1)


def annotate(  # noqa: PLR0913, PLR0917 (options of a command)
    out: Annotated[Path, typer.Option(help="CSV sheet to write, or JSON lines for --page.")],
    annotator: Annotated[str, typer.Option(help="Who labels; decides the order.")],
    dataset: Annotated[str, typer.Option("--set", help="natural, hard, escalation...")] = "natural",
    split: Annotated[Literal["train", "dev", "test"], typer.Option()] = "dev",
    most: Annotated[int, typer.Option(min=1, help="How many texts.")] = 100,
    page: Annotated[bool, typer.Option("--page", help="Open a page instead of a sheet.")] = False,
    collect_from: Annotated[
        Path | None, typer.Option("--collect", help="Read a filled CSV into JSON lines at --out.")
    ] = None,
) -> None:
    """Make a blind sheet for a person to label, or read a filled one."""
    from evals.data.collection import collect
    from evals.data.sheets import append_votes, read_csv, sheet, write_csv
    from knowledge.library import load_library

    if collect_from is not None:
        votes = read_csv(collect_from)
        append_votes(votes, out)
        typer.echo(f"{len(votes)} labels in {out}")
        return
    items = [i for i in collect() if (i.dataset, i.split) == (dataset, split)]
    if not items:
        typer.echo(f"There is no {split} of {dataset!r}.", err=True)
        raise typer.Exit(2)
    mine = sheet(items, annotator, most)
    if not page:
        write_csv(mine, out)
        typer.echo(f"{len(mine)} texts in {out}")
        return
    from assistant.settings import quieten_libraries

    quieten_libraries()
    from evals.data.sheet_page import build

    build(mine, list(load_library().canon.subdomains), out).launch(server_name="127.0.0.1")
