"""Small builders for tests: valid things to break in one place."""

from pathlib import Path

CARD = """---
id: {id}
title: Put the list in one order
pole: {pole}
subdomain: {subdomain}
references: [locke2002]
evidence: correlational
written_by: person
cause: work that was listed but never put in order
escalations: []
situations:
  - "Everything is urgent {id} one."
  - "Nobody knows what to start {id} two."
  - "We start it all and finish none {id} three."
  - "My list has fifteen tops {id} four."
  - "Which job first, they ask {id} five."
---

## When this is the problem
Everything counts as urgent in {id}.

## Why it happens
Nobody chose.

## What to do
### Manager, today: Number the jobs
- **Step:** Write the jobs of {id} down and number them.
- **Say:** "This is the order we work in."
- **Done when:** They can name the first.
- **Fits:** team
### Manager, this week: Start three
- **Step:** Draw a line below number three of {id}.
- **Say:** "Below the line nothing starts yet."
- **Done when:** Three jobs are open.
- **Watch out:** A fourth.
- **Fits:** one person, deadline
### Leader, this month: Say what it serves
- **Step:** Give one reason for number one of {id}.
- **Say:** "This one first, because families wait."
- **Done when:** Somebody repeats the reason.
- **Fits:** team

## What to avoid
- Two lists.

## The other side of it
An order gives no meaning.

## How strong the evidence is
Locke and Latham (2002) review studies.
"""


def card_text(
    card_id: str = "order", pole: str = "management", subdomain: str = "m1_planning"
) -> str:
    """A valid card file."""
    return CARD.format(id=card_id, pole=pole, subdomain=subdomain)


def write_library(folder: Path, *card_ids: str) -> Path:
    """A knowledge folder with these cards and the real bibliography and taxonomy."""
    import shutil

    from knowledge.library import PACKAGED

    folder.mkdir(parents=True, exist_ok=True)
    for name in ("references.json", "taxonomy.json"):
        shutil.copy(PACKAGED / name, folder / name)
    cards = folder / "cards" / "management"
    cards.mkdir(parents=True, exist_ok=True)
    for card_id in card_ids:
        (cards / f"{card_id}.md").write_text(card_text(card_id), encoding="utf-8")
    return folder
