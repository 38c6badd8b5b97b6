"""Replies to show: valid, with every part, to be changed in one place."""

from dataclasses import replace
from typing import Any

from assistant.advice import Action, Advice, Citation
from assistant.assessment import Assessment, Evidence
from assistant.reply import Reply
from assistant.reply_json import reply_json
from assistant.screening import Escalation, Screening

SITUATION = "Nobody knows what to start. They have lost sight of why we do it."
ACTION = Citation(id="card:order#action-1", title="One order", heading="What to do: Number them")
AVOID = Citation(id="card:order#avoid", title="One order", heading="What to avoid")


def evidence(quote: str, pole: Any, message: int = 0, text: str = SITUATION) -> Evidence:
    start = text.index(quote)
    return Evidence(
        message=message, start=start, end=start + len(quote), quote=quote, pole=pole, weight=0.1
    )


def assessment() -> Assessment:
    return Assessment(
        leadership_share=0.44,
        confidence=0.62,
        evidence=(
            evidence("Nobody knows what to start", "management"),
            evidence("They have lost sight of why we do it", "leadership"),
        ),
        subdomains=("m1_planning",),
        question="Is there one list?",
    )


def action(pole: Any = "management", title: str = "Number the jobs") -> Action:
    return Action(
        pole=pole,
        horizon="this_week",
        title=title,
        step=f"{title} on one page.",
        words_to_say="This is the order we work in.",
        done_when="They can name the first.",
        watch_out="A second list.",
        citations=(ACTION,),
    )


def advice() -> Advice:
    return Advice(
        summary="You wrote that nobody knows what to start.",
        first="Start here: Number the jobs on one page.",
        actions=(action(), action("leadership", "Say what it serves")),
        avoid=("Two lists.",),
        question="Is there one list?",
        citations=(ACTION, AVOID),
        changed="What you added moves it.",
    )


def advice_reply() -> Reply:
    return Reply(
        kind="advice",
        screening=Screening(scope="in"),
        assessment=assessment(),
        advice=advice(),
        opening="",
        question="Is there one list?",
    )


def escalation(name: str = "Thoughts of suicide", *, danger_first: bool = True) -> Escalation:
    return Escalation(
        id="self_harm",
        name=name,
        message=0,
        start=0,
        end=26,
        quote=SITUATION[:26],
        urgency="immediately",
        danger_first=danger_first,
        go_to=("Call the emergency number.",),
        must_not=("Do not leave the person alone.",),
        may=("Ask straight out.",),
        say="I care how you are.",
        help_lines=("Samaritans, 116 123",),
    )


def referral_reply(*escalations: Escalation) -> Reply:
    return replace(
        advice_reply(),
        kind="referral",
        opening="First: is anybody in danger right now?",
        screening=Screening(scope="in", escalations=escalations or (escalation(),)),
    )


def bare_reply(kind: Any, opening: str) -> Reply:
    return Reply(
        kind=kind,
        screening=Screening(scope="out", reason="greeting"),
        assessment=None,
        advice=None,
        opening=opening,
    )


def as_stored(reply: Reply) -> dict[str, Any]:
    return reply_json(reply, "the reply as text")
