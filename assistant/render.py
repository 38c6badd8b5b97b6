"""A reply as plain text, good to read in a terminal."""

import textwrap
from collections.abc import Iterator

from assistant.advice import Action, Advice
from assistant.assessment import Assessment, Verdict
from assistant.openings import POLICY_FIRST
from assistant.reply import Quote, Reply
from assistant.screening import Escalation
from assistant.text import readable, shorten

WELCOME = (
    "What is going on with the people you are responsible for? Tell me in your own words. "
    "I say whether it is a management problem, a leadership problem or both, and what to do."
)
BAR = 30
HORIZON_WORDS = {
    "today": "today",
    "this_week": "this week",
    "this_month": "this month",
    "this_quarter": "this quarter",
    "this_year": "this year",
}
VERDICT_WORDS: dict[Verdict, str] = {
    "management": "mostly a management problem",
    "both": "both a management and a leadership problem",
    "leadership": "mostly a leadership problem",
}
URGENCY_WORDS = {
    "immediately": "at once",
    "same_day": "today",
    "before_any_step": "before you take any step",
}


def as_text(reply: Reply, width: int = 88) -> str:
    """The whole reply; lines of at most `width` characters."""
    blocks = [b for b in _blocks(reply, width) if b]
    return readable("\n\n".join(blocks)) + "\n"


def share_in_words(assessment: Assessment) -> str:
    """The proportion and the confidence as a person would say them."""
    leadership = round(assessment.leadership_share * 100)
    return (
        f"{VERDICT_WORDS[assessment.verdict]}: {100 - leadership} % management, "
        f"{leadership} % leadership ({confidence_words(assessment.confidence)})"
    )


def confidence_words(confidence: float) -> str:
    """How sure an assessment is, as a person would say it."""
    if confidence >= 0.7:
        return "fairly sure"
    return "not very sure" if confidence >= 0.5 else "unsure"


def _blocks(reply: Reply, width: int) -> Iterator[str]:
    if reply.opening:
        yield _wrap(reply.opening, width)
    for escalation in reply.screening.escalations:
        yield _escalation(escalation, width)
    if reply.quotes:
        yield _quotes(reply, width)
    if reply.advice is not None and reply.assessment is not None:
        if reply.kind == "referral":
            yield _wrap("For the part that stays your own work:", width)
        yield from _advice(reply.advice, reply.assessment, width)
    yield _wrap(reply.notice, width)


def _quotes(reply: Reply, width: int) -> str:
    lines = ["What your organisation says"]
    for quote in reply.quotes:
        lines.append(_wrap(f"\u201c{quote.text}\u201d", width, "  ", "  "))
        place = f"{place_of(quote)} [{quote.citation.id}]"
        lines.append(_wrap(place, width, "    ", "    "))
    if reply.advice is not None:
        lines.append(_wrap(POLICY_FIRST, width, "  ", "  "))
    return "\n".join(lines)


def place_of(quote: Quote) -> str:
    """Where a quote stands: title, heading, page."""
    page = f", page {quote.page}" if quote.page is not None else ""
    heading = f": {quote.citation.heading}" if quote.citation.heading else ""
    return f"{quote.citation.title}{heading}{page}"


def _advice(advice: Advice, assessment: Assessment, width: int) -> Iterator[str]:
    yield _wrap(advice.changed, width)
    yield _wrap(advice.summary, width)
    yield _balance(assessment, width)
    yield _wrap(advice.first, width)
    number = 0
    for pole, title in (("management", "As a manager"), ("leadership", "As a leader")):
        for action in (a for a in advice.actions if a.pole == pole):
            number += 1
            yield _action(number, title, action, width)
    if advice.avoid:
        yield "Avoid\n" + "\n".join(_wrap(a, width, "  - ", "    ") for a in advice.avoid)
    if advice.question:
        yield _wrap(
            f"One question, because the answer could change my mind: {advice.question}", width
        )
    yield "Sources\n" + "\n".join(
        _wrap(f"{c.title}: {c.heading} [{c.id}]", width, "  - ", "    ") for c in advice.citations
    )


def _balance(assessment: Assessment, width: int) -> str:
    filled = round(assessment.leadership_share * BAR)
    bar = f"management [{'=' * (BAR - filled)}|{'-' * filled}] leadership"
    words = share_in_words(assessment)
    lines = [_wrap(words[0].upper() + words[1:], width), bar]
    lines += [
        _wrap(f"\u201c{shorten(e.quote)}\u201d ({e.pole})", width, "  ", "    ")
        for e in assessment.evidence
    ]
    return "\n".join(lines)


def _action(number: int, title: str, action: Action, width: int) -> str:
    lines = [_wrap(f"{number}. {title}, {HORIZON_WORDS[action.horizon]}: {action.title}", width)]
    lines.append(_wrap(action.step, width, "   ", "   "))
    lines.append(_wrap(f"Say: \u201c{action.words_to_say}\u201d", width, "   ", "   "))
    lines.append(_wrap(f"Done when: {action.done_when}", width, "   ", "   "))
    if action.watch_out:
        lines.append(_wrap(f"Watch out: {action.watch_out}", width, "   ", "   "))
    lines.append(f"   [{action.citations[0].id}]")
    return "\n".join(lines)


def _escalation(escalation: Escalation, width: int) -> str:
    lines = [
        f"{escalation.name} ({URGENCY_WORDS[escalation.urgency]})",
        _wrap(f"Because you wrote: \u201c{escalation.quote}\u201d", width, "  ", "  "),
        "  Go to",
        *(_wrap(line, width, "  - ", "    ") for line in escalation.go_to),
        "  Do not",
        *(_wrap(line, width, "  - ", "    ") for line in escalation.must_not),
        "  You may",
        *(_wrap(line, width, "  - ", "    ") for line in escalation.may),
        _wrap(f"Say: \u201c{escalation.say}\u201d", width, "  ", "  "),
        *(_wrap(line, width, "  ", "  ") for line in escalation.help_lines),
    ]
    return "\n".join(lines)


def _wrap(text: str, width: int, first: str = "", rest: str = "") -> str:
    return textwrap.fill(
        " ".join(readable(text).split()),
        width=max(20, width),
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
