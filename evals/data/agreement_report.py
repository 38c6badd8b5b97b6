"""How far the annotators agree on the natural posts and on the other labelled sets."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from evals.data.schemas import Vote
from evals.metrics.agreement import (
    cohen_kappa,
    krippendorff_alpha,
    leave_one_out_f1,
    verdict_of_votes,
)


@dataclass(frozen=True, kw_only=True)
class AgreementFigures:
    """Agreement on one set of texts. All annotators are models of one kind: an upper bound."""

    texts: int
    """With at least two votes."""
    votes: int
    alpha: float
    """Krippendorff's alpha of the points, interval data."""
    leave_one_out_f1: float
    """Macro-F1 of one vote against the verdict of the others."""
    share_difference: float
    """Mean absolute difference of two votes' shares, 0 to 1."""
    scope_kappa: float
    escalation_kappa: float
    """Of 'any class at all'."""


def agreement(votes: dict[str, list[Vote]]) -> AgreementFigures:
    """Figures over the texts that have at least two votes."""
    shared = {i: v for i, v in votes.items() if len(v) > 1}
    points = {
        i: [v.leadership_points for v in vs if v.leadership_points is not None]
        for i, vs in shared.items()
    }
    pairs = [pair for vs in shared.values() for pair in combinations(vs, 2)]
    gaps = [
        abs(a.leadership_points - b.leadership_points) / 10
        for a, b in pairs
        if a.leadership_points is not None and b.leadership_points is not None
    ]
    return AgreementFigures(
        texts=len(shared),
        votes=sum(len(v) for v in shared.values()),
        alpha=krippendorff_alpha(list(points.values())),
        leave_one_out_f1=leave_one_out_f1(points),
        share_difference=sum(gaps) / len(gaps) if gaps else math.nan,
        scope_kappa=_kappa([(a.scope, b.scope) for a, b in pairs]),
        escalation_kappa=_kappa([(bool(a.escalate), bool(b.escalate)) for a, b in pairs]),
    )


def contested(votes: dict[str, list[Vote]], most: int = 10) -> list[tuple[str, list[int]]]:
    """Texts whose votes lie furthest apart, with the votes, furthest first."""
    found = [
        (i, [v.leadership_points for v in vs if v.leadership_points is not None])
        for i, vs in votes.items()
    ]
    apart = [(i, p) for i, p in found if len({verdict_of_votes([x]) for x in p}) > 1]
    return sorted(apart, key=lambda pair: (min(pair[1]) - max(pair[1]), pair[0]))[:most]


def _kappa(pairs: Sequence[tuple[object, object]]) -> float:
    if not pairs:
        return math.nan
    # annotators change from text to text, so a pair has no first and second
    both = [*pairs, *((b, a) for a, b in pairs)]
    return cohen_kappa([a for a, _ in both], [b for _, b in both])
