"""Reads a document in a process of its own that can do little harm and is ended in time.

A document comes from outside, and the libraries that read it are large: one that never ends, eats
memory or runs code of its own must not reach the coach. The process gets 20 s, 512 MB, no file to
write, no other program and no network: every socket is refused in Python, and where the kernel
allows it the process lives in a network namespace without any interface. What it sends back is
JSON and is checked like any input.
"""

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from knowledge.documents.formats import check_file
from knowledge.documents.limited import MEMORY_BYTES, SECONDS
from knowledge.documents.parsed import ParsedDocument, RefusedError

WORKERS = 2


def read_safely(path: Path) -> ParsedDocument:
    """Read one document in the limited process.

    Raises RefusedError with the reason when it is not taken in.
    """
    kind = check_file(path)
    command = [
        sys.executable,
        "-I",
        "-m",
        "knowledge.documents.limited",
        kind,
        str(path.absolute()),
    ]
    try:
        done = subprocess.run(  # noqa: S603
            command, capture_output=True, timeout=SECONDS, check=False, env={"LANG": "C.UTF-8"}
        )
    except subprocess.TimeoutExpired as error:
        raise RefusedError(f"reading it took more than {SECONDS} seconds") from error
    if done.returncode != 0:
        raise RefusedError(_why(done.returncode, done.stderr))
    try:
        answer = json.loads(done.stdout)
        if "refused" in answer:
            raise RefusedError(str(answer["refused"])[:300])
        return TypeAdapter(ParsedDocument).validate_python(answer)
    except (ValueError, TypeError, ValidationError) as error:
        raise RefusedError("reading it gave no sensible answer") from error


def read_all(paths: Iterable[Path]) -> Iterator[tuple[Path, ParsedDocument | RefusedError]]:
    """Read documents in the order given, the next ones while the caller works on the last."""

    def attempt(path: Path) -> ParsedDocument | RefusedError:
        try:
            return read_safely(path)
        except RefusedError as error:
            return error

    with ThreadPoolExecutor(WORKERS) as pool:
        waiting = iter(paths)
        ahead: list[tuple[Path, Future[ParsedDocument | RefusedError]]] = [
            (p, pool.submit(attempt, p)) for p in islice(waiting, 2 * WORKERS)
        ]
        while ahead:
            path, future = ahead.pop(0)
            yield path, future.result()
            ahead += [(p, pool.submit(attempt, p)) for p in islice(waiting, 1)]


def _why(code: int, errors: bytes) -> str:
    if b"MemoryError" in errors or code in (-9, -11, -6):
        return f"reading it took more than {MEMORY_BYTES // 1024**2} MB of memory, or ended badly"
    if code in (-24, 152):
        return f"reading it took more than {SECONDS} seconds"
    return "reading it failed; open it and save it again"
