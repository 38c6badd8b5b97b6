"""Settles by rules what is plainly not a situation about leading people, and what is not English.

Fails towards 'in': whenever the writer's team, staff or crew may be at stake, nothing is settled
here and the message is assessed. Patterns are compiled by the re module when first used.
"""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from assistant.screening import Scope

TOPICS = (
    (
        "cooking",
        r"\b(recipe|shortcrust|puff pastry|bake (a|the)|(name|recipe) for a (cocktail|dish))\b"
        r"|\bcooked \w+ from\b.{0,60}\bfridge\b",
    ),
    (
        "school",
        r"\b(homework|essay|harvard referencing|dissertation|coursework|evening course"
        r"|photosynthesis)\b|\bi'?( a)?m a student\b.{0,80}\b(compare|pages|theor(y|ies))\b"
        r"|\bexplain \w+ (for|to) a \d+[- ]year[- ]old\b",
    ),
    (
        "writing",
        r"\b\d[\d,.]* words (on|by|for|about)\b|\btell (me|us) a joke\b"
        r"|\b(write|compose) (me )?(a|an) (\w+ )?(poem|song|haiku|limerick|story|joke|verse)\b"
        r"|\bwrite a (programme|program) note\b|\bname for (my|our|a) (dog|cat|pet|baby|boat)\b",
    ),
    ("translation", r"\btranslate\b.{0,60}\b(into|to)\b"),
    (
        "technology",
        r"\b(python|javascript|vlookup|sql query|regex|css|html)\b.{0,80}\?"
        r"|\bexcel\b.{0,30}\b(cell|formula|column|macro|pivot)\b"
        r"|\b(outlook|word|teams|gmail)\b.{0,30}\bwhere is\b|\bprinter says\b"
        r"|\bwhat torque\b|\bwhich (coffee machine|printer|laptop|phone) (is|should)\b",
    ),
    (
        "money",
        r"\b(stock tip|which (stocks?|shares|crypto)|tax deductible|tax return)\b"
        r"|\bdeduct\b.{0,60}\btax(es)?\b|\b(gmbh|sole proprietorship|sole trader)\b.{0,20}\bor\b",
    ),
    (
        "job_hunt",
        r"\b(my|the) (cv|résumé|resume|cover letter)\b|\bcover letter\b|\bjob interview tips\b"
        r"|\bapplying for an? \b.{0,80}\b(post|job|role|position)\b",
    ),
    (
        "private_life",
        r"\bmy (girlfriend|boyfriend|parents) (says?|wants?|expects?)\b"
        r"|\bpain in (the|my) \w+|\bshould i (go to|see) a doctor\b|\blearn english\b",
    ),
    (
        "customers",
        r"\bget (the|a|this) review (deleted|removed)\b|\bi'?m a cashier\b.{0,40}\bvent\b"
        r"|\bmy (coworker|co-worker|colleague) (chews|eats|hums|breathes)\b",
    ),
)
"""Topics that are not situations, each with what gives them away."""

