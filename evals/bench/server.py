"""Memory and speed of the served page, driven as its own script drives it."""

import json
import re
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any
from uuid import uuid4

from evals.bench.machine import (
    MeasureError,
    environment,
    last_line,
    resident_megabytes,
    seconds,
)
from evals.bench.processes import twofold
from evals.bench.texts import MESSAGES

READY_SECONDS = 180
REPLY_SECONDS = 60
END_SECONDS = 20


@dataclass(frozen=True, kw_only=True)
class ServerFigures:
    """What was measured at a running server."""

    ready_seconds: float
    """From the start of the process to the first answer."""
    started_megabytes: float
    """Resident after the page was loaded once."""
    loaded_megabytes: float
    """Resident after the replies."""
    reply_seconds: float
    """Median of a reply through the page, one at a time."""


def measure_server(data: Path, replies: int) -> ServerFigures:
    """Start `twofold serve`, send messages in conversations of ten, and look at its memory.

    Raises MeasureError when it does not start or does not reply.
    """
    start = time.monotonic()
    with _serving(data) as (url, process):
        ready = time.monotonic() - start
        event = _message_event(_get(url))
        started = resident_megabytes(process.pid)
        times: list[float] = []
        session = ""
        for i in range(replies):
            text = MESSAGES[i % len(MESSAGES)]
            session = session if i % len(MESSAGES) else uuid4().hex[:12]
            times.append(seconds(lambda s=session, t=text: _reply(url, event, s, t)))
        return ServerFigures(
            ready_seconds=ready,
            started_megabytes=started,
            loaded_megabytes=resident_megabytes(process.pid),
            reply_seconds=median(times),
        )


@contextmanager
def _serving(data: Path) -> Generator[tuple[str, subprocess.Popen[bytes]]]:
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    log = data.parent / "serve.log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603
            [str(twofold()), "serve", "--port", str(port)],
            env=environment(data),
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_until_healthy(url, process, log)
        yield url, process
    finally:
        process.terminate()
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_healthy(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            last = last_line(log.read_text(errors="replace"))
            raise MeasureError(f"twofold serve ended with {process.returncode}: {last}")
        try:
            _get(f"{url}/healthz")
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.05)
        else:
            return
    raise MeasureError(f"twofold serve was not ready in {READY_SECONDS} s")


def _message_event(page: str) -> int:
    """The number of the page's event that sends a message: the one the text box submits."""
    config = re.search(r"window\.gradio_config\s*=\s*", page)
    if config is None:
        raise MeasureError("the page holds no Gradio configuration")
    found = json.JSONDecoder().raw_decode(page, config.end())[0]
    for dependency in found["dependencies"]:
        if any(target[1] == "submit" for target in dependency["targets"]):
            return int(dependency["id"])
    raise MeasureError("no event of the page is sent by submitting a text box")


def _reply(url: str, event: int, session: str, text: str) -> None:
    """Send one message and wait for the whole reply."""
    body: dict[str, Any] = {"fn_index": event, "session_hash": session, "data": [text, None]}
    request = urllib.request.Request(  # noqa: S310
        f"{url}/gradio_api/queue/join",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    urllib.request.urlopen(request, timeout=REPLY_SECONDS).close()  # noqa: S310
    stream = f"{url}/gradio_api/queue/data?session_hash={session}"
    with urllib.request.urlopen(stream, timeout=REPLY_SECONDS) as lines:  # noqa: S310
        for line in lines:
            if not line.startswith(b"data:"):
                continue
            message = json.loads(line[5:])
            if message["msg"] == "process_completed":
                if not message["success"]:
                    raise MeasureError(f"the page failed to reply: {message.get('output')}")
                return
    raise MeasureError("the page closed the stream without a reply")


def _get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=REPLY_SECONDS) as response:  # noqa: S310
        return response.read().decode()


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]
