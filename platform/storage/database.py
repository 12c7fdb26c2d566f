"""Where the data lies: engines, connections, transactions.

In: an address (`SARTOR_DATABASE_URL`, or SQLite under the data folder). Out: connections within one transaction, for
the control database (users, registry of companies) and for each company: a file of its own on SQLite, a schema of its
own on PostgreSQL. What the database refuses because of its condition (locked, full, gone) leaves here as Unavailable.
Knows nothing of entities or releases.
"""

from __future__ import annotations

import json
import math
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine, make_url

from .columns import fold
from .unavailable import translated, translated_files

BUSY_SECONDS = 10
CHANGE_SECONDS = 120
CONNECT_SECONDS = 5
REST_SECONDS = 5
AUTOCOMMIT = {"isolation_level": "AUTOCOMMIT"}


class Database:
    """The databases of one installation, for one process. `data` is the folder for files and for SQLite."""

    def __init__(self, url: str | None = None, data: Path | str | None = None) -> None:
        given = url or os.environ.get("SARTOR_DATABASE_URL")
        parsed = make_url(given) if given else None
        beside, named = _beside(parsed), os.environ.get("SARTOR_DATA")
        self.data = Path(data or (beside if url else None) or named or beside or "var")
        self.url = _complete(parsed, self.data)
        self.dialect = self.url.get_backend_name()
        # Statements of a reader on PostgreSQL go without BEGIN and ROLLBACK around them: three trips fewer a page.
        self._reading = {"sartor_reading": True, **({} if self.dialect == "sqlite" else AUTOCOMMIT)}
        self._lock = threading.Lock()
        self._engines: dict[str, Engine] = {}
        if self.dialect == "sqlite":
            with translated_files():
                Path(self.url.database or "").parent.mkdir(parents=True, exist_ok=True)
        self.control = create_engine(self.url)

    def engine(self, company: str) -> Engine:
        """The engine that reaches a company's tables."""
        if self.dialect != "sqlite":
            return self.control
        engine = self._engines.get(company)
        if engine is None:
            with self._lock:
                engine = self._engines.get(company)
                if engine is None:
                    engine = self._engines[company] = create_engine(self._url(company))
        return engine

    def _url(self, company: str) -> URL:
        # mode=rw: a mistyped company must not leave an empty file behind
        file = self.file(company).absolute().as_uri()
        return self.url.set(database=file, query={"mode": "rw", "uri": "true"})

    def file(self, company: str) -> Path:
        """SQLite: the file that holds a company."""
        return self.data / "companies" / f"{company}.db"

    def schema(self, company: str) -> str | None:
        """PostgreSQL: the schema that holds a company."""
        return None if self.dialect == "sqlite" else company

    @contextmanager
    def read(self, company: str) -> Iterator[Connection]:
        """A connection that only reads. All its statements see one moment on SQLite, each its own on PostgreSQL."""
        with translated(), self.engine(company).connect() as connection:
            yield connection.execution_options(**self._reading)

    @contextmanager
    def write(self, company: str) -> Iterator[Connection]:
        """A transaction that writes: committed at the end, undone on any exception."""
        with translated(), self.engine(company).connect() as connection:
            connection = connection.execution_options(sartor_begin="BEGIN IMMEDIATE")
            with connection.begin():
                yield connection

    @contextmanager
    def change(self, company: str) -> Iterator[Connection]:
        """A transaction that changes a company's tables; one at a time, also between processes.

        On SQLite foreign keys are off in it, so that a table may be rebuilt; `bring` checks them afterwards.
        """
        if self.dialect == "sqlite":
            with translated_files():
                self.file(company).parent.mkdir(parents=True, exist_ok=True)
                self.file(company).touch()
            engine = create_engine(self._url(company), alone=True)
        else:
            engine = self.control
        with translated(), engine.connect() as connection:
            connection = connection.execution_options(sartor_begin="BEGIN IMMEDIATE")
            with connection.begin():
                if self.dialect == "postgresql":
                    _alone(connection, company)
                yield connection

    @contextmanager
    def control_write(self) -> Iterator[Connection]:
        """As `write`, in the control database."""
        with translated(), self.control.connect() as connection:
            connection = connection.execution_options(sartor_begin="BEGIN IMMEDIATE")
            with connection.begin():
                yield connection

    @contextmanager
    def control_read(self) -> Iterator[Connection]:
        """As `read`, in the control database."""
        with translated(), self.control.connect() as connection:
            yield connection.execution_options(**self._reading)

    def close(self) -> None:
        """Give all connections back."""
        with self._lock:
            for engine in (self.control, *self._engines.values()):
                engine.dispose()
            self._engines.clear()


