"""Errors of the assistant package.

AssistantError
├── SettingsError         a setting cannot be used
├── RulesError            a file of the screen cannot be used (in `escalation_files`)
└── ConversationError     a conversation that is not there, or not this user's
"""


class AssistantError(Exception):
    """Anything this package raises on purpose."""


class SettingsError(AssistantError):
    """A setting cannot be used."""

    def __init__(self, variable: str, value: str, expected: str, fix: str):
        super().__init__(f"{variable}={value!r}: expected {expected}. {fix}")


class ConversationError(AssistantError):
    """The conversation does not exist or belongs to somebody else; the two look the same."""
