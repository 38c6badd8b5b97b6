"""Finding: the right passage, its organisation's only, verbatim."""

import random
from pathlib import Path

import numpy as np
import pytest

from knowledge.documents.adding import Source
from knowledge.documents.index import DocumentIndex
from knowledge.documents.search import QUOTE_CHARACTERS, DocumentSearch, best_stretch, words
from knowledge.encoder import OnnxEncoder
from knowledge.passage import OrganisationId, Passage
from knowledge.store.passages import Document, PassageTable
from tests.knowledge.documents.conftest import MakeAdder
from tests.knowledge.documents.files import markdown

ACME = OrganisationId("acme")
RULES = """# Depot handbook
## Being ill
Ring the depot before five in the morning. A doctor's note is needed from the fourth day.
## Gifts
A passenger may give a driver a box of chocolates; money goes into the tin in the office.
## Swapping shifts
Two drivers may swap when both sign the book and the dispatcher has seen it.
"""


def made_up(table: PassageTable, organisation: str, count: int, seed: int) -> None:
    draw = np.random.default_rng(seed)
    vectors = draw.standard_normal((count, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    owner = OrganisationId(organisation)
    document = Document(
        id=f"doc:{organisation}",
        organisation=owner,
        kind="policy",
        title=organisation,
        content_hash="",
        encoder="made-up",
        source=organisation,
    )
    passages = [
        Passage(
            id=f"doc:{organisation}#{i + 1}",
            document_id=document.id,
            organisation=owner,
            kind="document",
            title=organisation,
            heading="",
            text=f"canary of {organisation}",
            pole="",
            subdomain="",
            position=i,
        )
        for i in range(count)
    ]
    table.replace(document, passages, vectors)


@pytest.mark.parametrize(
    ("question", "heading"),
    [
        ("one of my drivers has been off sick since monday, does he need a note", "Being ill"),
        ("a lady gave Sam twenty quid for carrying her bags, can he keep it?", "Gifts"),
        ("can my two guys trade their saturdays between them", "Swapping shifts"),
    ],
)
def test_a_question_in_other_words_finds_its_passage(
    adder: MakeAdder,
    table: PassageTable,
    encoder: OnnxEncoder,
    tmp_path: Path,
    question: str,
    heading: str,
) -> None:
    path = markdown(tmp_path / "rules.md", RULES)
    adder().add([Source(path=path, name="rules.md")])
    search = DocumentSearch(table, DocumentIndex(table, encoder.digest))
    hits = search.find(question, encoder.encode([question]).vectors[0], ACME)
    assert hits[0].passage.heading == heading
    assert all(h.quote in h.passage.text for h in hits)


def test_hits_are_those_of_exact_search_and_of_one_organisation_only(table: PassageTable) -> None:
    """P-C3: 10,000 tries, no foreign passage."""
    names = [f"org-{i}" for i in range(20)]
    for i, name in enumerate(names):
        made_up(table, name, 30 + i, seed=i)
    index = DocumentIndex(table, "made-up", kept_bytes=5_000)  # several are dropped again and again
    draw = np.random.default_rng(7)
    pick = random.Random(7)
    for _ in range(10_000):
        name = pick.choice(names)
        hits = index.search(draw.standard_normal(8).astype(np.float32), 5, OrganisationId(name))
        assert len(hits) == 5
        assert all(h.id.startswith(f"doc:{name}#") for h in hits)
    ids, matrix = table.matrix("made-up", OrganisationId("org-3"))
    vector = draw.standard_normal(8).astype(np.float32)
    order = np.argsort(-(matrix @ vector))[:8]
    found = index.search(vector, 8, OrganisationId("org-3"))
    assert [h.id for h in found] == [ids[i] for i in order]


@pytest.mark.parametrize("text", ["acme", "$ne", "shared", '{"$ne": ""}', "' OR 1=1 --", "other"])
def test_an_id_that_is_nobodys_finds_nothing(table: PassageTable, text: str) -> None:
    made_up(table, "somebody", 10, seed=1)
    index = DocumentIndex(table, "made-up")
    assert index.search(np.ones(8, np.float32), 5, OrganisationId(text)) == []


def test_a_hit_whose_passage_is_another_organisations_is_dropped(table: PassageTable) -> None:
    made_up(table, "theirs", 5, seed=1)
    made_up(table, "ours", 5, seed=2)

    class Leaking(DocumentIndex):
        def search(self, vector: object, limit: int, organisation: OrganisationId):  # pyright: ignore
            return super().search(np.ones(8, np.float32), limit, OrganisationId("theirs"))

    search = DocumentSearch(table, Leaking(table, "made-up"))
    assert search.find("anything", np.ones(8, np.float32), OrganisationId("ours")) == ()


def test_a_write_is_seen_at_once_and_a_removal_too(table: PassageTable) -> None:
    index = DocumentIndex(table, "made-up")
    vector = np.ones(8, np.float32)
    assert index.search(vector, 5, ACME) == []
    made_up(table, "acme", 6, seed=1)
    assert len(index.search(vector, 10, ACME)) == 6
    table.remove("doc:acme", ACME)
    assert index.search(vector, 10, ACME) == []


def test_a_vector_that_is_not_finite_finds_nothing(table: PassageTable) -> None:
    made_up(table, "acme", 6, seed=1)
    assert DocumentIndex(table, "made-up").search(np.full(8, np.nan, np.float32), 5, ACME) == []


def test_a_quote_is_short_verbatim_and_about_what_was_asked() -> None:
    text = " ".join(f"Rule {i} is about doors and keys in the yard." for i in range(40))
    text += " Bread left over is given to the night shift. " + text
    quote = best_stretch(text, words("what happens to leftover bread at night"))
    assert "Bread left over" in quote
    assert quote in text
    assert len(quote) <= QUOTE_CHARACTERS
