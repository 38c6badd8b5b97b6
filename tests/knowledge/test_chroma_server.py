import os
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assistant.errors import SettingsError
from assistant.factory import writing
from assistant.settings import read_settings
from knowledge.chroma_index import close_client, server_client
from knowledge.chroma_server import PREFIX, ChromaServerIndex, IndexServerError
from knowledge.encoder import OnnxEncoder, Vectors
from knowledge.errors import KnowledgeError
from knowledge.index import ExactIndex
from knowledge.passage import SHARED
from knowledge.store.database import open_database
from knowledge.store.passages import PassageTable

QUERIES = (
    "they nod and then nothing is delivered",
    "two of my people cannot stand each other",
    "we have fifteen priorities",
)
START_SECONDS = 30


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextmanager
def running(folder: Path, port: int) -> Generator[str]:
    """A server of the installed package on this port, its data in `folder`."""
    chroma = Path(sys.executable).parent / "chroma"
    server = subprocess.Popen(
        [str(chroma), "run", "--path", str(folder), "--host", "127.0.0.1", "--port", str(port)],
        env={**os.environ, "ANONYMIZED_TELEMETRY": "False", "DO_NOT_TRACK": "1"},
        cwd=folder.parent,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until_listening(port, server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        try:
            server.wait(5)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def wait_until_listening(port: int, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert server.poll() is None, f"chroma run ended with {server.returncode}"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"chroma run did not listen on {port} in {START_SECONDS} s")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("server") / "chroma"


@pytest.fixture(scope="module")
def url(folder: Path) -> Iterator[str]:
    with running(folder, free_port()) as address:
        yield address


@pytest.fixture
def store(data_dir: Path) -> Iterator[PassageTable]:
    engine = open_database(f"sqlite:///{data_dir / 'twofold.db'}")
    yield PassageTable(engine)
    engine.dispose()


@pytest.fixture(scope="module")
def encoder() -> OnnxEncoder:
    return OnnxEncoder()


@pytest.fixture(scope="module")
def vectors(encoder: OnnxEncoder) -> Vectors:
    return encoder.encode(QUERIES).vectors


def opened(
    url: str, store: PassageTable, encoder: OnnxEncoder, *, fresh: bool = False
) -> tuple[ChromaServerIndex, list[str]]:
    said: list[str] = []
    return ChromaServerIndex(url, store, encoder.digest, said.append, fresh=fresh), said


def collections(url: str) -> dict[str, Any]:
    client = server_client(url, 30)
    found = {str(c.name): c.id for c in client.list_collections()}
    close_client(client)
    return found


def test_it_finds_what_exact_search_finds(
    url: str, store: PassageTable, encoder: OnnxEncoder, vectors: Vectors
) -> None:
    index, _ = opened(url, store, encoder)
    exact = ExactIndex(store, encoder.digest)
    for vector in vectors:
        ours = index.search(vector, 20)
        true = exact.search(vector, 20)
        assert [h.id for h in ours] == [h.id for h in true]
        assert [h.score for h in ours] == pytest.approx([h.score for h in true], abs=1e-4)
    assert index.audit(200) == 0
    assert index.search(np.full(384, np.nan, dtype=np.float32), 5) == []
    index.close()


def test_it_holds_no_text(
    url: str, folder: Path, store: PassageTable, encoder: OnnxEncoder
) -> None:
    index, _ = opened(url, store, encoder)
    index.close()
    key = "card:rank-do-not-list#situation-1"
    text = store.get([key], SHARED)[key].text.encode()[:40]
    files = [p.read_bytes() for p in folder.rglob("*") if p.is_file()]
    assert any(key.encode() in content for content in files)
    assert not any(text in content for content in files)


def test_it_is_built_again_only_when_the_store_changes(
    url: str, store: PassageTable, encoder: OnnxEncoder, vectors: Vectors
) -> None:
    opened(url, store, encoder)[0].close()
    index, said = opened(url, store, encoder)
    assert said == []
    (before,) = collections(url)
    first = index.search(vectors[0], 1)[0].id
    index.close()

    store.remove(first.partition("#")[0], SHARED)
    index, said = opened(url, store, encoder)
    assert len(said) == 1
    assert "has changed" in said[0]
    assert all(h.id != first for h in index.search(vectors[0], 50))
    (after,) = collections(url)
    assert before != after
    assert after.startswith(PREFIX)
    index.close()


def test_what_a_killed_build_left_is_neither_searched_nor_kept(
    url: str, store: PassageTable, encoder: OnnxEncoder
) -> None:
    client = server_client(url, 30)
    client.create_collection(f"{PREFIX}old-1-abc", embedding_function=None)
    close_client(client)
    index, _ = opened(url, store, encoder)
    assert index.audit() == 0
    assert len(collections(url)) == 1
    index.close()


def test_it_is_built_again_when_asked_and_when_entries_are_lost(
    url: str, store: PassageTable, encoder: OnnxEncoder
) -> None:
    opened(url, store, encoder)[0].close()
    ((name, before),) = collections(url).items()
    index, said = opened(url, store, encoder, fresh=True)
    index.close()
    assert "asked for" in said[0]
    ((same, after),) = collections(url).items()
    assert (name, before) != (same, after)
    assert name == same

    client = server_client(url, 30)
    lost = client.get_collection(name, embedding_function=None)
    lost.delete(ids=lost.get(include=[])["ids"][::2])
    close_client(client)
    index, said = opened(url, store, encoder)
    assert "not found by their vector" in said[0]
    assert index.audit() == 0
    index.close()


def test_a_collection_dropped_by_another_comes_back_during_a_search(
    url: str, store: PassageTable, encoder: OnnxEncoder, vectors: Vectors
) -> None:
    index, said = opened(url, store, encoder)
    client = server_client(url, 30)
    for name in collections(url):
        client.delete_collection(name)
    close_client(client)
    said.clear()
    assert len(index.search(vectors[0], 20)) == 20
    assert len(said) == 1
    index.close()


def test_a_server_that_went_away_is_an_error_and_one_that_came_back_answers(
    tmp_path: Path, store: PassageTable, encoder: OnnxEncoder, vectors: Vectors
) -> None:
    port = free_port()
    with running(tmp_path / "chroma", port) as url:
        index, _ = opened(url, store, encoder)
        right = index.search(vectors[0], 20)
    with pytest.raises(KnowledgeError, match=rf"{url} cannot be used"):
        index.search(vectors[0], 20)
    with running(tmp_path / "chroma", port):
        assert index.search(vectors[0], 20) == right
    index.close()


def test_nothing_listening_is_one_line_that_says_what_to_do(
    store: PassageTable, encoder: OnnxEncoder
) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(IndexServerError) as refused:
        opened(url, store, encoder)
    said = str(refused.value)
    assert url in said
    assert "chroma run" in said
    assert "\n" not in said


def test_a_listener_that_is_no_chroma_server_is_named(
    tmp_path: Path, store: PassageTable, encoder: OnnxEncoder
) -> None:
    port = free_port()
    other = subprocess.Popen(
        [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until_listening(port, other)
        with pytest.raises(IndexServerError) as refused:
            opened(f"http://127.0.0.1:{port}", store, encoder)
        assert "\n" not in str(refused.value)
    finally:
        other.kill()
        other.wait()


def test_a_listener_that_never_answers_is_not_waited_for(
    store: PassageTable, encoder: OnnxEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("knowledge.chroma_server.TIMEOUT_SECONDS", 0.3)
    with (
        socket.create_server(("127.0.0.1", 0)) as mute,
        pytest.raises(IndexServerError, match=r"cannot be used \(TimeoutError"),
    ):
        opened(f"http://127.0.0.1:{mute.getsockname()[1]}", store, encoder)


def test_the_application_uses_the_server_that_is_set(url: str, data_dir: Path) -> None:
    settings = read_settings({"TWOFOLD_DATA": str(data_dir), "TWOFOLD_CHROMA_URL": url})
    with writing(settings, "test") as application:
        assert isinstance(application.index, ChromaServerIndex)
    assert not (data_dir / "index").exists()


@pytest.mark.parametrize(
    "value",
    [
        "localhost:8000",
        "ftp://host:8000",
        "http://",
        "http://host:port",
        "http://host:99999",
        "http://host:0",
        "http://host:8000/api",
        "http://host:8000?x=1",
        "http://two words:8000",
        "http://user:secret@host:8000",
    ],
)
def test_an_address_that_cannot_be_one_is_refused_in_one_line(value: str) -> None:
    with pytest.raises(SettingsError, match="TWOFOLD_CHROMA_URL") as refused:
        read_settings({"TWOFOLD_CHROMA_URL": value})
    assert "\n" not in str(refused.value)
    assert "secret" not in str(refused.value)


def test_an_address_is_optional() -> None:
    assert read_settings({}).chroma_url is None
    assert read_settings({"TWOFOLD_CHROMA_URL": ""}).chroma_url is None
    kept = read_settings({"TWOFOLD_CHROMA_URL": "https://chroma.example/"}).chroma_url
    assert kept == "https://chroma.example"
