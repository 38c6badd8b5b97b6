"""Leaves no byte of a removed document in an embedded database.

SQLite overwrites what it deletes (`secure_delete`), but pages written before a deletion stay in
the write-ahead log until a checkpoint, and free pages until a vacuum. On PostgreSQL the rows are
gone at once; its log and backups keep what their retention says.
"""

import time

from sqlalchemy import Engine, text

from knowledge.errors import StoreError
from knowledge.store.database import BUSY_SECONDS

SECONDS = 60
PATIENCE_MILLISECONDS = 200


def erase_traces(engine: Engine, seconds: float = SECONDS) -> None:
    """Checkpoint and vacuum an SQLite database; other processes may have it open.

    Raises StoreError when readers did not let go of the log in time: the rows are removed all the
    same, and running it again finishes the erasure.
    """
    if engine.dialect.name != "sqlite":
        return
    deadline = time.monotonic() + seconds
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM"))
        connection.execute(text(f"PRAGMA busy_timeout = {PATIENCE_MILLISECONDS}"))
        while connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)")).one()[0]:
            if time.monotonic() > deadline:
                raise StoreError(
                    "The document is removed, but another process kept the database's log open "
                    f"for {seconds:.0f} s, so traces of it may be left. Run "
                    "`twofold knowledge erase-traces`."
                )
        connection.execute(text(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}"))
