"""What a later message settles: facts that decide the pole, said plainly by the user."""

import re

from assistant.text import straight

_SOME = r"(?:they|he|she|we|everyone|everybody|people|the team|all of them)"
_NONE = r"(?:nobody|no one|noone|none of them)"
_NOT = r"(?:don't|doesn't|do not|does not|didn't|did not|no longer|won't|never|can't)"

_TO_LEADERSHIP = (
    rf"\b{_SOME} (?:all )?(?:really |definitely |do )?knows? (?:exactly |very well |perfectly (?:well )?|full well )?(?:what|how|who|that|it|why)",
    r"\b(?:expectations?|roles?|goals?|rules?|standards?|plan|process|targets?|criteria) (?:is|are|was|were) (?:very |perfectly |already |all |quite )?(?:clear|written|agreed|published|in place|fine)",
    r"\bit(?:'s| is) (?:all )?(?:written down|clear|agreed|documented)",
    r"(?<!not )(?<!n't have )\b(?:plenty of|enough) (?:time|staff|people|hands|training)\b",
    rf"\b{_SOME} {_NOT} (?:really |actually )?(?:trust|believe|care|dare|want|see the point|feel safe|respect)",
    rf"\b{_NONE} (?:really |actually )?(?:trusts?|believes?|cares?|dares?|wants?|sees the point|feels safe|respects?)",
    rf"\b{_SOME}(?:'re| are|'s| is) (?:all )?(?:afraid|scared|cynical|bored|bitter|resentful)",
    r"(?<!never )(?<!n't )(?<!not )\bwell trained|\bfully staffed|\bnot (?:a|the) (?:workload|staffing|process|planning) (?:problem|issue)",
)
_TO_MANAGEMENT = (
    rf"\b{_SOME} (?:really |honestly |just )?{_NOT} (?:actually |really )?knows?(?:n)? (?:exactly )?(?:what|how|who|that|when|which)",
    rf"\b{_NONE} (?:really |actually )?(?:knows?|knew) (?:exactly )?(?:what|how|who|that|when|which)",
    rf"\b(?:{_NONE}|we|i) (?:has |have |had )?(?:ever |never )?(?:told|said to|explained to|explained it to|showed|shown|trained|asked) (?:them|him|her|anyone|it)\b",
    r"\b(?:never|not|isn't|wasn't|aren't|weren't) (?:been )?(?:written down|agreed|clear|defined|documented|trained|assigned)",
    r"\b(?:no|isn't any|is no|there's no) (?:plan|process|owner|deadline|rota|schedule|procedure|checklist|role description|job description|training|time)\b",
    r"(?:\bnot|n't have|n't got|n't) enough (?:time|staff|people|hands|training)\b",
    rf"\b{_SOME}(?:'re| are|'s| is) (?:all )?(?:willing|keen|motivated|eager|on board|happy to)",
    rf"\b{_SOME} (?:all )?(?:do |does )?(?:trust|like|respect|want|care)s? (?:me|each other|to|about)",
    r"\bnot (?:a|the) (?:trust|motivation|morale|attitude|culture) (?:problem|issue)|not about (?:trust|motivation|morale)",
    r"\btoo (?:few (?:people|staff)|much work)|short[- ]staffed|understaffed",
)
STEP = 0.3
"""How far one plain fact moves the share: enough to leave a band's middle, in shares."""


def correction(text: str) -> float:
    """How far a later message moves the leadership share by what it states, -0.45 to 0.45."""
    low = straight(text).lower()
    up = sum(bool(re.search(p, low)) for p in _TO_LEADERSHIP)
    down = sum(bool(re.search(p, low)) for p in _TO_MANAGEMENT)
    return max(-0.45, min(0.45, STEP * (up - down)))
