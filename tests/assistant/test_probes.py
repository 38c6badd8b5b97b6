import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.assessment import verdict_of
from assistant.probes import PROBES_FILE, Probe, load_probes
from knowledge.errors import InvalidDataError
from knowledge.library import load_library
from tests.assistant.situations import SITUATIONS, texts

SHIPPED = load_probes()
ASCII = st.characters(codec="ascii")
ids = pytest.mark.parametrize("probe", SHIPPED.probes, ids=lambda p: p.id)


def probe_called(name: str) -> Probe:
    return next(p for p in SHIPPED.probes if p.id == name)


def test_the_shipped_probes_have_ids_of_their_own_and_end_with_the_general_one() -> None:
    names = [p.id for p in SHIPPED.probes]
    assert len(set(names)) == len(names) > 20
    assert len({p.question for p in SHIPPED.probes}) == len(names)
    assert [p.id for p in SHIPPED.probes if not p.triggers] == ["any"] == names[-1:]


@ids
def test_a_shipped_probe_is_short_and_compiles(probe: Probe) -> None:
    assert probe.question.endswith("?")
    assert len(probe.question) <= 160
    re.compile(probe.triggers)
    re.compile(probe.said)
    assert probe.triggers == probe.triggers.lower(), "words are compared in lower case"
    assert probe.said == probe.said.lower()


@ids
def test_a_shipped_probe_moves_some_verdict(probe: Probe) -> None:
    moved = [
        share
        for share in (i / 100 for i in range(101))
        if any(
            verdict_of(min(1.0, max(0.0, share + by))) != verdict_of(share)
            for by in (probe.yes, probe.no)
        )
    ]
    assert moved
    assert probe.yes * probe.no < 0, "yes and no point to different poles"


@ids
def test_a_shipped_probe_names_subdomains_of_the_taxonomy(probe: Probe) -> None:
    assert set(probe.subdomains) <= set(load_library().canon.subdomains)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_what_the_user_has_said_is_not_asked(data: st.DataObject) -> None:
    probe = data.draw(st.sampled_from([p for p in SHIPPED.probes if p.said]))
    trigger = data.draw(st.from_regex(probe.triggers, fullmatch=True, alphabet=ASCII))
    said = data.draw(st.from_regex(probe.said, fullmatch=True, alphabet=ASCII))
    share = data.draw(st.floats(0, 1))
    found = SHIPPED.best((trigger, said), share, dict.fromkeys(probe.subdomains, 1.0))
    assert found != probe


@settings(max_examples=100, deadline=None)
@given(st.lists(texts(), min_size=1, max_size=3), st.floats(0, 1))
def test_the_best_probe_would_change_the_verdict(said: list[str], share: float) -> None:
    best = SHIPPED.best(said, share, {})
    if best is None:
        assert all(
            verdict_of(min(1.0, max(0.0, share + by))) == verdict_of(share) for by in (-0.25, 0.25)
        )
    else:
        after = {verdict_of(min(1.0, max(0.0, share + by))) for by in (best.yes, best.no)}
        assert after != {verdict_of(share)}


def test_a_plain_case_gets_the_question_that_fits_its_words() -> None:
    best = SHIPPED.best(["My team is unmotivated."], 0.5, {})
    assert best == probe_called("motivation")
    assert SHIPPED.best(["It rains here."], 0.5, {}) == probe_called("any")


def test_a_sure_case_gets_no_question() -> None:
    assert all(SHIPPED.best([t], share, {}) is None for t in SITUATIONS for share in (0.0, 1.0))


def test_a_curly_apostrophe_is_an_apostrophe() -> None:
    straight = "They don't care about it"
    curly = straight.replace("'", "\u2019")
    assert SHIPPED.best([straight], 0.5, {}) == SHIPPED.best([curly], 0.5, {})


@pytest.mark.parametrize(
    "answer", ["Yes.", "yeah", "Yep, all of them", "Exactly", "they do", "He did", "Sure!", " yes "]
)
def test_a_yes_moves_the_share_as_the_probe_says(answer: str) -> None:
    probe = probe_called("motivation")
    assert SHIPPED.answered(probe.question, answer) == probe.yes


@pytest.mark.parametrize(
    "answer",
    ["No.", "nope", "not really", "Never", "They don't", "They don\u2019t", "she didn't", "- no"],
)
def test_a_no_moves_the_share_the_other_way(answer: str) -> None:
    probe = probe_called("motivation")
    assert SHIPPED.answered(probe.question, answer) == probe.no


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "Maybe",
        "I don't know",
        "No idea.",
        "Yes and no.",
        "Right now I can't say.",
        "It is hard to say.",
        "Nobody asked.",
        "The rota is on the wall",
    ],
)
def test_an_answer_that_is_neither_moves_nothing(answer: str) -> None:
    assert SHIPPED.answered(probe_called("motivation").question, answer) == 0


def test_a_question_with_two_sides_is_answered_by_naming_one() -> None:
    probe = probe_called("direction")
    assert SHIPPED.answered(probe.question, "They ask WHY all day") == probe.yes
    assert SHIPPED.answered(probe.question, "what to do first") == probe.no
    assert SHIPPED.answered(probe.question, "First why, then the rest") == 0
    assert SHIPPED.answered(probe.question, "neither") == 0


def test_a_question_nobody_asked_is_not_answered() -> None:
    assert SHIPPED.answered("How are you?", "yes") == 0


@settings(max_examples=60, deadline=None)
@given(texts())
def test_any_text_is_an_answer(text: str) -> None:
    for probe in SHIPPED.probes:
        assert SHIPPED.answered(probe.question, text) in (0, probe.yes, probe.no)


def shipped_file() -> dict[str, Any]:
    return json.loads(PROBES_FILE.read_text(encoding="utf-8"))


def without_question(file: dict[str, Any]) -> None:
    del file["probes"][3]["question"]


def long_question(file: dict[str, Any]) -> None:
    file["probes"][3]["question"] = "x" * 160 + "?"


def no_question_mark(file: dict[str, Any]) -> None:
    file["probes"][3]["question"] = "Tell me."


def large_step(file: dict[str, Any]) -> None:
    file["probes"][3]["yes"] = 2


def unknown_field(file: dict[str, Any]) -> None:
    file["probes"][3]["maybe"] = 0.1


def broken_trigger(file: dict[str, Any]) -> None:
    file["probes"][3]["triggers"] = "micromanag("


def broken_said(file: dict[str, Any]) -> None:
    file["probes"][3]["said"] = "[a"


BREAKS = (
    without_question,
    long_question,
    no_question_mark,
    large_step,
    unknown_field,
    broken_trigger,
    broken_said,
)


@pytest.mark.parametrize("break_it", BREAKS)
def test_a_broken_entry_is_named(
    break_it: Callable[[dict[str, Any]], None], tmp_path: Path
) -> None:
    file = shipped_file()
    break_it(file)
    path = tmp_path / "probes.json"
    path.write_text(json.dumps(file), encoding="utf-8")
    with pytest.raises(InvalidDataError, match=r"probes\.json") as caught:
        load_probes(path)
    assert "hovering" in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"{", b"{}", b"[]", b"null", b'{"probes": 1}', b"\xff"])
def test_a_file_that_holds_no_probes_is_named(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "probes.json"
    path.write_bytes(content)
    with pytest.raises(InvalidDataError, match=r"probes\.json"):
        load_probes(path)
