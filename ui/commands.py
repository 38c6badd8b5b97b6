"""`twofold serve`: the web app. Found by the `twofold` command through its entry point."""

from typing import Annotated

import typer

LOOPBACK = ("127.0.0.1", "::1", "localhost")


def serve(
    host: Annotated[
        str, typer.Option(help="Address to listen on; loopback only for now.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 7860,
    open_browser: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the page in the browser when ready.")
    ] = False,
) -> None:
    """Serve the chat page on this machine."""
    if host not in LOOPBACK:
        typer.echo(
            f"twofold: --host {host}: without sign-in the page is for this machine only. "
            "Leave --host out.",
            err=True,
        )
        raise typer.Exit(1)
    from ui.server import run

    run(host, port, open_browser=open_browser)
