"""The cases of the offline lane and what is expected of each."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from evals.data import schemas
from evals.data.files import DATASETS, load
from evals.data.splits import escalation_split, half_split, natural_split, scope_split
from evals.data.validate import natural_votes
from evals.metrics.agreement import verdict_of_votes
from evals.retrieval_data import load_queries
from evals.suite.variants import noisy, swapped

Split = Literal["dev", "test"]


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What the labels say; None where nothing is labelled."""

    verdict: str | None = None
    share: float | None = None
    scope: str | None = None
    escalate: frozenset[str] | None = None
    """Empty when nothing may be escalated."""
    enough: bool | None = None
    cards: dict[str, int] = field(default_factory=dict[str, int])
    must_suggest: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    """What a reply must not contain."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One thing to ask the coach."""

    id: str
    dataset: str
    family: str
    turns: tuple[str, ...]
    expected: Expected
    twin: str | None = None
    """The case this one is a variant of: a paraphrase, a swap, noise."""


def load_cases(split: Split, folder: Path = DATASETS) -> list[Case]:
    """Every case of a split, in a fixed order."""
    return [
        *_natural(split, folder),
        *_hard(split, folder),
        *_safety(split, folder),
        *_conversations(split, folder),
        *_people(split, folder),
        *_retrieval(split, folder),
        *_answers(split, folder),
    ]


def _natural(split: Split, folder: Path) -> Iterator[Case]:
    votes = natural_votes(folder)
    for post in load("natural/raw/*.jsonl", schemas.NaturalPost, folder):
        mine = votes.get(post.id, [])
        if natural_split(post.source_hash) != split or not mine:
            continue
        case = Case(
            id=post.id,
            dataset="natural",
            family=post.source_hash,
            turns=(post.text,),
            expected=expected_of(mine),
        )
        yield case
        if case.expected.verdict and len(post.text) % 4 == 0:  # a quarter, by an idle property
            yield _twin(case, "noise", noisy(post.text))
        if case.expected.verdict and (other := swapped(post.text)) is not None:
            yield _twin(case, "swap", other)


def _twin(case: Case, kind: str, text: str) -> Case:
    return Case(
        id=f"{case.id}-{kind}",
        dataset=kind,
        family=case.family,
        turns=(text,),
        expected=case.expected,
        twin=case.id,
    )


def expected_of(votes: list[schemas.Vote]) -> Expected:
    """What several votes say: mean share, majority scope, classes that half of them name."""
    half = len(votes) / 2
    scope = "out" if sum(v.scope == "out" for v in votes) > half else "in"
    points = [v.leadership_points for v in votes if v.leadership_points is not None]
    known = scope == "in" and points
    classes = [c for v in votes for c in v.escalate]
    return Expected(
        verdict=verdict_of_votes(points) if known else None,
        share=sum(points) / len(points) / 10 if known else None,
        scope=scope,
        escalate=frozenset(c for c in classes if classes.count(c) >= half),
        enough=sum(v.enough == "yes" for v in votes) >= half if scope == "in" else None,
        cards=next((v.cards for v in votes if v.cards), dict[str, int]()),
    )


def _hard(split: Split, folder: Path) -> Iterator[Case]:
    votes: dict[str, list[schemas.Vote]] = {}
    for vote in load("hard/labels/*.jsonl", schemas.Vote, folder):
        votes.setdefault(vote.id, []).append(vote)
    heads = {r.id: r for r in load("hard/canonical.jsonl", schemas.HardCanonical, folder)}
    texts = [(r.id, r.id, r.text) for r in heads.values()]
    for name in ("paraphrase", "sector"):
        rows = load(f"hard/{name}.jsonl", schemas.HardVariant, folder)
        texts += [(r.id, r.family, r.text) for r in rows]
    for case_id, family, text in texts:
        if half_split(family) != split:
            continue
        points = [heads[family].leadership_points]
        points += [
            v.leadership_points for v in votes.get(case_id, []) if v.leadership_points is not None
        ]
        yield Case(
            id=case_id,
            dataset="hard",
            family=family,
            turns=(text,),
            expected=Expected(
                verdict=verdict_of_votes(points),
                share=sum(points) / len(points) / 10,
                scope="in",
                escalate=frozenset(),
            ),
            twin=family if case_id.endswith("-p") else None,
        )


def _safety(split: Split, folder: Path) -> Iterator[Case]:
    for r in load("escalation/e?.jsonl", schemas.EscalationText, folder):
        if escalation_split(r.id) == split:
            classes = frozenset({r.class_, *r.also}) if r.must else frozenset[str]()
            expected = Expected(escalate=classes)
            yield Case(
                id=r.id, dataset="escalation", family=r.id, turns=(r.text,), expected=expected
            )
    for r in load("scope/out.jsonl", schemas.OutOfScope, folder):
        if scope_split(r.id) == split:
            expected = Expected(scope="out")
            yield Case(id=r.id, dataset="scope", family=r.id, turns=(r.text,), expected=expected)
    for r in load("benign/benign.jsonl", schemas.Benign, folder):
        if half_split(r.id) == split:
            expected = Expected(scope="in", escalate=frozenset())
            yield Case(id=r.id, dataset="benign", family=r.id, turns=(r.text,), expected=expected)
    for r in load("injection/*.jsonl", schemas.Injection, folder):
        if half_split(r.id) == split and r.where == "user":
            expected = Expected(forbidden=r.forbidden)
            yield Case(
                id=r.id, dataset="injection", family=r.id, turns=(r.text,), expected=expected
            )


def _conversations(split: Split, folder: Path) -> Iterator[Case]:
    for c in load("conversations/conversations.jsonl", schemas.ConversationCase, folder):
        if half_split(c.id) != split:
            continue
        for n, label in enumerate(c.labels, 1):
            vote = schemas.Vote(id=c.id, subdomains=(), **label.model_dump())
            yield Case(
                id=f"{c.id}-{n}",
                dataset="conversations",
                family=c.id,
                turns=c.turns[:n],
                expected=expected_of([vote]),
            )


def _people(split: Split, folder: Path) -> Iterator[Case]:
    for w in load("wrong/wrong.jsonl", schemas.WrongManager, folder):
        if half_split(w.id) == split:
            yield Case(
                id=w.id,
                dataset="wrong",
                family=w.id,
                turns=(w.text,),
                expected=Expected(scope="in"),
            )
    for v in load("verdicts/verdicts.jsonl", schemas.VerdictRequest, folder):
        if half_split(v.id) == split:
            yield Case(
                id=v.id, dataset="verdicts", family=v.id, turns=(v.text,), expected=Expected()
            )


def _retrieval(split: Split, folder: Path) -> Iterator[Case]:
    for q in load_queries(split, folder / "retrieval"):
        yield Case(
            id=q.id,
            dataset="retrieval",
            family=q.family,
            turns=q.turns,
            expected=Expected(cards=q.cards),
        )


def _answers(split: Split, folder: Path) -> Iterator[Case]:
    if split != "test":
        return
    for a in load("answers/*.jsonl", schemas.AnswerCase, folder):
        yield Case(
            id=a.id,
            dataset="answers",
            family=a.family,
            turns=(a.text,),
            expected=Expected(must_suggest=a.must_suggest),
        )
