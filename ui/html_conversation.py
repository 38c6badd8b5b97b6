"""A whole conversation as HTML: one block a turn, so that a new turn leaves the others in place."""

from collections.abc import Iterator, Sequence
from typing import Literal

from assistant.render import WELCOME
from assistant.storage.conversations import StoredMessage
from ui.html_reply import reply_html
from ui.html_situation import marked_text, markings
from ui.markup import Html, tag

After = Literal["", "waiting", "failed", "unanswered"]
"""What stands below a last message that has no reply yet."""

AFTER_WORDS = {
    "waiting": "Reading what you wrote\u2026",
    "failed": "I'm sorry, something went wrong on my side and I could not answer. What you wrote "
    "is not lost: it is in the box below. Press Send to try again.",
    "unanswered": "This got no answer, probably because the program was stopped. "
    "Press Send to try again.",
}


def welcome_html() -> str:
    """What an empty conversation shows."""
    return tag("div", tag("p", WELCOME), class_="welcome")


def conversation_html(
    conversation_id: str, stored: Sequence[StoredMessage], after: After = ""
) -> str:
    """The turns, with a marker that tells the page which conversation it shows."""
    blocks = [tag("div", "", class_="shown", id=f"conversation-{conversation_id}")]
    blocks += _turns(stored)
    if after:
        blocks.append(note_html(after))
    return "\n\n".join(blocks)


def note_html(after: After) -> Html:
    """A sentence in place of a reply."""
    return tag("div", tag("p", AFTER_WORDS[after]), class_=f"turn note {after}")


def too_long_html(length: int, limit: int) -> Html:
    """A message that is longer than what is read."""
    words = (
        f"That is {length:,} characters, and I read at most {limit:,}. It is still in the box: "
        "keep the part that worries you most."
    )
    return tag("div", tag("p", words), class_="turn note failed")


def _turns(stored: Sequence[StoredMessage]) -> Iterator[Html]:
    number = -1
    for place, message in enumerate(stored):
        if message.reply is not None:
            yield tag("div", tag("h2", "Twofold"), reply_html(message.reply), class_="turn reply")
            continue
        number += 1
        answer = stored[place + 1].reply if place + 1 < len(stored) else None
        marks = markings(answer, number) if answer else ()
        words = tag("p", marked_text(message.content, marks), class_="own-words")
        yield tag("div", tag("h2", "You wrote"), words, class_="turn situation")
