"""A run as lines of Markdown."""

from collections.abc import Iterator

from evals.suite.run import Run

VALIDITY = (
    "All labels are given by language models; judge validity: not established (it needs at least "
    "300 human labels, see `twofold eval annotate`)."
)


def lines(run: Run) -> Iterator[str]:
    """The figures with their intervals, and what the run was made of."""
    card = run.card
    yield f"# Offline lane, {card.split}"
    yield ""
    yield VALIDITY
    yield ""
    yield "| figure | value | 95 % interval | n | |"
    yield "|---|--:|---|--:|---|"
    for f in run.figures.values():
        i = f.interval
        arrow = "up" if f.higher_is_better else "down"
        yield (
            f"| {f.name} | {i.mean:.3f} | {i.low:.3f} to {i.high:.3f} | {i.n} "
            f"| better: {arrow}{'; ' + f.note if f.note else ''} |"
        )
    yield ""
    times = ", ".join(f"{k} {v:.0f} ms" for k, v in run.latency.items())
    yield f"Latency of a reply on this machine: {times}."
    yield (
        f"Data {card.data_version} ({card.data[:12]}), cards {card.cards[:12]}, "
        f"encoder {card.encoder[:12]}, heads {card.heads[:12]}, code {card.git}, made {card.made}."
    )
