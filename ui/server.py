"""The web app: routes, the page mounted on them, and the process that serves it."""

import asyncio
import signal
import socket
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, Response

from ui.errors import ServeError

if TYPE_CHECKING:
    import uvicorn

    from assistant.factory import Application
    from ui.chat import Chat

HOSTS = ("127.0.0.1", "localhost", "::1", "[::1]")
"""Names this machine answers to; any other is a page elsewhere that points its name at us."""

STATIC = Path(__file__).parent / "static"
FILES = (
    *("colours.css", "page.css", "turns.css", "reply.css", "guidance.css"),
    *("page.js", "icon.svg"),
)
"""Names below `/twofold/`; nothing else is read from disk for a request."""
GRACE_SECONDS = 5
"""How long open replies may take to finish once the process is told to end."""


def create_app(application: "Application") -> FastAPI:
    """The web app over an open application; not to be called where an event loop is running."""
    from assistant.settings import LOCAL_USER
    from assistant.storage.conversations import Owner
    from ui.chat import Chat

    app = FastAPI(title="Twofold", docs_url=None, redoc_url=None, openapi_url=None)
    _add_middleware(app)
    _add_routes(app, application)
    owner = Owner(organisation=application.settings.organisation, user=LOCAL_USER)
    chat = Chat(application.coach, application.conversations, owner)
    return asyncio.run(_mounted(app, chat))


async def _mounted(app: FastAPI, chat: "Chat") -> FastAPI:
    """The app with the page; inside an event loop, or Gradio makes some and never closes them."""
    from ui.page import mount_page

    return mount_page(app, chat)


def run(host: str, port: int, *, open_browser: bool) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises ServeError when the port is taken, IndexLockedError when the data directory is.
    """
    from assistant.cli_common import say, show_progress
    from assistant.factory import writing
    from assistant.settings import read_settings

    with (
        _ended_by_signals(),
        closing(_bind(host, port)) as listener,
        writing(read_settings(), "serving", say, show_progress) as application,
    ):
        _server(create_app(application), listener, open_browser).run(sockets=[listener])


def _add_middleware(app: FastAPI) -> None:
    """Outermost last: headers, host, known routes, size, origin, index page."""
    from fastapi.middleware.cors import CORSMiddleware
    from starlette.middleware.trustedhost import TrustedHostMiddleware

    from ui.index_page import NoncedIndex
    from ui.security import BodyLimit, KnownRoutes, SecurityHeaders

    app.add_middleware(NoncedIndex)
    app.add_middleware(CORSMiddleware, allow_origins=[])
    app.add_middleware(BodyLimit)
    app.add_middleware(KnownRoutes)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=HOSTS)
    app.add_middleware(SecurityHeaders)


def _add_routes(app: FastAPI, application: "Application") -> None:
    from ui.html_documents import document_page
    from ui.html_guidance import card_page, not_found_page

    library = application.library

    def healthz() -> Response:
        return JSONResponse({"status": "ok"})

    def guidance(card_id: str) -> Response:
        card = library.cards.get(card_id)
        if card is None:
            return HTMLResponse(not_found_page(), 404)
        return HTMLResponse(card_page(card, library.canon))

    def document(document_id: str) -> Response:
        organisation = application.settings.organisation
        passages = application.passages.of_document(f"doc:{document_id}", organisation)
        if not passages:
            return HTMLResponse(not_found_page(), 404)
        return HTMLResponse(document_page(passages))

    def file(name: str) -> Response:
        if name not in FILES:
            return HTMLResponse(not_found_page(), 404)
        return FileResponse(STATIC / name, headers={"Cache-Control": "no-cache"})

    app.get("/healthz")(healthz)
    app.get("/guidance/{card_id:path}")(guidance)
    app.get("/documents/{document_id:path}")(document)
    app.get("/twofold/{name:path}")(file)


def _bind(host: str, port: int) -> socket.socket:
    """A socket on the address, not listening yet: nobody can connect before we can answer."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        why = error.strerror or str(error)
        raise ServeError(
            f"--port {port} on {host}: {why}. Choose another, or 0 for any free one."
        ) from error
    return listener


def _server(app: FastAPI, listener: socket.socket, open_browser: bool) -> "uvicorn.Server":
    import uvicorn

    from ui.access_log import log_config
    from ui.lifecycle import PageServer

    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    config = uvicorn.Config(
        app,
        log_config=log_config(),
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    return PageServer(config, f"http://{shown}:{port}/", open_browser=open_browser)


@contextmanager
def _ended_by_signals() -> Generator[None]:
    """SIGTERM and SIGINT leave through the open `with` blocks, so that everything is closed."""

    def end(_signal: int, _frame: FrameType | None) -> None:
        raise SystemExit(0)

    before = {s: signal.signal(s, end) for s in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)
