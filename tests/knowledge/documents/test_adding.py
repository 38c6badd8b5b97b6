"""Adding, replacing, removing: whole or not at all, and no trace left behind."""

import os
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from assistant.factory import adding
from assistant.settings import read_settings
from knowledge.documents.adding import Adder, Source, encode_again, sources
from knowledge.documents.index import DocumentIndex
from knowledge.documents.parsed import ParsedDocument, Section
from knowledge.documents.search import DocumentSearch
from knowledge.documents.splitter import PASSAGE_TOKENS, split
from knowledge.encoder import FakeEncoder, OnnxEncoder
from knowledge.errors import IndexLockedError, StoreError
from knowledge.passage import OrganisationId
from knowledge.store.database import open_database
from knowledge.store.erasing import erase_traces
from knowledge.store.passages import PassageTable
from tests.knowledge.documents.conftest import MakeAdder
from tests.knowledge.documents.files import LEAVE, NOTICE, docx, markdown, written

ACME, OTHER = OrganisationId("acme"), OrganisationId("other")
CANARY = "Kanarienvogel-7141-quince"


def source(path: Path) -> Source:
    return Source(path=path, name=path.name)


def test_a_document_is_kept_with_its_headings(
    adder: MakeAdder, table: PassageTable, tmp_path: Path
) -> None:
    report = adder().add([source(markdown(tmp_path / "rules.md"))])
    [document_id] = report.added.values()
    passages = table.of_document(document_id, ACME)
    assert [(p.title, p.heading, p.text) for p in passages] == [
        ("House rules", "", LEAVE),
        ("House rules", "Notes", NOTICE),
    ]
    assert [p.id for p in passages] == [f"{document_id}#1", f"{document_id}#2"]


def test_adding_again_changes_nothing_and_an_edit_replaces_under_the_same_id(
    adder: MakeAdder, table: PassageTable, tmp_path: Path
) -> None:
    path = markdown(tmp_path / "rules.md")
    first = adder().add([source(path)]).added
    assert adder().add([source(path)]).unchanged == ["rules.md"]
    markdown(path, "# House rules\nNothing is as it was.\n")
    assert adder().add([source(path)]).replaced == first
    assert [p.text for p in table.of_document(first["rules.md"], ACME)] == ["Nothing is as it was."]


def test_the_same_text_in_another_file_is_not_kept_twice(
    adder: MakeAdder, table: PassageTable, tmp_path: Path
) -> None:
    one, two = markdown(tmp_path / "a.md"), markdown(tmp_path / "b.md")
    report = adder().add([source(one), source(two)])
    assert report.duplicates == {"b.md": "a.md"}
    assert len(adder("other").add([source(two)]).added) == 1  # another organisation's own copy
    assert len(table.documents(ACME)) == 1


def test_a_title_given_counts_and_a_file_without_one_has_its_name(
    adder: MakeAdder, table: PassageTable, tmp_path: Path
) -> None:
    adder().add([source(written(tmp_path / "leave.txt", LEAVE.encode()))])
    adder().add([source(markdown(tmp_path / "rules.md"))], title="Our rules")
    assert {d.title for d in table.documents(ACME).values()} == {"leave", "Our rules"}


def test_a_folder_is_walked_and_links_and_hidden_files_are_left_out(tmp_path: Path) -> None:
    folder = tmp_path / "policies"
    (folder / "leave").mkdir(parents=True)
    (folder / ".git").mkdir()
    for name in ("leave/a.md", ".git/b.md", ".c.md", "d.md"):
        markdown(folder / name)
    (folder / "link.md").symlink_to("/etc/hostname")
    assert [s.name for s in sources([folder])] == ["policies/d.md", "policies/leave/a.md"]