PEOPLE = (
    r"\b(my|our|the|this|a|one of my|one of the|new|whole|with) (\w+ ){0,2}(team|crew|staff|people|"
    r"reports?|direct reports?|deputy|employees?|apprentices?|trainees?|volunteers?|colleagues?|"
    r"nurses?|drivers?|guys|girls|lads|squad|shift|department|workers?|members?|lead|supervisors?|"
    r"assistants?|developers?|engineers?|men|choir|class|helpers?)\b"
    r"|\bi('m| am)? ?(also )?(manage|managing|lead|leading|supervise|run|running|coordinate|"
    r"oversee|in charge|responsible for|the (manager|boss|foreman|supervisor|team lead|"
    r"conductor))\b"
    r"|\b(newly|just|been|got) promoted\b|\bnew (manager|team lead|supervisor|boss)\b"
    r"|\bone of (my|our|the)\b|\bpeople (i|who) (manage|report)|\bteam meeting\b"
    r"|\bfor \d+ people\b|\bshift plan\b|\b(scout|group|shift|team|crew) leader\b"
)
"""What says that other people's work may be at stake."""
NO_PEOPLE = (
    r"\b(nobody|no one|no-one) (reports to|under|works for) me\b"
    r"|\bi('m| am) (not )?(in|only) charge of (any\w*|no ?(one|body)|myself)\b"
    r"|\bi('m| am) not in charge of any\w*|\bnot a (manager|boss|lead|supervisor)( myself)?\b"
    r"|\b(manage|lead|supervise) (nobody|no one|noone)\b|\b(nobody|no one) under me\b"
    r"|\bi d(on'?t|o not) (manage|lead|supervise) any\w*|\bonly responsible for myself\b"
)
"""What says that nobody is led by the writer."""
BOSS = (
    r"\bmy (own |plant |practice |shift |new |old |direct )?"
    r"(boss|manager|supervisor|line manager|head of \w+)\b|\b\w+ manager\b.{0,60}\bme\b"
)
LED = (
    r"\b(my|our) (\w+ ){0,2}(team|crew|staff|people|deputy|reports|apprentices?|lads|girls)\b"
    r"|\bi (manage|lead)\b"
)
"""What says that people are led after all."""
AGAINST_BOSS = (
    r"\bmy (own )?(boss|manager|supervisor|line manager)\b.{0,60}\b(hates me|reads my (e?-?mails?|"
    r"messages)|gives me the worst)\b"
    r"|\bwhat can i do against (him|her|my (boss|manager|supervisor))\b"
)
"""Complaints about the writer's own boss that name nobody else."""
INJECTION = (
    r"\b(ignore|disregard|forget) (all |any |the |your |of ){0,4}"
    r"(previous|prior|above|earlier|your) (\w+ )?(instructions?|prompts?|rules?|guidelines?)"
    r"|\b(reveal|print|show|repeat) (me )?(your |the )(system )?(prompt|instructions)"
    r"|\byou are now (a |an |dan\b)|\bdeveloper mode\b|\bjailbreak\b"
)
MANIPULATION = (
    r"\b(spy on|secretly (record|film|track|read)|manipulate|blackmail|gaslight|dig up dirt)\b"
)
POLICY = (
    r"\bhow (many|much) (days?|weeks?|hours?)?( of)? ?(\w+ )?"
    r"(leave|holidays?|vacation|notice|sick pay)( days?)? "
    r"(do|does|am|are|can|is|will|would) (i|we|you|my)\b"
    r"|\bhow many (days|weeks) (of )?(\w+ )?(leave|holiday|vacation)\b"
    r"|\b(what is|what's|what are) (the|our) (\w+ ){0,2}(policy|travel rates?|mileage rates?|"
    r"per diem|notice period|dress code)\b|\b(travel|mileage|per diem) rates?\b"
    r"|\bwhere (do|can|could) i find (the|our|a) (\w+ )?(form|policy|handbook)\b"
    r"|\bcan i carry over (my |unused )?(holiday|leave|vacation)\b"
)
"""Questions that only the organisation's own rules answer."""
GREETINGS = """
hi hello hey hiya howdy yo good morning afternoon evening day there anyone anybody about in out all
everyone greetings sup ok okay thanks thank you help test testing please is first time on here x
how are today doing
"""
GREETING_WORDS = frozenset(GREETINGS.split())
ENGLISH = """
the a an and or but if of to in on at for with from by about is are was were be been am i my me we
our you your he she they them his her their it its this that these those not no do does did don t s
have has had can could will would should what how why who when which so as just than then there
since one two all out up more very also only even now after before because while each every some any
other too still again over into us him never always nobody everyone
"""
FUNCTION_WORDS = frozenset(ENGLISH.split())
FEW_ENGLISH_WORDS = 0.2
"""Share of English function words under which the library is asked for its opinion."""
FOREIGN = """
der das und ich nicht mit ein eine einen ist sich mich mir auf für von zu den dem wir ihr mein
meine meinen macht immer auch wie aber hat sind kein keine er sie wird kann kollege el los las una
unos que y en con por para mi mis su sus es está son muy pero como hola todos todo cuando porque
siempre nunca qué hacer empleado jefe equipo le les des une et est sont mon ma mes ne pas je il
elle nous vous ils qui dans pour avec sur mais très toujours jamais équipe lo gli di che mio mia
non è sono per del della dei anche sempre capo o os um uma não meu minha com ele ela eles mas
muito chefe het een niet van ik mijn met zijn maar wel ook hij zij ze wij nie się jest mój moja
moi to jak ale że bardzo zawsze ve bir bu benim ekip çok için ama değil jag inte och är det som
min mitt mina jeg ikke og
"""
"""Frequent words of other languages written in Latin letters; a short text has little else."""
FOREIGN_WORDS = frozenset(FOREIGN.split()) - FUNCTION_WORDS - {"o", "y", "to", "ma", "per"}
ENGLISH_ENOUGH = 0.3
"""Share from which on a text is English without asking."""
SURE = 0.9
"""How sure the library has to be that a text with few English words is not English."""
VERY_SURE = 0.999
"""The same for a text with some English words."""
FEW_WORDS = 8
MOST_NAMES = 12
CODE = (
    r"\bselect\b.{1,80}\bfrom\b.{1,80}(;|\bwhere\b.{1,40}[=<>])"
    r"|\b(def|class|function|import|return|public static)\b.{0,60}[({;:]\s*(\n|$|#|//)"
    r"|[{};]\s*\n.{0,200}[{};]\s*(\n|$)|</?\w+>.{0,200}</\w+>"
)
"""Lines of a program."""
WORD = r"[^\W\d_]+(?:['’][^\W\d_]+)?"


