import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.assessment import Assessment, verdict_of
from assistant.classifier import SURE, Classifier
from assistant.conversation import Conversation, Message
from assistant.heads import HEADS_FILE, load_heads
from knowledge.errors import InvalidDataError
from knowledge.library import load_library
from tests.assistant.situations import LEADERSHIP, MANAGEMENT, SITUATIONS, texts

UNSURE = "My team is unmotivated."


def assessed(classifier: Classifier, *said: str) -> Assessment:
    return talked(classifier, Conversation.of(*said))


def spans_of(classifier: Classifier, *said: str) -> list[tuple[int, int, int]]:
    reading = classifier.read(said)
    assert np.isfinite(reading.vector).all()
    assert len(reading.spans) == len(reading.tokens)
    return [(int(m), int(start), int(end)) for m, start, end in reading.spans]


def talked(classifier: Classifier, conversation: Conversation) -> Assessment:
    return classifier.assess(conversation, classifier.read(conversation.user_texts))


def check(assessment: Assessment, said: tuple[str, ...]) -> None:
    assert 0 <= assessment.leadership_share <= 1
    assert 0 <= assessment.confidence <= 1
    assert assessment.verdict == verdict_of(assessment.leadership_share)
    assert len(assessment.evidence) <= 4
    assert len(assessment.subdomains) <= 3
    for e in assessment.evidence:
        assert said[e.message][e.start : e.end] == e.quote
        assert e.quote
        assert e.weight >= 0
    places = [(e.message, e.start) for e in assessment.evidence]
    assert places == sorted(set(places))


@pytest.mark.parametrize("text", SITUATIONS)
def test_a_situation_has_a_share_and_evidence_in_its_own_words(
    classifier: Classifier, text: str
) -> None:
    assessment = assessed(classifier, text)
    check(assessment, (text,))
    assert assessment.evidence
    assert assessment.subdomains
    assert set(assessment.subdomains) <= set(load_library().canon.subdomains)


def test_missing_order_weighs_to_management_and_lost_trust_to_leadership(
    classifier: Classifier,
) -> None:
    ordered = [assessed(classifier, t).leadership_share for t in MANAGEMENT]
    human = [assessed(classifier, t).leadership_share for t in LEADERSHIP]
    assert np.mean(human) > np.mean(ordered) + 0.25
    assert {verdict_of(s) for s in ordered} >= {"management"}
    assert {verdict_of(s) for s in human} >= {"leadership"}


def test_evidence_can_point_either_way(classifier: Classifier) -> None:
    text = f"{MANAGEMENT[1]} {LEADERSHIP[0]}"
    assert {e.pole for e in assessed(classifier, text).evidence} == {"management", "leadership"}


def test_a_text_of_one_clause_is_its_own_evidence(classifier: Classifier) -> None:
    (only,) = assessed(classifier, UNSURE).evidence
    assert only.quote == "My team is unmotivated"
    assert only.message == 0


def test_evidence_names_the_message_it_is_from(classifier: Classifier) -> None:
    said = (MANAGEMENT[0], "", LEADERSHIP[0])
    assessment = assessed(classifier, *said)
    check(assessment, said)
    assert {e.message for e in assessment.evidence} == {0, 2}


@pytest.mark.parametrize("text", [UNSURE, *MANAGEMENT, *LEADERSHIP])
def test_the_latest_plain_fact_wins(classifier: Classifier, text: str) -> None:
    to_leadership = "No, they know exactly what to do."
    to_management = "No, nobody ever told them."
    before = assessed(classifier, text).leadership_share
    up = assessed(classifier, text, to_leadership).leadership_share
    down = assessed(classifier, text, to_management).leadership_share
    assert down < up
    assert up >= min(before, 0.65)
    assert down <= max(before, 0.35)
    assert assessed(classifier, text, to_leadership, to_management).leadership_share < up
    assert assessed(classifier, text, to_management, to_leadership).leadership_share > down


def test_the_answer_to_the_question_moves_the_share(classifier: Classifier) -> None:
    question = assessed(classifier, UNSURE).question
    assert question
    shares = [
        talked(
            classifier,
            Conversation(
                messages=(
                    Message(role="user", content=UNSURE),
                    Message(role="assistant", content=question, asked=question),
                    Message(role="user", content=answer),
                )
            ),
        ).leadership_share
        for answer in ("No.", "I don't know.", "Yes.")
    ]
    assert shares == sorted(shares)
    assert shares[2] - shares[0] >= 0.3


