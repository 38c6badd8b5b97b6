"""Front matter of a card: YAML, validated, with the line of every mistake."""

from typing import Annotated, Any, Literal, cast

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from knowledge.errors import Problem

Text = Annotated[str, Field(min_length=1)]


class FrontMatter(BaseModel):
    """The keys of a card's front matter; see docs/card-style.md."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    title: Text
    pole: Literal["management", "leadership", "bridge"]
    subdomain: Text
    references: tuple[str, ...]
    evidence: Literal["meta-analysis", "trials", "correlational", "case", "convention"]
    written_by: Literal["model", "person"]
    cause: Annotated[str, Field(min_length=8, max_length=140)]
    escalations: tuple[str, ...]
    situations: Annotated[tuple[Text, ...], Field(min_length=5, max_length=8)]


def read_front_matter(file: str, text: str) -> tuple[FrontMatter | None, tuple[Problem, ...]]:
    """Parse the YAML between the two `---` lines; `text` starts on line 2 of `file`."""
    # libyaml's loader, where it was built in, reads the cards eight times as fast
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    untyped: Any = yaml
    try:
        node: Any = untyped.compose(text, Loader=loader)  # gives the lines
        raw: object = untyped.load(text, Loader=loader)  # a safe loader
    except yaml.MarkedYAMLError as error:
        line = (error.problem_mark.line if error.problem_mark else 0) + 2
        return None, (_problem(file, line, str(error.problem), "valid YAML", "Quote the text."),)
    if not isinstance(raw, dict) or not isinstance(node, yaml.MappingNode):
        return None, (_problem(file, 2, text[:40], "keys and values", "See docs/card-style.md."),)
    lines = _lines(node)
    try:
        return FrontMatter.model_validate(cast("dict[str, Any]", raw)), ()
    except ValidationError as error:
        return None, tuple(_from_pydantic(file, lines, e) for e in error.errors())


def _lines(node: yaml.MappingNode) -> dict[tuple[str | int, ...], int]:
    found: dict[tuple[str | int, ...], int] = {}
    for key, value in node.value:
        name = str(key.value)
        found[(name,)] = key.start_mark.line + 2
        if isinstance(value, yaml.SequenceNode):
            for i, item in enumerate(value.value):
                found[(name, i)] = item.start_mark.line + 2
    return found


def _from_pydantic(file: str, lines: dict[tuple[str | int, ...], int], error: Any) -> Problem:
    location = tuple(error["loc"])
    line = lines.get(location[:2], lines.get(location[:1], 2))
    value = "" if error["type"] == "missing" else str(error["input"])
    return _problem(
        file, line, f"{location[0]}: {value[:60]}", error["msg"].lower(), "See docs/card-style.md."
    )


def _problem(file: str, line: int, value: str, expected: str, fix: str) -> Problem:
    return Problem(file=file, line=line, value=value, expected=expected, fix=fix)
