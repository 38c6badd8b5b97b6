"""The screen: what must go to a human, what is out of scope, what cannot be read."""

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.classifier import Classifier, Reading
from assistant.heads import ANY, Thresholds
from assistant.scope_rules import is_english, people_at_stake, scope_of
from assistant.screen_rules import EscalationRules
from assistant.screening import Escalation, Screening

ALWAYS_BELIEVED = frozenset({"violence_threat", "self_harm", "minors", "harassment"})
"""Classes whose rules need no second opinion: a miss may cost somebody their safety."""

SURELY_OUT = 0.9
"""How sure the model must be to decline a message that speaks of people the writer leads."""


@dataclass(frozen=True)
class Screen:
    """Rules and the model together, failing towards escalation."""

    rules: EscalationRules
    thresholds: Thresholds

    def before_reading(self, texts: Sequence[str]) -> Screening | None:
        """What rules alone settle, or None when the message has to be read."""
        english = is_english("\n".join(texts))
        settled = scope_of(texts) if english else ("out", "other_language")
        if settled is None:
            return None
        scope, reason = settled
        return Screening(
            scope="in" if scope == "in" else "out",
            escalations=self.rules.find(texts),
            reason=reason,
            english=english,
        )

    def after_reading(
        self, texts: Sequence[str], reading: Reading, classifier: Classifier
    ) -> Screening:
        """The screening of a message that rules did not settle."""
        needed = SURELY_OUT if people_at_stake(texts) else self.thresholds.out_of_scope
        out = classifier.out_of_scope(reading) >= needed
        return Screening(
            scope="out" if out else "in",
            escalations=self._escalations(texts, reading, classifier, out=out),
            reason="other_topic" if out else "situation",
        )

    def _escalations(
        self, texts: Sequence[str], reading: Reading, classifier: Classifier, *, out: bool
    ) -> tuple[Escalation, ...]:
        likely = classifier.escalation(reading)
        # outside its subject the model's own suspicion needs a rule that says the same
        found = [
            e
            for e in self.rules.find(texts)
            if e.id in ALWAYS_BELIEVED or likely[ANY] >= self.thresholds.confirm
        ]
        if likely[ANY] >= self.thresholds.escalate and (found or not out):
            held = {e.id for e in found}
            for class_id in self._named(likely, held):
                place = classifier.escalating_clause(reading, class_id)
                if place is not None and class_id not in held:
                    found.append(self.rules.escalation(class_id, *place, texts))
        return self.rules.by_urgency(found)

    def _named(self, likely: dict[str, float], held: set[str]) -> list[str]:
        """Classes the model names: those likely enough, or the likeliest when there is none."""
        classes = {c: p for c, p in likely.items() if c != ANY}
        named = [c for c, p in classes.items() if p >= self.thresholds.escalation_class]
        return named or ([] if held else [max(classes, key=lambda c: classes[c])])
