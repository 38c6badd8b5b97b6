"""The process that reads one document: gives up its rights first, then reads."""

import ctypes
import json
import resource
import sys
from dataclasses import asdict
from pathlib import Path

from knowledge.documents.parsed import RefusedError
from knowledge.documents.reading import read_document

SECONDS = 20
MEMORY_BYTES = 512 * 1024 * 1024
CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
FORBIDDEN = (
    *("socket.", "subprocess.", "ctypes."),
    *("os.system", "os.exec", "os.posix_spawn", "os.fork", "os.remove", "os.rename"),
)
WRITING = frozenset("wax+")


def _limit() -> None:
    """Give up what reading does not need. The order matters: the network goes last."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        if libc.unshare(CLONE_NEWNET) != 0:
            libc.unshare(CLONE_NEWUSER | CLONE_NEWNET)
    sys.addaudithook(_refuse)


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if event.startswith(FORBIDDEN):
        raise PermissionError(f"{event} is not for reading a document")
    if event == "open" and isinstance(mode := arguments[1], str) and WRITING & set(mode):
        raise PermissionError("a document is only read")


def main(kind: str, path: str) -> None:
    """Read one file and write what was found, or why it was refused, as JSON."""
    _limit()
    try:
        answer: dict[str, object] = asdict(read_document(Path(path), kind))
    except RefusedError as error:
        answer = {"refused": str(error)}
    except RecursionError:
        answer = {"refused": "it is nested too deeply"}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
