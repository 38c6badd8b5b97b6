"""Opens a database and brings its schema up to date."""

import sqlite3
from pathlib import Path

from sqlalchemy import Engine, create_engine, event, inspect, text
from sqlalchemy.engine.interfaces import DBAPIConnection, ExceptionContext
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from knowledge.errors import StoreError

BUSY_SECONDS = 30


def open_database(url: str) -> Engine:
    """Open a database by its SQLAlchemy URL.

    SQLite runs in WAL mode, so that readers and one writer do not wait for each other, overwrites
    what it deletes and syncs on each commit.
    Raises StoreError when the database cannot be opened or is damaged.
    """
    try:
        engine = create_engine(url, connect_args=_connect_args(url))
    except (SQLAlchemyError, ImportError, ValueError) as error:
        raise StoreError(
            f"The database URL cannot be used ({type(error).__name__}). Expected one such as "
            "sqlite:////home/me/twofold.db or postgresql+psycopg://user@host/database."
        ) from error
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _configure_sqlite)
    event.listen(engine, "handle_error", _explain)
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
            if engine.dialect.name == "sqlite":
                connection.execute(text("SELECT count(*) FROM sqlite_master"))
    except DBAPIError as error:
        raise _unusable(engine, error.orig) from error
    return engine


def _unusable(engine: Engine, cause: object) -> StoreError:
    return StoreError(
        f"{engine.url.render_as_string(hide_password=True)} cannot be used ({cause}). "
        "If the file is damaged, restore it from a backup or move it away: the cards come back by "
        "themselves, conversations only from the backup."
    )


def _explain(context: ExceptionContext) -> None:
    """Turn what only a damaged database raises into an error that says what to do."""
    damaged = isinstance(context.original_exception, sqlite3.DatabaseError) and not isinstance(
        context.original_exception, sqlite3.IntegrityError | sqlite3.ProgrammingError
    )
    if damaged and context.engine is not None:
        raise _unusable(context.engine, context.original_exception)


def migrate(engine: Engine, migrations: Path, version_table: str, head: str) -> None:
    """Bring the tables of one package up to `head`, the newest revision in `migrations`.

    Each package keeps its own history in its own version table of the same database.
    """
    if _version(engine, version_table) == head:
        return
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        config.attributes["version_table"] = version_table
        command.upgrade(config, head)


def _version(engine: Engine, version_table: str) -> str | None:
    if not inspect(engine).has_table(version_table):
        return None
    with engine.connect() as connection:
        return connection.execute(text(f"SELECT version_num FROM {version_table}")).scalar()  # noqa: S608


def _connect_args(url: str) -> dict[str, object]:
    return {"timeout": BUSY_SECONDS} if url.startswith("sqlite") else {}


def _configure_sqlite(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
