import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assistant.escalation_files import expanded
from assistant.screen_rules import (
    CLASSES_FILE,
    QUOTE_LIMIT,
    RULES_FILE,
    EscalationRules,
    RulesError,
)

Change = Callable[[Any], object]
PROBES: list[dict[str, Any]] = [
    json.loads(line)
    for line in (Path(__file__).parent / "data" / "escalation_probes.jsonl")
    .read_text(encoding="utf-8")
    .splitlines()
]
BUILT_ON = [p for p in PROBES if p["part"] == "built_on"]
RULES = EscalationRules.load()


def ids(*texts: str) -> set[str]:
    return {e.id for e in RULES.find(texts)}


@pytest.mark.parametrize("probe", BUILT_ON, ids=[p["text"][:40] for p in BUILT_ON])
def test_probe_is_found_or_left_alone(probe: dict[str, Any]) -> None:
    found = ids(probe["text"])
    assert found >= set(probe["classes"])
    if not probe["classes"]:
        assert not found


def test_every_class_has_five_probes_of_each_kind() -> None:
    classes = {c["id"] for c in json.loads(CLASSES_FILE.read_text(encoding="utf-8"))["classes"]}
    assert len(classes) == 15
    for class_ in classes:
        assert sum(class_ in p["classes"] for p in BUILT_ON) >= 5
    assert sum(not p["classes"] for p in BUILT_ON) == 75


@pytest.mark.parametrize("before", ["", "x" * 300 + " ", "Hello 👋 there. ", "a, " * 100])
def test_quote_is_an_exact_part_of_its_message(before: str) -> None:
    for probe in BUILT_ON:
        text = before + probe["text"] + " and more" * 40
        for found in RULES.find(["Nothing here.", text]):
            assert found.message == 1
            assert text[found.start : found.end] == found.quote
            assert found.quote == found.quote.strip()
            assert 0 < len(found.quote) <= QUOTE_LIMIT


def test_one_entry_a_class_and_the_most_urgent_first() -> None:
    found = RULES.find(
        ["How do I fire him? How do I sack her?", "He also said he would kill himself."]
    )
    assert [(e.id, e.message) for e in found] == [("self_harm", 1), ("termination", 0)]
    assert found[0].urgency == "immediately"
    assert found[0].danger_first


def test_unchecked_help_lines_ask_to_check_the_number() -> None:
    (found,) = RULES.find(["She told me she is suicidal."])
    assert found.help_lines
    assert all("check the number" in line for line in found.help_lines)


@pytest.mark.parametrize("text", ["", " ", "\n\n", "...", "👋👋", "\ud800 odd", "a" * 5000])
def test_texts_without_words_or_with_odd_ones_find_nothing(text: str) -> None:
    assert RULES.find([text]) == ()


def test_no_message_finds_nothing() -> None:
    assert RULES.find([]) == ()


@pytest.mark.parametrize("apostrophe", ["'", "’", ""])
def test_an_apostrophe_may_be_curly_or_missing(apostrophe: str) -> None:
    assert "self_harm" in ids(f"He said he doesn{apostrophe}t want to live any more.")


def test_shorthands_stand_for_what_the_module_says() -> None:
    assert "(?:" in expanded("fire <2> him")
    assert expanded("a b") != expanded("a ?b")


def _copy(source: Path, target: Path, change: Change) -> Path:
    raw: Any = json.loads(source.read_text(encoding="utf-8"))
    change(raw)
    target.write_text(json.dumps(raw), encoding="utf-8")
    return target


def _first(raw: Any) -> Any:
    return raw["classes"][0]


BAD_RULES: list[tuple[Change, tuple[str, ...]]] = [
    (lambda r: _first(r).update(must=[]), ("'harassment'", "'must'", "correct")),
    (lambda r: _first(r).update(extra=1), ("'harassment'", "'extra'", "correct")),
    (lambda r: _first(r)["must"][0].update(re=["fire ("]), ("'harassment'", "'re'", "correct")),
    (lambda r: _first(r)["must"][0].update(re=["fire .*"]), ("'harassment'", "'re'", "{0,n}")),
    (
        lambda r: _first(r)["must"][0].update(re=[r"\w fire"]),
        ("'harassment'", "'re'", "reorder"),
    ),
    (
        lambda r: _first(r)["must"][0].update(re=["(?:a|b)? c"]),
        ("'harassment'", "'re'", "reorder"),
    ),
    (
        lambda r: _first(r)["must"][0].update(re=["see {nobody}"]),
        ("'harassment'", "'re'", "add it"),
    ),
    (lambda r: _first(r).update(id="other"), ("field 'id'", "add it here")),
    (lambda r: r["classes"].append(r["classes"][0]), ("field 'id'", "once", "join")),
    (lambda r: r.pop("version"), ("'file'", "'version'", "correct")),
]


@pytest.mark.parametrize(("change", "parts"), BAD_RULES)
def test_a_bad_rules_file_says_where_and_how_to_mend_it(
    tmp_path: Path, change: Change, parts: tuple[str, ...]
) -> None:
    bad = _copy(RULES_FILE, tmp_path / "escalation_rules.json", change)
    with pytest.raises(RulesError) as error:
        EscalationRules.load(rules=bad)
    for part in ("escalation", ".json", *parts):
        assert part in str(error.value)


BAD_CLASSES: list[tuple[Change, tuple[str, ...]]] = [
    (lambda r: _first(r).update(urgency="soon"), ("'harassment'", "'urgency'")),
    (lambda r: _first(r).update(must_not=["Do not wait."]), ("'harassment'", "'must_not'")),
    (
        lambda r: r["classes"][4]["help_lines"][0].update(text="988"),
        ("'self_harm'", "help_lines.0", "check the number"),
    ),
    (lambda r: r["classes"].pop(), ("'minors'", "field 'id'", "add it here")),
]


@pytest.mark.parametrize(("change", "parts"), BAD_CLASSES)
def test_a_bad_classes_file_says_where_and_how_to_mend_it(
    tmp_path: Path, change: Change, parts: tuple[str, ...]
) -> None:
    bad = _copy(CLASSES_FILE, tmp_path / "escalations.json", change)
    with pytest.raises(RulesError) as error:
        EscalationRules.load(classes=bad)
    for part in ("escalations.json", *parts):
        assert part in str(error.value)


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"version": 1}', '{"classes": [1]}'])
def test_a_file_that_is_no_rules_file_is_refused(tmp_path: Path, content: str) -> None:
    bad = tmp_path / "escalation_rules.json"
    bad.write_text(content, encoding="utf-8")
    with pytest.raises(RulesError, match=r"escalation_rules\.json"):
        EscalationRules.load(rules=bad)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(RulesError, match=r"gone\.json.*cannot be read"):
        EscalationRules.load(rules=tmp_path / "gone.json")
