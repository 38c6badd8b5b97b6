"""Whole commands, from start to end of the process."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from evals.bench.machine import MeasureError, environment, last_line, seconds

RUNS = 9


def twofold() -> Path:
    """The command as it is installed beside this Python."""
    return Path(sys.executable).parent / "twofold"


def command_seconds(arguments: Sequence[str], data: Path, runs: int = RUNS) -> float:
    """Median over some runs of a command, after one that warms the disk.

    Raises MeasureError when it fails.
    """

    def run() -> None:
        result = subprocess.run(  # noqa: S603
            [str(twofold()), *arguments],
            env=environment(data),
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode:
            raise MeasureError(f"twofold {arguments[0]}: {last_line(result.stderr)}")

    run()
    return median(seconds(run) for _ in range(runs))
