"""Reads, checks and compiles the two files of the screen.

`escalations.json` says what the user reads, `escalation_rules.json` which words lead there. These
shorthands keep the patterns readable: a blank stands for blanks, commas, dashes or an apostrophe
between words, ` ?` for such a gap or none, `<6>` for up to six words in between within one
sentence and `<<6>>` across sentences. An apostrophe may be missing or curly. `{name}` stands for
the words that the rules file lists under "words".
"""

import json
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from assistant.errors import AssistantError
from assistant.screening import Urgency

CLASSES_FILE = Path(__file__).with_name("escalations.json")
RULES_FILE = Path(__file__).with_name("escalation_rules.json")
GAP = r"[^\w.!?\n]"
"""What may stand between two words of one sentence."""
Line = Annotated[str, Field(min_length=5, max_length=200)]


class RulesError(AssistantError):
    """A file of the screen cannot be used; the message names file, id, field and the fix."""


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class HelpLine(_Entry):
    """A public help line."""

    country: str
    text: str
    checked: str | None
    """ISO date on which the number was last checked; None: the text asks the user to check."""

    @model_validator(mode="after")
    def _asks_to_check(self) -> Self:
        if self.checked is None and "check the number" not in self.text:
            raise ValueError("an unchecked line must say 'check the number'; add it to text")
        return self


class ClassEntry(_Entry):
    """What the user reads about one class."""

    id: str
    name: Line
    urgency: Urgency
    danger_first: bool
    go_to: Annotated[tuple[Line, ...], Field(min_length=1, max_length=3)]
    must_not: Annotated[tuple[Line, ...], Field(min_length=4, max_length=6)]
    may: Annotated[tuple[Line, ...], Field(min_length=3, max_length=4)]
    say: Line
    help_lines: tuple[HelpLine, ...] = ()


class RuleEntry(_Entry):
    """Patterns that serve one purpose; any of them is enough."""

    why: str
    re: Annotated[tuple[str, ...], Field(min_length=1)]
    also: tuple[str, ...] = ()
    """If given, one of these must be found as well, anywhere in the same message."""


class LookAlike(_Entry):
    """Patterns that take back a match."""

    why: str
    re: Annotated[tuple[str, ...], Field(min_length=1)]
    within: Literal["near", "text"] = "near"
    """Overlapping the match, or anywhere in the message."""


class RuleSet(_Entry):
    """The rules of one class."""

    id: str
    must: Annotated[tuple[RuleEntry, ...], Field(min_length=1)]
    danger: tuple[RuleEntry, ...] = ()
    """Rules that make the class immediate and put the question of danger first."""
    unless: tuple[LookAlike, ...] = ()


class _ClassesFile(_Entry):
    version: str
    classes: tuple[ClassEntry, ...]


class _RulesFile(_Entry):
    version: str
    words: dict[str, str] = {}
    classes: tuple[RuleSet, ...]


