import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import text

from knowledge.encoder import OnnxEncoder
from knowledge.errors import StoreError
from knowledge.ingest import ingest_cards, is_current
from knowledge.library import load_library
from knowledge.passage import SHARED, card_passages, organisation_id
from knowledge.store.database import open_database
from knowledge.store.passages import PassageTable
from tests.builders import card_text, write_library


def silent(_done: int, _of: int) -> None:
    pass


@pytest.fixture
def table(tmp_path: Path) -> PassageTable:
    return PassageTable(open_database(f"sqlite:///{tmp_path / 'store.db'}"))


def test_an_ingest_writes_every_passage_with_its_vector(
    tmp_path: Path, table: PassageTable
) -> None:
    library, encoder = load_library(write_library(tmp_path / "k", "one", "two")), OnnxEncoder()
    report = ingest_cards(library, table, encoder, silent)
    assert (report.written, report.removed, report.unchanged) == (2, 0, 0)
    expected = {p.id for c in library.cards.values() for p in card_passages(c)}
    found = {
        p.id: v for ps, vs in table.vectors(encoder.digest) for p, v in zip(ps, vs, strict=True)
    }
    assert set(found) == expected
    passage = table.get(["card:one#situation-2"], SHARED)["card:one#situation-2"]
    again = encoder.encode([passage.encoded_text]).vectors[0]
    assert np.allclose(found[passage.id], again, atol=1e-5)


def test_a_second_ingest_encodes_only_what_changed(tmp_path: Path, table: PassageTable) -> None:
    folder, encoder = write_library(tmp_path / "k", "one", "two", "three"), OnnxEncoder()
    ingest_cards(load_library(folder), table, encoder, silent)
    before = table.revision()
    assert is_current(load_library(folder), table, encoder.digest)
    assert ingest_cards(load_library(folder), table, encoder, silent).written == 0
    assert table.revision() == before
    cards = folder / "cards" / "management"
    (cards / "two.md").write_text(card_text("two").replace("Nobody chose.", "Nobody dared."))
    (cards / "three.md").unlink()
    assert not is_current(load_library(folder), table, encoder.digest)
    report = ingest_cards(load_library(folder), table, encoder, silent)
    assert (report.written, report.removed, report.unchanged) == (1, 1, 1)
    assert table.get(["card:two#why"], SHARED)["card:two#why"].text == "Nobody dared."
    assert table.get(["card:three#why"], SHARED) == {}


def test_another_encoder_means_new_vectors(tmp_path: Path, table: PassageTable) -> None:
    library = load_library(write_library(tmp_path / "k", "one"))
    encoder = OnnxEncoder()
    ingest_cards(library, table, encoder, silent)
    assert not is_current(library, table, "another digest")


def test_a_kill_at_any_point_leaves_whole_cards(tmp_path: Path) -> None:
    folder = write_library(tmp_path / "k", *(f"card-{i}" for i in range(12)))
    url = f"sqlite:///{tmp_path / 'store.db'}"
    script = (
        "import os,signal,sys\n"
        "from pathlib import Path\n"
        "from knowledge.encoder import OnnxEncoder\n"
        "from knowledge.ingest import ingest_cards\n"
        "from knowledge.library import load_library\n"
        "from knowledge.store.database import open_database\n"
        "from knowledge.store.passages import PassageTable\n"
        "stop=int(sys.argv[3])\n"
        "def progress(done,of):\n"
        "    if done==stop: os.kill(os.getpid(),signal.SIGKILL)\n"
        "ingest_cards(load_library(Path(sys.argv[1])),PassageTable(open_database(sys.argv[2])),"
        "OnnxEncoder(),progress)\n"
    )
    killed = subprocess.run([sys.executable, "-c", script, str(folder), url, "5"], check=False)
    assert killed.returncode == -9
    table, library = PassageTable(open_database(url)), load_library(folder)
    stored = table.documents(SHARED)
    assert len(stored) == 5
    whole = {
        p.id for c in library.cards.values() for p in card_passages(c) if f"card:{c.id}" in stored
    }
    assert set(table.get(sorted(whole), SHARED)) == whole
    assert table.count() == len(whole)
    report = ingest_cards(library, table, OnnxEncoder(), silent)
    assert (report.written, report.unchanged) == (7, 5)


def test_a_damaged_database_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.write_bytes(b"this is no database, " * 500)
    with pytest.raises(StoreError, match="backup"):
        open_database(f"sqlite:///{path}")


def test_deleted_text_is_overwritten(tmp_path: Path, table: PassageTable) -> None:
    folder, encoder = write_library(tmp_path / "k", "one", "two"), OnnxEncoder()
    path = folder / "cards" / "management" / "one.md"
    path.write_text(card_text("one").replace("Nobody chose.", "Canary zebra quartz."))
    ingest_cards(load_library(folder), table, encoder, silent)
    table.remove("card:one", SHARED)
    with open_database(f"sqlite:///{tmp_path / 'store.db'}").connect() as connection:
        connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    assert b"zebra quartz" not in (tmp_path / "store.db").read_bytes()


@pytest.mark.parametrize("value", ["", "a", "shared", "Acme", "a b", "x" * 64, "$ne", "../up"])
def test_a_bad_organisation_id_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="expected 2 to 63"):
        organisation_id(value)


@pytest.mark.postgres
def test_the_store_works_on_postgresql(tmp_path: Path, postgres_url: str) -> None:
    engine = open_database(postgres_url)
    table, encoder = PassageTable(engine), OnnxEncoder()
    library = load_library(write_library(tmp_path / "k", "one", "two"))
    assert ingest_cards(library, table, encoder, silent).written == 2
    assert ingest_cards(library, table, encoder, silent).unchanged == 2
    assert sum(len(ps) for ps, _ in table.vectors(encoder.digest)) == table.count()
    table.remove("card:one", SHARED)
    assert table.get(["card:one#why"], SHARED) == {}
    engine.dispose()
