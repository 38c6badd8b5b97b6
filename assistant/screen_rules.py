"""Finds what belongs with HR, legal, safety or emergency services, by rules kept in two files.

`escalations.json` says what the user reads, `escalation_rules.json` which words lead there. A rule
is anchored at the start of a word: it begins with literal words, which are looked up in a table,
so that only the few rules that can match at a word are tried there, whatever the length of a text.

Two shorthands keep rules readable: a blank stands for blanks, commas, dashes or an apostrophe
between words, `<6>` for up to six words in between within one sentence and `<<6>>` across
sentences. An apostrophe may be missing or curly.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from assistant.screening import Escalation, Urgency

CLASSES_FILE = Path(__file__).with_name("escalations.json")
RULES_FILE = Path(__file__).with_name("escalation_rules.json")
QUOTE_LIMIT = 160
"""Longest quote, in code points."""
NEIGHBOURHOOD = 80
"""How far around a match a look-alike is searched for, in code points."""
URGENCIES: tuple[Urgency, ...] = ("immediately", "before_any_step", "same_day")
"""Most urgent first."""
WORD = r"\w+"
SENTENCE_END = r"[.!?;\n]"
LEAD = r"(?:\(\?:([\w|]+)\)|(\w+))"
"""How a rule must begin: one word, or a group of words."""

Line = Annotated[str, Field(min_length=5, max_length=200)]


class RulesError(ValueError):
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
    """One pattern and what it is for."""

    re: str
    also: str | None = None
    """A second pattern that must be found anywhere in the same message."""
    why: str
    within: Literal["near", "text"] = "near"
    """For look-alikes: searched around the match, or in the whole message."""


class RuleSet(_Entry):
    """The rules of one class."""

    id: str
    must: Annotated[tuple[RuleEntry, ...], Field(min_length=1)]
    danger: tuple[RuleEntry, ...] = ()
    """Rules that make the class immediate and put the question of danger first."""
    unless: tuple[RuleEntry, ...] = ()


class _ClassesFile(_Entry):
    version: str
    classes: tuple[ClassEntry, ...]


class _RulesFile(_Entry):
    version: str
    classes: tuple[RuleSet, ...]


_File = TypeVar("_File", _ClassesFile, _RulesFile)


@dataclass(frozen=True, kw_only=True)
class _Rule:
    id: str
    pattern: re.Pattern[str]
    also: re.Pattern[str] | None
    danger: bool


@dataclass(frozen=True, kw_only=True)
class _Hit:
    message: int
    start: int
    end: int
    danger: bool


@dataclass(frozen=True, kw_only=True)
class EscalationRules:
    """The rules, compiled once; `find` is safe to call from any thread."""

    classes: dict[str, ClassEntry]
    by_word: dict[str, tuple[_Rule, ...]]
    """Rules by the beginning of the word they start with, in lower case."""
    longest: int
    """Length of the longest such beginning, in code points."""
    near: dict[str, tuple[re.Pattern[str], ...]]
    """Look-alikes searched around the match, by class."""
    anywhere: dict[str, tuple[re.Pattern[str], ...]]
    """Look-alikes searched in the whole message, by class."""

    @classmethod
    def load(cls, classes: Path = CLASSES_FILE, rules: Path = RULES_FILE) -> Self:
        """Reads, checks and compiles both files. Raises RulesError."""
        entries = {e.id: e for e in _read(classes, _ClassesFile).classes}
        sets = _read(rules, _RulesFile).classes
        _check_ids(classes, rules, entries, sets)
        by_word: dict[str, list[_Rule]] = {}
        for ruleset in sets:
            for entry in (*ruleset.danger, *ruleset.must):
                words, rule = _rule(rules, ruleset.id, entry, danger=entry in ruleset.danger)
                for word in words:
                    by_word.setdefault(word, []).append(rule)
        return cls(
            classes=entries,
            by_word={word: tuple(found) for word, found in by_word.items()},
            longest=max(map(len, by_word), default=0),
            near={s.id: _look_alikes(rules, s, "near") for s in sets},
            anywhere={s.id: _look_alikes(rules, s, "text") for s in sets},
        )

    def find(self, texts: Sequence[str]) -> tuple[Escalation, ...]:
        """The escalations of the user's messages, one a class, the most urgent first."""
        best: dict[str, _Hit] = {}
        for message, text in enumerate(texts):
            for rule, start, end in self._matches(text, message):
                held = best.get(rule.id)
                if held is None or (rule.danger and not held.danger):
                    best[rule.id] = _Hit(
                        message=message, start=start, end=end, danger=rule.danger
                    )
        found = [self._escalation(id_, hit, texts[hit.message]) for id_, hit in best.items()]
        return tuple(
            sorted(found, key=lambda e: (URGENCIES.index(e.urgency), e.message, e.start))
        )

    def _matches(self, text: str, message: int) -> Iterator[tuple[_Rule, int, int]]:
        settled: dict[str, bool] = {}  # a class once found is only looked at again for danger
        for token in re.finditer(WORD, text):
            word, at = token.group().lower(), token.start()
            for size in range(1, min(len(word), self.longest) + 1):
                for rule in self.by_word.get(word[:size], ()):
                    if settled.get(rule.id, False) >= rule.danger and rule.id in settled:
                        continue
                    match = rule.pattern.match(text, at)
                    if match and self._stands(rule, text, match, settled):
                        settled[rule.id] = rule.danger
                        yield rule, at, match.end()

    def _stands(
        self, rule: _Rule, text: str, match: re.Match[str], settled: dict[str, bool]
    ) -> bool:
        if rule.also and not rule.also.search(text):
            return False
        if any(p.search(text) for p in self.anywhere[rule.id]):
            settled[rule.id] = True
            return False
        low, high = max(0, match.start() - NEIGHBOURHOOD), match.end() + NEIGHBOURHOOD
        return not any(
            m.start() < match.end() and m.end() > match.start()
            for p in self.near[rule.id]
            for m in p.finditer(text, low, high)
        )

    def _escalation(self, id_: str, hit: _Hit, text: str) -> Escalation:
        entry = self.classes[id_]
        start, end = _clause(text, hit.start, hit.end)
        return Escalation(
            id=id_,
            name=entry.name,
            message=hit.message,
            start=start,
            end=end,
            quote=text[start:end],
            urgency="immediately" if hit.danger else entry.urgency,
            danger_first=entry.danger_first or hit.danger,
            go_to=entry.go_to,
            must_not=entry.must_not,
            may=entry.may,
            say=entry.say,
            help_lines=tuple(_help_line(line) for line in entry.help_lines),
        )