_File = TypeVar("_File", _ClassesFile, _RulesFile)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One compiled pattern."""

    id: str
    pattern: re.Pattern[str]
    also: re.Pattern[str] | None
    danger: bool


@dataclass(frozen=True, kw_only=True)
class Compiled:
    """Both files, ready for use."""

    classes: dict[str, ClassEntry]
    by_word: dict[str, tuple[Rule, ...]]
    """Rules by the beginning of the word they start with, in lower case."""
    near: dict[str, re.Pattern[str] | None]
    """Look-alikes searched around a match, by class."""
    anywhere: dict[str, re.Pattern[str] | None]
    """Look-alikes searched in the whole message, by class."""


def compiled_files(classes: Path, rules: Path) -> Compiled:
    """Reads, checks and compiles both files. Raises RulesError."""
    entries = {e.id: e for e in _read(classes, _ClassesFile).classes}
    file = _read(rules, _RulesFile)
    _check_ids(classes, rules, entries, file.classes)
    by_word: dict[str, list[Rule]] = {}
    for ruleset in file.classes:
        compiler = _Compiler(path=rules, id=ruleset.id, words=file.words)
        for danger, group in ((True, ruleset.danger), (False, ruleset.must)):
            for entry in group:
                for word, rule in compiler.rules(entry, danger=danger):
                    by_word.setdefault(word, []).append(rule)
    compilers = [(s, _Compiler(path=rules, id=s.id, words=file.words)) for s in file.classes]
    return Compiled(
        classes=entries,
        by_word={word: tuple(found) for word, found in by_word.items()},
        near={s.id: c.look_alikes(s, "near") for s, c in compilers},
        anywhere={s.id: c.look_alikes(s, "text") for s, c in compilers},
    )


def expanded(source: str) -> str:
    """The regular expression that a pattern with shorthands stands for."""
    source = re.sub("'(?!’)", "['’]?", source)  # in a character class, write '’
    source = re.sub(r" ?<<(\d+)>> ?", r"(?:[\\W_]{1,5}\\w{1,30}){0,\1}?[\\W_]{1,5}", source)
    source = re.sub(
        r" ?<(\d+)> ?",
        rf"(?:{_escaped(GAP)}{{1,4}}\\w{{1,30}}){{0,\1}}?{_escaped(GAP)}{{1,4}}",
        source,
    )
    source = source.replace(" ?", f"{GAP}{{0,4}}").replace(" ", f"{GAP}{{1,4}}")
    return rf"(?<!\w)(?:{source})(?!\w)"


def _lead_words(source: str) -> tuple[str, ...]:
    """The beginnings of the words a pattern can start with; none if that cannot be told."""
    starts = [re.match(r"(\w+)(\?)?", part) for part in _first_parts(source)]
    words = [(s[1][:-1] if s[2] else s[1]).lower() if s else "" for s in starts]
    return tuple(dict.fromkeys(words)) if all(words) else ()


def _first_parts(source: str) -> list[str]:
    """The alternatives a pattern opens with, or the whole of it."""
    if not source.startswith("(?:"):
        return [source]
    parts, depth = [""], 0
    for at, char in enumerate(source[3:], start=4):
        if char == ")" and depth == 0:
            optional = source[at : at + 1] in {"?", "{"}
            return [] if optional else [first for p in parts for first in _first_parts(p)]
        depth += {"(": 1, ")": -1}.get(char, 0)
        if char == "|" and depth == 0:
            parts.append("")
        else:
            parts[-1] += char
    return []


def _escaped(source: str) -> str:
    return source.replace("\\", "\\\\")


def _read(path: Path, shape: type[_File]) -> _File:
    try:
        raw: Any = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RulesError(f"{path.name}: cannot be read as JSON ({error}); repair it") from error
    try:
        return shape.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        raise RulesError(_located(path, raw, first["loc"], first["msg"])) from error


def _located(path: Path, raw: Any, loc: Sequence[int | str], message: str) -> str:
    known = len(loc) > 1 and loc[0] == "classes"
    id_ = f"number {loc[1]}" if known else "file"
    with suppress(KeyError, TypeError):  # an entry without an id is named by its number
        id_ = str(raw["classes"][loc[1]]["id"]) if known else id_
    field = ".".join(map(str, loc[2:] if known else loc)) or "entry"
    return f"{path.name}: {id_!r}, field {field!r}: {message}; correct this field in the file"


def _check_ids(
    classes: Path, rules: Path, entries: dict[str, ClassEntry], sets: Sequence[RuleSet]
) -> None:
    ids = [s.id for s in sets]
    for id_ in sorted({*entries} ^ {*ids}):
        lacks = rules if id_ in entries else classes
        raise RulesError(
            f"{lacks.name}: {id_!r}, field 'id': expected an entry in both files; add it here"
        )
    if len(ids) != len(set(ids)):
        raise RulesError(
            f"{rules.name}: {ids!r}, field 'id': expected each class once; join the doubled ones"
        )


@dataclass(frozen=True, kw_only=True)
class _Compiler:
    path: Path
    id: str
    words: dict[str, str]

    def rules(self, entry: RuleEntry, *, danger: bool) -> list[tuple[str, Rule]]:
        """The compiled patterns of an entry, each with the words it can be looked up by."""
        also = self._any(entry.also)
        found: list[tuple[str, Rule]] = []
        for source in entry.re:
            words = _lead_words(self._filled(source))
            if not words:
                raise self._error(
                    source,
                    "must begin with a word or a (?:group|of words), so that it can be looked up; "
                    "reorder it",
                )
            rule = Rule(id=self.id, pattern=self._compiled(source), also=also, danger=danger)
            found += [(word, rule) for word in words]
        return found

    def look_alikes(self, rules: RuleSet, within: str) -> re.Pattern[str] | None:
        """All look-alikes of a class with this reach, in one pattern."""
        return self._any([source for u in rules.unless if u.within == within for source in u.re])

    def _any(self, sources: Sequence[str]) -> re.Pattern[str] | None:
        for source in sources:
            self._compiled(source)  # so that an error names the one at fault
        return self._compiled("|".join(f"(?:{s})" for s in sources)) if sources else None

    def _filled(self, source: str) -> str:
        def words(match: re.Match[str]) -> str:
            if match[1] not in self.words:
                raise self._error(source, f"uses {match[0]}, which is not in 'words'; add it there")
            return self._filled(self.words[match[1]])

        return re.sub(r"\{([a-z_]+)\}", words, source)

    def _compiled(self, source: str) -> re.Pattern[str]:
        filled = self._filled(source)
        if re.search(r"(?<!\\)[*+]", filled):
            raise self._error(
                source, "has an unbounded * or +, which can be slow on long texts; write {0,n}"
            )
        try:
            return re.compile(expanded(filled), re.IGNORECASE)
        except re.error as error:
            raise self._error(
                source, f"is not a regular expression ({error}); correct it"
            ) from error

    def _error(self, source: str, problem: str) -> RulesError:
        return RulesError(f"{self.path.name}: {self.id!r}, field 're': {source!r} {problem}")
