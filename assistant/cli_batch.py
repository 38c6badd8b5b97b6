"""`twofold assess`, `retrieve` and `reply`: JSON lines in, JSON lines out, in the same order."""

import json
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from assistant.cli_common import print_json, reader, show_progress

if TYPE_CHECKING:
    from assistant.conversation import Conversation
    from assistant.factory import Application

JsonLines = Annotated[
    bool,
    typer.Option(
        "--jsonl",
        help='Lines of {"id","text"} or {"id","messages":[{"role","content"}]} on standard input.',
    ),
]
Answer = Callable[["Application", "Conversation"], dict[str, Any]]
RETRIEVED = 20


def assess(jsonl: JsonLines = True) -> None:
    """Assess situations: management, leadership or both, how sure, and which words say so."""
    from assistant.reply_json import assessment_json

    def answer(application: "Application", conversation: "Conversation") -> dict[str, Any]:
        turn = application.coach.assess(conversation, application.settings.organisation)
        return assessment_json(turn.screening, turn.assessment)

    _run(answer)


def retrieve(jsonl: JsonLines = True) -> None:
    """Find the guidance that fits: the organisation's own passages, then at least ten cards."""

    def answer(application: "Application", conversation: "Conversation") -> dict[str, Any]:
        hits = application.coach.retrieve(conversation, RETRIEVED)
        turn = application.coach.assess(conversation, application.settings.organisation)
        return {
            "passages": [
                {
                    "id": p.passage.id,
                    "card": None,
                    "document": p.passage.document_id,
                    "heading": p.passage.heading,
                    "score": round(p.score, 4),
                }
                for p in turn.passages
            ]
            + [
                {
                    "id": h.id,
                    "card": h.card.id,
                    "document": None,
                    "heading": h.card.section_heading(h.section),
                    "score": round(h.score, 4),
                }
                for h in hits
            ]
        }

    _run(answer)


def reply(jsonl: JsonLines = True) -> None:
    """Reply to situations as the coach would."""
    from assistant.render import as_text
    from assistant.reply_json import reply_json

    def answer(application: "Application", conversation: "Conversation") -> dict[str, Any]:
        made = application.coach.reply(conversation, application.settings.organisation)
        return reply_json(made, as_text(made))

    _run(answer)


def _run(answer: Answer) -> None:
    lines = [line for line in sys.stdin.buffer.read().split(b"\n") if line.strip()]
    bad = 0
    with reader() as application:
        for done, line in enumerate(lines, 1):
            case_id, conversation = _read(line)
            if isinstance(conversation, str):
                bad += 1
                print_json({"id": case_id, "error": conversation})
            else:
                print_json({"id": case_id, **answer(application, conversation)})
            show_progress(done, len(lines))
    if bad:
        raise typer.Exit(1)


def _read(line: bytes) -> "tuple[Any, Conversation | str]":
    """The id and the conversation of a line, or what is wrong with it."""
    try:
        data: object = json.loads(line, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        return None, f"not JSON: {type(error).__name__}; expected one object a line"
    if not isinstance(data, dict):
        return None, 'expected an object with "id" and "text" or "messages"'
    fields = cast("dict[str, Any]", data)
    case_id = fields.get("id")
    if not isinstance(case_id, str | int | float) or case_id in (float("inf"), float("-inf")):
        return None, '"id": expected a string or a number'
    return case_id, _conversation(fields)


def _conversation(fields: "dict[str, Any]") -> "Conversation | str":
    from assistant.conversation import Conversation, Message

    if isinstance(fields.get("text"), str):
        return Conversation.of(fields["text"])
    messages = fields.get("messages")
    if not isinstance(messages, list) or not messages:
        return 'expected "text" as a string or "messages" as a list'
    turns: list[Message] = []
    for number, item in enumerate(cast("list[Any]", messages)):
        if not _is_message(item):
            return f'messages[{number}]: expected "role" (user, assistant) and "content"'
        turns.append(_message(item))
    if all(t.role != "user" for t in turns):
        return "messages: expected at least one of the user"
    return Conversation(messages=tuple(turns))


def _is_message(item: object) -> bool:
    if not isinstance(item, dict):
        return False
    fields = cast("dict[str, Any]", item)
    return fields.get("role") in ("user", "assistant") and isinstance(fields.get("content"), str)


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is not JSON")


def _message(item: "dict[str, Any]") -> Any:
    """A message; what an earlier reply advised and asked is read back from its text."""
    import re

    from assistant.conversation import Message

    content = str(item["content"])
    if item["role"] == "user":
        return Message(role="user", content=content)
    asked = re.search(
        r"One question, because the answer could change my mind:\s+(.+?\?)", content, re.DOTALL
    )
    return Message(
        role="assistant",
        content=content,
        advised=tuple(re.findall(r"card:[a-z0-9-]+#action-\d+", content)),
        asked=" ".join(asked[1].split()) if asked else None,
    )