def scope_of(texts: Sequence[str]) -> tuple[Scope, str] | None:
    """The scope and its reason where rules can settle it, else None: assess it."""
    text = "\n".join(texts).strip()
    words = re.findall(WORD, text)
    reason = _empty(text, words) or _kind(text)
    return ("out", reason) if reason else None


def _empty(text: str, words: list[str]) -> str | None:
    if not text:
        return "empty"
    if not words:
        return "no_words"
    if all(w.lower() in GREETING_WORDS for w in words):
        return "greeting"
    if len(words) > 1 and _name_like(text):
        return "names_only"
    return "too_short" if len(words) == 1 else None


def _name_like(text: str) -> bool:
    """Whether a text is only capitalised words, perhaps joined by 'and'."""
    words = re.findall(WORD, text)
    names = [w for w in words if w.lower() not in ("and", "or")]
    return len(words) <= MOST_NAMES and all(
        w[0].isupper() and w[1:].islower() and w.lower() not in FUNCTION_WORDS for w in names
    )


def _kind(text: str) -> str | None:
    low = text.lower()
    if re.search(MANIPULATION, low):
        return "manipulation"
    if _only_own_boss(low):
        return "own_boss"
    if re.search(PEOPLE, re.sub(NO_PEOPLE, " ", low)):
        return None
    kinds = (
        ("code", CODE),
        ("injection", INJECTION),
        ("policy", POLICY),
        *(("other_topic", pattern) for _, pattern in TOPICS),
    )
    return next((kind for kind, pattern in kinds if re.search(pattern, low)), None)


def _only_own_boss(low: str) -> bool:
    if re.search(BOSS, low) and re.search(NO_PEOPLE, low):
        return True
    return bool(re.search(AGAINST_BOSS, low)) and not re.search(LED, low)


def people_at_stake(texts: Sequence[str]) -> bool:
    """Whether the words themselves say that the writer leads somebody."""
    low = "\n".join(texts).lower()
    return re.search(PEOPLE, re.sub(NO_PEOPLE, " ", low)) is not None


def addresses_a_machine(text: str) -> bool:
    """Whether a text gives orders to an AI that reads it; such a text is not quoted."""
    return re.search(INJECTION, text.lower()) is not None


def is_english(text: str) -> bool:
    """Whether the embedded coach can read it; names and typing errors do not make it foreign."""
    words = re.findall(WORD, text.lower())
    if not words:
        return True
    letters = "".join(words)
    if sum(c.isascii() for c in letters) < 0.6 * len(letters):
        return False  # another script
    known = sum(w in FUNCTION_WORDS for w in words)
    if sum(w in FOREIGN_WORDS for w in words) > known:
        return False
    if len(words) == 1 or known >= ENGLISH_ENOUGH * len(words):
        return True
    if known == 0 and len(words) < FEW_WORDS and _name_like(text):
        return True
    language, sure = _identifier().classify(text.lower())
    few = known < FEW_ENGLISH_WORDS * len(words)
    return language == "en" or sure < (SURE if few else VERY_SURE)


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    loader: Any = LanguageIdentifier  # the library has no types
    return loader.from_model_file(MODEL_FILE, norm_probs=True)
