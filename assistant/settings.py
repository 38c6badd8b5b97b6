"""Settings, read from the environment once, here and nowhere else."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from platformdirs import user_data_path

from assistant.errors import SettingsError
from knowledge.passage import OrganisationId, organisation_id

LOCAL_USER = "local"
"""The one user of an installation without sign-in."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that differs between installations."""

    data: Path
    """Where the database and the index live (`TWOFOLD_DATA`)."""
    organisation: OrganisationId
    """Whose guidance and conversations these are (`TWOFOLD_ORGANISATION`, default `local`)."""
    database_url: str
    """SQLAlchemy URL (`TWOFOLD_DATABASE_URL`, default SQLite in the data directory)."""
    chroma_url: str | None = None
    """A Chroma server for the index (`TWOFOLD_CHROMA_URL`); None keeps it in the data directory."""


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings.

    Raises SettingsError naming the variable, its value and what was expected.
    """
    env = os.environ if environment is None else environment
    data = Path(env["TWOFOLD_DATA"]) if env.get("TWOFOLD_DATA") else user_data_path("twofold")
    if data.exists() and not data.is_dir():
        raise SettingsError("TWOFOLD_DATA", str(data), "a directory", "Name another one.")
    data = data.absolute()
    try:
        organisation = organisation_id(env.get("TWOFOLD_ORGANISATION") or "local")
    except ValueError as error:
        raise SettingsError(
            "TWOFOLD_ORGANISATION",
            env["TWOFOLD_ORGANISATION"],
            str(error).partition("expected ")[2],
            "Choose another id.",
        ) from error
    url = env.get("TWOFOLD_DATABASE_URL") or f"sqlite:///{data / 'twofold.db'}"
    return Settings(
        data=data,
        organisation=organisation,
        database_url=url,
        chroma_url=_server_url("TWOFOLD_CHROMA_URL", env.get("TWOFOLD_CHROMA_URL") or None),
    )


def _server_url(variable: str, value: str | None) -> str | None:
    """Check the address of a server; a name or password in it is not shown in the error."""
    if value is None:
        return None
    try:
        parts = urlsplit(value)
        right = (
            parts.scheme in ("http", "https")
            and bool(parts.hostname)
            and parts.port != 0  # reading it raises ValueError when it is no number up to 65535
            and "@" not in parts.netloc
            and (parts.path in ("", "/"), parts.query, parts.fragment) == (True, "", "")
            and not any(c.isspace() for c in value)
        )
    except ValueError:
        right = False
    if not right:
        raise SettingsError(
            variable,
            value.rpartition("@")[2],
            "http:// or https://, a host and a port, such as http://127.0.0.1:8000",
            "Mend it, or unset it to keep the index in the data directory.",
        )
    return value.rstrip("/")


def make_data_directory(settings: Settings) -> None:
    """Make the data directory.

    Raises SettingsError when that cannot be done.
    """
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(
            "TWOFOLD_DATA",
            str(settings.data),
            f"a directory that can be made ({error.strerror})",
            "Name another one.",
        ) from error


def quieten_libraries() -> None:
    """Switch off every call home before a library that would make one is imported."""
    os.environ.update(
        {
            "ANONYMIZED_TELEMETRY": "False",
            "GRADIO_ANALYTICS_ENABLED": "False",
            "HF_HUB_OFFLINE": "1",
            "LANGGRAPH_STRICT_MSGPACK": "true",
            "LANGSMITH_TRACING": "false",
            "DO_NOT_TRACK": "1",
        }
    )
