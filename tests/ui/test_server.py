"""The routes around the page: what is answered, what is refused, under which headers."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from fastapi.testclient import TestClient

from assistant.factory import Application
from assistant.settings import read_settings
from assistant.storage.conversations import ConversationTable
from knowledge.library import Library, load_library, section_keys
from knowledge.passage import OrganisationId, Passage
from knowledge.store.database import open_database
from knowledge.store.passages import Document, PassageTable
from ui.access_log import shortened
from ui.errors import ServeError
from ui.replies import ScriptedReplies
from ui.security import MAX_BODY
from ui.server import FILES, STATIC, create_app, run

HOME = "http://127.0.0.1:7860"


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


@pytest.fixture(scope="module")
def client(library: Library, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    data = tmp_path_factory.mktemp("server")
    absent: Any = None
    engine = open_database(f"sqlite:///{data / 'chat.db'}")
    application = Application(
        settings=read_settings({"TWOFOLD_DATA": str(data)}),
        library=library,
        coach=cast(Any, ScriptedReplies([])),
        conversations=ConversationTable(engine),
        index=absent,
        passages=PassageTable(engine),
        documents=absent,
    )
    app = create_app(application)
    app.state.passages = application.passages
    with TestClient(app, base_url=HOME) as client:
        yield client


PASSAGE = Passage(
    id="doc:1#1",
    document_id="doc:1",
    organisation=OrganisationId("local"),
    kind="document",
    title="<b>Rules</b>",
    heading="Being ill",
    text="Ring before five.\n<script>alert(1)</script>",
    pole="",
    subdomain="",
    position=0,
    page=3,
)


@pytest.mark.parametrize(("organisation", "status"), [("local", 200), ("other", 404)])
def test_a_document_opens_for_its_own_organisation_only(
    client: TestClient, organisation: str, status: int
):
    own = OrganisationId(organisation)
    document = Document(
        id="doc:1",
        organisation=own,
        kind="policy",
        title=PASSAGE.title,
        content_hash="",
        encoder="x",
        source="rules.md",
    )
    table = cast(Any, client.app).state.passages
    table.replace(document, [replace(PASSAGE, organisation=own)], np.ones((1, 4), np.float32))
    answer = client.get("/documents/1")
    assert answer.status_code == status
    assert ('id="passage-1"' in answer.text) == (status == 200)
    assert "<script>" not in answer.text
    assert "<b>" not in answer.text


def test_healthz(client: TestClient):
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize("path", ["/", "/healthz", "/guidance/nothing", "/nothing"])
def test_security_headers_are_on_every_answer(client: TestClient, path: str):
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"
    assert headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe-eval" not in headers["content-security-policy"]


def test_only_scripts_with_this_answers_nonce_run_on_the_page(client: TestClient):
    one, two = client.get("/"), client.get("/")
    policy = one.headers["content-security-policy"]
    nonce = policy.partition("'nonce-")[2].partition("'")[0]
    assert f"script-src 'self' 'nonce-{nonce}';" in policy
    assert one.text.count("<script") == one.text.count(f'<script nonce="{nonce}"') > 3
    assert nonce not in two.text
    for rule in (
        "object-src 'none'",
        "base-uri 'self'",
        "connect-src 'self'",
        "img-src 'self' data:",
    ):
        assert rule in policy


def test_the_page_names_no_other_host(client: TestClient):
    text = client.get("/").text
    for elsewhere in ("fonts.googleapis", "cdn.", "raw.githubusercontent", "gradio.app"):
        assert elsewhere not in text


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/gradio_api/upload"),
        ("GET", "/gradio_api/upload_progress"),
        ("GET", "/gradio_api/file=/etc/passwd"),
        ("GET", "/gradio_api/proxy=http://127.0.0.1"),
        ("GET", "/gradio_api/info"),
        ("POST", "/gradio_api/run/answer"),
        ("POST", "/gradio_api/call/answer"),
        ("POST", "/gradio_api/component_server"),
        ("GET", "/gradio_api/runs"),
        ("GET", "/config"),
        ("GET", "/monitoring"),
        ("POST", "/login"),
        ("GET", "/docs"),
        ("GET", "/openapi.json"),
        ("POST", "/healthz"),
        ("DELETE", "/"),
        ("GET", "/guidance/../../etc/passwd"),
        ("GET", "/twofold/server.py"),
    ],
)
def test_what_the_page_does_not_need_is_not_there(client: TestClient, method: str, path: str):
    answer = client.request(method, path)
    assert answer.status_code == 404
    assert "Not found" in answer.text


def test_every_citable_section_has_its_anchor(client: TestClient, library: Library):
    for card in library.cards.values():
        answer = client.get(f"/guidance/{card.id}")
        assert answer.status_code == 200
        missing = [k for k in section_keys(card) if f'id="{k}"' not in answer.text]
        assert missing == []


def test_guidance_links_to_dois_only_and_runs_no_script(client: TestClient, library: Library):
    card = next(c for c in library.cards.values() if c.references)
    answer = client.get(f"/guidance/{card.id}")
    assert "<script" not in answer.text
    assert "script-src" not in answer.headers["content-security-policy"]
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    links = [part.partition('"')[0] for part in answer.text.split('href="')[1:]]
    assert all(link.startswith(("/", "https://doi.org/")) for link in links)


@pytest.mark.parametrize("card_id", ["nothing", "<script>", "..%2f..%2fetc", "a" * 3_000])
def test_an_unknown_card_is_a_page_that_repeats_nothing(client: TestClient, card_id: str):
    answer = client.get(f"/guidance/{card_id}")
    assert answer.status_code == 404
    assert "There is nothing at this address" in answer.text
    assert "<script" not in answer.text


def test_a_large_body_is_refused_whether_or_not_it_says_so(client: TestClient):
    def pieces() -> Iterator[bytes]:
        for _ in range(MAX_BODY // 10_000 + 1):
            yield b"a" * 10_000

    path = "/gradio_api/queue/join"
    assert client.post(path, content=b"a" * (MAX_BODY + 1)).status_code == 413
    assert client.post(path, content=pieces()).status_code == 413
    assert client.post(path, content=b"a" * 1_000).status_code == 422


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null", "http://127.0.0.1:1"])
def test_other_pages_cannot_send(client: TestClient, origin: str):
    answer = client.post("/gradio_api/queue/join", json={}, headers={"Origin": origin})
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers


def test_other_names_for_this_machine_are_refused(client: TestClient):
    assert client.get("/", headers={"Host": "elsewhere.example"}).status_code == 400


def test_the_access_log_keeps_no_query_and_no_session():
    assert shortened("/gradio_api/queue/data?session_hash=abc") == "/gradio_api/queue/data"
    assert shortened("/gradio_api/heartbeat/abc") == "/gradio_api/heartbeat/*"
    assert shortened("/guidance/order") == "/guidance/order"


def test_a_port_in_use_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TWOFOLD_DATA", str(tmp_path))
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(ServeError, match=f"--port {port} on 127.0.0.1: Address already in use"):
            run("127.0.0.1", port, open_browser=False)


def test_every_static_file_is_served_and_named_on_a_page(client: TestClient, library: Library):
    pages = client.get("/").text + client.get(f"/guidance/{next(iter(library.cards))}").text
    assert {f.name for f in STATIC.iterdir()} == set(FILES)
    for name in FILES:
        assert client.get(f"/twofold/{name}").status_code == 200
        assert f"/twofold/{name}" in pages
