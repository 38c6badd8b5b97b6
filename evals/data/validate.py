"""Checks the data and says in one page what there is."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from evals.data import schemas
from evals.data.agreement_report import AgreementFigures, agreement, contested
from evals.data.baselines import Labelled, cue_words, majority, score, tf_idf
from evals.data.collection import Item, collect
from evals.data.files import DATASETS, Problem, load, manifest_problems, schema_problems
from evals.data.leakage import find_leaks
from evals.data.splits import crossing, natural_split
from evals.data.variety import Variety, variety
from evals.metrics.agreement import verdict_of_votes
from evals.metrics.statistics import Interval
from knowledge.encoder import Encoder
from knowledge.ingest import Progress
from knowledge.library import Library

MOST_SELF_BLEU = 0.35
FEWEST_OPENINGS = 0.6
"""A set beyond these two was made from a pattern."""


@dataclass(kw_only=True)
class DataReport:
    """What there is, and what is wrong with it."""

    problems: list[Problem] = field(default_factory=list[Problem])
    counts: dict[str, dict[str, int]] = field(default_factory=dict[str, dict[str, int]])
    """Set -> split -> texts."""
    hosts: dict[str, int] = field(default_factory=dict[str, int])
    industries: dict[str, int] = field(default_factory=dict[str, int])
    countries: dict[str, int] = field(default_factory=dict[str, int])
    verdicts: dict[str, dict[str, int]] = field(default_factory=dict[str, dict[str, int]])
    agreement: dict[str, AgreementFigures] = field(default_factory=dict[str, AgreementFigures])
    contested: list[tuple[str, list[int]]] = field(default_factory=list[tuple[str, list[int]]])
    variety: dict[str, Variety] = field(default_factory=dict[str, Variety])
    leaks: int = 0
    baselines: dict[str, Interval] = field(default_factory=dict[str, Interval])
    """On natural dev: system -> macro-F1 of the verdict."""

    def as_json(self) -> dict[str, object]:
        """The report as plain data."""
        return asdict(self)


def validate(
    library: Library,
    encoder: Encoder | None,
    progress: Progress,
    folder: Path = DATASETS,
) -> DataReport:
    """Check everything; `encoder` adds the look for texts alike in meaning."""
    report = DataReport(problems=schema_problems(folder))
    if report.problems:
        return report
    report.problems += manifest_problems(folder)
    items = collect(folder)
    _count(report, items, folder)
    _ids(report, library, folder)
    _labels(report, items, folder)
    _leaks(report, items, library, encoder, progress)
    return report


def _count(report: DataReport, items: list[Item], folder: Path) -> None:
    by_set: dict[str, list[Item]] = {}
    for item in items:
        by_set.setdefault(item.dataset, []).append(item)
    for name, group in by_set.items():
        report.counts[name] = dict(sorted(Counter(i.split for i in group).items()))
        report.variety[name] = found = variety([i.text for i in group])
        if found.self_bleu > MOST_SELF_BLEU or found.openings < FEWEST_OPENINGS:
            report.problems.append(
                Problem(
                    name,
                    f"self-BLEU {found.self_bleu:.2f}, {found.openings:.0%} own openings",
                    "Its texts follow a pattern; have them thought up one by one.",
                )
            )
    for family in crossing((i.family, i.split) for i in items):
        report.problems.append(Problem(family, "is in two splits", "Keep families together."))
    posts = load("natural/raw/*.jsonl", schemas.NaturalPost, folder)
    report.hosts = dict(Counter(p.source_host for p in posts).most_common(12))
    report.industries = dict(Counter(p.industry for p in posts).most_common())
    report.countries = dict(Counter(p.country for p in posts).most_common(8))


def _ids(report: DataReport, library: Library, folder: Path) -> None:
    """Every card and sub-domain named must exist; every criterion must tell good from bad."""
    votes = [
        *load("*/labels/*.jsonl", schemas.Vote, folder),
        *load("labels/*.jsonl", schemas.Vote, folder),
    ]
    for vote in votes:
        unknown = [c for c in vote.cards if c not in library.cards]
        unknown += [s for s in vote.subdomains if s not in library.canon.subdomains]
        if unknown:
            report.problems.append(Problem(vote.id, f"names {unknown}", "Name one that exists."))
    for text in load("injection/*.jsonl", schemas.Injection, folder):
        if any(f.lower() in text.text.lower() for f in text.forbidden):
            report.problems.append(
                Problem(text.id, "holds its own forbidden words", "A quote would count: reword it.")
            )
    for case in load("answers/*.jsonl", schemas.AnswerCase, folder):
        dead = [c.text for c in case.criteria if c.good == c.bad or c.good != (c.points > 0)]
        unknown = [c for c in case.must_suggest if c not in library.cards]
        if dead or unknown or sum(c.points < 0 for c in case.criteria) < 2:
            report.problems.append(
                Problem(
                    case.id,
                    f"criteria that tell nothing: {dead}; unknown cards: {unknown}",
                    "The good answer meets each positive criterion and no negative one, the bad "
                    "answer the other way round; two at least are negative.",
                )
            )


def natural_votes(folder: Path = DATASETS) -> dict[str, list[schemas.Vote]]:
    """Post id -> every vote on it."""
    votes: dict[str, list[schemas.Vote]] = {}
    for vote in load("natural/labels/*.jsonl", schemas.Vote, folder):
        votes.setdefault(vote.id, []).append(vote)
    return votes


def _labels(report: DataReport, items: list[Item], folder: Path) -> None:
    votes = natural_votes(folder)
    split = {
        p.id: natural_split(p.source_hash)
        for p in load("natural/raw/*.jsonl", schemas.NaturalPost, folder)
    }
    for orphan in sorted(votes.keys() - split.keys()):
        report.problems.append(Problem(orphan, "a vote without a text", "Remove it."))
    labelled: dict[str, list[Labelled]] = {"train": [], "dev": [], "test": []}
    for item in items:
        points = [
            v.leadership_points
            for v in votes.get(item.id, ())
            if v.leadership_points is not None and item.dataset == "natural"
        ]
        if points:
            labelled[item.split].append(
                Labelled(family=item.family, text=item.text, verdict=verdict_of_votes(points))
            )
    for name, group in labelled.items():
        report.verdicts[f"natural {name}"] = dict(Counter(g.verdict for g in group))
        mine = {i: v for i, v in votes.items() if split.get(i) == name}
        report.agreement[f"natural {name}"] = agreement(mine)
    report.contested = contested(votes)
    train, dev = labelled["train"], labelled["dev"]
    report.baselines = {
        "majority": score(majority(train, dev), dev),
        "cue words": score(cue_words(dev), dev),
        "TF-IDF + logistic regression": score(tf_idf(train, dev), dev),
    }


def _leaks(
    report: DataReport,
    items: list[Item],
    library: Library,
    encoder: Encoder | None,
    progress: Progress,
) -> None:
    vectors = None
    if encoder is not None:
        import numpy as np

        vectors = np.zeros((len(items), 384), np.float32)
        for place, item in enumerate(items):
            vectors[place] = encoder.encode([item.text]).vectors[0]
            progress(place + 1, len(items))
    cards: Mapping[str, str] = {
        f"card:{c.id}#situation-{n}": text
        for c in library.cards.values()
        for n, text in enumerate(c.situations, 1)
    }
    leaks = find_leaks(items, vectors, cards)
    report.leaks = len(leaks)
    report.problems += [
        Problem(leak.first, f"too like {leak.second} ({leak.kind} {leak.value})", "Drop one.")
        for leak in leaks
    ]
