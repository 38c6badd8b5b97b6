"""The serving process: says where it is once it answers, and lets go of open pages when it ends."""

import socket
import webbrowser
from asyncio import Event

import uvicorn
from fastapi import FastAPI
from starlette.routing import Mount


class PageServer(uvicorn.Server):
    """A uvicorn server for the page."""

    def __init__(self, config: uvicorn.Config, url: str, *, open_browser: bool):
        super().__init__(config)
        self._url = url
        self._open_browser = open_browser

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then print the address."""
        await super().startup(sockets)
        print(f"Twofold is ready at {self._url} (Ctrl+C ends it)", flush=True)
        if self._open_browser:
            webbrowser.open(self._url)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the heartbeat of every open page first: it would hold the process for the grace."""
        app = self.config.app
        for route in app.routes if isinstance(app, FastAPI) else []:
            if isinstance(route, Mount):
                stop = getattr(route.app, "stop_event", None)
                if isinstance(stop, Event):
                    stop.set()
        await super().shutdown(sockets)
