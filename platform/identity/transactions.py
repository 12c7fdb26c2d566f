"""Connections to the control database, for reading and for writing.

In: its engine. Out: a connection within one transaction. What the database refuses because of its condition leaves here
as Unavailable, as everywhere on the platform.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlalchemy.engine import Connection, Engine

from ..unavailable import translated


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection to read with."""
    with translated(), engine.connect() as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction: committed at the end, undone on any exception. SQLite takes its write lock at once."""
    with translated(), engine.connect() as connection:
        connection = connection.execution_options(sartor_begin="BEGIN IMMEDIATE")
        with connection.begin():
            yield connection


def utc_now() -> datetime:
    """Now, as Flask-AppBuilder's columns without a zone keep it."""
    return datetime.now(UTC).replace(tzinfo=None)
