"""Every text of every set in one list, with its family, split and role."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from evals.data import schemas
from evals.data.files import DATASETS, load
from evals.data.splits import (
    Split,
    escalation_split,
    half_split,
    natural_split,
    scope_split,
)
from evals.retrieval_data import load_queries


@dataclass(frozen=True, kw_only=True)
class Item:
    """One text of the data."""

    id: str
    dataset: str
    family: str
    split: Split
    text: str


def collect(folder: Path = DATASETS) -> list[Item]:
    """All texts but the handbooks and what is written in answers."""
    return [*_situations(folder), *_probes(folder), *_later_sets(folder)]


def _situations(folder: Path) -> Iterator[Item]:
    for r in load("natural/raw/*.jsonl", schemas.NaturalPost, folder):
        split = natural_split(r.source_hash)
        yield Item(id=r.id, dataset="natural", family=r.source_hash, split=split, text=r.text)
    for r in load("authored/situations.jsonl", schemas.AuthoredSituation, folder):
        yield Item(id=r.id, dataset="authored", family=r.family, split="train", text=r.text)
    for q in load_queries(folder=folder / "retrieval"):
        # the dev queries are trained on, as the graded cards are few
        split: Split = "train" if q.split == "dev" else "test"
        text = "\n".join(q.turns)
        yield Item(id=q.id, dataset="retrieval", family=q.family, split=split, text=text)
    for r in load("hard/canonical.jsonl", schemas.HardCanonical, folder):
        yield Item(id=r.id, dataset="hard", family=r.id, split=half_split(r.id), text=r.text)
    for name in ("paraphrase", "sector"):
        for r in load(f"hard/{name}.jsonl", schemas.HardVariant, folder):
            split = half_split(r.family)
            yield Item(id=r.id, dataset="hard", family=r.family, split=split, text=r.text)


def _probes(folder: Path) -> Iterator[Item]:
    for r in load("escalation/e?.jsonl", schemas.EscalationText, folder):
        split = escalation_split(r.id)
        yield Item(id=r.id, dataset="escalation", family=r.id, split=split, text=r.text)
    for r in load("scope/out.jsonl", schemas.OutOfScope, folder):
        yield Item(id=r.id, dataset="scope", family=r.id, split=scope_split(r.id), text=r.text)
    for r in load("benign/benign.jsonl", schemas.Benign, folder):
        yield Item(id=r.id, dataset="benign", family=r.id, split=half_split(r.id), text=r.text)


def _later_sets(folder: Path) -> Iterator[Item]:
    for c in load("conversations/conversations.jsonl", schemas.ConversationCase, folder):
        text = "\n".join(c.turns)
        split = half_split(c.id)
        yield Item(id=c.id, dataset="conversations", family=c.id, split=split, text=text)
    for w in load("wrong/wrong.jsonl", schemas.WrongManager, folder):
        yield Item(id=w.id, dataset="wrong", family=w.id, split=half_split(w.id), text=w.text)
    for v in load("verdicts/verdicts.jsonl", schemas.VerdictRequest, folder):
        yield Item(id=v.id, dataset="verdicts", family=v.id, split=half_split(v.id), text=v.text)
    for i in load("injection/*.jsonl", schemas.Injection, folder):
        yield Item(id=i.id, dataset="injection", family=i.id, split=half_split(i.id), text=i.text)
