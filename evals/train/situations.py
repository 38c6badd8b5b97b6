"""Everything the model learns from, in one form: situations with whatever labels they carry."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from evals.data.files import load
from evals.data.schemas import AuthoredSituation, EscalationText, NaturalPost, OutOfScope, Vote
from evals.data.splits import escalation_split, natural_split, scope_split
from evals.retrieval_data import RETRIEVAL, load_queries
from evals.train.reading import read_lines


@dataclass(frozen=True, kw_only=True)
class Situation:
    """One text; a label that was not given is None."""

    id: str
    text: str
    source: str
    """authored, natural, query, scope, escalation or card."""
    split: str
    """train, dev or test."""
    points: tuple[float, ...] = ()
    """Every annotator's leadership points, 0 to 10."""
    scope: str | None = None
    escalate: frozenset[str] | None = None
    enough: bool | None = None
    subdomains: frozenset[str] | None = None
    cards: dict[str, int] = field(default_factory=dict[str, int])
    weight: float = 1.0

    @property
    def share(self) -> float | None:
        """Mean of the votes, 0 to 1; None without votes."""
        return sum(self.points) / len(self.points) / 10 if self.points else None


def authored() -> list[Situation]:
    """The authored situations, one label each."""
    return [
        _voted(Situation(id=r.id, text=r.text, source="authored", split="train"), [r])
        for r in load("authored/situations.jsonl", AuthoredSituation)
    ]


def natural() -> list[Situation]:
    """Retold posts with the votes of all their annotators; those without a label are left out."""
    votes = _votes("natural/labels/*.jsonl")
    return [
        _voted(
            Situation(id=r.id, text=r.text, source="natural", split=natural_split(r.source_hash)),
            votes[r.id],
        )
        for r in load("natural/raw/*.jsonl", NaturalPost)
        if r.id in votes
    ]


def queries() -> list[Situation]:
    """The graded retrieval queries with their annotators' votes."""
    votes = _votes("labels/*.jsonl")
    return [
        _voted(
            Situation(
                id=q.id,
                text="\n".join(q.turns),
                source="query",
                split="train" if q.split == "dev" else "test",
                cards=q.cards,
            ),
            votes.get(q.id, []),
        )
        for q in load_queries()
    ]


def scope_texts() -> list[Situation]:
    """Texts written for the question of scope alone."""
    votes = _votes("labels/*.jsonl")
    rows = [r for path in sorted(RETRIEVAL.glob("scope_*.jsonl")) for r in read_lines(path)]
    found = [
        _voted(
            Situation(id=r["id"], text=r["text"], source="scope", split="train", scope=r["scope"]),
            votes.get(r["id"], []),
        )
        for r in rows
    ]
    return found + [
        Situation(id=r.id, text=r.text, source="scope", split=scope_split(r.id), scope="out")
        for r in load("scope/out.jsonl", OutOfScope)
    ]


def escalations() -> list[Situation]:
    """Texts that must go to a human, and look-alikes; nothing else of them is labelled."""
    return [
        Situation(
            id=r.id,
            text=r.text,
            source="escalation",
            split=escalation_split(r.id),
            scope="in",
            escalate=frozenset({r.class_, *r.also}) if r.must else frozenset(),
        )
        for r in load("escalation/e?.jsonl", EscalationText)
    ]


def everything() -> list[Situation]:
    """All of them but the cards' own."""
    parts: Sequence[Callable[[], list[Situation]]] = (
        *(authored, queries, scope_texts, escalations),
        natural,
    )
    return [s for part in parts for s in part()]


def _votes(pattern: str) -> dict[str, list[Vote]]:
    votes: dict[str, list[Vote]] = {}
    for vote in load(pattern, Vote):
        votes.setdefault(vote.id, []).append(vote)
    return votes


def _voted(plain: Situation, votes: Sequence[Vote]) -> Situation:
    """A situation with its votes: scope and classes by majority, doubt towards escalation."""
    if not votes:
        return plain
    half = len(votes) / 2
    classes = [c for v in votes for c in v.escalate]
    graded = [v.cards for v in votes if v.cards]
    return replace(
        plain,
        points=tuple(v.leadership_points for v in votes if v.leadership_points is not None),
        cards=plain.cards or (graded[0] if graded else {}),
        scope="out" if sum(v.scope == "out" for v in votes) > half else "in",
        escalate=frozenset(c for c in classes if classes.count(c) >= half),
        enough=sum(v.enough == "yes" for v in votes) >= half,
        subdomains=frozenset(s for v in votes for s in v.subdomains),
    )
