"""Data sets become records, once, and are brought up to date without overwriting anybody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from sartor.metamodel.manifest import DataSet, Manifest
from sartor.platform.data.loading import Counts, load_data
from sartor.platform.data.records import DataFault
from sartor.platform.query.query import Query
from sartor.platform.records.actor import Actor
from sartor.platform.records.people import People
from sartor.platform.records.records import Records
from sartor.platform.storage.database import Database
from sartor.platform.storage.release import Release, Releases
from sartor.tests.record_house import NOW, Town, definitions

PEOPLE = {"ann": 1, "bob": 2}


def data(name: str, entity: str, **records: dict[str, Any]) -> DataSet:
    return DataSet(name, entity, records)


class Shop:
    """A company whose data sets change from release to release."""

    def __init__(self, url: str) -> None:
        self.database = Database(url)
        self.releases = Releases(self.database)
        self.town = Town()
        self.release: Release | None = None

    def load(self, *sets: DataSet, users: dict[str, int] = PEOPLE) -> Counts:
        whole: Manifest = definitions()
        self.release = self.releases.publish(_with(whole, sets), "tests", "data")
        return load_data(self.database, self.release, self.town, users, now=NOW)

    def records(self, user: int | None = 1, channel: str = "form") -> Records:
        assert self.release is not None
        actor = Actor(user, "ann", frozenset(), True, channel)
        return Records(self.database, self.release, actor, now=NOW, people=People(self.town))

    def all(self, entity: str) -> list[dict[str, Any]]:
        return self.records().page(entity, Query(limit=500)).records


def _with(whole: Manifest, sets: tuple[DataSet, ...]) -> Manifest:
    import msgspec

    return msgspec.structs.replace(whole, data=sets)


@pytest.fixture
def shop(database_url: str) -> Iterator[Shop]:
    found = Shop(database_url)
    yield found
    found.database.close()


DEPARTMENTS = data("departments", "oa.department", sales={"name": "Sales"}, stock={"name": "Stock"})
TAGS = data("tags", "crm.tag", hot={"name": "Hot"}, cold={"name": "Cold"})
CUSTOMERS = data(
    "customers",
    "crm.customer",
    # the second is named before it is there, and they name each other
    big={"name": "Big", "parent": "small", "owner": "ann", "tags": ["hot", "cold"], "credit": "12.50"},
    small={"name": "Small", "parent": "big", "department": "sales", "since": "2026-01-31", "level": "high"},
)


def test_records_of_data_refer_to_each_other_in_any_order_and_in_circles(shop: Shop) -> None:
    counts = shop.load(CUSTOMERS, TAGS, DEPARTMENTS)
    assert counts == Counts(created=6)
    big, small = sorted(shop.all("crm.customer"), key=lambda record: record["name"])
    assert (big["parent"], small["parent"]) == (small["id"], big["id"])
    assert big["$labels"]["tags"] == ["Hot", "Cold"]
    assert big["$labels"]["owner"] == "Ann Lee"
    assert small["$labels"]["department"] == "Sales"


def test_defaults_numbers_and_formulas_are_filled_in_as_for_a_record_of_a_person(shop: Shop) -> None:
    order = {"customer": "big", "lines": [{"item": "a", "qty": "2", "price": "3.50"}, {"item": "b", "qty": "1"}]}
    shop.load(CUSTOMERS, TAGS, DEPARTMENTS, data("orders", "crm.order", first=order))
    (found,) = shop.all("crm.order")
    assert str(found["total"]) == "8.00"
    assert found["number"] == "SO202604-0001"  # it is April already in Shanghai
    assert found["status"] == "draft"
    whole = shop.records().get("crm.order", found["id"])
    assert [(row["item"], str(row["amount"])) for row in whole["lines"]] == [("a", "7.00"), ("b", "1.00")]


def test_a_person_goes_on_numbering_where_the_data_stopped(shop: Shop) -> None:
    shop.load(CUSTOMERS, TAGS, DEPARTMENTS)
    numbers = {record["code"] for record in shop.all("crm.customer")}
    assert numbers == {"C202604-001", "C202604-002"}
    assert shop.records().create("crm.customer", {"name": "Next"})["code"] == "C202604-003"


def test_a_number_given_in_data_moves_the_counter(shop: Shop) -> None:
    shop.load(data("customers", "crm.customer", one={"name": "One", "code": "C202604-041"}))
    assert shop.records().create("crm.customer", {"name": "Next"})["code"] == "C202604-042"


def test_loading_twice_changes_nothing(shop: Shop) -> None:
    shop.load(CUSTOMERS, TAGS, DEPARTMENTS)
    before = [record["version"] for record in shop.all("crm.customer")]
    assert shop.load(CUSTOMERS, TAGS, DEPARTMENTS) == Counts(unchanged=6)
    assert [record["version"] for record in shop.all("crm.customer")] == before


def test_what_changed_in_the_definitions_is_brought_up_to_date(shop: Shop) -> None:
    shop.load(TAGS)
    counts = shop.load(data("tags", "crm.tag", hot={"name": "Very hot"}, cold={"name": "Cold"}, new={"name": "New"}))
    assert counts == Counts(created=1, updated=1, unchanged=1)
    assert {record["name"] for record in shop.all("crm.tag")} == {"Very hot", "Cold", "New"}
    assert shop.load(data("tags", "crm.tag", hot={"name": "Very hot"})) == Counts(unchanged=1)


def test_what_a_person_has_changed_is_kept(shop: Shop) -> None:
    shop.load(TAGS)
    hot = next(record for record in shop.all("crm.tag") if record["name"] == "Hot")
    shop.records().update("crm.tag", hot["id"], {"name": "Ann's own"}, version=None)
    counts = shop.load(data("tags", "crm.tag", hot={"name": "Very hot"}, cold={"name": "Colder"}))
    assert counts == Counts(updated=1, kept=1)
    assert {record["name"] for record in shop.all("crm.tag")} == {"Ann's own", "Colder"}


def test_what_a_person_has_deleted_stays_deleted(shop: Shop) -> None:
    shop.load(TAGS)
    hot = next(record for record in shop.all("crm.tag") if record["name"] == "Hot")
    shop.records().delete("crm.tag", hot["id"])
    assert shop.load(TAGS) == Counts(unchanged=2)
    assert shop.load(data("tags", "crm.tag", hot={"name": "Very hot"})) == Counts(kept=1)
    assert {record["name"] for record in shop.all("crm.tag")} == {"Cold"}


def test_rows_named_in_data_keep_their_ids_when_the_data_changes(shop: Shop) -> None:
    def order(**rows: dict[str, Any]) -> DataSet:
        return data("orders", "crm.order", first={"customer": "one", "lines": rows})

    one = data("customers", "crm.customer", one={"name": "One"})
    shop.load(one, order(a={"item": "a", "qty": "1"}, b={"item": "b", "qty": "1"}))
    (found,) = shop.all("crm.order")
    before = {row["item"]: row["id"] for row in shop.records().get("crm.order", found["id"])["lines"]}
    assert shop.load(one, order(b={"item": "b", "qty": "5"}, c={"item": "c", "qty": "1"})).updated == 1
    after = {row["item"]: row["id"] for row in shop.records().get("crm.order", found["id"])["lines"]}
    assert after["b"] == before["b"]
    assert set(after) == {"b", "c"}


def test_a_user_who_comes_later_is_set_when_they_are_there(shop: Shop) -> None:
    owned = data("customers", "crm.customer", one={"name": "One", "owner": "bob"})
    shop.load(owned, users={})
    assert shop.all("crm.customer")[0]["owner"] is None
    assert shop.load(owned).updated == 1
    assert shop.all("crm.customer")[0]["$labels"]["owner"] == "Bob Ray"


@pytest.mark.parametrize(
    ("record", "fact"),
    [
        ({"name": "One", "parent": "nobody"}, '"parent": there is no record "nobody" of crm.customer'),
        ({"nam": "One"}, 'there is no field "nam"'),
        ({"level": "high"}, '"name" is required'),
        ({"name": "One", "credit": "much"}, '"credit" must be a number.'),
        ({"name": "One", "level": "highest"}, '"level" cannot be “highest”; choose one of the options.'),
    ],
)
def test_a_record_that_cannot_be_loaded_is_named_and_nothing_is_written(
    shop: Shop, record: dict[str, Any], fact: str
) -> None:
    with pytest.raises(DataFault) as caught:
        shop.load(TAGS, data("customers", "crm.customer", one=record))
    assert str(caught.value) == f'crm.customer "one": {fact}'
    assert shop.all("crm.tag") == []
    assert shop.all("crm.customer") == []


def test_a_value_that_somebody_has_taken_is_a_fault_and_no_trace(shop: Shop) -> None:
    shop.load(TAGS)
    shop.records().create("crm.tag", {"name": "Mine"})
    with pytest.raises(DataFault, match=r"crm\.tag"):
        shop.load(TAGS, data("more", "crm.tag", mine={"name": "Mine"}))


def test_the_audit_names_the_system_and_the_channel(shop: Shop) -> None:
    shop.load(TAGS)
    assert shop.release is not None
    audit = shop.release.tables.system.audit
    with shop.database.read("acme") as connection:
        rows = connection.execute(sa.select(audit.c.username, audit.c.channel, audit.c.action)).all()
    assert set(map(tuple, rows)) == {("system", "setup", "create")}
    assert len(rows) == 2


def test_the_number_of_statements_does_not_depend_on_the_number_of_records(sqlite_url: str) -> None:
    def count(records: int) -> int:
        shop = Shop(sqlite_url.replace("sartor.sqlite", f"{records}/sartor.sqlite"))
        many = data("tags", "crm.tag", **{f"t{number}": {"name": f"Tag {number}"} for number in range(records)})
        shop.load()
        seen: list[str] = []
        sa.event.listen(shop.database.engine("acme"), "before_cursor_execute", lambda *given: seen.append(given[2]))
        assert shop.release is not None
        release = replace(shop.release, manifest=_with(shop.release.manifest, (many,)))
        load_data(shop.database, release, shop.town, PEOPLE, now=NOW)
        shop.database.close()
        return len(seen)

    assert count(2) == count(200)
