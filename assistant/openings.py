"""What a reply says first when it is a question, a referral or a decline."""

from assistant.assessment import Assessment
from assistant.screening import Screening

_QUESTIONS = {
    "empty": "Tell me what is going on, in your own words. Two or three sentences are enough: who is involved, what happened, and what you want to be different.",
    "no_words": "I can only work with words. What happened, and with whom? Two sentences are enough.",
    "greeting": "Hello. What is on your mind with the people you are responsible for? Tell me what happened last, and what you'd like to be different.",
    "too_short": "That could mean many things. What happened last, who was there, and what do you need them to do?",
    "names_only": "I see names, and not yet what happened. No names are needed: what did somebody do or not do, and what did you need?",
}

_DECLINES = {
    "code": "This looks like code or a technical question, and I'm no help there. If it is about who decides, who does the work or how it flows between people, tell me that part.",
    "injection": "I can't change how I work on request. If there is something going on with the people you are responsible for, tell me what happened.",
    "manipulation": "I won't help to watch, trick, punish or push somebody out. If what you need is work done, a standard kept or a hard talk held fairly, tell me what happened and we'll start there. If you are thinking of ending someone's job, talk to HR before any step.",
    "own_boss": "This is about your own boss more than about people you lead, and I'm made for the second. HR, a trusted colleague or a union or staff representative can help with it. If it spills over onto your team, tell me how.",
    "policy": "That depends on your organisation's own rules, and I have none of them here. Ask HR, or look at your staff handbook.",
    "other_topic": "I help with leading and managing people and their work, and this seems to be something else. If there is a team, a colleague or a piece of shared work in it, tell me that part.",
}

_LANGUAGE = (
    "I read English only, so I can't be sure I understand this, and I could miss something serious. "
    "If you can, write it in English, however short. If somebody may be hurt or in danger, call the "
    "emergency services now. If it touches health, threats, harassment, pay, dismissal or a complaint, "
    "talk to HR, or to the owner or an outside adviser if there is no HR."
)


def question_opening(reason: str) -> str:
    """What to ask when there is nothing to assess yet."""
    return _QUESTIONS.get(reason, _QUESTIONS["empty"])


def decline_opening(reason: str) -> str:
    """What to say when the message is not about leading people or work."""
    return _DECLINES.get(reason, _DECLINES["other_topic"])


def referral_opening(screening: Screening) -> str:
    """What a referral says first: danger before anything else."""
    if not screening.english and not screening.escalations:
        return _LANGUAGE
    urgent = any(e.danger_first for e in screening.escalations)
    danger = (
        "First: is anybody in danger right now? If so, get people safe and call the emergency services. "
        if urgent
        else ""
    )
    names = [e.name[0].lower() + e.name[1:] for e in screening.escalations]
    matter = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    language = "" if screening.english else f" {_LANGUAGE}"
    return (
        f"{danger}Part of this should not rest on you alone ({matter}). "
        f"Take it to the people below before you act.{language}"
    )


POLICY_FOUND = "Your organisation has written this down. Here is what it says; if it doesn't settle your case, ask HR."
POLICY_FIRST = "Where this and the advice differ, your organisation's rule goes first."


def nothing_found(assessment: Assessment, advised: bool) -> str:
    """What to say when no guidance is good enough."""
    if advised:
        return (
            "I've given you what my guidance has on this. Try one of the steps first, then tell me "
            "what happened: what did you say, and what did they do?"
        )
    ask = (
        assessment.question or "What happened last, who was there, and what do you need them to do?"
    )
    return (
        "I have no guidance that fits this well enough, and I'd rather not guess. "
        f"One thing would help me look again. {ask}"
    )


def changed_sentence(before: Assessment, now: Assessment) -> str:
    """One sentence on what a later message changed."""
    moved = round(abs(now.leadership_share - before.leadership_share) * 100)
    if now.verdict != before.verdict:
        names = {
            "management": "a management problem",
            "both": "both at once",
            "leadership": "a leadership problem",
        }
        return (
            f"What you added changes the picture: I took this for {names[before.verdict]}, "
            f"now it looks like {names[now.verdict]}."
        )
    if moved >= 5:
        side = "leadership" if now.leadership_share > before.leadership_share else "management"
        return f"What you added moves it {moved} points towards {side}; the verdict stays the same."
    return "What you added doesn't change the picture, so here is what comes next."
