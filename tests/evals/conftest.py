"""The coach as it is shipped, over a prepared store."""

from tests.assistant.conftest import application

__all__ = ["application"]
