"""The `twofold` command."""

import sys
from importlib.metadata import entry_points
from typing import Annotated

import typer

from assistant.cli_batch import assess, reply, retrieve
from assistant.cli_doctor import doctor
from assistant.cli_knowledge import knowledge
from assistant.cli_talk import ask, chat
from assistant.errors import AssistantError
from assistant.settings import quieten_libraries

EXIT_ERROR = 1


def build() -> typer.Typer:
    """The command with every sub-command, those of other packages found by entry point."""
    app = typer.Typer(
        name="twofold",
        help="A coach for people who have just become responsible for others. "
        "Is it a management problem, a leadership problem, or both, and what do you do? "
        "Works with no model, no key and no network.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    app.callback()(_root)
    for command in (ask, chat, assess, retrieve, reply, doctor):
        app.command()(command)
    app.add_typer(knowledge, name="knowledge")
    for entry in entry_points(group="twofold.commands"):
        command = entry.load()
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=entry.name)
        else:
            app.command(entry.name)(command)
    return app


def main() -> None:
    """Run the command; errors made on purpose print as one line and exit with 1."""
    from knowledge.errors import KnowledgeError

    quieten_libraries()
    try:
        build()()
    except (AssistantError, KnowledgeError) as error:
        print(f"twofold: {error}", file=sys.stderr)
        raise SystemExit(EXIT_ERROR) from None
    except BrokenPipeError:
        raise SystemExit(EXIT_ERROR) from None


def _version(show: bool) -> None:
    if show:
        from importlib.metadata import version

        typer.echo(version("twofold"))
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass
