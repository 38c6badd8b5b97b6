"""HTML that is escaped by construction: whatever is not `Html` is text and gets escaped.

Every piece comes out as one line, since Gradio's Markdown ends an HTML block at a blank line.
"""

import html
from collections.abc import Iterable

from assistant.text import readable


class Html(str):
    """Markup made by `tag`, `text` or `join`: safe to put on a page."""

    __slots__ = ()


def text(value: str) -> Html:
    """A text as markup: nothing in it is read as a tag, a line end or a Markdown placeholder."""
    escaped = html.escape(readable(value), quote=True)
    return Html(escaped.replace("\n", "&#10;").replace("%", "&#37;"))


def join(parts: Iterable[str]) -> Html:
    """The parts one after the other, texts among them escaped."""
    return Html("".join(p if isinstance(p, Html) else text(p) for p in parts))


def tag(name: str, *children: str, **attributes: str) -> Html:
    """An element; `class_` and the like lose their underscore. Empty attributes are left out."""
    given = "".join(
        f' {key.rstrip("_")}="{text(value)}"' for key, value in attributes.items() if value
    )
    return Html(f"<{name}{given}>{join(children)}</{name}>")


def bullets(lines: Iterable[str], **attributes: str) -> Html:
    """A list with one item a line."""
    return tag("ul", *(tag("li", line) for line in lines), **attributes)
