"""Publishing puts a manifest in force, whole or not at all, and every process serves it from the next read on."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from sartor.metamodel.invalid import Invalid
from sartor.metamodel.manifest import Manifest
from sartor.platform.schema.bringing import SchemaRefused
from sartor.platform.storage.company import Companies, NoCompany
from sartor.platform.storage.database import Database
from sartor.platform.storage.release import OTHER_FORMAT, Releases
from sartor.platform.storage.unavailable import Unavailable
from sartor.tests.manifests import entity, field, manifest, role


def of(*fields: Any, **given: Any) -> Manifest:
    return manifest([entity("crm.customer", field("name", required=True), *fields)], **given)


@pytest.fixture
def database(database_url: str, tmp_path: Path) -> Iterator[Database]:
    database = Database(database_url, data=tmp_path)
    yield database
    database.close()


@pytest.fixture
def releases(database: Database) -> Releases:
    return Releases(database)


@contextmanager
def statements(database: Database, company: str) -> Iterator[list[str]]:
    """The statements sent to a company's database meanwhile."""
    sent: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    engine = database.engine(company)
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


def test_the_first_release_makes_the_company(releases: Releases, database: Database) -> None:
    with pytest.raises(NoCompany):
        releases.current("acme")
    release = releases.publish(of(), "ann", "First.")
    assert (release.company, release.rev, release.author, release.message) == ("acme", 1, "ann", "First.")
    assert release.changes == ("crm.customer: new entity with 1 field",)
    assert datetime.now(UTC) - release.created_at < timedelta(seconds=60)
    assert releases.current("acme").manifest == of()
    assert Companies(database).names() == ["acme"]


def test_a_release_is_read_back_by_another_process_as_it_was_published(releases: Releases, database: Database) -> None:
    published = releases.publish(of("note"), "ann", "发布。")
    read = Releases(database).current("acme")
    for name in ("company", "rev", "digest", "manifest", "author", "message", "created_at", "changes"):
        assert getattr(read, name) == getattr(published, name)
    assert read.tables.of("crm.customer").c.keys() == published.tables.of("crm.customer").c.keys()


def test_the_release_in_force_costs_one_row_and_is_compiled_once(releases: Releases, database: Database) -> None:
    releases.publish(of(), "ann", "")
    other = Releases(database)
    first = other.current("acme")
    with statements(database, "acme") as sent:
        assert other.current("acme") is first
    assert not sent  # one glance at the pointer, straight through the driver; the release is not read again


def test_every_process_serves_a_new_release_from_the_next_read_on(releases: Releases, database: Database) -> None:
    releases.publish(of(), "ann", "")
    other = Releases(database)
    assert other.current("acme").rev == 1
    assert releases.publish(of("note"), "bob", "Notes.").changes == ("crm.customer.note: new field",)
    assert other.current("acme").rev == releases.current("acme").rev == 2
    assert "note" in other.current("acme").manifest.entities["crm.customer"].fields


def test_a_release_in_use_does_not_change_under_its_user(releases: Releases) -> None:
    releases.publish(of(), "ann", "")
    held = releases.current("acme")
    releases.publish(of("note"), "ann", "")
    assert list(held.manifest.entities["crm.customer"].fields) == ["name"]
    assert "note" not in held.tables.of("crm.customer").c
    assert releases.load("acme", 1).manifest == held.manifest


def test_a_manifest_equal_to_the_one_in_force_makes_no_new_release(releases: Releases) -> None:
    first = releases.publish(of(), "ann", "First.")
    again = releases.publish(of(), "bob", "Again.")
    assert (again.rev, again.author, again.message, again.changes) == (1, "ann", "First.", ())
    assert again.created_at == first.created_at
    assert releases.current("acme").message == "First."


def test_going_back_is_publishing_the_older_manifest(releases: Releases) -> None:
    releases.publish(of("note"), "ann", "")
    releases.publish(of(), "ann", "")
    back = releases.publish(releases.load("acme", 1).manifest, "ann", "Back.")
    assert (back.rev, back.digest) == (3, releases.load("acme", 1).digest)


def test_what_is_refused_leaves_the_release_in_force(releases: Releases, database: Database) -> None:
    release = releases.publish(of(field("code", "integer")), "ann", "")
    with database.write("acme") as connection:
        now = datetime.now(UTC)
        row = {"version": 1, "created_at": now, "updated_at": now, "name": "A", "code": 1}
        connection.execute(sa.insert(release.tables.of("crm.customer")), row)
    with pytest.raises(SchemaRefused, match="D103"):
        releases.publish(of(field("code", "date"), "note"), "ann", "")
    for each in (releases, Releases(database)):
        assert each.current("acme").rev == 1
    with pytest.raises(KeyError):
        releases.load("acme", 2)


