# Gradio's own types are partly unknown; everything else in this file is checked as everywhere.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
"""The chat page on Gradio Blocks. All it keeps in Gradio is an opaque conversation id."""

import os
from collections.abc import AsyncIterator
from typing import Any

import gradio as gr
from anyio import CapacityLimiter, to_thread
from fastapi import FastAPI
from gradio.themes import Base

from assistant.reply import AI_NOTICE
from ui.chat import Chat, Shown
from ui.markup import tag

EXAMPLES = (
    "One of my people keeps missing deadlines. I end up redoing the work at night, and I have "
    "said nothing so far.",
    "Since the reorganisation my team does its hours and nothing more. Nobody argues in meetings "
    "any longer.",
    "I was promoted over my friends two weeks ago. One of them makes jokes whenever I ask for "
    "something.",
    "We have six projects and people for three. Everything is urgent, and I can't tell my team "
    "what comes first.",
)
CONCURRENT = 64
"""Replies and page loads worked on at the same time."""
FONTS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif")
"""Of the user's own system: nothing is fetched."""


def mount_page(app: FastAPI, chat: Chat) -> FastAPI:
    """The app with the page at `/`."""
    return gr.mount_gradio_app(
        app,
        build_page(chat),
        path="/",
        footer_links=[],
        run_history=False,
        show_error=False,
        max_file_size=1,
        ssr_mode=False,
        enable_monitoring=False,
        pwa=False,
        mcp_server=False,
        theme=Base(font=FONTS, font_mono=("ui-monospace", "monospace"), text_size="lg"),
    )


def build_page(chat: Chat) -> gr.Blocks:
    """The Blocks of the page."""
    with gr.Blocks(title="Twofold", analytics_enabled=False) as page:
        with gr.Row(elem_id="top"):
            _static(_masthead(), "masthead")
            new = gr.Button("New conversation", elem_id="new", variant="secondary")
        conversation = _static("", "conversation")
        with gr.Column(elem_id="examples", visible=False) as examples:
            _static(tag("p", "Or start from one of these:"), "examples-title")
            with gr.Row(elem_id="example-row"):
                buttons = [gr.Button(e, elem_classes="example") for e in EXAMPLES]
        with gr.Column(elem_id="composer"):
            with gr.Row(elem_id="composer-row"):
                box = _box()
                send = gr.Button("Send", elem_id="send", variant="primary")
            _static(tag("p", AI_NOTICE), "notice")
        state = gr.State("")
        events = _Events(chat)
        how = _how([state, conversation, box, examples])
        page.load(events.load, None, **how)
        gr.on([box.submit, send.click], events.answer, [box, state], **how)
        new.click(events.begin, None, **how)
        for button in buttons:
            button.click(events.answer, [button, state], **how)
    return page


class _Events:
    """What happens on the page, in the order of the outputs that `build_page` names."""

    def __init__(self, chat: Chat):
        self._chat = chat
        self._replying = CapacityLimiter(os.cpu_count() or 2)
        """As many replies at once as there are cores: more would only delay everybody."""

    def load(self, request: gr.Request) -> list[Any]:
        """A page opened or refreshed; its address carries the id of what it showed."""
        query: Any = request.query_params
        return _updates(self._chat.resume(str(query.get("c", ""))))

    async def answer(self, text: str, conversation_id: str) -> AsyncIterator[list[Any]]:
        """A message sent: shown at once, then answered."""
        steps = self._chat.send(conversation_id, text)
        shown = await to_thread.run_sync(next, steps, None)
        while shown is not None:
            yield _updates(shown)
            shown = await to_thread.run_sync(next, steps, None, limiter=self._replying)

    def begin(self) -> list[Any]:
        """A new conversation asked for."""
        return _updates(self._chat.begin())


def _how(outputs: list[Any]) -> dict[str, Any]:
    return {
        "outputs": outputs,
        "show_progress": "hidden",
        "api_visibility": "private",
        "concurrency_limit": CONCURRENT,
    }


def _updates(shown: Shown) -> list[Any]:
    box: Any = gr.skip() if shown.box is None else shown.box
    return [shown.conversation_id, shown.html, box, gr.update(visible=shown.empty)]


def _static(html: str, elem_id: str) -> gr.Markdown:
    """Our own markup, which Gradio sanitises once more in the browser."""
    return gr.Markdown(html, elem_id=elem_id, latex_delimiters=[], sanitize_html=True)


def _box() -> gr.Textbox:
    """One line that grows: Enter sends, Shift+Enter begins a new line."""
    return gr.Textbox(
        label="What is going on?",
        info="Enter sends, Shift+Enter begins a new line.",
        placeholder="No names needed",
        lines=1,
        max_lines=10,
        elem_id="box",
        interactive=True,
        html_attributes=gr.InputHTMLAttributes(enterkeyhint="send", autocomplete="off"),
    )


def _masthead() -> str:
    return tag("div", tag("h1", "Twofold"), tag("p", "A coach for new managers"))
