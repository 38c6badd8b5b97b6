"""The one question: chosen because its answer would move the verdict."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assistant.assessment import verdict_of
from assistant.text import straight
from knowledge.errors import InvalidDataError

PROBES_FILE = Path(__file__).with_name("probes.json")

_YES = re.compile(
    r"^\W*(?:yes|yep|yeah|yup|sure|correct|exactly|definitely|absolutely|that's right"
    r"|(?:they|he|she|it|we|i) (?:do|did|would|could|does|is|are|was|were|will|have|has|can)\b(?! not|n't))\b(?! and no)",
    re.I,
)
_NO = re.compile(
    r"^\W*(?:no|nope|nah|not (?:really|at all)|never"
    r"|(?:they|he|she|it|we|i) (?:don't|didn't|wouldn't|couldn't|doesn't|isn't|aren't|wasn't|weren't|won't|haven't|hasn't|can't))\b",
    re.I,
)
_NEITHER = re.compile(
    r"^\W*(?:no idea|not sure|no clue|yes and no|yes or no|i (?:don't|do not|can't|couldn't) (?:know|say|tell)|hard to say|it(?:'s| is) hard)",
    re.I,
)


class Probe(BaseModel):
    """A question with what a yes and a no would change."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    triggers: str
    """Regular expression over the user's words; empty: fits any situation."""
    question: Annotated[str, Field(pattern=r"\?$", max_length=160)]
    yes: Annotated[float, Field(ge=-0.5, le=0.5)]
    """What a yes adds to the leadership share."""
    no: Annotated[float, Field(ge=-0.5, le=0.5)]
    said: str
    """Regular expression of words that already answer it; empty: never."""
    subdomains: tuple[str, ...]
    either: tuple[str, str] | None = None
    """For an 'A or B' question: the word that means yes and the word that means no."""


@dataclass(frozen=True)
class Probes:
    """All probes, the general one last."""

    probes: tuple[Probe, ...]

    def best(
        self, texts: Sequence[str], share: float, subdomains: Mapping[str, float]
    ) -> Probe | None:
        """The probe whose answers change the verdict most, or None when none would.

        Value of information with even odds for yes and no: how many of the two answers lead to
        another verdict, then how well the probe fits the words and the likely sub-domains. A probe
        the user has already answered is left out.
        """
        text = straight("\n".join(texts)).lower()
        best: tuple[float, Probe] | None = None
        for probe in self.probes:
            if probe.said and re.search(probe.said, text):
                continue
            hits = len(re.findall(probe.triggers, text)) if probe.triggers else 0
            changed = sum(
                verdict_of(min(1.0, max(0.0, share + shift))) != verdict_of(share)
                for shift in (probe.yes, probe.no)
            )
            if not changed or (probe.triggers and not hits):
                continue
            fit = max((subdomains.get(s, 0.0) for s in probe.subdomains), default=0.0)
            value = changed + min(hits, 3) * 0.5 + fit
            if best is None or value > best[0]:
                best = (value, probe)
        return best[1] if best else None

    def answered(self, question: str, answer: str) -> float:
        """How far the answer to an asked question moves the share; 0 when it is neither."""
        probe = next((p for p in self.probes if p.question == question), None)
        answer = straight(answer)
        if probe is None or _NEITHER.search(answer):
            return 0.0
        if probe.either:
            low = answer.lower()
            first, second = (low.find(word) for word in probe.either)
            if (first < 0) == (second < 0):
                return 0.0
            return probe.yes if first >= 0 else probe.no
        if _NO.search(answer):
            return probe.no
        return probe.yes if _YES.search(answer) else 0.0


def load_probes(path: Path = PROBES_FILE) -> Probes:
    """Read the probes.

    Raises InvalidDataError naming the entry that is wrong.
    """
    try:
        raw: object = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise _invalid(path, str(error), "JSON") from error
    entries = cast("dict[str, object]", raw).get("probes") if isinstance(raw, dict) else None
    if not isinstance(entries, list):
        raise _invalid(path, "no list of probes", 'an object with a list "probes"')
    return Probes(tuple(_probe(path, i, e) for i, e in enumerate(cast("list[object]", entries))))


def _probe(path: Path, number: int, entry: object) -> Probe:
    named = cast("dict[str, object]", entry).get("id") if isinstance(entry, dict) else None
    where = f"probes[{number}] {named or ''}".strip()
    try:
        probe = Probe.model_validate(entry)
        re.compile(probe.triggers)
        re.compile(probe.said)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        raise _invalid(path, f"{where}: {field}", first["msg"].lower()) from error
    except re.error as error:
        raise _invalid(path, f"{where}: {error}", "a regular expression") from error
    return probe


def _invalid(path: Path, value: str, expected: str) -> InvalidDataError:
    return InvalidDataError.of_file(path.name, value[:200], expected, "Mend the entry.")
