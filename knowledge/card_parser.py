"""Reads one card file into a `Card`, or names every line that is wrong."""

import re
from dataclasses import dataclass, field

from knowledge.card import (
    AUDIENCES,
    HORIZONS,
    OCCASIONS,
    SECTION_KEYS,
    ActionPole,
    Card,
    CardAction,
)
from knowledge.errors import InvalidDataError, Problem
from knowledge.front_matter import FrontMatter, read_front_matter

_ACTION_HEADING = re.compile(
    r"(Manager|Leader), (today|this week|this month|this quarter|this year): (.+)"
)
_FIELD = re.compile(r"- \*\*(Step|Say|Done when|Watch out|Fits):\*\* (.+)")
_REQUIRED = ("Step", "Say", "Done when", "Fits")
_POLES: dict[str, ActionPole] = {"Manager": "management", "Leader": "leadership"}


@dataclass
class _Block:
    """A heading and the lines below it."""

    heading: str
    line: int
    body: list[str] = field(default_factory=list[str])


class _Reader:
    def __init__(self, file: str):
        self.file = file
        self.problems: list[Problem] = []

    def wrong(self, line: int, value: str, expected: str, fix: str) -> None:
        self.problems.append(
            Problem(file=self.file, line=line, value=value[:80], expected=expected, fix=fix)
        )


def parse_card(file: str, text: str) -> Card:
    """Parse the text of a card file.

    `file` is the path shown in messages; its last part without `.md` must be the card's id.
    Raises InvalidDataError with every problem found.
    """
    reader = _Reader(file)
    parts = re.match(r"---\n(.*?\n)---\n(.*)", text, re.DOTALL)
    if parts is None:
        reader.wrong(1, text[:20], "front matter between two '---' lines", "Start with '---'.")
        raise InvalidDataError(tuple(reader.problems))
    front, problems = read_front_matter(file, parts[1])
    reader.problems.extend(problems)
    first_line = parts[1].count("\n") + 3
    sections, action_blocks = _split(reader, parts[2], first_line)
    actions = tuple(_action(reader, i, block) for i, block in enumerate(action_blocks, 1))
    if front is not None:
        _check_outline(reader, front, sections, len(actions))
    if front is None or reader.problems:
        raise InvalidDataError(tuple(reader.problems))
    return Card(
        **front.model_dump(),
        sections={
            SECTION_KEYS[b.heading]: _plain(b) for b in sections if b.heading != "What to do"
        },
        actions=tuple(a for a in actions if a is not None),
        file=file,
        body_words=len(parts[2].split()),
    )


def _split(reader: _Reader, body: str, first_line: int) -> tuple[list[_Block], list[_Block]]:
    sections: list[_Block] = []
    actions: list[_Block] = []
    current: _Block | None = None
    for number, line in enumerate(body.split("\n"), first_line):
        if line.startswith("### "):
            current = _Block(line[4:].strip(), number)
            actions.append(current)
        elif line.startswith("## "):
            current = _Block(line[3:].strip(), number)
            sections.append(current)
        elif current is not None:
            current.body.append(line)
        elif line.strip():
            reader.wrong(number, line, "a '## ' heading first", "Move the text under a heading.")
    return sections, actions


def _check_outline(
    reader: _Reader, front: FrontMatter, sections: list[_Block], actions: int
) -> None:
    name = reader.file.rsplit("/", 1)[-1].removesuffix(".md")
    if front.id != name:
        reader.wrong(2, front.id, f"the file's name {name!r}", "Rename the file or the id.")
    wanted = [h for h in SECTION_KEYS if h != "Where this stops" or front.escalations]
    found = [b.heading for b in sections]
    if found != wanted:
        line = next((b.line for b, h in zip(sections, wanted, strict=False) if b.heading != h), 1)
        reader.wrong(line, ", ".join(found), ", ".join(wanted), "Use these sections in this order.")
    for block in sections:
        if block.heading != "What to do" and not _plain(block):
            reader.wrong(block.line, block.heading, "some text", "Write the section.")
    if not 3 <= actions <= 4:
        reader.wrong(1, f"{actions} actions", "3 or 4", "Add or drop a '### ' action.")


def _action(reader: _Reader, number: int, block: _Block) -> CardAction | None:
    heading = _ACTION_HEADING.fullmatch(block.heading)
    if heading is None:
        reader.wrong(
            block.line, block.heading, "'Manager|Leader, <horizon>: <title>'", "Mend the heading."
        )
        return None
    fields = _fields(reader, block)
    missing = [f for f in _REQUIRED if f not in fields]
    if missing:
        reader.wrong(block.line, block.heading, f"fields {', '.join(missing)}", "Add them.")
        return None
    say = fields["Say"]
    if not re.fullmatch(r'"[^\[\]{}]+"', say):
        reader.wrong(block.line, say, "words in straight double quotes, no blanks", "Quote them.")
    fits = frozenset(f.strip() for f in fields["Fits"].split(","))
    if not fits <= {*AUDIENCES, *OCCASIONS} or not fits & set(AUDIENCES):
        reader.wrong(
            block.line, fields["Fits"], f"one or more of {AUDIENCES}, then {OCCASIONS}", "Pick."
        )
    return CardAction(
        number=number,
        pole=_POLES[heading[1]],
        horizon=HORIZONS[[h.replace("_", " ") for h in HORIZONS].index(heading[2])],
        title=heading[3].strip(),
        step=fields["Step"],
        say=say.strip('"'),
        done_when=fields["Done when"],
        watch_out=fields.get("Watch out", ""),
        fits=fits,
    )


def _fields(reader: _Reader, block: _Block) -> dict[str, str]:
    fields: dict[str, str] = {}
    for offset, line in enumerate(block.body, 1):
        match = _FIELD.fullmatch(line.rstrip())
        if match:
            fields[match[1]] = match[2].strip()
        elif line.strip():
            reader.wrong(
                block.line + offset,
                line,
                "'- **Step|Say|Done when|Watch out|Fits:** text'",
                "One field a line.",
            )
    return fields


def _plain(block: _Block) -> str:
    return "\n".join(line.rstrip() for line in block.body).strip()