def test_a_plain_fact_counts_more_than_the_no_it_opens_with(classifier: Classifier) -> None:
    """To 'If they knew ..., could they do it today?' this is no 'no'."""
    fact = "No, they know exactly what to do."
    question = assessed(classifier, UNSURE).question
    assert question
    asked = Conversation(
        messages=(
            Message(role="user", content=UNSURE),
            Message(role="assistant", content=question, asked=question),
            Message(role="user", content=fact),
        )
    )
    assert (
        talked(classifier, asked).leadership_share
        >= assessed(classifier, UNSURE, fact).leadership_share
    )


def test_an_answer_makes_it_surer(classifier: Classifier) -> None:
    said = (UNSURE, "No, they know exactly what to do.")
    assert assessed(classifier, *said).confidence > assessed(classifier, UNSURE).confidence


def test_a_question_is_asked_only_when_unsure(classifier: Classifier) -> None:
    all_ = [assessed(classifier, t) for t in SITUATIONS]
    assert not [a for a in all_ if a.question and a.confidence >= SURE]
    assert {bool(a.question) for a in all_} == {True, False}


def test_a_question_is_not_asked_twice(classifier: Classifier) -> None:
    question = assessed(classifier, UNSURE).question
    conversation = Conversation(
        messages=(
            Message(role="user", content=UNSURE),
            Message(role="assistant", content="", asked=question),
            Message(role="user", content="I can't tell."),
        )
    )
    assert talked(classifier, conversation).question != question


@settings(max_examples=100, deadline=None)
@given(st.lists(texts(), min_size=1, max_size=4))
def test_any_messages_are_assessed(classifier: Classifier, said: list[str]) -> None:
    check(assessed(classifier, *said), tuple(said))


@settings(max_examples=100, deadline=None)
@given(st.lists(texts(parts=3), min_size=1, max_size=5))
def test_every_token_lies_within_its_message(classifier: Classifier, said: list[str]) -> None:
    for message, start, end in spans_of(classifier, *said):
        assert 0 <= message < len(said)
        assert 0 <= start <= end <= len(said[message])


def test_tokens_are_found_in_the_message_that_says_them(classifier: Classifier) -> None:
    said = ("apple pear", "", "caf\u00e9 plum\n", "  grape")
    words = [(m, said[m][s:e]) for m, s, e in spans_of(classifier, *said) if e > s]
    assert words == [(0, "apple"), (0, "pear"), (2, "café"), (2, "plum"), (3, "grape")]


def test_only_tokens_within_a_stretch_are_inside_it(classifier: Classifier) -> None:
    reading = classifier.read(("apple pear", "plum pear"))
    assert np.array_equal(reading.spans[reading.inside(1, 5, 9)], [[1, 5, 9]])
    assert not reading.inside(0, 1, 4).any()
    assert np.linalg.norm(reading.without(np.ones(len(reading.spans), dtype=bool))) == 0


@settings(max_examples=60, deadline=None)
@given(st.lists(texts(parts=3), min_size=1, max_size=3))
def test_what_is_central_is_the_users_own_words(classifier: Classifier, said: list[str]) -> None:
    central = classifier.read(said).central()
    assert any(central in text for text in said)


def test_what_is_hidden_is_never_central(classifier: Classifier) -> None:
    said = (f"{LEADERSHIP[0]} {MANAGEMENT[0]}",)
    reading = classifier.read(said)
    start = len(LEADERSHIP[0])
    hidden = reading.central([(0, 0, start)])
    assert hidden in MANAGEMENT[0]
    assert reading.central([(0, 0, len(said[0]))]) == ""


def test_the_shipped_heads_belong_to_the_shipped_encoder_and_taxonomy(
    classifier: Classifier,
) -> None:
    likely = classifier.subdomains(classifier.read([UNSURE]))
    assert set(likely) == set(load_library().canon.subdomains)
    assert all(0 <= p <= 1 for p in likely.values())


def test_heads_of_another_encoder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidDataError, match=r"heads\.json.*another dige"):
        load_heads("another digest")
    file = json.loads(HEADS_FILE.read_text(encoding="utf-8"))
    file["share"]["weights"].pop()
    path = tmp_path / "heads.json"
    path.write_text(json.dumps(file), encoding="utf-8")
    with pytest.raises(InvalidDataError, match="384 weights"):
        load_heads(file["encoder"], path)
