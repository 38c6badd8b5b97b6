from pathlib import Path

import pytest

from knowledge.card_parser import parse_card
from knowledge.check import check_library
from knowledge.errors import InvalidDataError, Problem
from knowledge.library import load_library
from tests.builders import card_text, write_library


def problems_of(text: str, file: str = "cards/management/order.md") -> tuple[Problem, ...]:
    with pytest.raises(InvalidDataError) as caught:
        parse_card(file, text)
    return caught.value.problems


def line_of(text: str, part: str) -> int:
    return next(i for i, line in enumerate(text.split("\n"), 1) if part in line)


def test_a_valid_card_keeps_its_words() -> None:
    card = parse_card("cards/management/order.md", card_text())
    assert card.id == "order"
    assert [a.pole for a in card.actions] == ["management", "management", "leadership"]
    assert [a.horizon for a in card.actions] == ["today", "this_week", "this_month"]
    assert card.actions[1].say == "Below the line nothing starts yet."
    assert card.actions[1].watch_out == "A fourth."
    assert card.actions[1].fits == {"one person", "deadline"}
    assert card.sections["avoid"] == "- Two lists."
    assert card.section_heading("action-3") == "What to do: Say what it serves"
    assert len(card.situations) == 5


@pytest.mark.parametrize(
    ("old", "new", "at", "expected"),
    [
        ("pole: management", "pole: boss", "pole:", "management"),
        ("cause: work that", "couse: work that", "couse:", "extra"),
        ("### Manager, today:", "### Boss, today:", "### Boss", "Manager|Leader"),
        ("### Manager, today:", "### Manager, soon:", "### Manager, soon", "horizon"),
        ('"This is the order we work in."', "This is the order", "Number the jobs", "quotes"),
        ('"This is the order we work in."', '"Tell [name] so."', "Number the jobs", "no blanks"),
        ("- **Done when:** They can name", "- **Finished:** They can name", "Finished", "Step|Say"),
        (
            "- **Fits:** team\n### Manager, this week",
            "- **Fits:** everyone\n### Manager, this week",
            "Number the jobs",
            "one person",
        ),
        ("## Why it happens", "## Why", "## Why", "Why it happens"),
        ("id: order", "id: other", "id:", "'order'"),
    ],
)
def test_a_mistake_is_named_with_its_line(old: str, new: str, at: str, expected: str) -> None:
    text = card_text().replace(old, new, 1)
    found = problems_of(text)
    assert any(p.line == line_of(text, at) and expected in p.expected for p in found), found
    assert all(p.file == "cards/management/order.md" and p.fix for p in found)


def test_every_mistake_is_named_not_only_the_first() -> None:
    text = card_text().replace("pole: management", "pole: boss").replace("### Leader,", "### Boss,")
    assert len(problems_of(text)) >= 2


def test_broken_yaml_names_the_line() -> None:
    text = card_text().replace('  - "Nobody knows', '  - "Nobody" knows')
    assert problems_of(text)[0].line == line_of(text, "Nobody")


def test_text_without_front_matter_is_refused() -> None:
    assert problems_of("just words")[0].line == 1


def test_a_reference_that_is_not_verified_is_refused(tmp_path: Path) -> None:
    folder = write_library(tmp_path / "knowledge", "order")
    path = folder / "cards" / "management" / "order.md"
    path.write_text(card_text().replace("locke2002", "yukl2002"), encoding="utf-8")
    with pytest.raises(InvalidDataError, match=r"yukl2002 \(partial\)"):
        load_library(folder)


def test_a_subdomain_of_the_other_pole_is_refused(tmp_path: Path) -> None:
    folder = write_library(tmp_path / "knowledge", "order")
    path = folder / "cards" / "management" / "order.md"
    path.write_text(card_text(subdomain="l3_trust"), encoding="utf-8")
    with pytest.raises(InvalidDataError, match="l3_trust"):
        load_library(folder)


def test_a_file_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    folder = write_library(tmp_path / "knowledge", "order")
    (folder / "cards" / "management" / "bad.md").write_bytes(b"---\nid: \xff\n---\n")
    with pytest.raises(InvalidDataError, match=r"bad\.md"):
        load_library(folder)


def test_the_shipped_library_passes_its_check() -> None:
    report = check_library()
    assert report.problems == ()
    assert report.cards == 180
    assert all(count >= 2 for count in report.by_subdomain.values())


def test_the_check_finds_worn_words_and_thin_subdomains(tmp_path: Path) -> None:
    folder = write_library(tmp_path / "knowledge", "order")
    path = folder / "cards" / "management" / "order.md"
    path.write_text(card_text().replace("Nobody chose.", "Leverage it."), encoding="utf-8")
    found = check_library(folder).problems
    worn = [p for p in found if p.value == "Leverage"]
    assert worn
    assert worn[0].line == line_of(path.read_text(encoding="utf-8"), "Leverage")
    assert any("l3_trust" in p.value for p in found)
