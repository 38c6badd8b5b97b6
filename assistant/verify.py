"""The last check before a reply: nothing uncited, nothing unretrieved, nothing unfinished."""

import re
from collections.abc import Collection
from dataclasses import replace

from assistant.advice import Advice

_PLACEHOLDER = re.compile(r"\[[^\]]*\]|\{[^}]*\}|<[^>]*>|\bX{2,}\b|\bTBD\b|lorem ipsum", re.I)


def verify(advice: Advice, retrieved: Collection[str], known: Collection[str]) -> Advice | None:
    """Drop every action that does not stand on guidance retrieved in this turn.

    `retrieved` holds document ids of this turn (`card:<slug>`), `known` every citation id that
    resolves. None when no action is left.
    """
    actions = tuple(
        a
        for a in advice.actions
        if a.citations
        and all(c.id in known and c.id.partition("#")[0] in retrieved for c in a.citations)
        and not _PLACEHOLDER.search(f"{a.title} {a.step} {a.words_to_say} {a.done_when}")
    )
    if not actions:
        return None
    citations = tuple(
        c for c in advice.citations if c.id in known and c.id.partition("#")[0] in retrieved
    )
    return replace(advice, actions=actions, citations=citations)
