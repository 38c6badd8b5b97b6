"""The figures of `evals.bench.growth` as four small charts in one SVG."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evals.bench.growth import Growth

PANELS = (
    (
        "one query, ms",
        (("20 hits p50", "p50_20"), ("20 hits p95", "p95_20"), ("150 hits p50", "p50_150")),
    ),
    ("ingest, entries a second", (("index", "index_rate"), ("SQL", "sql_rate"))),
    ("resident memory, MB", (("process that asks", "resident"),)),
    ("disk, MB", (("index", "index_disk"), ("SQL", "sql_disk"))),
)


def plot(rows: Sequence["Growth"], path: Path) -> None:
    """Draw the rows; the same rows give the same file."""
    import matplotlib
    from matplotlib.figure import Figure

    library: Any = matplotlib
    style = {"svg.fonttype": "none", "svg.hashsalt": "twofold", "font.size": 9}
    with library.rc_context(style):
        figure: Any = Figure(figsize=(8, 5.5), layout="constrained")
        for place, (title, lines) in enumerate(PANELS, 1):
            axes = figure.add_subplot(2, 2, place)
            for label, name in lines:
                drawn = [r for r in rows if getattr(r, name) is not None]
                values = [getattr(r, name) for r in drawn]
                axes.plot([r.entries for r in drawn], values, marker="o", label=label)
            axes.set(title=title, xlabel="entries", xscale="log", yscale="log")
            axes.grid(visible=True, alpha=0.3)
            axes.legend(frameon=False)
        figure.savefig(path, format="svg", metadata={"Date": None})
