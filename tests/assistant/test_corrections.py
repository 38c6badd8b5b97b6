import pytest
from hypothesis import given, settings

from assistant.corrections import correction
from tests.assistant.situations import texts


@pytest.mark.parametrize(
    "remark",
    [
        "no, they know exactly what to do",
        "Everyone knows how it works.",
        "The roles are clear",
        "It\u2019s all written down.",
        "We have plenty of time and enough staff",
        "They don\u2019t trust me",
        "she is afraid of me",
        "They are well trained, it is not a staffing problem",
    ],
)
def test_a_plain_fact_moves_it_to_leadership(remark: str) -> None:
    assert correction(remark) > 0


@pytest.mark.parametrize(
    "remark",
    [
        "nobody ever told them",
        "They don't know who does what",
        "It was never agreed",
        "There is no rota",
        "They are all keen, it's not a trust problem",
        "We are short-staffed",
        "Nobody knows what to do.",
        "No one knows who owns it",
        "There is not enough staff",
        "We don't have enough time",
        "They were never trained",
        "Nobody trained them",
    ],
)
def test_a_missing_thing_moves_it_to_management(remark: str) -> None:
    assert correction(remark) < 0


@pytest.mark.parametrize("remark", ["Nobody trusts me.", "No one wants to be here", "Nobody cares"])
def test_nobody_turns_a_fact_around(remark: str) -> None:
    assert correction(remark) >= 0


@pytest.mark.parametrize("remark", ["", " ", "ok", "Thanks!", "What else?", "\ud800\x00"])
def test_a_remark_without_a_fact_moves_nothing(remark: str) -> None:
    assert correction(remark) == 0


@settings(max_examples=100, deadline=None)
@given(texts(parts=8))
def test_no_remark_moves_more_than_its_bound(remark: str) -> None:
    assert abs(correction(remark)) <= 0.45