def create_engine(url: URL, *, alone: bool = False) -> Engine:
    """An engine with the house's settings; `alone`: for one change of tables on SQLite (see Database.change)."""
    settings: dict[str, Any] = {"json_serializer": _json}
    if alone:
        settings |= {"poolclass": sa.NullPool}
    else:
        settings |= {"query_cache_size": 2000, "pool_timeout": BUSY_SECONDS}
    if url.get_backend_name() == "postgresql":
        # No prepared statements: a published change would break them, and poolers between us and PostgreSQL as well.
        arguments = {"prepare_threshold": None, "connect_timeout": CONNECT_SECONDS}
        settings |= {"connect_args": arguments, "pool_size": 10, "max_overflow": 20}
    engine = sa.create_engine(url, **settings)
    prepare(engine, alone=alone)
    return engine


def prepare(engine: Engine, *, alone: bool = False) -> None:
    """Give the house's settings to an engine that someone else made (Flask-AppBuilder's)."""
    sa.event.listen(engine, "before_execute", _reader_writes)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _sqlite_alone if alone else _sqlite_connected)
        sa.event.listen(engine, "begin", _sqlite_begin)
    else:
        sa.event.listen(engine, "connect", _postgresql_connected)
        sa.event.listen(engine, "checkin", _returned)
        sa.event.listen(engine, "checkout", _taken_after_a_rest(engine))


def _reader_writes(connection: Connection, clause: Any, *_: Any) -> None:
    if getattr(clause, "is_dml", False) and connection.get_execution_options().get("sartor_reading"):
        raise RuntimeError("Database.read only reads; write within Database.write")


def _sqlite_connected(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # transactions are begun by _sqlite_begin; DDL is part of them
    connection.create_function("casefold", 1, fold, deterministic=True)
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA case_sensitive_like=ON")  # as PostgreSQL's, and so an index may serve LIKE 'x%'
    if cursor.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        cursor.execute("PRAGMA journal_mode=WAL")  # readers don't wait for writers
    cursor.close()


def _sqlite_alone(connection: Any, _: Any) -> None:
    _sqlite_connected(connection, _)
    connection.execute(f"PRAGMA busy_timeout={CHANGE_SECONDS * 1000}")
    connection.execute("PRAGMA foreign_keys=OFF")  # else dropping a table, to rebuild it, would empty those under it


def _sqlite_begin(connection: Connection) -> None:
    # A writer takes the lock at once: one that began by reading could not take it any more after another's commit.
    connection.exec_driver_sql(connection.get_execution_options().get("sartor_begin", "BEGIN"))


def _postgresql_connected(connection: Any, _: Any) -> None:
    before = connection.autocommit
    connection.autocommit = True
    connection.execute(f"SET lock_timeout = '{BUSY_SECONDS}s'")
    connection.execute("SET TIME ZONE 'UTC'")
    connection.autocommit = before


def _returned(_: Any, record: Any) -> None:
    if record is not None:
        record.info["returned"] = time.monotonic()


def _taken_after_a_rest(engine: Engine) -> Callable[..., None]:
    """Asks a connection that has rested whether it still stands; the pool replaces one that does not."""

    def taken(connection: Any, record: Any, *_: Any) -> None:
        if time.monotonic() - record.info.get("returned", math.inf) > REST_SECONDS:
            try:
                engine.dialect.do_ping(connection)
            except psycopg.Error as error:
                raise sa.exc.InvalidatePoolError("the connection was lost") from error

    return taken


def _alone(connection: Connection, company: str) -> None:
    """PostgreSQL: wait until no other process changes this company's tables."""
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{CHANGE_SECONDS}s'")
    lock = sa.func.hashtextextended(f"sartor:{company}", 0)
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(lock)))
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{BUSY_SECONDS}s'")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _beside(url: URL | None) -> Path | None:
    """The folder of a SQLite file that was named."""
    if url is None or url.get_backend_name() != "sqlite" or not url.database:
        return None
    return Path(url.database).parent


def _complete(url: URL | None, data: Path) -> URL:
    if url is None:
        return URL.create("sqlite", database=str(data / "control.db"))
    if url.get_backend_name() in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:":
        return url
    raise ValueError(f"{url.render_as_string()}: the database must be PostgreSQL, or a SQLite file")
