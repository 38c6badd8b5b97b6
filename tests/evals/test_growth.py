import argparse
from pathlib import Path

import numpy as np
import pytest

from evals.bench.growth import Growth, sizes, table
from evals.bench.growth_data import BLOCK, ENCODER, MadeUpTable, blocks, queries, store
from evals.bench.growth_index import ask, fill, nearest_ids
from evals.bench.growth_plot import plot
from knowledge.index import ExactIndex
from knowledge.store.database import open_database
from knowledge.store.passages import PassageTable

ROW = Growth(
    entries=1_000_000,
    index_rate=1234.5,
    open_seconds=2.0,
    p50_20=1.0,
    p95_20=2.0,
    p50_150=3.0,
    p95_150=4.0,
    recall=0.987,
    resident=2000.0,
    index_disk=3000.0,
)


def test_sizes_are_read() -> None:
    assert sizes("7,1k, 10k,1M") == [7, 1_000, 10_000, 1_000_000]


@pytest.mark.parametrize("text", ["", "0", "1K", "1k,,2k", "-1", "1.5k", "many"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="expected sizes"):
        sizes(text)


def test_entries_are_the_same_every_time_and_lie_as_the_cards_do() -> None:
    (first, vectors), (second, more) = blocks(BLOCK + 5)
    assert len(first) == len(vectors) == BLOCK
    assert len(second) == len(more) == 5
    assert len({p.id for p in [*first, *second]}) == BLOCK + 5
    again = next(blocks(100))[1]
    assert np.array_equal(again, vectors[:100])
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)
    likeness = vectors[:1200] @ vectors[:1200].T
    documents = np.arange(1200) // 12
    same = documents[:, None] == documents[None]
    np.fill_diagonal(same, val=False)
    apart = documents[:, None] != documents[None]
    assert likeness[same].mean() == pytest.approx(0.43, abs=0.02)
    assert likeness[apart].mean() == pytest.approx(0.31, abs=0.02)


def test_true_neighbours_are_those_of_exact_search(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'twofold.db'}")
    stored = PassageTable(engine)
    store(stored, 500)
    exact = ExactIndex(stored, ENCODER)
    asked = queries(5, 500)
    found = [[h.id for h in exact.search(v, 10)] for v in asked]
    assert found == nearest_ids(500, asked)
    assert found == [
        [h.id for h in ExactIndex(MadeUpTable(500), ENCODER).search(v, 10)] for v in asked
    ]
    engine.dispose()


def test_a_small_size_is_measured(tmp_path: Path) -> None:
    row = Growth(entries=300, **fill(300, tmp_path), **ask(300, tmp_path))
    assert row.recall == 1.0
    assert row.sql_rate
    assert row.index_rate > 0
    assert 0 < row.p50_20 <= row.p95_20
    assert row.index_disk > 0


def test_what_was_not_measured_is_a_dash() -> None:
    head, line, row = table([ROW])
    assert head.count("|") == line.count("|") == row.count("|")
    assert row.startswith("| 1,000,000 | - | 1,234 |")
    assert row.endswith("| - |")


def test_the_plot_is_small_and_the_same_every_time(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="`make setup-dev` installs it")
    for name in ("a.svg", "b.svg"):
        plot([ROW, ROW], tmp_path / name)
    drawn = (tmp_path / "a.svg").read_bytes()
    assert drawn == (tmp_path / "b.svg").read_bytes()
    assert 5_000 < len(drawn) < 100_000
