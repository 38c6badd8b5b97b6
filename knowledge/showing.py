"""A card as text and as JSON, with its sources written out."""

from typing import Any

from knowledge.bibliography import Canon
from knowledge.card import SECTION_KEYS, Card, CardAction


def card_text(card: Card, canon: Canon) -> str:
    """The whole card, readable in a terminal."""
    parts = [f"{card.title}  ({card.pole}, {card.subdomain})"]
    for heading, key in SECTION_KEYS.items():
        if key == "do":
            parts.append(heading + "\n" + "\n".join(_action_text(a) for a in card.actions))
        elif key in card.sections:
            parts.append(f"{heading}\n{card.sections[key]}")
    parts.append("Sources\n" + "\n".join(f"- {s}" for s in sources(card, canon)))
    return "\n\n".join(parts)


def card_json(card: Card, canon: Canon) -> dict[str, Any]:
    """The whole card with citation ids for each section."""
    return {
        "id": card.id,
        "title": card.title,
        "pole": card.pole,
        "subdomain": card.subdomain,
        "evidence": card.evidence,
        "written_by": card.written_by,
        "situations": list(card.situations),
        "sections": [
            {"id": f"card:{card.id}#{key}", "heading": card.section_heading(key), "text": text}
            for key, text in card.sections.items()
        ],
        "actions": [
            {
                "id": f"card:{card.id}#action-{a.number}",
                "pole": a.pole,
                "horizon": a.horizon,
                "title": a.title,
                "step": a.step,
                "words_to_say": a.say,
                "done_when": a.done_when,
                "watch_out": a.watch_out,
            }
            for a in card.actions
        ],
        "sources": sources(card, canon),
    }


def sources(card: Card, canon: Canon) -> list[str]:
    """The works a card cites, written out; a convention says so."""
    if not card.references:
        return ["A practitioner convention; no study is cited."]
    return [str(canon.references[key]) for key in card.references]


def _action_text(action: CardAction) -> str:
    who = "Manager" if action.pole == "management" else "Leader"
    lines = [f"* {who}, {action.horizon.replace('_', ' ')}: {action.title}", f"  {action.step}"]
    lines.append(f'  Say: "{action.say}"')
    lines.append(f"  Done when: {action.done_when}")
    if action.watch_out:
        lines.append(f"  Watch out: {action.watch_out}")
    return "\n".join(lines)
