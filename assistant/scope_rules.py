"""Settles by rules what is plainly not a situation about leading people, and what is not English.

Fails towards 'in': whenever the writer's team, staff or crew may be at stake, nothing is settled
here and the message is assessed. Patterns are compiled by the re module when first used.
"""

import re
from collections.abc import Sequence

from assistant.screening import Scope

TOPICS = (
    ("recipe", r"\b(recipe|shortcrust|puff pastry|bake (a|the)|(name|recipe) for a (cocktail|dish))\b"),
    ("homework", r"\b(homework|essay|harvard referencing|dissertation|coursework)\b"),
    ("writing", r"\b\d[\d,]* words (on|by|for|about)\b|\b(write|compose) (me )?a (poem|song|haiku|limerick|story|joke)\b|\btell me a joke\b"),
    ("translation", r"\btranslate\b.{0,60}\b(into|to)\b"),
    ("code", r"\b(python|javascript|excel|vlookup|sql query|regex|css|html)\b.{0,80}\?"),
    ("money", r"\b(stock tip|which (stocks?|shares|crypto)|tax deductible|tax return)\b"),
    ("job_hunt", r"\b(my (cv|résumé|resume|cover letter)|job interview tips)\b"),
)
"""Topics that are not situations, each with what gives them away."""

PEOPLE = (
    r"\b(my|our|the|this|a|one of my|one of the|new|whole) (\w+ ){0,2}(team|crew|staff|people|reports?|direct reports?|"
    r"deputy|employees?|apprentices?|trainees?|volunteers?|colleagues?|nurses?|drivers?|guys|girls|"
    r"lads|squad|shift|department|workers?|members?|lead|supervisors?|assistants?|developers?|engineers?)\b"
    r"|\bi (manage|lead|supervise|run|coordinate|oversee|am in charge)\b"
    r"|\b(newly|just|been) promoted\b|\bnew (manager|team lead|supervisor|boss)\b"
    r"|\bone of (my|our|the)\b|\bpeople (i|who) (manage|report)"
)
NO_PEOPLE = (
    r"\b(nobody|no one|no-one) (reports to|under) me\b|\bi('m| am) not in charge of any\w*"
    r"|\b(manage|lead|supervise) (nobody|no one|noone)\b|\bnobody under me\b|\bi don'?t manage any\w*"
)
BOSS = r"\bmy (own )?(boss|manager|supervisor|line manager|head of \w+)\b|\bmanager\b.{0,60}\bme\b"
INJECTION = (
    r"\b(ignore|disregard|forget) (all |any |the |your |of )*(previous|prior|above|earlier|your) "
    r"(\w+ )?(instructions?|prompts?|rules?|guidelines?)|\b(reveal|print|show|repeat) (me )?(your |the )"
    r"(system )?(prompt|instructions)|\byou are now (a |an |dan\b)|\bdeveloper mode\b|\bjailbreak\b"
)
MANIPULATION = r"\b(spy on|secretly (record|film|track|read)|manipulate|blackmail|gaslight|dig up dirt)\b"
POLICY = r"\bhow many (days|weeks) (of )?(\w+ )?(leave|holiday|vacation)\b|\b(travel|mileage|per diem) rates?\b"
GREETING_WORDS = frozenset(
    "hi hello hey hiya howdy yo good morning afternoon evening day there anyone anybody about in out all "
    "everyone greetings sup ok okay thanks thank you help test testing please is first time on here x".split()
)
FUNCTION_WORDS = frozenset(
    "the a an and or but if of to in on at for with from by about is are was were be been am i my me we our "
    "you your he she they them his her their it its this that these those not no do does did don t s have has "
    "had can could will would should what how why who when which so as just than then there".split()
)
WORD = r"[^\W\d_]+(?:['’][^\W\d_]+)?"


def scope_of(texts: Sequence[str]) -> tuple[Scope, str] | None:
    """The scope and its reason where rules can settle it, else None: assess it."""
    text = "\n".join(texts).strip()
    words = re.findall(WORD, text)
    reason = _empty(text, words) or _kind(text, words)
    return ("out", reason) if reason else None


def _empty(text: str, words: list[str]) -> str | None:
    if not text:
        return "empty"
    if not words:
        return "no_words"
    if all(w.lower() in GREETING_WORDS for w in words):
        return "greeting"
    return "too_short" if len(words) == 1 else None


def _kind(text: str, words: list[str]) -> str | None:
    low = text.lower()
    if re.search(MANIPULATION, low):
        return "manipulation"
    about_people = re.search(PEOPLE, re.sub(NO_PEOPLE, " ", low))
    if re.search(BOSS, low) and re.search(NO_PEOPLE, low):
        return "own_boss"
    if about_people:
        return None
    if re.search(INJECTION, low):
        return "injection"
    if re.search(POLICY, low):
        return "policy"
    return "other_topic" if any(re.search(p, low) for _, p in TOPICS) else None


def is_english(text: str) -> bool:
    """Whether the embedded coach can read it; names and typing errors do not make it foreign."""
    words = re.findall(WORD, text.lower())
    if len(words) < 4 or sum(w in FUNCTION_WORDS for w in words) >= 0.2 * len(words):
        return True
    import py3langid

    return py3langid.classify(text)[0] == "en"
