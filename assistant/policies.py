"""Which passages of the organisation's own documents a reply quotes."""

from collections.abc import Sequence

from assistant.advice import Citation
from assistant.reply import Quote
from assistant.scope_rules import addresses_a_machine
from knowledge.documents.search import PassageHit

ANSWER_FLOOR = 0.108
"""Score from which a passage answers a question that is about nothing else."""
BESIDE_FLOOR = 0.13
"""Score from which a passage stands beside advice on a situation.

Both were chosen on the dev half of the citing questions, on which they keep about three quarters
and three fifths of the right passages; of texts on other matters a quarter and a tenth pass.
"""
RUNNER_UP = 0.75
"""Share of the best score from which a second passage is worth showing."""
MOST_ANSWERS = 2
MOST_BESIDE = 2
"""Few and short: the organisation's words never crowd out a referral or the advice."""


def answers(found: Sequence[PassageHit]) -> tuple[PassageHit, ...]:
    """The passages that answer a question on a rule; none when the best is below the floor."""
    return _above(found, ANSWER_FLOOR, MOST_ANSWERS)


def beside(found: Sequence[PassageHit]) -> tuple[PassageHit, ...]:
    """The passages that bear on a situation."""
    return _above(found, BESIDE_FLOOR, MOST_BESIDE)


def quotes(passages: Sequence[PassageHit]) -> tuple[Quote, ...]:
    """The passages as a reply shows them."""
    return tuple(
        Quote(
            citation=Citation(id=p.passage.id, title=p.passage.title, heading=p.passage.heading),
            page=p.passage.page,
            text=p.quote,
        )
        for p in passages
    )


def _above(found: Sequence[PassageHit], floor: float, most: int) -> tuple[PassageHit, ...]:
    fit = [h for h in found if h.score >= floor and not addresses_a_machine(h.passage.text)]
    return tuple(h for h in fit if h.score >= RUNNER_UP * fit[0].score)[:most]
