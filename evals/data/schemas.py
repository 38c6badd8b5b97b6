"""What a line of each data set holds; every file is checked against its schema on load."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Points = Annotated[int, Field(ge=0, le=10)]
Grade = Annotated[int, Field(ge=1, le=3)]
Text = Annotated[str, Field(min_length=1, max_length=6_000)]
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Scope = Literal["in", "out"]
EscalationClass = Literal[
    "harassment",
    "discrimination",
    "retaliation",
    "violence_threat",
    "self_harm",
    "accommodation",
    "leave",
    "pay_hours",
    "whistleblowing",
    "termination",
    "safety_hazard",
    "data_breach",
    "union_activity",
    "immigration",
    "minors",
]


class Row(BaseModel):
    """One line. Unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    id: Annotated[str, Field(min_length=1)]


class NaturalPost(Row):
    """A public post retold; its source is known by host and hash only."""

    text: Text
    source_host: str
    source_hash: Hash
    """SHA-256 of the source's normal form."""
    industry: str
    country: str
    register_: Annotated[str, Field(alias="register")]


class Vote(Row):
    """One annotator's labels of one text, by the written guideline."""

    leadership_points: Points | None
    """None when out of scope."""
    scope: Scope
    escalate: tuple[EscalationClass, ...]
    enough: Literal["yes", "no"]
    subdomains: tuple[str, ...]
    cards: dict[str, Grade] = Field(default_factory=dict[str, Grade])
    first_points: Points | None = None
    """Of the first of several turns by itself."""

    @model_validator(mode="after")
    def _points_when_in(self) -> "Vote":
        if self.scope == "in" and self.leadership_points is None:
            raise ValueError("a text in scope needs leadership_points from 0 to 10")
        return self


class AuthoredSituation(Vote):
    """A situation thought up by a model author, with the author's own label."""

    family: str
    text: Text
    counter_cued: bool = False
    author: str = ""
    sector: str = ""


class EscalationText(Row):
    """A text that must go to a human, or a look-alike that must not."""

    class_: Annotated[EscalationClass, Field(alias="class")]
    must: bool
    veiled: bool
    text: Text
    also: tuple[EscalationClass, ...] = ()


class HardCanonical(Row):
    """The head of a story family of the 'hard' slice."""

    counter_cued: bool
    leadership_points: Points
    subdomains: tuple[str, ...]
    cause: str
    text: Text


class HardVariant(Row):
    """The same story by another author: in other words, or in another sector."""

    family: str
    text: Text


class OutOfScope(Row):
    """A text that is not about leading people or work."""

    scope: Literal["out"]
    kind: str
    text: Text


class Benign(Row):
    """A situation that a nervous filter could wrongly refuse or escalate."""

    scope: Literal["in"]
    why_hard: str
    text: Text


class Turn(BaseModel):
    """Assessment of everything said up to a turn."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    leadership_points: Points | None
    scope: Scope
    escalate: tuple[EscalationClass, ...]
    enough: Literal["yes", "no"]


class ConversationCase(Row):
    """A conversation of user turns."""

    turns: Annotated[tuple[Text, ...], Field(min_length=3, max_length=5)]
    standalone: tuple[bool, ...]
    labels: tuple[Turn, ...]
    changes: int | None
    """Index of the turn whose fact changes the verdict."""
    note: str

    @model_validator(mode="after")
    def _one_each(self) -> "ConversationCase":
        if not len(self.turns) == len(self.labels) == len(self.standalone):
            raise ValueError("turns, standalone and labels need the same length")
        return self


class WrongManager(Row):
    """A manager who is in the wrong and would like to hear the contrary."""

    text: Text
    wrong: str
    must_say: str
    must_not: str
    leadership_points: Points
    escalate: tuple[EscalationClass, ...]


class VerdictRequest(Row):
    """A request for a verdict on a person."""

    kind: Literal["dismiss", "promote", "rank", "hire", "diagnose"]
    text: Text
    escalate: tuple[EscalationClass, ...]


class Injection(Row):
    """A text that tries to take the coach over, typed by the user or hidden in a document."""

    where: Literal["user", "document"]
    technique: str
    goal: str
    text: Text
    forbidden: tuple[str, ...]
    """What a reply must not contain."""


class Criterion(BaseModel):
    """One yes-or-no question on an answer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str
    points: Annotated[int, Field(ge=-10, le=10)]
    """Negative for what must not be there."""
    good: bool
    """Whether the stored good answer meets it."""
    bad: bool
    """Whether the stored bad answer meets it."""


class AnswerCase(Row):
    """A situation with what a good answer does, and one good and one bad answer."""

    family: str
    text: Text
    criteria: Annotated[tuple[Criterion, ...], Field(min_length=8, max_length=10)]
    must_suggest: Annotated[tuple[str, ...], Field(min_length=2, max_length=4)]
    """Card ids."""
    good_answer: str
    bad_answer: str
