"""`twofold eval`: measures the coach. Found by the `twofold` command through its entry point."""

from typing import Annotated, Literal

import typer

from evals.data_commands import annotate, validate_data
from evals.suite.commands import compare, gate, report, run

app = typer.Typer(
    help="Measure the coach: retrieval against two judges, citing an organisation's papers.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.callback()
def _group() -> None:
    pass


@app.command()
def retrieval(
    split: Annotated[
        Literal["dev", "test"],
        typer.Option(help="Tune on dev; look at test once, before a release."),
    ] = "dev",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Score BM25, the plain encoder and the shipped retriever on the graded queries."""
    from assistant.cli_common import print_json, reader, say
    from evals.retrieval_data import judges_agreement, load_queries
    from evals.retrieval_report import report
    from evals.retrieval_systems import bm25, plain, shipped
    from knowledge.encoder import OnnxEncoder

    with reader() as application:
        library = application.library
        say("Ranking the cards for every query; this takes about a minute.")
        made = report(
            split,
            load_queries(split),
            load_queries(),
            {
                "BM25": bm25(library),
                "plain encoder": plain(library, OnnxEncoder()),
                "shipped": shipped(application.coach),
            },
            len(library.cards),
        )
        agreement = judges_agreement(list(library.cards))
    if as_json:
        print_json({**made.as_json(), "judges": agreement.__dict__})
        return
    for line in made.lines():
        typer.echo(line)
    typer.echo(
        f"judges (two, model) on {agreement.queries} queries: "
        f"weighted kappa {agreement.kappa:.3f}, "
        f"{agreement.kappa_on_union:.3f} over cards either chose; "
        f"nDCG@5 of one against the other {agreement.ndcg:.3f}"
    )


@app.command()
def citing(
    split: Annotated[
        Literal["dev", "test"],
        typer.Option(help="Tune on dev; look at test once, before a release."),
    ] = "dev",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Ask questions to 20 made-up organisations and count right, false and missing citations."""
    from assistant.cli_common import print_json, say, show_progress
    from evals.citing import run

    say("Adding 20 handbooks, then asking.")
    made = run(split, show_progress)
    if as_json:
        print_json(made.as_json())
        return
    for line in made.lines():
        typer.echo(line)


app.command("validate-data")(validate_data)
app.command()(annotate)
app.command()(run)
app.command()(compare)
app.command()(gate)
app.command()(report)
