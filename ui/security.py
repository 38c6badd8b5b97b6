"""What stands between the network and the page: headers, known routes only, bodies of 1 MB."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.html_guidance import not_found_page

MAX_BODY = 1_000_000
"""Bytes of the largest request body."""

STATIC_CSP = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
"""For everything but the chat page itself: no script at all."""

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Content-Security-Policy": STATIC_CSP,
}

ROUTES: Mapping[str, tuple[str, ...]] = {
    "GET": (
        "/",
        "/healthz",
        "/guidance/*",
        "/documents/*",
        "/twofold/*",
        "/assets/*",
        "/static/*",
        "/theme.css",
        "/gradio_api/theme.css",
        "/gradio_api/startup-events",
        "/gradio_api/heartbeat/*",
        "/gradio_api/queue/data",
    ),
    "POST": ("/gradio_api/queue/join",),
}
"""All that the page needs. Gradio's uploads, files, proxy, API and tools are not reachable."""


class SecurityHeaders:
    """Puts the headers on every response; one that names its own policy keeps it."""

    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if not scope["path"].startswith(("/assets/", "/static/", "/twofold/")):
                    headers["Cache-Control"] = "no-store"
            await send(message)

        await self._app(scope, receive, send_with_headers)


class KnownRoutes:
    """Answers 404 to whatever the page does not need, and 403 to writes from other pages."""

    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        elif not is_known(scope["method"], scope["path"]):
            await HTMLResponse(not_found_page(), 404)(scope, receive, send)
        elif not _same_origin(Headers(scope=scope)):
            await PlainTextResponse("This page answers its own requests only.", 403)(
                scope, receive, send
            )
        else:
            await self._app(scope, receive, send)


def is_known(method: str, path: str) -> bool:
    """Whether the route is one of ROUTES; a HEAD counts as a GET."""
    routes = ROUTES.get("GET" if method == "HEAD" else method, ())
    return any(
        path.startswith(route[:-1]) if route.endswith("*") else path == route for route in routes
    )


def _same_origin(headers: Headers) -> bool:
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host")


class BodyLimit:
    """Reads a body whole before it goes on, and answers 413 as soon as it is too large."""

    def __init__(self, app: ASGIApp, limit: int = MAX_BODY):
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = await self._read(Headers(scope=scope), receive)
        if body is None:
            answer = PlainTextResponse(f"At most {self._limit:,} bytes at once.", 413)
            await answer(scope, receive, send)
            return
        await self._app(scope, _replaying(body, receive), send)

    async def _read(self, headers: Headers, receive: Receive) -> bytes | None:
        """The body; None when it is, or says it is, too large."""
        announced = headers.get("content-length", "0")
        if not announced.isascii() or not announced.isdigit() or int(announced) > self._limit:
            return None
        body = bytearray()
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > self._limit:
                return None
        return bytes(body)


def _replaying(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the body once, then whatever comes after it."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay
