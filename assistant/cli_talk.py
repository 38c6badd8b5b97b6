"""`twofold ask` and `twofold chat`: the coach in a terminal."""

import io
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.cli_common import print_json, reader

if TYPE_CHECKING:
    from assistant.reply import Reply

Json = Annotated[bool, typer.Option("--json", help="Print the reply as one line of JSON.")]


def ask(
    text: Annotated[
        str,
        typer.Argument(
            help="What is going on, in your own words; '-' reads it from standard input."
        ),
    ],
    as_json: Json = False,
) -> None:
    """One reply to one situation. Nothing is stored."""
    from assistant.conversation import Conversation
    from assistant.render import as_text
    from assistant.reply_json import reply_json

    if text == "-":
        text = sys.stdin.buffer.read().decode("utf-8", errors="replace")
    with reader() as application:
        reply = application.coach.reply(Conversation.of(text), application.settings.organisation)
        if as_json:
            print_json(reply_json(reply, as_text(reply)))
        else:
            _print(reply)


def chat() -> None:
    """A conversation in the terminal. It is stored on this machine; an empty line ends it."""
    from assistant.render import WELCOME, as_text
    from assistant.reply import AI_NOTICE
    from assistant.reply_json import reply_json
    from assistant.settings import LOCAL_USER
    from assistant.storage.conversations import Owner, as_conversation

    with reader() as application:
        table = application.conversations
        owner = Owner(organisation=application.settings.organisation, user=LOCAL_USER)
        conversation_id = table.start(owner)
        stdin: Any = sys.stdin
        if isinstance(stdin, io.TextIOWrapper):  # bytes that are no text end no conversation
            stdin.reconfigure(errors="replace")
        typer.echo(f"{WELCOME}\n{AI_NOTICE}\n")
        while text := _next_line():
            table.add(owner, conversation_id, text)
            conversation = as_conversation(table.messages(owner, conversation_id))
            reply = application.coach.reply(conversation, application.settings.organisation)
            shown = as_text(reply)
            table.add(owner, conversation_id, shown, reply_json(reply, shown))
            _print(reply)


def _next_line() -> str:
    try:
        return input("you> ").strip()
    except (EOFError, KeyboardInterrupt):
        return ""


def _print(reply: "Reply") -> None:
    from assistant.render import as_text

    width = min(88, _terminal_width())
    typer.echo(as_text(reply, width=width))


def _terminal_width() -> int:
    import shutil

    return shutil.get_terminal_size((88, 24)).columns
