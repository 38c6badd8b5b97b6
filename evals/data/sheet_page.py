"""A small page on this machine to label texts one by one; saves each label at once."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from evals.data.collection import Item
from evals.data.schemas import EscalationClass
from evals.data.sheets import append_votes, vote_of
from evals.errors import DataError

if TYPE_CHECKING:
    import gradio


def build(items: Sequence[Item], subdomains: Sequence[str], out: Path) -> "gradio.Blocks":
    """The page over a sheet; labels go to `out`."""
    import gradio as gr

    def shown(place: int) -> tuple[str, str]:
        if place >= len(items):
            return "Done. Thank you.", f"{len(items)} of {len(items)}"
        return items[place].text, f"{place} of {len(items)}"

    def save(  # noqa: PLR0913, PLR0917 (one a field of the page)
        place: int, points: float, scope: str, escalate: list[str], enough: str, areas: list[str]
    ) -> tuple[Any, ...]:
        if place < len(items):
            row: dict[str, Any] = {
                "id": items[place].id,
                "leadership_points": "" if scope == "out" else int(points),
                "scope": scope,
                "escalate": " ".join(escalate),
                "enough": enough,
                "subdomains": " ".join(areas),
            }
            try:
                append_votes([vote_of(row, items[place].id)], out)
            except DataError as error:
                raise gr.Error(str(error)) from error
        # every field back to where it was: the last label must not lean on the next
        return (place + 1, *shown(place + 1), 5, "in", [], "yes", [])

    first, count = shown(0)
    with gr.Blocks(title="Label situations") as page:
        place = gr.State(0)
        progress = gr.Markdown(count)
        text = gr.Textbox(first, label="What the manager typed", lines=8, interactive=False)
        points = gr.Slider(0, 10, 5, step=1, label="0 management ... 10 leadership")
        scope = gr.Radio(["in", "out"], value="in", label="Scope")
        enough = gr.Radio(["yes", "no"], value="yes", label="Enough said to tell?")
        escalate = gr.CheckboxGroup(list(get_args(EscalationClass)), label="Must go to a human")
        areas = gr.CheckboxGroup(list(subdomains), label="Sub-domains, one to three")
        button = gr.Button("Save and next", variant="primary")
        button.click(  # pyright: ignore[reportUnknownMemberType, reportAttributeAccessIssue] (no types)
            save,
            [place, points, scope, escalate, enough, areas],
            [place, text, progress, points, scope, escalate, enough, areas],
        )
    return page
