"""How the index grows: ingest, query times, recall, memory and disk by number of entries.

Entries are made up, with a fixed seed, and lie as the cards' do. Up to 100k they go through the
SQL store; above that the index is measured alone. Each size has two processes of its own, one that
fills and one that only asks, in a temporary directory.
"""

import argparse
import json
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path

from evals.bench.machine import MeasureError, ask_child

SIZES = "1k,10k,100k"
FACTORS = {"": 1, "k": 1_000, "M": 1_000_000}
CHILD = "evals.bench.growth_index"


@dataclass(frozen=True, kw_only=True)
class Growth:
    """What was measured at one size. Rates are entries a second, times milliseconds, sizes MB."""

    entries: int
    sql_rate: float | None = None
    """None where the index was measured alone."""
    index_rate: float
    open_seconds: float
    """To check the files, open and audit, as `twofold serve` does at its start."""
    p50_20: float
    """Of a query for 20 hits."""
    p95_20: float
    p50_150: float
    """Of a query for 150 hits, as the retriever asks."""
    p95_150: float
    recall: float
    """Of the ten nearest, against exact search."""
    resident: float
    """Of the process that asks."""
    index_disk: float
    sql_disk: float | None = None


COLUMNS = (
    ("entries", "entries", ",.0f"),
    ("SQL, entries/s", "sql_rate", ",.0f"),
    ("index, entries/s", "index_rate", ",.0f"),
    ("open, s", "open_seconds", ".1f"),
    ("20 hits p50, ms", "p50_20", ".1f"),
    ("p95", "p95_20", ".1f"),
    ("150 hits p50, ms", "p50_150", ".1f"),
    ("p95", "p95_150", ".1f"),
    ("recall@10", "recall", ".3f"),
    ("memory, MB", "resident", ",.0f"),
    ("index, MB", "index_disk", ",.0f"),
    ("SQL, MB", "sql_disk", ",.0f"),
)


def main() -> int:
    """Measure and print; 1 when a size could not be measured."""
    options = _options()
    rows: list[Growth] = []
    problems: list[str] = []
    for entries in options.sizes:
        print(f"measuring: {entries:,} entries", file=sys.stderr, flush=True)
        try:
            rows.append(measure(entries))
        except MeasureError as error:
            problems.append(f"{entries:,} entries: {error}")
    if options.json:
        print(json.dumps([asdict(row) for row in rows], indent=1))
    else:
        print(*table(rows), sep="\n")
    if options.plot and rows:
        from evals.bench.growth_plot import plot

        plot(rows, options.plot)
    print(*problems, sep="\n", end="\n" if problems else "", file=sys.stderr)
    return 1 if problems else 0


def measure(entries: int) -> Growth:
    """Measure one size.

    Raises MeasureError when it cannot be done.
    """
    with tempfile.TemporaryDirectory(prefix="twofold-growth-") as folder:
        found: dict[str, float] = {}
        for step in ("fill", "ask"):
            arguments = (step, str(entries), folder)
            found |= ask_child(Path(sys.executable), CHILD, arguments, Path(folder))
    return Growth(entries=entries, **found)


def sizes(text: str) -> list[int]:
    """Read sizes such as `1k,10k,1M`.

    Raises ArgumentTypeError naming the one that is none.
    """
    found: list[int] = []
    for part in text.split(","):
        match = re.fullmatch(r"([1-9]\d*)([kM]?)", part.strip())
        if match is None:
            raise argparse.ArgumentTypeError(f"{part!r}: expected sizes such as 1k,10k,100k,1M")
        found.append(int(match[1]) * FACTORS[match[2]])
    return found


def table(rows: Sequence[Growth]) -> Iterator[str]:
    """Lines of a Markdown table."""
    yield "| " + " | ".join(title for title, _, _ in COLUMNS) + " |"
    yield "|" + "--:|" * len(COLUMNS)
    for row in rows:
        values = asdict(row)
        cells = ("-" if values[n] is None else format(values[n], f) for _, n, f in COLUMNS)
        yield "| " + " | ".join(cells) + " |"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m evals.bench.growth", description=__doc__)
    parser.add_argument(
        "--sizes",
        type=sizes,
        default=sizes(SIZES),
        help=f"how many entries, default {SIZES}; 1M takes more than half an hour and 3 GB",
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument(
        "--plot", type=Path, metavar="FILE.svg", help="draw the figures as well (needs matplotlib)"
    )
    options = parser.parse_args()
    if options.plot and find_spec("matplotlib") is None:
        parser.error("--plot needs matplotlib; `make setup-dev` installs it")
    return options


if __name__ == "__main__":
    sys.exit(main())
