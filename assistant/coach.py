"""The coach: screen, assess, retrieve, advise, verify, reply."""

from dataclasses import dataclass, replace

from assistant.advice import Advice
from assistant.assessment import Assessment
from assistant.classifier import Classifier, Reading
from assistant.context import read_context
from assistant.conversation import Conversation
from assistant.embedded_adviser import Adviser, Brief
from assistant.openings import (
    POLICY_FOUND,
    changed_sentence,
    decline_opening,
    nothing_found,
    question_opening,
    referral_opening,
)
from assistant.policies import answers, beside, quotes
from assistant.reply import Reply
from assistant.screen import Screen
from assistant.screening import Screening
from assistant.verify import verify
from knowledge.documents.search import DocumentSearch, PassageHit
from knowledge.encoder import Vectors
from knowledge.library import Library
from knowledge.passage import SHARED, OrganisationId
from knowledge.retriever import CardHit, Prior, Retriever

FLOOR = 0.4
"""Likeness that the best found card must reach, or there is no guidance to advise from."""
MAX_QUESTIONS = 2
ADVISED_CARDS = 12
CORRECTING = "m7_performance"
UNREADABLE = frozenset(
    {"empty", "no_words", "greeting", "too_short", "names_only", "code", "injection"}
    | {"manipulation", "own_boss", "other_language"}
)
"""Reasons for which no document is searched."""
MIN_REST_TOKENS = 8
"""A referral coaches the rest only when that much text is left."""


@dataclass(frozen=True, kw_only=True)
class Turn:
    """What the coach knows before it advises; what `assess` and `retrieve` show."""

    screening: Screening
    assessment: Assessment | None
    """None when out of scope."""
    hits: tuple[CardHit, ...]
    """Cards in pure order of relevance; empty when out of scope or not asked for."""
    reading: Reading | None
    passages: tuple[PassageHit, ...] = ()
    """Of the caller's own organisation, above the floor, best first."""


