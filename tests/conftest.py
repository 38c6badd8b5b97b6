"""What every test stands on: no network, quiet libraries, a prepared store, named omissions."""

import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from importlib.util import find_spec
from ipaddress import ip_address
from pathlib import Path
from typing import cast

import pytest

from assistant.factory import reading
from assistant.settings import quieten_libraries, read_settings

ROOT = Path(__file__).parent.parent
LIVE = "live"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
POSTGRES_SECONDS = 30


class OutboundCallError(RuntimeError):
    """A test tried to reach an address off this machine."""


class Guard:
    """Refuses sockets off loopback, whichever library opens them, and remembers the attempts.

    An audit hook sees every connection Python code makes and cannot be removed, hence `active`.
    Libraries that open sockets in compiled code of their own (uvloop, grpc) are not seen.
    """

    def __init__(self) -> None:
        self.active = True
        self.attempts: list[str] = []

    def audit(self, event: str, arguments: tuple[object, ...]) -> None:
        """The audit hook."""
        if not self.active or not event.startswith("socket."):
            return
        if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
            self._check(event, arguments[1])
        elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
            self._check(event, (arguments[0],))

    def _check(self, event: str, address: object) -> None:
        host = cast("tuple[object, ...]", address)[0] if isinstance(address, tuple) else None
        if not is_local(host):
            attempt = f"{event} {host!r}"
            self.attempts.append(attempt)
            raise OutboundCallError(
                f"{attempt}: tests stay on this machine. Use a fake or a server on 127.0.0.1; "
                "what must talk to the world is marked `live`."
            )


def is_local(host: object) -> bool:
    """Whether a host of a socket address is this machine; None and '' listen on every address."""
    if isinstance(host, (bytes, bytearray)):
        host = host.decode(errors="replace")
    if not isinstance(host, str) or host in ("", "localhost", "0.0.0.0", "::", OWN_NAME):
        return True
    try:
        return ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


OWN_NAME = socket.gethostname()
guard = Guard()
left_out: Counter[tuple[str, str]] = Counter()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--require",
        default="",
        help="comma-separated markers (browser,postgres) that must not be left out",
    )


def pytest_configure(config: pytest.Config) -> None:
    quieten_libraries()
    required = str(config.getoption("--require")).split(",")
    missing = {m: missing_for(m) for m in required if m}
    if problems := [f"{marker}: {reason}" for marker, reason in missing.items() if reason]:
        raise pytest.UsageError("required, but " + "; ".join(problems))
    if not live_wanted(config):
        sys.addaudithook(guard.audit)


