"""The screen: what must go to a human, what is out of scope, what cannot be read."""

from collections.abc import Sequence

from assistant.scope_rules import is_english, scope_of
from assistant.screen_rules import EscalationRules
from assistant.screening import Screening

OUT_OF_SCOPE_FROM = 0.5
"""Probability from which the classifier alone decides that a message is out of scope."""


class Screen:
    """Rules first; the classifier's word on scope where rules settle nothing. Fails closed."""

    def __init__(self, rules: EscalationRules):
        self._rules = rules

    def before_reading(self, texts: Sequence[str]) -> Screening | None:
        """What rules alone settle, or None when the message has to be read."""
        escalations = self._rules.find(texts)
        if not is_english("\n".join(texts)):
            return Screening(
                scope="out", escalations=escalations, reason="other_language", english=False
            )
        settled = scope_of(texts)
        if settled is None:
            return None
        scope, reason = settled
        return Screening(scope=scope, escalations=escalations, reason=reason)

    def after_reading(self, texts: Sequence[str], out_of_scope: float) -> Screening:
        """The screening of a message that rules did not settle."""
        out = out_of_scope >= OUT_OF_SCOPE_FROM
        return Screening(
            scope="out" if out else "in",
            escalations=self._rules.find(texts),
            reason="other_topic" if out else "situation",
        )
