"""A database that cannot serve just now, told as a sentence.

In: exceptions of the drivers. Out: Unavailable for what the condition of the database causes (locked, read-only, full,
unreachable); everything else (a violated constraint, a fault in SQL) passes through unchanged.
"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import sqlalchemy as sa

from ...metamodel.invalid import N_

BUSY = N_("The database is busy. Nothing was changed; please try again.")
READ_ONLY = N_("The database can only be read at the moment. Nothing was changed; please tell an administrator.")
FULL = N_("The database has no space left. Nothing was changed; please tell an administrator.")
UNREACHABLE = N_("The database cannot be reached. Nothing was changed; please try again in a moment.")
DAMAGED = N_("The database file cannot be read. Nothing was changed; please tell an administrator.")

_SQLITE = {
    sqlite3.SQLITE_BUSY: (BUSY, True),
    sqlite3.SQLITE_LOCKED: (BUSY, True),
    sqlite3.SQLITE_READONLY: (READ_ONLY, False),
    sqlite3.SQLITE_FULL: (FULL, False),
    sqlite3.SQLITE_CANTOPEN: (UNREACHABLE, True),
    sqlite3.SQLITE_IOERR: (UNREACHABLE, True),
    sqlite3.SQLITE_PERM: (READ_ONLY, False),
    sqlite3.SQLITE_CORRUPT: (DAMAGED, False),
    sqlite3.SQLITE_NOTADB: (DAMAGED, False),
}
_POSTGRESQL = {  # by SQLSTATE, or its class
    "55P03": (BUSY, True),
    "40P01": (BUSY, True),
    "40001": (BUSY, True),
    "53300": (BUSY, True),
    "57014": (BUSY, True),
    "25006": (READ_ONLY, False),
    "53100": (FULL, False),
    "53200": (BUSY, True),
    "57P01": (UNREACHABLE, True),
    "57P02": (UNREACHABLE, True),
    "57P03": (UNREACHABLE, True),
    "58030": (UNREACHABLE, True),
    "08": (UNREACHABLE, True),
    "28": (UNREACHABLE, False),
    "3D": (UNREACHABLE, False),
}


class Unavailable(Exception):
    """The database cannot serve: `message` is a translatable sentence, `retry` whether trying again may help."""

    def __init__(self, message: str, *, retry: bool) -> None:
        self.message = message
        self.retry = retry
        super().__init__(message)


def unavailable(error: Exception) -> Unavailable | None:
    """The same for what came from a library that asks the database itself, such as Flask-AppBuilder at a sign-in."""
    found = condition(error) if isinstance(error, sa.exc.DBAPIError) else None
    return Unavailable(found[0], retry=found[1]) if found is not None else None


@contextmanager
def translated() -> Iterator[None]:
    """Turns what the drivers raise about the database's condition into Unavailable."""
    try:
        yield
    except sa.exc.TimeoutError as error:  # no connection came free
        raise Unavailable(BUSY, retry=True) from error
    except sa.exc.DBAPIError as error:
        found = condition(error)
        if found is None:
            raise
        raise Unavailable(found[0], retry=found[1]) from error


@contextmanager
def translated_files() -> Iterator[None]:
    """The same for what the file system says. Wrap only the calls that touch files."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise Unavailable(FULL if full else READ_ONLY, retry=False) from error


def condition(error: sa.exc.DBAPIError) -> tuple[str, bool] | None:
    """The sentence and whether to try again; None where the error is about the statement, not the database."""
    cause = error.orig
    if isinstance(cause, sqlite3.Error):
        code = getattr(cause, "sqlite_errorcode", None)
        return _SQLITE.get(code & 0xFF) if code is not None else None
    if isinstance(cause, psycopg.Error):
        state = cause.sqlstate
        if state is None:  # never reached the server, or lost it
            lost = isinstance(cause, psycopg.OperationalError) or error.connection_invalidated
            return (UNREACHABLE, True) if lost else None
        return _POSTGRESQL.get(state) or _POSTGRESQL.get(state[:2])
    return None