class Coach:
    """Answers one message of a conversation. Holds no state of any conversation.

    The organisation whose documents may be quoted is the caller's, known from who they are and
    never from what they write; `SHARED` means the cards alone.
    """

    def __init__(  # noqa: PLR0913 (its parts, by name)
        self,
        *,
        screen: Screen,
        classifier: Classifier,
        retriever: Retriever,
        adviser: Adviser,
        library: Library,
        documents: DocumentSearch,
    ):
        self._screen = screen
        self._classifier = classifier
        self._retriever = retriever
        self._adviser = adviser
        self._library = library
        self._documents = documents

    def assess(self, conversation: Conversation, organisation: OrganisationId = SHARED) -> Turn:
        """Screen and assess, without retrieving cards.

        A question on a rule is in scope when a document of the organisation answers it.
        """
        turn = self._assess(conversation)
        skip = organisation == SHARED or turn.screening.reason in UNREADABLE
        if skip or self._documents.is_empty(organisation):
            return turn
        texts = conversation.user_texts
        last = turn.reading if len(texts) == 1 else None
        last = last or self._classifier.read(texts[-1:])
        found = self._documents.find(texts[-1], last.vector, organisation)
        if turn.screening.scope == "in" or turn.screening.escalations:
            return replace(turn, passages=beside(found))
        passages = answers(found)
        if not passages:
            return turn
        reading = last if len(texts) == 1 else self._classifier.read(texts)
        return Turn(
            screening=replace(turn.screening, scope="in", reason="policy"),
            assessment=self._classifier.assess(conversation, reading),
            hits=(),
            reading=reading,
            passages=passages,
        )

    def _assess(self, conversation: Conversation) -> Turn:
        texts = conversation.user_texts
        settled = self._screen.before_reading(texts)
        if settled is not None and not settled.escalations:
            return Turn(screening=settled, assessment=None, hits=(), reading=None)
        reading = self._classifier.read(texts)
        screening = settled or self._screen.after_reading(texts, reading, self._classifier)
        in_scope = screening.scope == "in"
        assessment = self._classifier.assess(conversation, reading) if in_scope else None
        return Turn(screening=screening, assessment=assessment, hits=(), reading=reading)

    def consider(self, conversation: Conversation, organisation: OrganisationId = SHARED) -> Turn:
        """Screen, assess and retrieve, without advising."""
        turn = self.assess(conversation, organisation)
        if turn.reading is None or turn.assessment is None:
            return turn
        rest = _rest(turn.reading, turn.screening)
        if rest is None:
            return turn
        return replace(turn, hits=self._retrieve(rest, turn.reading, turn.assessment))

    def retrieve(self, conversation: Conversation, limit: int) -> tuple[CardHit, ...]:
        """Cards in pure order of relevance, whatever the scope."""
        reading = self._classifier.read(conversation.user_texts)
        assessment = self._classifier.assess(conversation, reading)
        return self._retrieve(reading.vector, reading, assessment, limit)

    def reply(self, conversation: Conversation, organisation: OrganisationId = SHARED) -> Reply:
        """Answer the conversation's last message."""
        turn = self.consider(conversation, organisation)
        return replace(self._answer(conversation, turn), quotes=quotes(turn.passages))

    def _answer(self, conversation: Conversation, turn: Turn) -> Reply:
        if turn.screening.escalations or not turn.screening.english:
            return self._refer(conversation, turn)
        if turn.assessment is None:
            return self._turn_down(turn)
        if turn.screening.reason == "policy":
            return Reply(
                kind="advice",
                screening=turn.screening,
                assessment=turn.assessment,
                advice=None,
                opening=POLICY_FOUND,
            )
        advice = self._advise(conversation, turn)
        if advice is None:
            return Reply(
                kind="question",
                screening=turn.screening,
                assessment=turn.assessment,
                advice=None,
                opening=nothing_found(turn.assessment, bool(conversation.advised)),
                question=None if conversation.advised else self._question(conversation, turn),
            )
        return Reply(
            kind="advice",
            screening=turn.screening,
            assessment=turn.assessment,
            advice=replace(advice, changed=self._changed(conversation, turn.assessment)),
            opening="",
            question=advice.question,
        )

    def _refer(self, conversation: Conversation, turn: Turn) -> Reply:
        advice = self._advise(conversation, turn) if turn.screening.escalations else None
        return Reply(
            kind="referral",
            screening=turn.screening,
            assessment=turn.assessment,
            advice=advice,
            opening=referral_opening(turn.screening),
        )

    def _turn_down(self, turn: Turn) -> Reply:
        asks = turn.screening.reason in ("empty", "no_words", "greeting", "too_short", "names_only")
        reason = turn.screening.reason
        return Reply(
            kind="question" if asks else "decline",
            screening=turn.screening,
            assessment=None,
            advice=None,
            opening=question_opening(reason) if asks else decline_opening(reason),
        )

    def _retrieve(
        self,
        vector: Vectors,
        reading: Reading,
        assessment: Assessment | None,
        limit: int = 20,
    ) -> tuple[CardHit, ...]:
        prior = Prior(
            subdomains=self._classifier.subdomains(reading),
            leadership_share=assessment.leadership_share if assessment else None,
        )
        return tuple(self._retriever.cards(vector, prior, limit))

    def _advise(self, conversation: Conversation, turn: Turn) -> Advice | None:
        assessment = turn.assessment
        if assessment is None:
            return None
        escalated = {e.id for e in turn.screening.escalations}
        hits = tuple(h for h in turn.hits[:ADVISED_CARDS] if _allowed(h, escalated))
        if max((h.likeness for h in hits), default=0.0) < FLOOR:
            return None
        withheld = [(e.message, e.start, e.end) for e in turn.screening.escalations]
        brief = Brief(
            focus=turn.reading.central(withheld) if turn.reading else "",
            assessment=assessment,
            context=read_context(conversation.user_texts),
            hits=hits,
            advised=conversation.advised,
            question=self._question(conversation, turn),
        )
        advice = self._adviser.advise(brief)
        if advice is None:
            return None
        retrieved = {f"card:{h.card.id}" for h in hits}
        return verify(advice, retrieved, self._library.citation_ids)

    @staticmethod
    def _question(conversation: Conversation, turn: Turn) -> str | None:
        """The candidate question, at most twice a conversation and never beside an escalation."""
        if turn.screening.escalations or len(conversation.questions) >= MAX_QUESTIONS:
            return None
        return turn.assessment.question if turn.assessment else None

    def _changed(self, conversation: Conversation, now: Assessment) -> str:
        """What the latest message changed, compared with the assessment before it."""
        earlier = _before_last(conversation)
        if earlier is None:
            return ""
        before = self.assess(earlier).assessment
        return changed_sentence(before, now) if before else ""


def _allowed(hit: CardHit, escalated: set[str]) -> bool:
    """Beside an escalation no card on the same matter, and none on correcting a person."""
    if not escalated:
        return True
    return hit.card.subdomain != CORRECTING and not escalated & set(hit.card.escalations)


def _before_last(conversation: Conversation) -> Conversation | None:
    places = [i for i, m in enumerate(conversation.messages) if m.role == "user"]
    if len(places) < 2:
        return None
    return Conversation(messages=conversation.messages[: places[-2] + 1])


def _rest(reading: Reading, screening: Screening) -> Vectors | None:
    """The vector without what is left to a human; None when too little remains."""
    if not screening.escalations:
        return reading.vector
    taken = reading.inside(-1, 0, 0)
    for e in screening.escalations:
        taken = taken | reading.inside(e.message, e.start, e.end)
    if (~taken).sum() < MIN_REST_TOKENS:
        return None
    return reading.without(taken)
