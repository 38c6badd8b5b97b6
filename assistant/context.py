"""What the user said about time, place and people, so that advice fits it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_DEADLINE = re.compile(
    r"\b(?:(?:by|before|until|till|on|this|next|due)\s+)?"
    r"(?:in (?:ten|five|fifteen|twenty|thirty|\d{1,2}) minutes|in an hour|in (?:two|three|\d) hours|"
    r"this (?:morning|afternoon|evening)|tonight|tomorrow(?: morning| afternoon)?|"
    r"(?:by|before|due|until|till|on|this|next)\s+(?:monday|tuesday|wednesday|thursday|friday|"
    r"saturday|sunday|the weekend|the end of the (?:day|week|month|quarter)|end of (?:day|week|month)|"
    r"christmas|easter|go[- ]live|opening|the audit|the inspection))\b",
    re.IGNORECASE,
)
_PAST = re.compile(
    r"\b(?:was|were|had|came|last|since|missed|slipped|told|said|asked|happened|heard|found|got|left|quit)\b[^.,;:!?\n]{0,25}$",
    re.IGNORECASE,
)
_REMOTE = re.compile(
    r"\b(?:remote(?:ly)?|hybrid|work(?:s|ing)? from home|wfh|zoom|teams call|time ?zones?|"
    r"distributed|other site|video call)\b",
    re.IGNORECASE,
)
_NEW = re.compile(
    r"\b(?:new (?:manager|supervisor|team lead|lead|boss|in (?:this|the) (?:role|job))|first time (?:manag|lead)\w*|"
    r"(?:just|recently|newly) (?:been )?(?:promoted|became|started|took over|made)|became (?:a|the) \w+ "
    r"(?:lead|manager|supervisor)|my first (?:week|month|team|job as)|took over (?:the|a|this) team|"
    r"(?:one|two|three|\d) (?:weeks?|months?) into (?:this|the|my))\b",
    re.IGNORECASE,
)
_TEAM = re.compile(
    r"\b(?:team|crew|staff|everyone|everybody|they all|nobody|no one|whole (?:shift|department|office)|"
    r"people|volunteers|nurses|guys|lads|\d+ of them|half of them|the others|both of them)\b",
    re.IGNORECASE,
)
_ONE = re.compile(
    r"\b(?:he|she|him|her|his|hers|one of my|my (?:deputy|assistant|report|employee|colleague|"
    r"apprentice|best|senior|junior|new hire|starter)|this person|an? (?:employee|colleague|nurse|"
    r"developer|worker|cook|driver|teacher|volunteer))\b",
    re.IGNORECASE,
)
_UPWARD = re.compile(
    r"\b(?:my (?:own )?(?:boss|manager|director|head|ceo|supervisor)|head office|the (?:owner|board|"
    r"director|management)|leadership team|above me|upstairs)\b",
    re.IGNORECASE,
)
_PEERS = re.compile(
    r"\b(?:(?:other|another|neighbouring|next|sales|marketing|finance|it) (?:team|department|unit|shift)s?|"
    r"peers?|other (?:lead|manager|supervisor)s?)\b",
    re.IGNORECASE,
)
_SELF = re.compile(
    r"\b(?:i (?:do|did) (?:it|everything) myself|i (?:can't|cannot|don't) (?:switch off|delegate|let go|"
    r"say no)|my own (?:time|calendar|work|habits?)|i(?:'m| am) (?:drowning|exhausted|overwhelmed|"
    r"micromanag\w+))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class Context:
    """Facts found in the user's words; each empty or False when not said."""

    deadline: str
    """The user's words for a deadline ahead, such as 'by Friday'; empty when none."""
    remote: bool
    new_in_role: bool
    audiences: frozenset[str]
    """Of `knowledge.card.AUDIENCES`: whom the situation is about."""


def read_context(texts: Sequence[str]) -> Context:
    """Read the context of all the user's messages; the last deadline named counts."""
    text = "\n".join(texts)[:20_000]
    team, one = len(_TEAM.findall(text)), len(_ONE.findall(text))
    audiences: set[str] = set()
    if one and one >= team:
        audiences.add("one person")
    if team and team >= one:
        audiences.add("team")
    for name, pattern in (("upward", _UPWARD), ("other teams", _PEERS), ("yourself", _SELF)):
        if pattern.search(text):
            audiences.add(name)
    return Context(
        deadline=_deadline(text),
        remote=bool(_REMOTE.search(text)),
        new_in_role=bool(_NEW.search(text)),
        audiences=frozenset(audiences),
    )


def _deadline(text: str) -> str:
    ahead = [
        m
        for m in _DEADLINE.finditer(text)
        if not _PAST.search(text[max(0, m.start() - 40) : m.start()])
    ]
    return " ".join(ahead[-1][0].split()) if ahead else ""
