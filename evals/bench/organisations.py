"""Finding an organisation's own passages among many organisations': three ways, by size.

`exact` is what ships: the organisation's vectors in memory, read from SQL. `filter` is one Chroma
collection with a metadata filter, `collections` one Chroma collection each; both only up to 100k.
The first organisation holds 1 % of the passages; recall is against exact search.

    python -m evals.bench.organisations --sizes 10k,100k
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from evals.bench.growth import sizes
from evals.bench.growth_data import ENCODER, PER_DOCUMENT, blocks, queries
from evals.bench.machine import resident_megabytes, seconds
from knowledge.chroma_index import BATCH, CONFIGURATION, scratch_client
from knowledge.documents.index import DocumentIndex
from knowledge.encoder import Vectors
from knowledge.passage import OrganisationId
from knowledge.store.database import open_database
from knowledge.store.passages import Document, PassageTable

ORGANISATIONS = 100
QUERIES = 200
RECALL_AT = 8
CHROMA_LIMIT = 100_000
Ask = Callable[[Vectors], list[str]]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One way at one size; times in milliseconds."""

    passages: int
    way: str
    cold: float | None
    """The organisation's first question, which reads its vectors."""
    p50: float
    p95: float
    recall: float
    resident: float
    """Of this process, MB."""


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="python -m evals.bench.organisations",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--sizes", type=sizes, default=sizes("10k,100k"))
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args()
    rows: list[Row] = []
    for passages in options.sizes:
        print(f"measuring: {passages:,} passages", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix="twofold-organisations-") as folder:
            rows += measure(passages, Path(folder))
    if options.json:
        print(json.dumps([asdict(r) for r in rows], indent=1))
        return 0
    print("| passages | way | first, ms | p50, ms | p95, ms | recall@8 | memory, MB |")
    print("|--:|---|--:|--:|--:|--:|--:|")
    for r in rows:
        cold = "-" if r.cold is None else f"{r.cold:.1f}"
        print(
            f"| {r.passages:,} | {r.way} | {cold} | {r.p50:.2f} | {r.p95:.2f} "
            f"| {r.recall:.3f} | {r.resident:.0f} |"
        )
    return 0


def measure(passages: int, folder: Path) -> list[Row]:
    """All ways at one size."""
    engine = open_database(f"sqlite:///{folder / 'twofold.db'}")
    table = PassageTable(engine)
    _fill(table, passages)
    first = _organisation(0)
    ids, matrix = table.matrix(ENCODER, first)
    asked = queries(QUERIES, passages)
    orders: list[list[int]] = np.argsort(-(asked @ matrix.T), axis=1)[:, :RECALL_AT].tolist()
    truth = [[ids[i] for i in order] for order in orders]
    index = DocumentIndex(table, ENCODER)
    start = perf_counter()
    index.search(asked[0], RECALL_AT, first)
    cold = (perf_counter() - start) * 1e3
    rows = [
        _timed(
            passages,
            "exact",
            lambda v: [h.id for h in index.search(v, RECALL_AT, first)],
            asked,
            truth,
            cold,
        )
    ]
    if passages <= CHROMA_LIMIT:
        rows += _chroma(passages, folder, asked, truth)
    engine.dispose()
    return rows


def _chroma(passages: int, folder: Path, asked: Vectors, truth: list[list[str]]) -> list[Row]:
    client = scratch_client(folder / "chroma")

    def made(name: str) -> Any:
        return client.create_collection(name, embedding_function=None, configuration=CONFIGURATION)

    together, apart = made("together"), [made(f"organisation-{i}") for i in range(ORGANISATIONS)]
    for number, ids, vectors in _parts(passages):
        owner = {"organisation": str(_organisation(number))}
        for i in range(0, len(ids), BATCH):
            part, rows = ids[i : i + BATCH], vectors[i : i + BATCH]
            together.add(ids=part, embeddings=rows, metadatas=[owner] * len(part))
            apart[number].add(ids=part, embeddings=rows)
    where = {"organisation": {"$eq": str(_organisation(0))}}

    def filtered(vector: Vectors) -> list[str]:
        return together.query(
            query_embeddings=[vector], n_results=RECALL_AT, where=where, include=[]
        )["ids"][0]

    def own(vector: Vectors) -> list[str]:
        return apart[0].query(query_embeddings=[vector], n_results=RECALL_AT, include=[])["ids"][0]

    found = [
        _timed(passages, "filter", filtered, asked, truth),
        _timed(passages, "collections", own, asked, truth),
    ]
    client.close()
    return found


def _timed(  # noqa: PLR0913, PLR0917
    passages: int,
    way: str,
    ask: Ask,
    asked: Vectors,
    truth: Sequence[list[str]],
    cold: float | None = None,
) -> Row:
    for vector in asked[:20]:
        ask(vector)
    found: list[list[str]] = []
    times = [seconds(lambda v=v: found.append(ask(v))) * 1e3 for v in asked]
    right = sum(len(set(f) & set(t)) for f, t in zip(found, truth, strict=True))
    return Row(
        passages=passages,
        way=way,
        cold=cold,
        p50=float(np.percentile(times, 50)),
        p95=float(np.percentile(times, 95)),
        recall=right / sum(len(t) for t in truth),
        resident=resident_megabytes(),
    )


def _organisation(number: int) -> OrganisationId:
    return OrganisationId(f"organisation-{number}")


def _parts(passages: int) -> list[tuple[int, list[str], Vectors]]:
    """Which organisation holds which passages: every hundredth document is the first one's."""
    found: dict[int, tuple[list[str], list[Vectors]]] = {}
    for entries, vectors in blocks(passages):
        for i in range(0, len(entries), PER_DOCUMENT):
            number = int(entries[i].document_id.rpartition("-")[2]) % ORGANISATIONS
            ids, kept = found.setdefault(number, ([], []))
            ids += [p.id for p in entries[i : i + PER_DOCUMENT]]
            kept.append(vectors[i : i + PER_DOCUMENT])
    return [(n, ids, np.concatenate(kept)) for n, (ids, kept) in found.items()]


def _fill(table: PassageTable, passages: int) -> None:
    from dataclasses import replace

    for entries, vectors in blocks(passages):
        for i in range(0, len(entries), PER_DOCUMENT):
            part = entries[i : i + PER_DOCUMENT]
            owner = _organisation(int(part[0].document_id.rpartition("-")[2]) % ORGANISATIONS)
            document = Document(
                id=part[0].document_id,
                organisation=owner,
                kind="policy",
                title=part[0].title,
                content_hash="",
                encoder=ENCODER,
                source=part[0].document_id,
            )
            own = [replace(p, organisation=owner, kind="document") for p in part]
            table.replace(document, own, vectors[i : i + PER_DOCUMENT])


if __name__ == "__main__":
    sys.exit(main())
