"""Errors of the web app; the command prints them as one line.

ServeError              the page cannot be served
"""

from assistant.errors import AssistantError


class ServeError(AssistantError):
    """The page cannot be served: says why and what to do."""
