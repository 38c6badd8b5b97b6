"""How well the coach cites an organisation's own papers, on 90 questions over 20 handbooks."""

import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from assistant.conversation import Conversation
from assistant.factory import Application, adding, reading
from assistant.settings import read_settings
from evals.errors import DataError
from evals.metrics.statistics import Interval, clopper_pearson
from knowledge.documents.adding import sources
from knowledge.encoder import OnnxEncoder
from knowledge.ingest import Progress
from knowledge.passage import OrganisationId

FOLDER = Path(__file__).parent / "datasets" / "citing"
DEV_HANDBOOKS = 10
"""The first of them by name were tuned on; the others are the test."""


@dataclass(frozen=True, kw_only=True)
class CitingQuestion:
    """One question to one organisation."""

    id: str
    kind: str
    """answered, none, or contradicts: the paper says other than a card."""
    organisation: OrganisationId
    text: str
    heading: str | None
    quote: str | None
    """What answers, verbatim; None when nothing does."""
    card: str | None = None
    conflict: str | None = None


@dataclass(frozen=True, kw_only=True)
class CitingReport:
    """Shares with 95 % Clopper-Pearson intervals; the unit is the question."""

    split: str
    hit_at_1: Interval
    """Of the questions with an answer: its passage is the first found."""
    hit_at_3: Interval
    cited: Interval
    """Of the questions with an answer: the reply quotes its passage."""
    refused: Interval
    """Of the questions without an answer: the reply quotes nothing."""
    false_citations: Interval
    """Of all replies: at least one passage is quoted and none is the one that answers."""
    policy_beside_advice: Interval
    """Of the questions where paper and card differ: the paper's passage and advice are shown."""
    foreign: int
    """Quotes of another organisation; must be 0."""

    def lines(self) -> list[str]:
        """The report as a table."""
        return [f"{name:22} {value}" for name, value in self.__dict__.items()]

    def as_json(self) -> dict[str, object]:
        """The report as plain data."""
        return asdict(self)


def load_questions(split: str | None = None) -> list[CitingQuestion]:
    """The questions of one split, or all; a handbook's questions stay together.

    Raises DataError naming the line whose quote or heading is not in its handbook.
    """
    order = sorted(p.stem for p in (FOLDER / "handbooks").glob("*.md"))
    found: list[CitingQuestion] = []
    path = FOLDER / "questions.jsonl"
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        row = CitingQuestion(**json.loads(line))
        handbook = FOLDER / "handbooks" / f"{row.organisation}.md"
        text = handbook.read_text(encoding="utf-8") if handbook.exists() else ""
        if not text or (row.quote or "") not in text or (row.heading or "") not in text:
            raise DataError(f"{path.name}:{number}: its heading or quote is not in {handbook.name}")
        own = "dev" if order.index(row.organisation) < DEV_HANDBOOKS else "test"
        if split in (None, own):
            found.append(row)
    return found


def run(split: str, progress: Progress) -> CitingReport:
    """Add every handbook to an organisation of its own, ask every question, count."""
    questions = load_questions(split)
    with tempfile.TemporaryDirectory(prefix="twofold-citing-") as folder:
        settings = read_settings({"TWOFOLD_DATA": folder})
        for path in sorted((FOLDER / "handbooks").glob("*.md")):
            with adding(settings, OrganisationId(path.stem), "policy") as adder:
                adder.add(sources([path]))
        with reading(settings) as application:
            outcomes: list[_Outcome] = []
            for done, question in enumerate(questions, 1):
                outcomes.append(_ask(application, question))
                progress(done, len(questions))
    return _report(split, outcomes)


@dataclass(frozen=True, kw_only=True)
class _Outcome:
    question: CitingQuestion
    rank: int
    """Place of the passage that answers among those found, from 0; 99 when it is not there."""
    quoted: int
    right: bool
    advised: bool
    foreign: int


def _ask(application: Application, question: CitingQuestion) -> _Outcome:
    conversation = Conversation.of(question.text)
    reply = application.coach.reply(conversation, question.organisation)
    encoded = OnnxEncoder().encode([question.text]).vectors[0]
    hits = application.documents.find(question.text, encoded, question.organisation, 10)
    ids = [q.citation.id for q in reply.quotes]
    own = application.passages.get(ids, question.organisation)
    return _Outcome(
        question=question,
        rank=next((i for i, h in enumerate(hits) if _answers(question, h.passage.text)), 99),
        quoted=len(ids),
        right=any(_answers(question, p.text) for p in own.values()),
        advised=reply.advice is not None,
        foreign=len(ids) - len(own),
    )


def _answers(question: CitingQuestion, text: str) -> bool:
    """Whether a passage holds the beginning of the answer; a quote may run on into the next."""
    return question.quote is not None and _plain(question.quote)[:60] in _plain(text)


def _plain(text: str) -> str:
    return " ".join(text.replace("- ", " ").split())


def _report(split: str, outcomes: Sequence[_Outcome]) -> CitingReport:
    answered = [o for o in outcomes if o.question.quote is not None]
    unanswered = [o for o in outcomes if o.question.quote is None]
    differing = [o for o in outcomes if o.question.kind == "contradicts"]

    def share(hits: Sequence[bool]) -> Interval:
        return clopper_pearson(sum(hits), len(hits))

    return CitingReport(
        split=split,
        hit_at_1=share([o.rank < 1 for o in answered]),
        hit_at_3=share([o.rank < 3 for o in answered]),
        cited=share([o.right for o in answered]),
        refused=share([o.quoted == 0 for o in unanswered]),
        false_citations=share([o.quoted > 0 and not o.right for o in outcomes]),
        policy_beside_advice=share([o.right and o.advised for o in differing]),
        foreign=sum(o.foreign for o in outcomes),
    )
