import json
from pathlib import Path

import numpy as np
import pytest

from knowledge.card_head import CardHead, load_card_head
from knowledge.encoder import OnnxEncoder
from knowledge.errors import InvalidDataError
from knowledge.index import FakeIndex, Hit
from knowledge.library import Library, load_library
from knowledge.retriever import Prior, Retriever
from tests.builders import write_library

NO_HEAD = CardHead((), np.zeros((0, 384), np.float32), np.zeros(0, np.float32))
ZERO = np.zeros(384, dtype=np.float32)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return load_library(write_library(tmp_path / "k", "one", "two", "three"))


def hits(**scores: float) -> list[Hit]:
    return [Hit(f"card:{key.replace('__', '#').replace('_', '-')}", s) for key, s in scores.items()]


def test_the_nearest_situation_finds_its_card_and_the_nearest_section_is_cited(
    library: Library,
) -> None:
    index = FakeIndex([hits(two__situation_1=0.9, two__why=0.5, two__action_2=0.6, one__when=0.4)])
    found = Retriever(library, index, NO_HEAD).cards(ZERO, Prior(), 2)
    assert [h.id for h in found] == ["card:two#action-2", "card:one#when"]
    assert found[0].score > found[1].score


def test_a_card_found_by_a_situation_only_is_cited_at_its_first_section(library: Library) -> None:
    index = FakeIndex([hits(two__situation_1=0.9)])
    assert Retriever(library, index, NO_HEAD).cards(ZERO, Prior(), 1)[0].id == "card:two#when"


def test_more_hits_are_asked_for_until_there_are_enough_cards(library: Library) -> None:
    crowd = [Hit("card:one#why", 0.9)] * 150
    index = FakeIndex([crowd, [*crowd, *hits(two__why=0.5, three__why=0.4)]])
    found = Retriever(library, index, NO_HEAD).cards(ZERO, Prior(), 3)
    assert len(found) == 3
    assert [limit for _, limit in index.asked] == [150, 600]


def test_an_entry_whose_card_is_gone_is_no_hit(library: Library) -> None:
    index = FakeIndex([hits(gone__why=0.99, one__why=0.2)])
    found = Retriever(library, index, NO_HEAD).cards(ZERO, Prior(), 5)
    assert [h.card.id for h in found] == ["one"]


def test_what_was_learned_outweighs_words(library: Library) -> None:
    head = CardHead(
        ("one", "two", "three"),
        np.zeros((3, 384), np.float32),
        np.array([0.0, 0.0, 5.0], np.float32),
    )
    index = FakeIndex([hits(one__why=0.9, two__why=0.5, three__why=0.4)])
    assert Retriever(library, index, head).cards(ZERO, Prior(), 1)[0].card.id == "three"


def test_the_prior_breaks_a_tie(library: Library) -> None:
    same = hits(one__why=0.5, two__why=0.5, three__why=0.5)
    plain = Retriever(library, FakeIndex([same]), NO_HEAD).cards(ZERO, Prior(), 3)
    prior = Prior(subdomains={"m1_planning": 0.9}, leadership_share=0.0)
    told = Retriever(library, FakeIndex([same]), NO_HEAD).cards(ZERO, prior, 3)
    assert all(b.score > a.score for a, b in zip(plain, told, strict=True))


def test_the_shipped_head_knows_every_card_and_belongs_to_the_encoder() -> None:
    encoder, library = OnnxEncoder(), load_library()
    scores = load_card_head(encoder.digest).scores(encoder.encode(["nobody speaks up"]).vectors[0])
    assert set(scores) == set(library.cards)
    with pytest.raises(InvalidDataError, match=r"card_head\.json.*export_heads"):
        load_card_head("0" * 64)


def test_a_damaged_head_is_named(tmp_path: Path) -> None:
    path = tmp_path / "card_head.json"
    path.write_text(json.dumps({"encoder": "x", "weights": {"one": [1.0]}, "bias": {"one": 0.0}}))
    with pytest.raises(InvalidDataError, match=r"card_head\.json"):
        load_card_head("x", path)
