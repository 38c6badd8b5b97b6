"""`twofold knowledge add`, `remove`, `erase-traces`: an organisation's own documents."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from assistant.cli_common import print_json, say, show_progress

if TYPE_CHECKING:
    from knowledge.documents.adding import AddReport
    from knowledge.passage import OrganisationId

Kind = Literal["policy", "values", "guide"]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Org = Annotated[
    str | None,
    typer.Option("--org", metavar="ORG", help="The organisation; default TWOFOLD_ORGANISATION."),
]


def add(
    paths: Annotated[
        list[Path],
        typer.Argument(
            metavar="PATH...",
            help="Files or folders: Markdown, text, HTML, PDF, DOCX, PPTX, 25 MB at most each.",
            exists=True,
        ),
    ],
    org: Org = None,
    title: Annotated[
        str | None, typer.Option(help="Title of a single document; default is its own.")
    ] = None,
    kind: Annotated[Kind, typer.Option(help="What the documents are.")] = "policy",
    as_json: Json = False,
) -> None:
    """Add an organisation's documents, or replace those of the same name.

    May be stopped at any point and run again; works while the server runs. Exit 1 when a document
    is refused; the others are in.
    """
    from assistant.factory import adding
    from assistant.settings import read_settings
    from knowledge.documents.adding import sources

    found = list(sources(paths))
    if title is not None and len(found) != 1:
        say(f"twofold: --title names one document, and there are {len(found)}.")
        raise typer.Exit(2)
    with adding(read_settings(), organisation(org), kind) as adder:
        report = adder.add(found, title, show_progress)
    if as_json:
        print_json(
            {
                "added": report.added,
                "replaced": report.replaced,
                "unchanged": report.unchanged,
                "duplicates": report.duplicates,
                "refused": report.refused,
            }
        )
    else:
        _print(report)
    if report.refused:
        raise typer.Exit(1)


def _print(report: "AddReport") -> None:
    for name, document_id in report.added.items():
        typer.echo(f"added      {name} [{document_id}]")
    for name, document_id in report.replaced.items():
        typer.echo(f"replaced   {name} [{document_id}]")
    for name, other in report.duplicates.items():
        typer.echo(f"duplicate  {name}: the same text as {other}")
    for name, why in report.refused.items():
        typer.echo(f"refused    {name}: {why}")
    typer.echo(
        f"{len(report.added)} added, {len(report.replaced)} replaced, "
        f"{len(report.unchanged)} unchanged, {len(report.duplicates)} duplicates, "
        f"{len(report.refused)} refused."
    )


def remove(
    ids: Annotated[
        list[str],
        typer.Argument(metavar="ID...", help="Id or name of a document: doc:1f0c..., leave.md."),
    ],
    org: Org = None,
    as_json: Json = False,
) -> None:
    """Remove documents and every trace of their text; works while the server runs."""
    from assistant.factory import remove_documents
    from assistant.settings import read_settings

    removed = remove_documents(read_settings(), organisation(org), ids)
    known = {d.id for d in removed} | {d.source for d in removed}
    missing = [i for i in ids if i not in known]
    if as_json:
        print_json({"removed": [d.id for d in removed], "missing": missing})
    else:
        for document in removed:
            typer.echo(f"removed {document.source} [{document.id}]")
        for name in missing:
            say(f"twofold: there is no document {name!r}; `twofold knowledge list` shows all.")
    if missing:
        raise typer.Exit(1)


def erase() -> None:
    """Finish an erasure that another process held up."""
    from assistant.factory import remove_documents
    from assistant.settings import read_settings

    remove_documents(read_settings(), organisation(None), ())


def organisation(given: str | None) -> "OrganisationId":
    """The organisation named on the command line, else the one of the settings."""
    from assistant.errors import SettingsError
    from assistant.settings import read_settings
    from knowledge.passage import organisation_id

    if given is None:
        return read_settings().organisation
    try:
        return organisation_id(given)
    except ValueError as error:
        expected = str(error).partition("expected ")[2]
        raise SettingsError("--org", given, expected, "Choose another id.") from error


def document_rows(org: str | None) -> list[dict[str, Any]]:
    """The documents of an organisation for `knowledge list`, by name."""
    from assistant.factory import stored_documents
    from assistant.settings import read_settings

    with stored_documents(read_settings()) as table:
        found = table.documents(organisation(org)).values()
    return [
        {"id": d.id, "kind": d.kind, "title": d.title, "source": d.source}
        for d in sorted(found, key=lambda d: d.source or d.id)
    ]


def show_document(document_id: str, org: str | None, *, as_json: bool) -> None:
    """Print one document of an organisation as it is searched and cited."""
    from assistant.factory import stored_documents
    from assistant.settings import read_settings

    with stored_documents(read_settings()) as table:
        passages = table.of_document(document_id, organisation(org))
    if not passages:
        say(f"twofold: there is no document {document_id!r}. `twofold knowledge list` shows all.")
        raise typer.Exit(1)
    rows = [{"id": p.id, "heading": p.heading, "page": p.page, "text": p.text} for p in passages]
    if as_json:
        print_json({"id": document_id, "title": passages[0].title, "passages": rows})
        return
    typer.echo(passages[0].title)
    for row in rows:
        page = f", page {row['page']}" if row["page"] is not None else ""
        typer.echo(f"\n[{row['id']}] {row['heading']}{page}\n{row['text']}")