def _help_line(line: HelpLine) -> str:
    checked = f", checked {line.checked}" if line.checked else ""
    return f"{line.country}: {line.text}{checked}"


def _clause(text: str, start: int, end: int) -> tuple[int, int]:
    """The sentence around a match, cut at word ends to QUOTE_LIMIT code points."""
    end = min(end, start + QUOTE_LIMIT)
    floor, ceiling = max(0, end - QUOTE_LIMIT), min(len(text), start + QUOTE_LIMIT)
    befores = list(re.finditer(SENTENCE_END, text[floor:start]))
    low = floor + befores[-1].end() if befores else floor
    if not befores and floor:
        low += _until_blank(text[floor:start])
    after = re.search(SENTENCE_END, text[end:ceiling])
    high = end + after.start() if after else ceiling
    high = min(high, low + QUOTE_LIMIT) if high - low > QUOTE_LIMIT else high
    if not after and high < len(text):
        high -= _until_blank(text[end:high][::-1])
    quote = text[low:high]
    return low + len(quote) - len(quote.lstrip()), high - len(quote) + len(quote.rstrip())


def _until_blank(part: str) -> int:
    blank = re.search(r"\s", part)
    return blank.start() if blank else len(part)


def _read(path: Path, shape: type[_File]) -> _File:
    try:
        raw: Any = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError) as error:
        raise RulesError(f"{path.name}: cannot be read as JSON ({error}); repair it") from error
    try:
        return shape.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        raise RulesError(_located(path, raw, first["loc"], first["msg"])) from error


def _located(path: Path, raw: Any, loc: tuple[int | str, ...], message: str) -> str:
    known = len(loc) > 1 and loc[0] == "classes" and isinstance(loc[1], int)
    entry = raw["classes"][loc[1]] if known else {}
    id_ = entry.get("id", f"number {loc[1]}") if isinstance(entry, dict) and known else "file"
    field = ".".join(map(str, loc[2:] if known else loc)) or "entry"
    return f"{path.name}: {id_!r}, field {field!r}: {message}; correct this field in the file"


def _check_ids(
    classes: Path, rules: Path, entries: dict[str, ClassEntry], sets: Sequence[RuleSet]
) -> None:
    ids = [s.id for s in sets]
    for id_ in {*entries} ^ {*ids}:
        lacks = rules if id_ in entries else classes
        raise RulesError(f"{lacks.name}: {id_!r}: expected an entry in both files; add it here")
    if len(ids) != len(set(ids)):
        raise RulesError(f"{rules.name}: field 'id': expected each class once, got {ids!r}")


def _rule(path: Path, id_: str, entry: RuleEntry, *, danger: bool) -> tuple[list[str], _Rule]:
    lead = re.match(LEAD, entry.re)
    if not lead:
        raise RulesError(
            f"{path.name}: {id_!r}, field 're': {entry.re!r} must begin with a word or a "
            "(?:group|of words), so that it can be looked up; reorder it"
        )
    words = (lead[1] or lead[2]).lower().split("|")
    also = _compiled(path, id_, entry.also) if entry.also else None
    pattern = _compiled(path, id_, entry.re)
    return words, _Rule(id=id_, pattern=pattern, also=also, danger=danger)


def _look_alikes(path: Path, rules: RuleSet, within: str) -> tuple[re.Pattern[str], ...]:
    return tuple(_compiled(path, rules.id, u.re) for u in rules.unless if u.within == within)


def _compiled(path: Path, id_: str, source: str) -> re.Pattern[str]:
    if re.search(r"(?<!\\)[*+]", source):
        raise RulesError(
            f"{path.name}: {id_!r}, field 're': {source!r} has an unbounded * or +, which can "
            "be slow on long texts; write {0,n}"
        )
    try:
        return re.compile(expanded(source), re.IGNORECASE)
    except re.error as error:
        raise RulesError(
            f"{path.name}: {id_!r}, field 're': {source!r} is not a regular expression "
            f"({error}); correct it"
        ) from error


def expanded(source: str) -> str:
    """The regular expression that a rule with shorthands stands for."""
    source = source.replace("'", "['’]?")
    source = re.sub(r" ?<<(\d+)>> ?", r"(?:[\\W_]{1,5}\\w{1,30}){0,\1}?[\\W_]{1,5}", source)
    source = re.sub(r" ?<(\d+)> ?", r"(?:[^\\w.!?\\n]{1,4}\\w{1,30}){0,\1}?[^\\w.!?\\n]{1,4}", source)
    source = source.replace(" ", r"[^\w.!?\n]{1,4}")
    return rf"(?<!\w)(?:{source})(?!\w)"
