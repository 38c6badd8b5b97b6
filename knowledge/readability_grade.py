"""Reading grade of a card: the school year that reads it with ease (Kincaid et al. 1975)."""

import re
from typing import Any

import readability as untyped

from knowledge.card import Card


def reading_grade(card: Card) -> float:
    """Flesch-Kincaid grade of everything a reader sees on the card; 8 is the aim."""
    parts = [t for key, t in card.sections.items() if key != "evidence"]
    parts += [f"{a.step} {a.say} {a.done_when}" for a in card.actions]
    sentences = [
        " ".join(re.findall(r"[\w'-]+", sentence))
        for sentence in re.split(r"[.!?:\n]+", "\n".join(parts))
    ]
    readability: Any = untyped
    measured: Any = readability.getmeasures([s for s in sentences if s], lang="en")
    return round(float(measured["readability grades"]["Kincaid"]), 1)
