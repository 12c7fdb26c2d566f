"""Deleting: what goes along, what is emptied, what stands in the way."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from sartor.platform.records.errors import Conflict, InUse, NotFound
from sartor.platform.records.records import Operation
from sartor.tests.record_house import House


def rows(house: House, entity: str) -> int:
    with house.database.read("acme") as connection:
        table = house.release.tables.of(entity)
        return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def test_what_others_refer_to_stays_and_they_are_named(house: House) -> None:
    records = house.as_()
    customer = records.create("crm.customer", {"name": "Acme"})["id"]
    for _ in range(2):
        records.create("crm.order", {"customer": customer})
    records.create("crm.contact", {"name": "Eve", "about": f"crm.customer/{customer}"})
    with pytest.raises(InUse) as caught:
        records.delete("crm.customer", customer)
    assert sorted((name, count) for name, _, count in caught.value.by) == [("crm.contact", 1), ("crm.order", 2)]
    assert str(caught.value) == "This cannot be deleted, because other records refer to it: Orders (2), Contacts (1)."
    assert records.get("crm.customer", customer)["version"] == 1


def test_rows_and_associations_go_along(house: House) -> None:
    records = house.as_()
    records.create("crm.tag", {"name": "vip"})
    customer = records.create("crm.customer", {"name": "Acme", "tags": [1]})["id"]
    order = records.create(
        "crm.order", {"customer": customer, "lines": [{"item": "x", "qty": 1, "parts": [{"name": "p"}]}]}
    )
    records.delete("crm.order", order["id"], version=1)
    assert (rows(house, "crm.order"), rows(house, "crm.order_line"), rows(house, "crm.part")) == (0, 0, 0)
    records.delete("crm.tag", 1)
    assert records.get("crm.customer", customer)["tags"] == []
    records.delete("crm.customer", customer)


def test_what_says_cascade_goes_along_and_what_says_clear_is_emptied(house: House) -> None:
    records = house.as_()
    mother = records.create("crm.customer", {"name": "Mother"})["id"]
    child = records.create("crm.customer", {"name": "Child", "parent": mother})["id"]
    contact = records.create("crm.contact", {"name": "Eve", "customer": mother})["id"]
    records.delete("crm.customer", mother)
    assert records.get("crm.customer", child)["parent"] is None
    assert records.get("crm.customer", child)["version"] == 2
    with pytest.raises(NotFound):
        records.get("crm.contact", contact)
    assert records.history("crm.customer", child)[0].before == {"parent": mother}
    assert [entry.action for entry in records.history("crm.contact", contact)] == ["delete", "create"]


def test_what_goes_along_may_stand_in_the_way_too(house: House) -> None:
    records = house.as_()
    customer = records.create("crm.customer", {"name": "Acme"})["id"]
    order = records.create("crm.order", {"customer": customer, "lines": [{"item": "x", "qty": 1}]})
    records.create("crm.shipment", {"name": "s", "line": order["lines"][0]["id"]})
    with pytest.raises(InUse) as caught:
        records.delete("crm.order", order["id"])
    assert [name for name, _, _ in caught.value.by] == ["crm.shipment"]
    assert rows(house, "crm.order_line") == 1


def test_the_audit_of_what_is_deleted_stays_whole(house: House) -> None:
    records = house.as_()
    made = records.create("crm.customer", {"name": "Acme", "credit": "5"})
    records.delete("crm.customer", made["id"])
    deletion, creation = records.history("crm.customer", made["id"])
    assert (deletion.action, deletion.before["credit"], deletion.after) == ("delete", "5.00", {})
    assert creation.after["name"] == "Acme"
    with pytest.raises(NotFound):
        house.as_("crm.sales").history("crm.customer", made["id"])
    assert records.create("crm.customer", {"name": "Next"})["id"] > made["id"], "an id is never given twice"


def test_a_stale_deletion_is_a_conflict(house: House) -> None:
    records = house.as_()
    made = records.create("crm.customer", {"name": "Acme"})
    records.update("crm.customer", made["id"], {"level": "high"}, version=1)
    with pytest.raises(Conflict):
        records.delete("crm.customer", made["id"], version=1)
    records.delete("crm.customer", made["id"], version=2)
    with pytest.raises(NotFound):
        records.delete("crm.customer", made["id"])


def test_records_that_refer_to_each_other_go_together(house: House) -> None:
    records = house.as_()
    first = records.create("crm.customer", {"name": "a"})["id"]
    second = records.create("crm.customer", {"name": "b", "parent": first})["id"]
    records.update("crm.customer", first, {"parent": second}, version=None)
    outcomes = records.many("crm.customer", [Operation("delete", id=id) for id in (first, second)], atomic=True)
    assert all(outcome.done for outcome in outcomes)
    assert rows(house, "crm.customer") == 0
