"""`python -m evals.bench`: the table of medians, or `--json`."""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from evals.bench.machine import ROOT, MeasureError, ask_child
from evals.bench.measure import Measure, table
from evals.bench.processes import command_seconds
from evals.bench.server import measure_server
from evals.bench.sizes import locked_megabytes
from evals.bench.texts import SITUATION

REPLIES = 200


def main() -> int:
    """Measure, print, and return 1 under --strict when a bar is missed."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="twofold-bench-") as folder:
        measures = _measure(Path(folder), options.peer)
    if options.json:
        print(json.dumps([m.as_json() for m in measures], indent=1))
    else:
        print(*table(measures), sep="\n")
    missed = [m for m in measures if m.bar is not None and m.verdict != "ok"]
    return 1 if options.strict and missed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m evals.bench", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--strict", action="store_true", help="exit 1 when a bar is missed")
    parser.add_argument(
        "--peer",
        type=Path,
        default=ROOT / "build" / "peer",
        help="environment of the naive peer, left out when it is not there",
    )
    return parser.parse_args()


def _measure(folder: Path, peer_environment: Path) -> list[Measure]:
    data = folder / "data"
    _say("replies in process")
    own = _attempt(lambda: ask_child(Path(sys.executable), "evals.bench.in_process", (), data))
    _say("naive peer")
    peer = _attempt(lambda: _peer(peer_environment, folder))
    return [
        *_in_process(own, peer),
        *_commands(data),
        *_server(data),
        _sized(peer),
    ]


def _attempt(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return work()
    except MeasureError as error:
        return {"error": str(error)}


def _peer(environment: Path, folder: Path) -> dict[str, Any]:
    python = environment / "bin" / "python"
    if not python.exists():
        raise MeasureError("no peer here; `make bench-peer` installs it")
    from knowledge.library import load_library
    from knowledge.passage import card_passages

    passages = folder / "passages.json"
    texts = [p.encoded_text for c in load_library().cards.values() for p in card_passages(c)]
    passages.write_text(json.dumps(texts), encoding="utf-8")
    arguments = (str(passages), str(folder / "peer"))
    return ask_child(python, "evals.bench.peer", arguments, folder)


def _in_process(own: dict[str, Any], peer: dict[str, Any]) -> Iterator[Measure]:
    note = own.get("error", "") or peer.get("error", "")

    def value(name: str, of: dict[str, Any], factor: float = 1.0) -> float | None:
        return of[name] * factor if name in of else None

    rows = (
        ("encoder, 60 words, one core", "encoder"),
        ("cards found for 60 words", "retrieve"),
        ("whole reply in process", "reply"),
    )
    for name, key in rows:
        yield Measure(
            name=name, value=value(key, own, 1e3), unit="ms", peer=value(key, peer, 1e3), note=note
        )
        note = ""
    ratio = own["reply"] / own["encoder"] if "reply" in own else None
    yield Measure(name="whole reply / encoder", value=ratio, unit="x", bar=2.5)
    yield Measure(
        name="all cards ingested", value=value("ingest", own), unit="s", peer=value("ingest", peer)
    )
    yield Measure(
        name="resident memory, in process",
        value=value("resident", own),
        unit="MB",
        peer=value("resident", peer),
    )


def _commands(data: Path) -> Iterator[Measure]:
    for name, arguments, bar in (
        ("twofold --help", ("--help",), 0.4),
        ("twofold ask", ("ask", SITUATION), 2.5),
    ):
        _say(name)
        with _noted() as problem:
            taken = command_seconds(arguments, data)
            yield Measure(name=name, value=taken, unit="s", bar=bar)
        if problem:
            yield Measure(name=name, value=None, unit="s", bar=bar, note=problem[0])


def _server(data: Path) -> Iterator[Measure]:
    _say(f"twofold serve, {REPLIES} replies")
    names = ("server memory after start", f"server memory after {REPLIES} replies")
    with _noted() as problem:
        found = measure_server(data, REPLIES)
        yield Measure(name="server ready", value=found.ready_seconds, unit="s")
        for name, value in zip(
            names, (found.started_megabytes, found.loaded_megabytes), strict=True
        ):
            yield Measure(name=name, value=value, unit="MB", bar=500)
        yield Measure(name="reply through the page", value=found.reply_seconds * 1e3, unit="ms")
    if problem:
        for name in names:
            yield Measure(name=name, value=None, unit="MB", bar=500, note=problem[0])


def _sized(peer: dict[str, Any]) -> Measure:
    return Measure(
        name="installed size, runtime",
        value=locked_megabytes(ROOT / "requirements.lock"),
        unit="MB",
        bar=900,
        peer=peer.get("installed"),
    )


@contextmanager
def _noted() -> Generator[list[str]]:
    """A list that holds why something could not be measured, empty when it could."""
    problem: list[str] = []
    try:
        yield problem
    except MeasureError as error:
        problem.append(str(error))


def _say(what: str) -> None:
    print(f"measuring: {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