def test_a_first_release_that_fails_leaves_no_company(releases: Releases, database: Database) -> None:
    broken = of(field("owner", "ref", of="crm.nobody"))  # no compiler would let this through
    with pytest.raises(KeyError):
        releases.publish(broken, "ann", "")
    with pytest.raises(NoCompany):
        releases.current("acme")
    assert Companies(database).names() == []


def test_a_failure_after_the_tables_undoes_the_tables(
    releases: Releases, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    releases.publish(of(), "ann", "")

    def break_down(*_: object) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr("sartor.platform.storage.release._write", break_down)
    with pytest.raises(RuntimeError, match="power cut"):
        releases.publish(of("note"), "ann", "")
    columns = sa.inspect(database.engine("acme")).get_columns("crm_customer", schema=database.schema("acme"))
    assert "note" not in [column["name"] for column in columns]
    assert releases.current("acme").rev == 1


def test_companies_have_releases_of_their_own(releases: Releases) -> None:
    releases.publish(of(), "ann", "")
    releases.publish(of("note", company="globex"), "bob", "")
    assert releases.publish(of("note", "more", company="globex"), "bob", "").rev == 2
    assert releases.current("acme").rev == 1
    assert releases.companies.names() == ["acme", "globex"]


def test_two_that_publish_at_once_make_two_releases(releases: Releases, database: Database) -> None:
    start = threading.Barrier(4)
    revs: list[int] = []

    def publish(number: int) -> None:
        start.wait()
        revs.append(Releases(database).publish(of(f"field_{number}"), "ann", "").rev)

    threads = [threading.Thread(target=publish, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(revs) == [1, 2, 3, 4]
    assert releases.current("acme").rev == 4


def test_readers_never_see_a_release_whose_tables_are_not_there(releases: Releases, database: Database) -> None:
    releases.publish(of(), "ann", "")
    stop, failures, seen = threading.Event(), [], set()

    def read() -> None:
        mine = Releases(database)
        while not stop.is_set():
            try:
                release = mine.current("acme")
                seen.add(release.rev)
                with database.read("acme") as connection:
                    connection.execute(sa.select(release.tables.of("crm.customer")).limit(1)).all()
            except Exception as failure:  # noqa: BLE001 - shown below
                failures.append(failure)
                return

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(1, 9):
        wide = {"max": 300 + number} if number % 2 else {}
        releases.publish(of(*(f"f{index}" for index in range(number)), field("wide", **wide)), "ann", "")
    stop.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(seen) > 1


@pytest.mark.parametrize("name", ["../acme", "Acme", "a" * 41, "", "acme;", "acme/../x", "public", "nobody"])
def test_an_unknown_company_is_unknown_whatever_it_is_called(releases: Releases, database: Database, name: str) -> None:
    with pytest.raises(NoCompany):
        releases.current(name)
    assert not list(database.data.rglob("*nobody*"))


@pytest.mark.parametrize("name", ["public", "pg_catalog", "sartor", "con", "com1", "Acme", "ac-me", "1a", "a" * 41])
def test_a_company_has_a_name_that_databases_files_and_addresses_take(releases: Releases, name: str) -> None:
    with pytest.raises(Invalid):
        releases.publish(of(company=name), "ann", "")


def test_the_registry_survives_two_that_add_at_once(database: Database) -> None:
    start, failures = threading.Barrier(4), []

    def add() -> None:
        try:
            start.wait()
            Companies(database).add("acme")
        except Exception as failure:  # noqa: BLE001 - shown below
            failures.append(failure)

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert Companies(database).names() == ["acme"]
    assert Companies(database).has("acme")
    assert not Companies(database).has("globex")


def test_a_release_of_another_version_of_sartor_says_so_and_is_replaced_by_publishing(
    releases: Releases, database: Database
) -> None:
    release = releases.publish(of(), "ann", "")
    with database.write("acme") as connection:
        connection.execute(sa.update(release.tables.system.release).values(manifest='{"format": 99}', digest="old"))
    with pytest.raises(Unavailable) as caught:
        Releases(database).current("acme")
    assert (caught.value.message, caught.value.retry) == (OTHER_FORMAT, False)
    assert Releases(database).publish(of(), "ann", "").rev == 2
    assert Releases(database).current("acme").manifest == of()


def test_access_is_computed_once_for_a_set_of_roles(releases: Releases) -> None:
    release = releases.publish(of(roles=[role("crm.sales", crm__customer="read")]), "ann", "")
    access = release.access(["crm.sales"])
    assert access.can("crm.customer", "read")
    assert not access.can("crm.customer", "delete")
    assert release.access({"crm.sales"}) is access
    assert release.access(["crm.sales"], admin=True).can("crm.customer", "delete")


def test_releases_that_nobody_uses_are_let_go(releases: Releases, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sartor.platform.storage.release.MOST_CACHED", 2)
    for name in ("acme", "globex", "initech"):
        releases.publish(of(company=name), "ann", "")
    gc.collect()
    assert list(releases._cache) == ["globex", "initech"]
    assert releases.current("acme").rev == 1
