"""Gradio's index page under a strict policy: only the scripts that were on it when it left us run.

Gradio knows no nonces, so this adds one to each script tag on the way out, together with our own
style sheet and script. Nothing a user wrote is ever on this page: it comes later, as data.
"""

import re
import secrets

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_STYLES = ("colours.css", "page.css", "turns.css", "reply.css")
_ADDED = (
    "".join(f'<link rel="stylesheet" href="/twofold/{name}">' for name in _STYLES)
    + '<link rel="icon" href="/twofold/icon.svg" type="image/svg+xml">'
    '<script src="/twofold/page.js" defer></script></head>'
)
_CALLS_AWAY = re.compile(
    r'\s*<meta\s+(?:property|name)="(?:og|twitter):[^>]*>|<link rel="manifest"[^>]*>'
)


def page_policy(nonce: str) -> str:
    """The Content-Security-Policy of the chat page."""
    return (
        f"default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; font-src 'self'; connect-src 'self'; object-src 'none'; "
        "base-uri 'self'; form-action 'none'; frame-ancestors 'none'"
    )


def with_nonce(html: str, nonce: str) -> str:
    """The page with our files and the nonce, without what points to other hosts."""
    html = _CALLS_AWAY.sub("", html).replace("</head>", _ADDED, 1)
    return html.replace("<script", f'<script nonce="{nonce}"')


class NoncedIndex:
    """Rewrites the answer to `GET /`; passes everything else on."""

    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http" or scope["path"] != "/":
            await self._app(scope, receive, send)
            return
        start: list[Message] = []
        body = bytearray()

        async def collect(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.append(message)
            elif message["type"] == "http.response.body":
                body.extend(message.get("body", b""))
                if not message.get("more_body", False):
                    await _send_page(start[0], bytes(body), send)
            else:
                await send(message)

        await self._app(_uncompressed(scope), receive, collect)


async def _send_page(start: Message, body: bytes, send: Send) -> None:
    nonce = secrets.token_urlsafe(16)
    headers = MutableHeaders(scope=start)
    if body:
        body = with_nonce(body.decode("utf-8"), nonce).encode("utf-8")
        headers["Content-Length"] = str(len(body))
    headers["Content-Security-Policy"] = page_policy(nonce)
    await send(start)
    await send({"type": "http.response.body", "body": body, "more_body": False})


def _uncompressed(scope: Scope) -> Scope:
    headers = [h for h in Headers(scope=scope).raw if h[0] != b"accept-encoding"]
    return {**scope, "headers": headers}
