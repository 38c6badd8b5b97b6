"""Scores retrieval systems on the graded set, with intervals over story families."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from evals.metrics.retrieval import ndcg, recall, reciprocal_rank
from evals.metrics.statistics import Interval, family_bootstrap, sign_flip_test
from evals.retrieval_data import Query
from evals.retrieval_systems import System


@dataclass(frozen=True, kw_only=True)
class Scores:
    """What one system gets on one part of the queries."""

    system: str
    part: str
    """all, first (one message) or later (two messages and more)."""
    ndcg5: Interval
    recall5: Interval
    mrr: Interval


@dataclass(frozen=True, kw_only=True)
class RetrievalReport:
    """All systems on one split."""

    split: str
    scores: list[Scores]
    p_values: dict[str, float]
    """Baseline -> p of the paired sign-flip test on nDCG@5 against the last system."""
    never_in_top_10: dict[str, float]
    """System -> share of the cards that are in no query's first ten, all splits together."""

    def lines(self) -> list[str]:
        """The report as a table."""
        rows = [f"{'system':14} {'part':6} {'nDCG@5':32} {'recall@5':32} MRR"]
        rows += [
            f"{s.system:14} {s.part:6} {s.ndcg5!s:32} {s.recall5!s:32} {s.mrr}" for s in self.scores
        ]
        rows += [f"against {name}: p = {p:.4f}" for name, p in self.p_values.items()]
        rows += [
            f"{name}: {share:.1%} of the cards in no query's first ten"
            for name, share in self.never_in_top_10.items()
        ]
        return rows

    def as_json(self) -> dict[str, object]:
        """The report as plain data."""
        return asdict(self)


def report(
    split: str,
    queries: Sequence[Query],
    everything: Sequence[Query],
    systems: Mapping[str, System],
    cards: int,
) -> RetrievalReport:
    """Score the systems; the last one is compared with each of the others."""
    ranked = {name: [run(q.turns) for q in everything] for name, run in systems.items()}
    wanted = {q.id for q in queries}
    chosen = {
        name: [r for q, r in zip(everything, rows, strict=True) if q.id in wanted]
        for name, rows in ranked.items()
    }
    queries = [q for q in everything if q.id in wanted]
    families = [q.family for q in queries]
    per_query = {
        name: [ndcg(r, q.cards) for r, q in zip(rows, queries, strict=True)]
        for name, rows in chosen.items()
    }
    last = list(systems)[-1]
    return RetrievalReport(
        split=split,
        scores=[
            _scores(name, part, chosen[name], queries)
            for name in systems
            for part in ("all", "first", "later")
        ],
        p_values={
            name: sign_flip_test(
                [a - b for a, b in zip(per_query[last], per_query[name], strict=True)], families
            )
            for name in systems
            if name != last
        },
        never_in_top_10={name: _never(rows, cards) for name, rows in ranked.items()},
    )


def _scores(
    system: str, part: str, ranked: Sequence[list[str]], queries: Sequence[Query]
) -> Scores:
    pairs = [
        (r, q)
        for r, q in zip(ranked, queries, strict=True)
        if part == "all" or (len(q.turns) > 1) == (part == "later")
    ]
    recalls = [(v, q.family) for r, q in pairs if (v := recall(r, q.cards)) is not None]
    families = [q.family for _, q in pairs]
    return Scores(
        system=system,
        part=part,
        ndcg5=family_bootstrap([ndcg(r, q.cards) for r, q in pairs], families),
        recall5=family_bootstrap([v for v, _ in recalls], [f for _, f in recalls]),
        mrr=family_bootstrap([reciprocal_rank(r, q.cards) for r, q in pairs], families),
    )


def _never(ranked: Sequence[list[str]], cards: int) -> float:
    seen = Counter(card for r in ranked for card in r[:10])
    return 1.0 - len(seen) / cards
