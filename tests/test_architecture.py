"""The shape of the code, read from its imports."""

import ast
import os
import pkgutil
import re
import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("assistant", "evals", "knowledge", "ui")
MAX_LINES = 300
HEAVY = ("chromadb", "gradio", "langchain", "langchain_core", "onnxruntime", "openai", "sqlalchemy")
TRAINING = "evals/train/"
PEER = "evals/bench/peer.py"
PEER_MODULE = "evals.bench.peer"


@dataclass(frozen=True, kw_only=True)
class Import:
    """One import statement's module."""

    file: str
    line: int
    module: str

    @property
    def top(self) -> str:
        """The package it comes from."""
        return self.module.partition(".")[0]


def sources() -> list[Path]:
    return sorted(f for p in PACKAGES for f in (ROOT / p).rglob("*.py"))


def imports() -> Iterator[Import]:
    for path in sources():
        file = path.relative_to(ROOT).as_posix()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    yield Import(file=file, line=node.lineno, module=alias.name)
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{file}:{node.lineno}: name the package in full"
                yield Import(file=file, line=node.lineno, module=node.module or "")


def offences(*tops: str, allowed: tuple[str, ...] = ()) -> list[str]:
    return [
        f"{i.file}:{i.line}: {i.module}"
        for i in imports()
        if i.top in tops and not i.file.startswith(allowed)
    ]


@pytest.mark.parametrize(
    ("package", "forbidden"),
    [
        ("knowledge", ("assistant", "evals", "ui")),
        ("assistant", ("evals", "ui")),
        ("evals", ("ui",)),
        ("ui", ("evals",)),
    ],
)
def test_packages_import_in_one_direction(package: str, forbidden: tuple[str, ...]):
    others = tuple(f"{p}/" for p in PACKAGES if p != package)
    assert offences(*forbidden, "tests", allowed=others) == []


def test_chromadb_is_imported_in_one_file():
    assert {i.file for i in imports() if i.top == "chromadb"} - {PEER} == {
        "knowledge/chroma_index.py"
    }


@pytest.mark.parametrize(
    ("libraries", "allowed"),
    [
        (("gradio",), ("ui/", "evals/data/sheet_page.py")),
        (("fastapi", "starlette", "uvicorn"), ("ui/",)),
        (("sqlalchemy", "alembic"), ("knowledge/store/", "assistant/storage/")),
        (("onnxruntime", "tokenizers"), ("knowledge/encoder.py",)),
        (("pypdf", "docx", "pptx", "bs4"), ("knowledge/documents/reading.py",)),
        (("torch", "transformers", "sentence_transformers"), (TRAINING, PEER)),
    ],
)
def test_a_library_is_imported_in_its_place_only(
    libraries: tuple[str, ...], allowed: tuple[str, ...]
):
    assert offences(*libraries, allowed=(*allowed, TRAINING)) == []


def test_the_environment_is_read_in_settings_only():
    found: list[str] = []
    for path in sources():
        file = path.relative_to(ROOT).as_posix()
        if file == "assistant/settings.py" or file.startswith("evals/bench/"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = (
                {node.attr}
                if isinstance(node, ast.Attribute)
                else {a.name for a in node.names}
                if isinstance(node, ast.ImportFrom)
                else set[str]()
            )
            if names & {"environ", "environb", "getenv", "getenvb"}:
                found.append(f"{file}:{getattr(node, 'lineno', 0)}")
    assert found == []


def test_no_file_is_longer_than_a_reader_can_hold():
    long = {
        path.relative_to(ROOT).as_posix(): lines
        for path in sources()
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > MAX_LINES
    }
    assert long == {}


def test_importing_every_module_touches_nothing(tmp_path: Path):
    modules = [m for m in module_names() if not m.startswith("evals.train") and m != PEER_MODULE]
    script = "import importlib, sys\nfor name in sys.argv[1:]: importlib.import_module(name)"
    result = run_python(tmp_path, script, *modules)
    assert result.returncode == 0, result.stderr
    assert result.stdout == ""
    made = [p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file()]
    assert made == []


def test_the_command_line_starts_without_the_heavy_libraries(tmp_path: Path):
    script = (
        "import sys, assistant.cli; assistant.cli.build()\n"
        f"print(*sorted(set(sys.modules) & set({HEAVY!r})))"
    )
    result = run_python(tmp_path, script)
    assert result.returncode == 0, result.stderr
    assert result.stdout.split() == []


def test_the_runtime_brings_no_training_libraries():
    names = {
        line.partition("==")[0]
        for line in (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    }
    assert not names & {"torch", "transformers", "sentence-transformers"}
    assert len(names) > 50


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_holds_pins_and_no_address(lock: str):
    lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.lstrip().startswith("#")]
    assert all("==" in line and "/" not in line for line in pins), pins


@pytest.mark.parametrize(
    ("lock", "groups"),
    [
        ("requirements.lock", ("editable",)),
        ("requirements-dev.lock", ("editable", "dev", "browser", "bench")),
    ],
)
def test_a_lock_holds_what_the_project_asks_for(lock: str, groups: tuple[str, ...]):
    described = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [*described["project"]["dependencies"]]
    wanted += [r for group in groups for r in described["dependency-groups"][group]]
    names = {re.split(r"[\[><=!~; ]", requirement)[0].lower() for requirement in wanted}
    lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()
    assert names <= {re.split(r"[\[=]", line)[0] for line in lines}, "run `make lock`"


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("8.8.8.8", 53)])
def test_sockets_off_this_machine_are_refused(address: tuple[str, int], outbound: list[str]):
    with socket.socket() as outside, pytest.raises(RuntimeError, match="tests stay on this"):
        outside.connect(address)
    with socket.socket(type=socket.SOCK_DGRAM) as outside, pytest.raises(RuntimeError):
        outside.sendto(b"", address)
    with pytest.raises(RuntimeError):
        socket.getaddrinfo("example.com", 443)
    assert len(outbound) == 3
    outbound.clear()


def test_sockets_on_this_machine_work():
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(("localhost", server.getsockname()[1])) as client,
    ):
        assert client.getpeername()[0] == "127.0.0.1"


def module_names() -> list[str]:
    found = pkgutil.walk_packages([str(ROOT)])
    names = [m.name for m in found if m.name.partition(".")[0] in PACKAGES]
    return sorted(n for n in names if ".migrations" not in n)  # Alembic runs those, with a context


def run_python(home: Path, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    kept = {n: v for n, v in os.environ.items() if n in ("PATH", "LANG", "OPENBLAS_CORETYPE")}
    environment = {
        **kept,
        "HOME": str(home),
        "PYTHONPATH": str(ROOT),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=home,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
