"""The access log: method, path and status, never a query string or a session."""

import logging
import re
from typing import Any

_SESSION = re.compile(r"(/heartbeat/).*")


class WithoutQuery(logging.Filter):
    """Cuts the query string and the session from what uvicorn logs of a request."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record in place; every record is kept."""
        if isinstance(record.args, tuple) and len(record.args) == 5:
            client, method, path, version, status = record.args
            record.args = (client, method, shortened(str(path)), version, status)
        return True


def shortened(path: str) -> str:
    """The path as it may stand in a log."""
    return _SESSION.sub(r"\1*", path.partition("?")[0])


def log_config() -> dict[str, Any]:
    """For `logging.config.dictConfig`: all on standard error, start-up chatter left out."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"without_query": {"()": WithoutQuery}},
        "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(message)s"}},
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": "plain"},
            "access": {
                "class": "logging.StreamHandler",
                "formatter": "plain",
                "filters": ["without_query"],
            },
        },
        "loggers": {
            "uvicorn": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
            "uvicorn.access": {"handlers": ["access"], "level": "INFO", "propagate": False},
            "ui": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        },
    }
