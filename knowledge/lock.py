"""One writer per data directory: an operating-system lock that dies with its process."""

import json
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from knowledge.errors import IndexLockedError


@contextmanager
def hold(directory: Path, purpose: str, name: str = "writer") -> Generator[None]:
    """Hold a lock of a data directory: the writer's, or another by its name.

    Raises IndexLockedError at once, naming the process that holds it.
    """
    directory.mkdir(parents=True, exist_ok=True)
    lock = FileLock(directory / f"{name}.lock")
    note = directory / f"{name}.json"
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise IndexLockedError(directory, _holder(note)) from error
    try:
        note.write_text(json.dumps({"pid": os.getpid(), "purpose": purpose}), encoding="utf-8")
        yield
    finally:
        note.unlink(missing_ok=True)
        lock.release()


def _holder(note: Path) -> str:
    try:
        data = json.loads(note.read_text(encoding="utf-8"))
        return f"process {data['pid']} ({data['purpose']})"
    except (OSError, ValueError, KeyError):
        return "another process"
