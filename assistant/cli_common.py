"""What the sub-commands share: progress on standard error, JSON on standard output."""

import json
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assistant.factory import Application


def print_json(data: Any) -> None:
    """One line of JSON on standard output; every code point survives, lone surrogates escaped."""
    sys.stdout.write(json.dumps(data) + "\n")
    sys.stdout.flush()


def say(text: str) -> None:
    """A line for a person, on standard error."""
    print(text, file=sys.stderr, flush=True)


def show_progress(done: int, of: int) -> None:
    """A counter on standard error: redrawn on a terminal, sparse in a log."""
    if sys.stderr.isatty():
        print(f"\r{done} of {of}", end="\n" if done == of else "", file=sys.stderr, flush=True)
    elif done == of or done % 25 == 0:
        say(f"{done} of {of}")


@contextmanager
def reader() -> "Generator[Application]":
    """The application for commands that only read."""
    from assistant.factory import reading
    from assistant.settings import read_settings

    with reading(read_settings(), say, show_progress) as application:
        yield application
