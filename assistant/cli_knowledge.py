"""`twofold knowledge`: look after the guidance."""

from typing import Annotated

import typer

from assistant.cli_common import print_json, reader, say, show_progress
from assistant.cli_documents import add, erase, remove

knowledge = typer.Typer(
    help="Look after the guidance: check, list, show, search, rebuild, add and remove documents.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Org = Annotated[
    str | None,
    typer.Option("--org", metavar="ORG", help="The organisation; default TWOFOLD_ORGANISATION."),
]
knowledge.command()(add)
knowledge.command()(remove)
knowledge.command("erase-traces")(erase)


@knowledge.command()
def check(
    quick: Annotated[
        bool, typer.Option("--quick", help="Leave out the search for cards alike in meaning.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Check every card; name file and line of what is wrong. Exit 1 when anything is."""
    from dataclasses import asdict
    from importlib.metadata import entry_points

    from knowledge.check import check_library
    from knowledge.encoder import OnnxEncoder

    texts = [t for e in entry_points(group="twofold.evaluation_texts") for t in e.load()()]
    encoder = None if quick else OnnxEncoder(threads=0)
    report = check_library(evaluation_texts=texts, encoder=encoder, progress=show_progress)
    if as_json:
        print_json(asdict(report))
    else:
        for problem in report.problems:
            typer.echo(str(problem))
        for line in report.lines():
            typer.echo(line)
    if report.problems:
        raise typer.Exit(1)


@knowledge.command("list")
def list_guidance(org: Org = None, as_json: Json = False) -> None:
    """List every card, and every document of an organisation, with its kind."""
    from assistant.cli_documents import document_rows
    from knowledge.library import load_library

    library = load_library()
    rows = [
        {"id": c.id, "kind": "card", "pole": c.pole, "subdomain": c.subdomain, "title": c.title}
        for c in library.cards.values()
    ]
    rows += document_rows(org)
    if as_json:
        print_json(rows)
        return
    for row in rows:
        place = f"{row.get('pole', ''):11} {row.get('subdomain', ''):16}"
        typer.echo(f"{row['id']:40} {row['kind']:7} {place} {row['title']}")


@knowledge.command()
def show(
    guidance_id: Annotated[
        str,
        typer.Argument(metavar="ID", help="Id of a card or document: define-done, doc:1f0c..."),
    ],
    org: Org = None,
    as_json: Json = False,
) -> None:
    """Show one card with its sources, or one document with its passages."""
    from assistant.cli_documents import show_document
    from knowledge.library import load_library
    from knowledge.showing import card_json, card_text

    if guidance_id.startswith("doc:"):
        show_document(guidance_id.partition("#")[0], org, as_json=as_json)
        return
    library = load_library()
    card = library.cards.get(guidance_id.removeprefix("card:").partition("#")[0])
    if card is None:
        say(f"twofold: there is no card {guidance_id!r}. `twofold knowledge list` shows all ids.")
        raise typer.Exit(1)
    if as_json:
        print_json(card_json(card, library.canon))
    else:
        typer.echo(card_text(card, library.canon))


@knowledge.command()
def search(
    text: Annotated[str, typer.Argument(help="A situation or a few words.")],
    limit: Annotated[int, typer.Option(min=1, max=180, help="How many cards.")] = 10,
    as_json: Json = False,
) -> None:
    """Find the cards that fit a text, best first."""
    from assistant.conversation import Conversation

    with reader() as application:
        hits = application.coach.retrieve(Conversation.of(text), limit)
    if as_json:
        print_json([{"id": h.id, "title": h.card.title, "score": round(h.score, 4)} for h in hits])
        return
    for hit in hits:
        typer.echo(f"{hit.score:6.3f}  {hit.id:50} {hit.card.title}")


@knowledge.command()
def rebuild(as_json: Json = False) -> None:
    """Bring the store up to date with the cards and build the index again."""
    from assistant.factory import writing
    from assistant.settings import read_settings

    settings = read_settings()
    with writing(settings, "rebuilding the index", say, show_progress, fresh_index=True) as app:
        count = app.passages.count()
    if as_json:
        print_json({"cards": len(app.library.cards), "passages": count})
    else:
        typer.echo(f"{len(app.library.cards)} cards, {count} passages.")
