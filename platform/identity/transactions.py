"""Connections to the control database, for reading and for writing.

In: its engine. Out: a connection within one transaction. What the database refuses because of its condition leaves here
as Unavailable, as everywhere on the platform.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import PoolProxiedConnection

from ..storage.unavailable import translated


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


def glance(engine: Engine, statement: str) -> Any:
    """The one value that a statement reads, without a transaction, straight from the driver.

    For what every request reads first: a sixth of the time that SQLAlchemy takes for it on SQLite, two thirds on
    PostgreSQL. Where the driver refuses, it is asked again in the usual way, which knows how to say what is wrong.
    """
    driver_error: type[Exception] = engine.dialect.loaded_dbapi.Error
    with translated():
        try:
            return _glance(engine.raw_connection(), statement, postgresql=engine.dialect.name == "postgresql")
        except driver_error:
            with engine.connect() as connection:
                return connection.exec_driver_sql(statement).scalar_one()


def _glance(connection: PoolProxiedConnection, statement: str, *, postgresql: bool) -> Any:
    driver: Any = connection.driver_connection
    try:
        if postgresql:
            driver.autocommit = True
        cursor = driver.cursor()
        cursor.execute(statement)
        (value,) = cursor.fetchone()
        cursor.close()
        if postgresql:
            driver.autocommit = False
    except BaseException:
        connection.invalidate()
        raise
    connection.close()
    return value


def utc_now() -> datetime:
    """Now, as Flask-AppBuilder's columns without a zone keep it."""
    return datetime.now(UTC).replace(tzinfo=None)