def test_two_files_of_one_name_are_not_mixed_up(adder: MakeAdder, tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        markdown(tmp_path / folder / "rules.md", f"# Rules of {folder}\n{LEAVE}")
    report = adder().add(sources([tmp_path / "a" / "rules.md", tmp_path / "b" / "rules.md"]))
    assert len(report.added) == 1
    assert list(report.refused) == [str(tmp_path / "b" / "rules.md")]


# --- splitting


@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=400),
        min_size=1,
        max_size=20,
    )
)
def test_passages_are_short_enough_and_lose_no_word(parts: list[str]) -> None:
    encoder = OnnxEncoder()
    text = ". ".join(parts)
    document = ParsedDocument(title="", sections=(Section(heading="H", page=3, text=text),))
    passages = split(document, "doc:x", ACME, "Title", encoder)
    place = 0
    for passage in passages:
        assert passage.page == 3
        assert passage.text in text
        assert len(encoder.token_spans(passage.encoded_text)) <= PASSAGE_TOKENS
        found = text.index(passage.text)
        assert text[place:found].strip() == "" or found < place
        place = found + len(passage.text)
    assert text[place:].strip() == ""


def test_a_long_section_is_cut_between_sentences_with_a_small_overlap() -> None:
    text = " ".join(f"Rule {i} says that the door stays shut in the evening." for i in range(120))
    document = ParsedDocument(title="", sections=(Section(heading="", page=None, text=text),))
    passages = split(document, "doc:x", ACME, "Doors", OnnxEncoder())
    assert len(passages) > 5
    assert all(p.text.startswith("Rule ") and p.text.endswith("evening.") for p in passages)
    for before, after in pairwise(passages):
        assert before.text.split(" ")[-11:-9] != after.text.split(" ")[:2]
        assert after.text[:20] in before.text


# --- erasing


def test_a_removed_document_leaves_no_byte_while_another_process_has_the_store_open(
    adder: MakeAdder, table: PassageTable, engine: Engine, tmp_path: Path
) -> None:
    text = "".join(f"## {CANARY} heading {i}\n{LEAVE} {CANARY} {i}\n" for i in range(300))
    report = adder().add([source(markdown(tmp_path / "rules.md", f"# {CANARY}\n{text}"))])
    (tmp_path / "rules.md").unlink()
    assert CANARY.encode() in everything(tmp_path / "data")
    reader = open_database(f"sqlite:///{tmp_path / 'data' / 'twofold.db'}")
    with reader.connect() as service:
        service.exec_driver_sql("SELECT count(*) FROM passages").scalar()
        service.rollback()
        [document_id] = report.added.values()
        table.remove(document_id, ACME)
        erase_traces(engine)
        assert CANARY.encode() not in everything(tmp_path / "data")
    reader.dispose()


def test_an_erasure_that_is_held_up_says_so(engine: Engine, tmp_path: Path) -> None:
    PassageTable(engine)
    reader = open_database(f"sqlite:///{tmp_path / 'data' / 'twofold.db'}")
    with reader.connect() as service:
        service.exec_driver_sql("BEGIN")
        service.exec_driver_sql("SELECT count(*) FROM passages").scalar()  # keeps its snapshot
        with pytest.raises(StoreError, match="erase-traces"):
            erase_traces(engine, seconds=0.5)
    reader.dispose()


def everything(folder: Path) -> bytes:
    return b"".join(p.read_bytes() for p in folder.rglob("*") if p.is_file())


def test_nobody_removes_another_organisations_document(
    adder: MakeAdder, table: PassageTable, tmp_path: Path
) -> None:
    [document_id] = adder().add([source(markdown(tmp_path / "rules.md"))]).added.values()
    table.remove(document_id, OTHER)
    assert table.of_document(document_id, OTHER) == []
    assert len(table.of_document(document_id, ACME)) == 2


# --- killed, full, another encoder


KILLED = """
import sys
import time
from itertools import pairwise
from pathlib import Path
from knowledge.documents.adding import Adder, sources
from knowledge.encoder import OnnxEncoder
from knowledge.passage import OrganisationId
from knowledge.store.database import open_database
from knowledge.store.passages import PassageTable
table = PassageTable(open_database(sys.argv[1]))
adder = Adder(table, OnnxEncoder(), OrganisationId("acme"), "policy")
adder.add(sources([Path(sys.argv[2])]), progress=lambda done, of: print(done, flush=True))
"""


