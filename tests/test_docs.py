"""What the documents show exists."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import typer
from typer.testing import CliRunner

from assistant.cli import build

ROOT = Path(__file__).parent.parent
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^```[a-z]*\n(.*?)^```", re.DOTALL | re.MULTILINE)
INLINE = re.compile(r"`((?:twofold|make) [^`\n]+)`")
PLACEHOLDER = re.compile(r"^[<\[{(|.]|^[A-Z_]+$|^…")


def shown_lines() -> Iterator[tuple[str, str]]:
    """Every line that shows a command, with the name of its document."""
    for document in DOCUMENTS:
        if not document.exists():
            continue
        text = document.read_text(encoding="utf-8")
        for block in FENCE.findall(text):
            for line in block.splitlines():
                yield document.name, line.strip().removeprefix("$ ").removeprefix("> ")
        for command in INLINE.findall(FENCE.sub("", text)):
            yield document.name, command


def shown(program: str) -> list[tuple[str, tuple[str, ...]]]:
    """Uses of a program, as its arguments; pipes and && split a line into several uses."""
    found: set[tuple[str, tuple[str, ...]]] = set()
    for document, line in shown_lines():
        for part in re.split(r"\|\||&&|[|;]", line):
            words = split(part)
            while words and re.match(r"^[A-Z_]+=", words[0]):
                words = words[1:]
            if words and words[0].rpartition("/")[2] == program:
                found.add((document, tuple(words[1:])))
    return sorted(found)


def split(line: str) -> list[str]:
    try:
        return shlex.split(line, comments=True)
    except ValueError:
        return []


def make_targets() -> set[str]:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE))


def test_make_targets_shown_exist():
    known = make_targets()
    unknown = [
        f"{document}: make {word}"
        for document, words in shown("make")
        for word in words
        if "=" not in word and not PLACEHOLDER.match(word) and word not in known
    ]
    assert unknown == []


def test_every_make_target_a_person_may_call_is_in_the_help():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert phony
    explained = set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))
    assert set(phony[1].split()) == explained


def test_twofold_commands_shown_exist():
    root = typer.main.get_command(build())
    unknown: list[str] = []
    for document, words in shown("twofold"):
        command, rest = root, list(words)
        while rest and hasattr(command, "commands"):
            word = rest[0]
            if word.startswith("-") or PLACEHOLDER.match(word):
                break
            commands = getattr(command, "commands")  # noqa: B009
            if word not in commands:
                unknown.append(f"{document}: twofold {' '.join(words)}")
                break
            command, rest = commands[word], rest[1:]
        else:
            unknown += unknown_options(document, command, words, rest)
    assert unknown == []


def unknown_options(
    document: str, command: object, words: tuple[str, ...], rest: list[str]
) -> list[str]:
    known = {o for p in getattr(command, "params", []) for o in (*p.opts, *p.secondary_opts)}
    return [
        f"{document}: twofold {' '.join(words)}: no option {word}"
        for word in rest
        if word.startswith("--") and word.partition("=")[0] not in known | {"--help"}
    ]


def test_the_readme_shows_how_to_talk_and_test():
    uses = [words for document, words in shown("make") if document == "README.md"]
    targets = {word for words in uses for word in words}
    assert {"chat", "test"} <= targets


def test_help_names_every_command():
    result = CliRunner().invoke(build(), ["--help"])
    assert result.exit_code == 0
    for name in ("ask", "chat", "knowledge", "doctor", "serve"):
        assert re.search(rf"^\W*{name}\b", result.output, re.MULTILINE), name
