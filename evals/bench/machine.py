"""One core, resident memory, and children that answer in JSON. Needs nothing but psutil."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

MEGABYTE = 1e6
ROOT = Path(__file__).parent.parent.parent


class MeasureError(Exception):
    """Something could not be measured; the message says why."""


def pin_to_one_core() -> None:
    """Keep this process on one core where the system can; to be called before heavy imports."""
    if sys.platform == "linux":
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def resident_megabytes(pid: int | None = None) -> float:
    """Resident memory of a process and its children."""
    import psutil

    process = psutil.Process(pid)
    family = [process, *process.children(recursive=True)]
    return sum(p.memory_info().rss for p in family) / MEGABYTE


def seconds(work: Callable[[], object]) -> float:
    """How long one call takes."""
    start = perf_counter()
    work()
    return perf_counter() - start


def environment(data: Path) -> Mapping[str, str]:
    """This process's environment with a data directory of our own and no other settings."""
    kept = {n: v for n, v in os.environ.items() if not n.startswith("TWOFOLD_")}
    return {**kept, "TWOFOLD_DATA": str(data)}


def ask_child(python: Path, module: str, arguments: Sequence[str], data: Path) -> dict[str, Any]:
    """Run a module in a process of its own and read the JSON on its last line.

    Raises MeasureError with the end of its output when it fails.
    """
    result = subprocess.run(  # noqa: S603
        [str(python), "-m", module, *arguments],
        cwd=ROOT,
        env=environment(data),
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise MeasureError(f"{module}: {last_line(result.stderr)}")
    return json.loads(last_line(result.stdout))


def last_line(text: str) -> str:
    """The last line of what a process printed."""
    return (text.strip().splitlines() or ["no output"])[-1]
