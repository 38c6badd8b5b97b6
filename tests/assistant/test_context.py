import pytest
from hypothesis import given, settings

from assistant.context import read_context
from knowledge.card import AUDIENCES
from tests.assistant.situations import texts


@pytest.mark.parametrize(
    ("text", "deadline"),
    [
        ("I need a rota by Friday.", "by Friday"),
        ("The audit is on Monday and we have nothing", "on Monday"),
        ("I talk to her in ten minutes", "in ten minutes"),
        ("I meet the team tomorrow morning", "tomorrow morning"),
        ("it has to work   before\nthe weekend", "before the weekend"),
        ("We open in two hours", "in two hours"),
        ("The handover was bad. I need a plan by Friday.", "by Friday"),
        ("The handover was bad, I need a plan by Friday.", "by Friday"),
        ("We came late twice, so it must work by Monday.", "by Monday"),
    ],
)
def test_a_deadline_ahead_is_kept_in_the_users_words(text: str, deadline: str) -> None:
    assert read_context([text]).deadline == deadline


@pytest.mark.parametrize(
    "text",
    [
        "They missed Friday.",
        "They missed the deadline on Friday.",
        "The report was due on Friday",
        "She came late on Monday",
        "It has been like this since this morning",
        "The date slipped by the end of the month",
        "My team is slow",
        "",
    ],
)
def test_a_deadline_that_is_past_is_none(text: str) -> None:
    assert read_context([text]).deadline == ""


def test_the_last_deadline_named_counts() -> None:
    said = ("I need a plan by Friday.", "Head office wants it by Wednesday now.")
    assert read_context(said).deadline == "by Wednesday"


@pytest.mark.parametrize(
    ("text", "remote"),
    [
        ("Half of my team works from home.", True),
        ("We only meet on Zoom", True),
        ("She is remote and I never see her", True),
        ("The other site never answers", True),
        ("They sit beside me all day", False),
    ],
)
def test_distance_is_noticed(text: str, remote: bool) -> None:
    assert read_context([text]).remote is remote


@pytest.mark.parametrize(
    ("text", "new"),
    [
        ("I was just promoted over my friends.", True),
        ("I became the team lead in May", True),
        ("I'm a new manager and nobody listens", True),
        ("I am two weeks into this and drowning", True),
        ("We have a new oven and nobody can use it", False),
        ("I have led this ward for ten years", False),
    ],
)
def test_being_new_in_the_role_is_noticed(text: str, new: bool) -> None:
    assert read_context([text]).new_in_role is new


@pytest.mark.parametrize(
    ("text", "audiences"),
    [
        ("My deputy delivers late and he gets defensive.", {"one person"}),
        ("The whole team goes quiet and nobody decides.", {"team"}),
        ("My own boss changes the plan each week", {"upward"}),
        ("The sales team promises dates we cannot keep", {"team", "other teams"}),
        ("I can't let go of the till", {"yourself"}),
        ("It rains", set[str]()),
    ],
)
def test_whom_it_is_about_is_read_from_the_words(text: str, audiences: set[str]) -> None:
    assert read_context([text]).audiences == audiences


@settings(max_examples=60, deadline=None)
@given(texts())
def test_any_text_has_a_context(text: str) -> None:
    context = read_context([text, text])
    assert context.audiences <= set(AUDIENCES)
    assert "\n" not in context.deadline
