"""Connections, transactions, and what a database in trouble says."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from sartor.platform.storage.database import Database
from sartor.platform.storage.unavailable import BUSY, DAMAGED, FULL, READ_ONLY, UNREACHABLE, Unavailable
from sartor.tests import postgresql

NOTES = sa.Table("note", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True), sa.Column("text", sa.Text))


@pytest.fixture
def database(database_url: str, tmp_path: Path) -> Iterator[Database]:
    database = Database(database_url, data=tmp_path)
    yield database
    database.close()


@pytest.fixture
def sqlite(sqlite_url: str) -> Iterator[Database]:
    database = Database(sqlite_url)
    yield database
    database.close()


def make_notes(database: Database, company: str = "acme") -> sa.Table:
    schema = database.schema(company)
    notes = NOTES.to_metadata(sa.MetaData(), schema=schema)
    with database.change(company) as connection:
        if schema:
            connection.execute(sa.schema.CreateSchema(schema))
        notes.create(connection)
    return notes


@contextmanager
def broken_off(transaction: AbstractContextManager[Any]) -> Iterator[Any]:
    """An exception ends the transaction after its last statement."""
    with pytest.raises(RuntimeError, match="power cut"), transaction as connection:  # noqa: PT012
        yield connection
        raise RuntimeError("power cut")


@contextmanager
def refused(message: str, *, retry: bool) -> Iterator[None]:
    with pytest.raises(Unavailable) as caught:
        yield
    assert (caught.value.message, caught.value.retry) == (message, retry)


def test_a_write_is_kept_and_a_failed_one_is_undone(database: Database) -> None:
    notes = make_notes(database)
    with database.write("acme") as connection:
        connection.execute(notes.insert(), {"text": "kept"})
    with broken_off(database.write("acme")) as connection:
        connection.execute(notes.insert(), {"text": "undone"})
    with database.read("acme") as connection:
        assert connection.execute(sa.select(notes.c.text)).scalars().all() == ["kept"]


def test_a_failed_change_of_tables_leaves_nothing_behind(database: Database) -> None:
    make_notes(database)
    other = sa.Table("other", sa.MetaData(), sa.Column("id", sa.Integer), schema=database.schema("acme"))
    with broken_off(database.change("acme")) as connection:
        other.create(connection)
    assert sa.inspect(database.engine("acme")).get_table_names(schema=database.schema("acme")) == ["note"]


def test_companies_do_not_share_tables(database: Database) -> None:
    first, second = make_notes(database, "acme"), make_notes(database, "globex")
    with database.write("acme") as connection:
        connection.execute(first.insert(), {"text": "acme's"})
    with database.read("globex") as connection:
        assert connection.execute(sa.select(second.c.text)).all() == []


def test_a_savepoint_inside_a_write_can_be_undone_alone(database: Database) -> None:
    notes = make_notes(database)
    with database.write("acme") as connection:
        connection.execute(notes.insert(), {"text": "kept"})
        with broken_off(connection.begin_nested()):
            connection.execute(notes.insert(), {"text": "undone"})
    with database.read("acme") as connection:
        assert connection.execute(sa.select(notes.c.text)).scalars().all() == ["kept"]


def test_two_changes_of_tables_run_one_after_the_other(database: Database) -> None:
    make_notes(database)
    order: list[str] = []
    inside, go_on = threading.Event(), threading.Event()

    def first() -> None:
        with database.change("acme"):
            inside.set()
            go_on.wait(5)
            order.append("first")

    def second() -> None:
        inside.wait(5)
        go_on.set()
        with database.change("acme"):
            order.append("second")

    threads = [threading.Thread(target=work) for work in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert order == ["first", "second"]


def test_readers_on_sqlite_see_one_moment_and_do_not_wait_for_a_writer(sqlite: Database) -> None:
    notes = make_notes(sqlite)
    count = sa.select(sa.func.count()).select_from(notes)
    with sqlite.read("acme") as reader:
        assert reader.execute(count).scalar_one() == 0
        with sqlite.write("acme") as writer:
            writer.execute(notes.insert(), {"text": "new"})
        assert reader.execute(count).scalar_one() == 0


def test_sqlite_connections_have_the_houses_settings(sqlite: Database) -> None:
    make_notes(sqlite)
    with sqlite.read("acme") as connection:
        settings = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "foreign_keys", "busy_timeout")
        }
        assert settings == {"journal_mode": "wal", "foreign_keys": 1, "busy_timeout": 10000}
        assert connection.exec_driver_sql("SELECT casefold('ÉCOLE ＡＢＣ Straße')").scalar_one() == "école abc strasse"
        assert connection.exec_driver_sql("SELECT 'A' LIKE 'a'").scalar_one() == 0


def test_reading_a_company_that_does_not_exist_leaves_no_file(sqlite: Database) -> None:
    with refused(UNREACHABLE, retry=True), sqlite.read("nobody"):
        pass
    assert not sqlite.file("nobody").exists()


def test_a_locked_sqlite_file_is_busy(sqlite: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    make_notes(sqlite)
    monkeypatch.setattr("sartor.platform.storage.database.BUSY_SECONDS", 0.1)
    with sqlite.write("acme"), refused(BUSY, retry=True):
        other = Database(str(sqlite.url))
        with other.write("acme"):
            pass


def test_a_lock_held_on_postgresql_is_busy(
    postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sartor.platform.storage.database.BUSY_SECONDS", 0.2)
    database = Database(postgresql_url, data=tmp_path)
    notes = make_notes(database)
    with database.write("acme") as connection:
        connection.execute(notes.insert(), {"text": "one"})
        connection.exec_driver_sql("LOCK TABLE acme.note")
        with refused(BUSY, retry=True), database.write("acme") as other:
            other.execute(notes.insert(), {"text": "two"})
    with database.read("acme") as connection:
        assert connection.execute(sa.select(notes.c.text)).scalars().all() == ["one"]
    database.close()


def test_a_full_disk_loses_nothing_that_was_saved(sqlite: Database) -> None:
    notes = make_notes(sqlite)
    with sqlite.write("acme") as connection:
        connection.execute(notes.insert(), {"text": "kept"})
    with refused(FULL, retry=False), sqlite.write("acme") as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=3")
        connection.execute(notes.insert(), {"text": "x" * 1_000_000})
    with sqlite.read("acme") as connection:
        assert connection.execute(sa.select(notes.c.text)).scalars().all() == ["kept"]


def test_a_file_that_is_no_database_is_told_so(sqlite: Database) -> None:
    sqlite.file("acme").parent.mkdir()
    sqlite.file("acme").write_text("this is not a database, whatever it is called" * 100)
    with refused(DAMAGED, retry=False), sqlite.read("acme") as connection:
        connection.exec_driver_sql("SELECT 1 FROM sqlite_master")


@contextmanager
def unprivileged() -> Iterator[None]:
    """As root, act as `nobody` for a while: root may write what is read-only."""
    user = postgresql.unprivileged()
    if not user:
        yield
        return
    os.seteuid(user["user"])
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_read_only_sqlite_file_can_be_read_but_not_written() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        database = Database(f"sqlite:///{folder / 'control.db'}")
        notes = make_notes(database)
        with database.write("acme") as connection:
            connection.execute(notes.insert(), {"text": "kept"})
        database.close()
        file = database.file("acme")
        file.chmod(0o444)
        file.parent.chmod(0o777)  # without a place for its log, a SQLite file cannot even be read
        with unprivileged():
            with database.read("acme") as connection:
                assert connection.execute(sa.select(notes.c.text)).scalars().all() == ["kept"]
            with refused(READ_ONLY, retry=False), database.write("acme") as connection:
                connection.execute(notes.insert(), {"text": "no"})
        file.parent.chmod(0o755)
        with unprivileged(), refused(READ_ONLY, retry=False), database.change("globex"):
            pass
        database.close()


def test_a_postgresql_that_nobody_runs_cannot_be_reached(tmp_path: Path) -> None:
    database = Database(f"postgresql+psycopg://postgres@127.0.0.1:{postgresql.free_port()}/sartor", data=tmp_path)
    with refused(UNREACHABLE, retry=True), database.read("acme"):
        pass


def test_a_postgresql_that_is_stopped_and_started_serves_again(tmp_path: Path, postgresql_url: str) -> None:
    database = Database(postgresql_url, data=tmp_path)
    with refused(UNREACHABLE, retry=True), database.write("acme") as connection:
        connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")
    with database.read("acme") as connection:
        assert connection.exec_driver_sql("SELECT 1").scalar_one() == 1
    database.close()


def test_a_connection_that_was_lost_while_it_rested_is_replaced_unnoticed(
    tmp_path: Path, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sartor.platform.storage.database.REST_SECONDS", 0)
    database = Database(postgresql_url, data=tmp_path)
    with database.read("acme") as connection:
        number = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    other = sa.create_engine(postgresql_url)
    with other.connect() as connection:
        connection.exec_driver_sql(f"SELECT pg_terminate_backend({number}, 5000)")
    with database.write("acme") as connection:
        assert connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one() != number
    other.dispose()
    database.close()


def test_a_reader_that_writes_is_a_mistake(database: Database) -> None:
    notes = make_notes(database)
    for write in (sa.insert(notes).values(text="no"), sa.update(notes).values(text="no"), sa.delete(notes)):
        with pytest.raises(RuntimeError, match=r"within Database\.write"), database.read("acme") as connection:
            connection.execute(write)


def test_a_connection_that_was_read_on_can_be_written_on(database: Database) -> None:
    notes = make_notes(database)
    for _ in range(3):
        with database.read("acme") as connection:
            connection.execute(sa.select(notes)).all()
        with broken_off(database.write("acme")) as connection:
            connection.execute(notes.insert(), {"text": "undone"})
    with database.read("acme") as connection:
        assert connection.execute(sa.select(notes)).all() == []


def test_a_read_only_postgresql_refuses_writes(tmp_path: Path, postgresql_url: str) -> None:
    database = Database(postgresql_url, data=tmp_path)
    notes = make_notes(database)
    with refused(READ_ONLY, retry=False), database.write("acme") as connection:
        connection.exec_driver_sql("SET TRANSACTION READ ONLY")
        connection.execute(notes.insert(), {"text": "no"})
    database.close()


@pytest.mark.parametrize("url", ["mysql://localhost/x", "sqlite://"])
def test_only_postgresql_and_sqlite_files_are_databases(url: str) -> None:
    with pytest.raises(ValueError, match="PostgreSQL, or a SQLite file"):
        Database(url)


def test_plain_postgresql_addresses_are_understood(tmp_path: Path) -> None:
    assert str(Database("postgresql://me@host/sartor", data=tmp_path).url) == "postgresql+psycopg://me@host/sartor"


def test_the_data_lies_beside_a_sqlite_file_unless_said_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"sqlite:///{tmp_path / 'here' / 'control.db'}"
    monkeypatch.delenv("SARTOR_DATA", raising=False)
    monkeypatch.setenv("SARTOR_DATABASE_URL", url)
    assert Database().data == tmp_path / "here"
    monkeypatch.setenv("SARTOR_DATA", str(tmp_path / "there"))
    assert Database().data == tmp_path / "there"
    assert Database(url).data == tmp_path / "here"
    assert Database(url, data=tmp_path / "elsewhere").data == tmp_path / "elsewhere"


def test_without_an_address_sqlite_lies_in_the_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SARTOR_DATABASE_URL", raising=False)
    monkeypatch.setenv("SARTOR_DATA", str(tmp_path / "here"))
    database = Database()
    assert (database.dialect, database.data, database.url.database) == (
        "sqlite",
        tmp_path / "here",
        str(tmp_path / "here" / "control.db"),
    )