def test_killed_at_any_point_whole_documents_stay_and_the_next_run_goes_on(
    adder: MakeAdder, table: PassageTable, tmp_path: Path
) -> None:
    folder = tmp_path / "policies"
    folder.mkdir()
    for i in range(24):
        rules = "".join(f"## Rule {j}\n{LEAVE} Case {i}, {j}.\n" for j in range(6))
        markdown(folder / f"{i:02}.md", f"# Paper {i}\n{rules}")
    url = f"sqlite:///{tmp_path / 'data' / 'twofold.db'}"
    acknowledged = 0
    for wanted in (1, 3, 7, 12):
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED, url, str(folder)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        while acknowledged < wanted:
            acknowledged = int(process.stdout.readline())
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()
        kept = table.documents(ACME)
        assert len(kept) >= acknowledged
        assert all(len(table.of_document(d, ACME)) == 6 for d in kept)
    report = adder().add(sources([folder]))
    assert (len(report.added) + len(report.unchanged), report.refused) == (24, {})
    assert len(report.unchanged) >= 12


def test_a_full_disk_refuses_the_document_and_reading_goes_on(
    adder: MakeAdder, table: PassageTable, engine: Engine, tmp_path: Path
) -> None:
    adder().add([source(markdown(tmp_path / "rules.md"))])
    with engine.connect() as connection:  # the pool hands this one connection out again
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    long = "".join(f"## Rule {i}\n{LEAVE}\n" for i in range(200))
    path = markdown(tmp_path / "long.md", f"# Long\n{long}")
    with pytest.raises(StoreError, match="full"):
        adder().add([source(path)])
    assert len(table.documents(ACME)) == 1
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1073741823")
    assert len(adder().add([source(path)]).added) == 1


def test_another_encoder_needs_no_file(
    adder: MakeAdder, table: PassageTable, tmp_path: Path
) -> None:
    path = docx(tmp_path / "rules.docx")
    [document_id] = adder().add([source(path)]).added.values()
    path.unlink()
    before = table.of_document(document_id, ACME)
    newer = FakeEncoder([[1.0, 0.0]] * len(before), digest="newer")
    assert encode_again(table, newer, lambda done, of: None) == 1
    assert table.of_document(document_id, ACME) == before
    ids, matrix = table.matrix("newer", ACME)
    assert (sorted(ids), matrix.shape) == (sorted(p.id for p in before), (len(before), 2))


@pytest.mark.postgres
def test_postgresql_keeps_replaces_finds_and_removes_the_same(
    postgres_url: str, encoder: OnnxEncoder, tmp_path: Path
) -> None:
    engine = open_database(postgres_url)
    table = PassageTable(engine)
    adder = Adder(table, encoder, ACME, "policy")
    path = markdown(tmp_path / "rules.md")
    [document_id] = adder.add([source(path)]).added.values()
    markdown(path, f"# House rules\n{NOTICE}\n")
    assert adder.add([source(path)]).replaced == {"rules.md": document_id}
    search = DocumentSearch(table, DocumentIndex(table, encoder.digest))
    vector = encoder.encode(["when is a note needed"]).vectors[0]
    assert [h.passage.text for h in search.find("when is a note needed", vector, ACME)] == [NOTICE]
    assert search.find("when is a note needed", vector, OTHER) == ()
    table.remove(document_id, ACME)
    erase_traces(engine)
    assert search.find("when is a note needed", vector, ACME) == ()
    engine.dispose()


def test_a_second_process_that_adds_is_refused_and_told_of_the_first(tmp_path: Path) -> None:
    settings = read_settings({"TWOFOLD_DATA": str(tmp_path / "data")})
    start = time.monotonic()
    with adding(settings, ACME, "policy"):
        with (
            pytest.raises(IndexLockedError, match=f"process {os.getpid()}"),
            adding(settings, OTHER, "policy"),
        ):
            pass
        assert time.monotonic() - start < 2  # P-B4
    with adding(settings, OTHER, "policy"):
        pass
