"""One size of `evals.bench.growth`: fill an index, or ask one, in a process of its own.

python -m evals.bench.growth_index fill|ask ENTRIES FOLDER prints one line of JSON.
"""

import json
import shutil
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

import numpy as np

from evals.bench.growth_data import ENCODER, MadeUpTable, blocks, queries, store
from evals.bench.machine import MEGABYTE, MeasureError, resident_megabytes, seconds
from knowledge.chroma_index import ChromaIndex
from knowledge.encoder import Vectors
from knowledge.index import Hit
from knowledge.store.database import open_database
from knowledge.store.passages import PassageTable

QUERIES = 200
WARM_UP = 20
RECALL_AT = 10
SQL_LIMIT = 100_000
"""Above this the index is measured alone."""


def main() -> None:
    """Measure and print."""
    step, entries, folder = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    print(json.dumps({"fill": fill, "ask": ask}[step](entries, folder)))


def fill(entries: int, folder: Path) -> dict[str, float]:
    """Entries a second, the size on disk, and the true neighbours for `ask`."""
    found: dict[str, float] = {}
    tiny = ChromaIndex(folder / "tiny", MadeUpTable(1), ENCODER, _silent)  # loads the library
    tiny.close()
    shutil.rmtree(folder / "tiny")
    with _table(entries, folder) as table:
        if entries <= SQL_LIMIT:
            found["sql_rate"] = entries / seconds(lambda: store(table, entries))
        start = perf_counter()
        index = ChromaIndex(folder / "index", table, ENCODER, _silent)
        found["index_rate"] = entries / (perf_counter() - start)
        index.close()
    found["index_disk"] = _megabytes(folder / "index")
    if entries <= SQL_LIMIT:
        found["sql_disk"] = _megabytes(folder) - found["index_disk"]
    truth = nearest_ids(entries, queries(QUERIES, entries))
    (folder / "truth.json").write_text(json.dumps(truth), encoding="utf-8")
    return found


def ask(entries: int, folder: Path) -> dict[str, float]:
    """Seconds to open, milliseconds a query, recall and memory of a process that only asks."""
    truth: list[list[str]] = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    asked = queries(QUERIES, entries)
    said: list[str] = []
    with _table(entries, folder) as table:
        start = perf_counter()
        index = ChromaIndex(folder / "index", table, ENCODER, said.append)
        opened = perf_counter() - start
    if said:
        raise MeasureError(said[0])
    for vector in asked[:WARM_UP]:
        index.search(vector, 150)
    hits: list[list[Hit]] = []
    few = [seconds(lambda v=v: hits.append(index.search(v, 20))) for v in asked]
    many = [seconds(lambda v=v: index.search(v, 150)) for v in asked]
    resident = resident_megabytes()
    index.close()
    right = sum(
        len({h.id for h in found[:RECALL_AT]} & set(true))
        for found, true in zip(hits, truth, strict=True)
    )
    return {
        "open_seconds": opened,
        **_percentiles("20", few),
        **_percentiles("150", many),
        "recall": right / sum(len(true) for true in truth),
        "resident": resident,
    }


def nearest_ids(entries: int, asked: Vectors) -> list[list[str]]:
    """Ids of the truly nearest entries of each query, nearest first."""
    scores = np.zeros((len(asked), 0), np.float32)
    ids = np.zeros((len(asked), 0), object)
    for passages, vectors in blocks(entries):
        names = np.array([p.id for p in passages], object)
        scores = np.concatenate([scores, asked @ vectors.T], axis=1)
        ids = np.concatenate([ids, np.broadcast_to(names, (len(asked), len(names)))], axis=1)
        order = np.argsort(-scores, axis=1, kind="stable")[:, :RECALL_AT]
        scores = np.take_along_axis(scores, order, axis=1)
        ids = np.take_along_axis(ids, order, axis=1)
    found: list[list[str]] = ids.tolist()
    return found


@contextmanager
def _table(entries: int, folder: Path) -> Generator[PassageTable]:
    if entries > SQL_LIMIT:
        yield MadeUpTable(entries)
        return
    engine = open_database(f"sqlite:///{folder / 'twofold.db'}")
    try:
        yield PassageTable(engine)
    finally:
        engine.dispose()


def _percentiles(name: str, times: list[float]) -> dict[str, float]:
    return {f"p{q}_{name}": float(np.percentile(times, q)) * 1e3 for q in (50, 95)}


def _megabytes(folder: Path) -> float:
    return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()) / MEGABYTE


def _silent(_: str) -> None:
    """It is known why the index is built."""


if __name__ == "__main__":
    main()
