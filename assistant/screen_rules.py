"""Finds what belongs with HR, legal, safety or emergency services, by rules kept in two files.

A rule is anchored at the start of a word: it begins with literal words, which are looked up in a
table, so that only the few rules that can match at a word are tried there, whatever the length of
a text. What a second search of the whole message says is kept, for the same reason.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from assistant.escalation_files import (
    CLASSES_FILE,
    RULES_FILE,
    Compiled,
    HelpLine,
    Rule,
    RulesError,
    compiled_files,
)
from assistant.screening import Escalation, Urgency

__all__ = ["CLASSES_FILE", "QUOTE_LIMIT", "RULES_FILE", "EscalationRules", "RulesError"]

QUOTE_LIMIT = 160
"""Longest quote, in code points."""
NEIGHBOURHOOD = 80
"""How far around a match a look-alike is searched for, in code points."""
URGENCIES: tuple[Urgency, ...] = ("immediately", "before_any_step", "same_day")
"""Most urgent first."""
WORD = re.compile(r"\w+")
SENTENCE_END = r"[.!?;\n]"


@dataclass(frozen=True, kw_only=True)
class _Hit:
    message: int
    start: int
    end: int
    danger: bool


@dataclass(frozen=True, kw_only=True)
class EscalationRules:
    """The rules, compiled once; `find` is safe to call from any thread."""

    compiled: Compiled
    longest: int
    """Length of the longest beginning of a word in the table, in code points."""

    @classmethod
    def load(cls, classes: Path = CLASSES_FILE, rules: Path = RULES_FILE) -> Self:
        """Reads, checks and compiles both files. Raises RulesError."""
        compiled = compiled_files(classes, rules)
        return cls(compiled=compiled, longest=max(map(len, compiled.by_word), default=0))

    def find(self, texts: Sequence[str]) -> tuple[Escalation, ...]:
        """The escalations of the user's messages, one a class, the most urgent first."""
        best: dict[str, _Hit] = {}
        for message, text in enumerate(texts):
            for rule, start, end in _Search(self.compiled, self.longest, text).matches():
                held = best.get(rule.id)
                if held is None or (rule.danger and not held.danger):
                    best[rule.id] = _Hit(message=message, start=start, end=end, danger=rule.danger)
        return self.by_urgency(
            self._escalation(id_, hit, texts[hit.message]) for id_, hit in best.items()
        )

    @staticmethod
    def by_urgency(found: Iterable[Escalation]) -> tuple[Escalation, ...]:
        """The most urgent first, then in the order of the text."""
        return tuple(sorted(found, key=lambda e: (URGENCIES.index(e.urgency), e.message, e.start)))

    def escalation(
        self, id_: str, message: int, start: int, end: int, texts: Sequence[str]
    ) -> Escalation:
        """An escalation of a class found otherwise, in this stretch of a message."""
        hit = _Hit(message=message, start=start, end=end, danger=False)
        return self._escalation(id_, hit, texts[message])

    def _escalation(self, id_: str, hit: _Hit, text: str) -> Escalation:
        entry = self.compiled.classes[id_]
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


@dataclass
class _Search:
    """One pass over one message."""

    compiled: Compiled
    longest: int
    text: str
    settled: dict[str, bool] = field(default_factory=dict[str, bool])
    """Classes that are found, each with whether danger is; only danger is looked for again."""
    also: dict[re.Pattern[str], bool] = field(default_factory=dict[re.Pattern[str], bool])
    """What the second patterns of rules say about this message."""

    def matches(self) -> Iterator[tuple[Rule, int, int]]:
        by_word, settled, text = self.compiled.by_word, self.settled, self.text
        for token in WORD.finditer(text):
            word, at = token.group().lower(), token.start()
            for size in range(1, min(len(word), self.longest) + 1):
                for rule in by_word.get(word[:size], ()):
                    if rule.id in settled and settled[rule.id] >= rule.danger:
                        continue
                    match = rule.pattern.match(text, at)
                    if match and self._stands(rule, match):
                        settled[rule.id] = rule.danger
                        yield rule, at, match.end()

    def _stands(self, rule: Rule, match: re.Match[str]) -> bool:
        if rule.also and not self._says(rule.also):
            return False
        anywhere = self.compiled.anywhere[rule.id]
        if anywhere and self._says(anywhere):
            self.settled[rule.id] = True
            return False
        near = self.compiled.near[rule.id]
        if near is None:
            return True
        low, high = max(0, match.start() - NEIGHBOURHOOD), match.end() + NEIGHBOURHOOD
        return not any(
            m.start() < match.end() and m.end() > match.start()
            for m in near.finditer(self.text, low, high)
        )

    def _says(self, pattern: re.Pattern[str]) -> bool:
        if pattern not in self.also:
            self.also[pattern] = pattern.search(self.text) is not None
        return self.also[pattern]


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