def live_wanted(config: pytest.Config) -> bool:
    """Whether -m asks for tests that talk to a real model."""
    return LIVE in str(config.getoption("markexpr"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests whose need is missing here, and count them by marker and reason."""
    reasons = {m: missing_for(m) for m in ("browser", "postgres")}
    if not live_wanted(config):
        reasons[LIVE] = "talks to a real model; run with ARGS='-m live'"
    kept: list[pytest.Item] = []
    for item in items:
        needs = [m for m, reason in reasons.items() if reason and item.get_closest_marker(m)]
        left_out.update((m, reasons[m]) for m in needs[:1])
        if not needs:
            kept.append(item)
    if len(kept) < len(items):
        config.hook.pytest_deselected(items=[i for i in items if i not in kept])
        items[:] = kept


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for (marker, reason), count in sorted(left_out.items()):
        terminalreporter.write_line(f"left out: {count} marked {marker}: {reason}")


def missing_for(marker: str) -> str:
    """What a marker needs and this machine lacks, with the remedy; '' when nothing."""
    if marker == "browser":
        if find_spec("playwright") is None:
            return "Playwright is not installed; `make setup-dev` installs it"
        return "" if chromium() else "no Chromium here; sudo apt-get install chromium"
    if marker == "postgres":
        if find_spec("psycopg") is None:
            return "psycopg is not installed; `make setup-dev` installs it"
        return (
            ""
            if postgres_program("initdb")
            else ("no PostgreSQL server here; sudo apt-get install postgresql")
        )
    raise pytest.UsageError(f"--require {marker!r}: expected browser or postgres")


def chromium() -> str | None:
    """Path of a Chromium that is installed."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def postgres_program(name: str) -> str | None:
    """Path of a program of the newest PostgreSQL server; Debian keeps them off PATH."""
    installed = Path("/usr/lib/postgresql").glob(f"*/bin/{name}")
    newest = max(installed, key=lambda p: int(p.parts[-3]), default=None)
    return str(newest) if newest else shutil.which(name)


@pytest.fixture(autouse=True)
def outbound() -> Iterator[list[str]]:
    """Attempts to leave this machine; a test that makes one fails unless it empties the list."""
    guard.attempts.clear()
    yield guard.attempts
    assert not guard.attempts, f"reached out: {guard.attempts}"


@pytest.fixture(scope="session", autouse=True)
def nobodys_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Point the settings at an empty directory, so that no test reaches a person's own data."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TWOFOLD_DATA", str(tmp_path_factory.mktemp("nobody") / "data"))
        for name in [n for n in os.environ if n.startswith("TWOFOLD_") and n != "TWOFOLD_DATA"]:
            patch.delenv(name)
        yield


@pytest.fixture(scope="session")
def prepared_data(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with every card; copy it, never write to it.

    Made once for each state of the guidance and the store's code, then kept in pytest's cache:
    `pytest --cache-clear` makes it again.
    """
    shelf = request.config.cache.mkdir("prepared")
    kept = shelf / _state_of(ROOT / "knowledge", ROOT / "assistant" / "storage")
    if not kept.exists():
        for old in shelf.iterdir():
            shutil.rmtree(old, ignore_errors=True)
        made = tmp_path_factory.mktemp("prepared") / "data"
        with reading(read_settings({"TWOFOLD_DATA": str(made)})):
            pass
        shutil.copytree(made, shelf / f"{os.getpid()}.part")
        (shelf / f"{os.getpid()}.part").rename(kept)
    return kept


def _state_of(*folders: Path) -> str:
    files = sorted(f for d in folders for f in d.rglob("*") if f.is_file() and f.suffix != ".pyc")
    state = hashlib.sha256()
    for file in files:
        state.update(str(file).encode() + hashlib.sha256(file.read_bytes()).digest())
    return state.hexdigest()[:16]


@pytest.fixture
def data_dir(prepared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A prepared data directory of the test's own; TWOFOLD_DATA names it."""
    own = tmp_path / "data"
    shutil.copytree(prepared_data, own)
    monkeypatch.setenv("TWOFOLD_DATA", str(own))
    return own


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """For Playwright's `executable_path`."""
    path = chromium()
    assert path, missing_for("browser")
    return path


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """SQLAlchemy URL of an empty database on a PostgreSQL server of this run's own."""
    user = "postgres" if os.geteuid() == 0 else None  # the server refuses to run as root
    folder = Path(tempfile.mkdtemp(prefix="twofold-pg-"))
    if user:
        shutil.chown(folder, user)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    cluster = f"{folder}/db"
    initdb = ("initdb", "-D", cluster, "-U", "twofold", "-A", "trust", "-E", "UTF8", "--locale=C")
    assert _start(user, *initdb).wait(POSTGRES_SECONDS) == 0
    server = _start(
        user, "postgres", "-D", cluster, "-k", str(folder), "-p", str(port), "-c", "fsync=off"
    )
    try:
        _wait_until_listening(port, server)
        yield f"postgresql+psycopg://twofold@127.0.0.1:{port}/postgres"
    finally:
        server.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown: open sessions are ended
        server.wait(POSTGRES_SECONDS)
        shutil.rmtree(folder, ignore_errors=True)


def _start(user: str | None, name: str, *arguments: str) -> subprocess.Popen[bytes]:
    """Start a program of PostgreSQL, as a user it accepts."""
    program = postgres_program(name)
    assert program, missing_for("postgres")
    return subprocess.Popen(
        [program, *arguments],
        user=user,
        cwd="/",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _wait_until_listening(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + POSTGRES_SECONDS
    while time.monotonic() < deadline:
        assert server.poll() is None, f"PostgreSQL ended with {server.returncode}"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise TimeoutError(f"PostgreSQL did not listen on {port} in {POSTGRES_SECONDS} s")
