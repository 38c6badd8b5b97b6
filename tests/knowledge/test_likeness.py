from pathlib import Path

from knowledge.check import check_library
from knowledge.encoder import FakeEncoder
from knowledge.library import load_library
from knowledge.likeness import near_in_meaning, near_in_wording
from knowledge.readability_grade import reading_grade
from tests.builders import card_text, write_library


def unseen(_done: int, _of: int) -> None:
    pass


def test_texts_with_near_vectors_are_paired() -> None:
    texts = {"a#1": "one", "a#2": "two", "b#1": "three"}
    near, far = [1.0] + [0.0] * 383, [0.0, 1.0] + [0.0] * 382
    found = near_in_meaning(texts, FakeEncoder([near, near, far]), 0.8, lambda i: i, unseen)
    assert [(p.first, p.second) for p in found] == [("a#1", "a#2")]
    same_card = near_in_meaning(
        texts, FakeEncoder([near, near, far]), 0.8, lambda i: i.partition("#")[0], unseen
    )
    assert same_card == []


def test_copied_wording_is_found_and_common_turns_of_phrase_are_not() -> None:
    source = "My best baker wants to know what is next for her and I have nothing to offer."
    copied = {"x": "Our baker wants to know what is next for her and so on."}
    assert near_in_wording(copied, [source], 0.3)
    assert near_in_wording({"x": "What do you do with a team that waits?"}, [source], 0.3) == []


def test_a_situation_that_is_an_evaluation_text_is_a_problem(tmp_path: Path) -> None:
    folder = write_library(tmp_path / "k", "order")
    text = "We start it all and finish none order three."
    found = check_library(folder, evaluation_texts=[text]).problems
    assert any("evaluation text" in p.expected for p in found)


def test_long_words_raise_the_reading_grade(tmp_path: Path) -> None:
    folder = write_library(tmp_path / "k", "order")
    easy = reading_grade(load_library(folder).cards["order"])
    path = folder / "cards" / "management" / "order.md"
    hard = (
        "Organisational prioritisation necessitates unambiguous communication of responsibilities"
    )
    path.write_text(card_text().replace("Nobody chose.", f"{hard} and {hard} and {hard}."))
    assert reading_grade(load_library(folder).cards["order"]) > easy + 1
