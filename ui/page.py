"""The chat page on Gradio Blocks. All it keeps in Gradio is an opaque conversation id."""

from collections.abc import Iterator
from typing import Any

import gradio as gr

from assistant.reply import AI_NOTICE
from ui.chat import Chat, Shown
from ui.markup import join, tag

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


def build_page(chat: Chat) -> gr.Blocks:
    """The Blocks of the page."""
    with gr.Blocks(title="Twofold", analytics_enabled=False) as page:
        _static(_header(), "masthead")
        conversation = _static("", "conversation")
        with gr.Column(elem_id="examples", visible=False) as examples:
            _static(tag("p", "Or start from one of these:"), "examples-title")
            with gr.Row(elem_id="example-row"):
                buttons = [gr.Button(e, elem_classes="example") for e in EXAMPLES]
        with gr.Column(elem_id="composer"):
            box = _box()
            with gr.Row(elem_id="composer-row"):
                new = gr.Button("New conversation", elem_id="new", variant="secondary")
                send = gr.Button("Send", elem_id="send", variant="primary")
            _static(tag("p", AI_NOTICE), "notice")
        state = gr.State("")
        outputs = [state, conversation, box, examples]
        _wire(chat, page, state, box, send, new, buttons, outputs)
    return page


def theme() -> gr.themes.Base:
    """Fonts of the user's own system only; colours are set in page.css."""
    fonts = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"]
    return gr.themes.Base(
        font=fonts, font_mono=["ui-monospace", "Consolas", "monospace"], text_size="lg"
    )


def _wire(
    chat: Chat,
    page: gr.Blocks,
    state: gr.State,
    box: gr.Textbox,
    send: gr.Button,
    new: gr.Button,
    buttons: list[gr.Button],
    outputs: list[Any],
) -> None:
    def load(request: gr.Request) -> list[Any]:
        return _updates(chat.resume(str(request.query_params.get("c", ""))))

    def answer(text: str, conversation_id: str) -> Iterator[list[Any]]:
        for shown in chat.send(conversation_id, text):
            yield _updates(shown)

    def begin() -> list[Any]:
        return _updates(chat.begin())

    how: dict[str, Any] = {
        "outputs": outputs,
        "show_progress": "hidden",
        "api_visibility": "private",
        "concurrency_limit": CONCURRENT,
    }
    page.load(load, None, **how)
    gr.on([box.submit, send.click], answer, [box, state], **how)
    new.click(begin, None, **how)
    for button in buttons:
        button.click(answer, [button, state], **how)


def _updates(shown: Shown) -> list[Any]:
    return [shown.conversation_id, shown.html, shown.box, gr.update(visible=shown.empty)]


def _static(html: str, elem_id: str) -> gr.Markdown:
    """Our own markup, which Gradio sanitises once more in the browser."""
    return gr.Markdown(html, elem_id=elem_id, latex_delimiters=[], sanitize_html=True)


def _box() -> gr.Textbox:
    """One line that grows: Enter sends, Shift+Enter begins a new line."""
    return gr.Textbox(
        label="What is going on, in your own words?",
        info="Enter sends, Shift+Enter begins a new line. No names needed.",
        placeholder="Who is involved, what happened, what do you want to be different?",
        lines=1,
        max_lines=10,
        elem_id="box",
        interactive=True,
    )


def _header() -> str:
    words = "A coach for people who have just become responsible for others"
    return tag("div", join([tag("h1", "Twofold"), tag("p", words)]), class_="masthead")
