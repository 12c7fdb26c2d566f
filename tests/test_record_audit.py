"""Audit: every change leaves a row, written with it, from which every state can be found again."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from sartor.platform.records.errors import Rejected
from sartor.platform.records.records import Operation
from sartor.tests.record_house import NOW, House


def test_an_entry_says_who_when_how_and_under_which_release(house: House) -> None:
    made = house.as_(user=2, channel="form").create("crm.customer", {"name": "Acme", "credit": "5", "tags": []})
    (entry,) = house.as_().history("crm.customer", made["id"])
    assert (entry.entity, entry.record, entry.action, entry.at) == ("crm.customer", made["id"], "create", NOW)
    assert (entry.user_id, entry.username, entry.channel, entry.release) == (2, "bob", "form", house.release.rev)
    assert entry.before == {}
    assert entry.after == {
        "name": "Acme", "code": "C202604-001", "level": "low", "owner": 2, "credit": "5.00", "active": True,
    }  # fmt: skip


def test_a_change_is_noted_by_its_fields_alone(house: House) -> None:
    records = house.as_()
    records.create("crm.tag", {"name": "vip"})
    made = records.create("crm.customer", {"name": "Acme", "since": "2026-01-01"})
    records.update(
        "crm.customer", made["id"], {"name": "Acme", "since": None, "tags": [1], "channels": ["mail"]}, version=1
    )
    entry = records.history("crm.customer", made["id"])[0]
    assert entry.before == {"since": "2026-01-01", "tags": [], "channels": None}
    assert entry.after == {"since": None, "tags": [1], "channels": ["mail"]}


def test_changes_of_rows_stand_in_the_history_of_their_owner(house: House) -> None:
    records = house.as_()
    customer = records.create("crm.customer", {"name": "Acme"})["id"]
    order = records.create(
        "crm.order", {"customer": customer, "lines": [{"item": "a", "qty": 1}, {"item": "b", "qty": 1}]}
    )
    first, second = (line["id"] for line in order["lines"])
    records.update("crm.order", order["id"], {"lines": [{"id": second, "qty": 5}]}, version=None)
    newest = records.history("crm.order", order["id"])[:3]
    assert {(entry.entity, entry.record, entry.action) for entry in newest} == {
        ("crm.order", order["id"], "update"),
        ("crm.order_line", second, "update"),
        ("crm.order_line", first, "delete"),
    }
    assert [entry.action for entry in records.history("crm.order_line", second)] == ["update", "create"]


def test_what_is_refused_or_undone_leaves_no_trace(house: House) -> None:
    records = house.as_()
    with pytest.raises(Rejected):
        records.create("crm.customer", {"name": "x", "parent": 9})
    records.many("crm.customer", [Operation("create", {"name": "x"}), Operation("create", {})], atomic=True)
    with house.database.read("acme") as connection:
        audit = house.release.tables.system.audit
        assert connection.execute(sa.select(sa.func.count()).select_from(audit)).scalar_one() == 0


def test_folding_the_audit_gives_the_records(house: House) -> None:
    records = house.as_()
    customer = records.create("crm.customer", {"name": "Acme"})["id"]
    order = records.create("crm.order", {"customer": customer, "lines": [{"item": "a", "qty": 1}]})
    line = order["lines"][0]["id"]
    records.update("crm.order", order["id"], {"lines": [{"item": "b", "qty": 2}, {"id": line, "qty": 3}]}, version=None)
    records.update("crm.order_line", line, {"price": "2.5"}, version=None)
    records.transition("crm.order", order["id"], "submit")
    records.update("crm.customer", customer, {"level": "high", "name": "Acme & Co"}, version=None)
    records.create("crm.customer", {"name": "Gone"})
    records.delete("crm.customer", customer + 1)
    folded: dict[tuple[str, int], dict[str, Any]] = {}
    with house.database.read("acme") as connection:
        audit = house.release.tables.system.audit
        for row in connection.execute(sa.select(audit).order_by(audit.c.id)):
            if row.action == "delete":
                del folded[row.entity, row.record]
            else:
                folded.setdefault((row.entity, row.record), {}).update(row.after)
        for name, entity in house.release.manifest.entities.items():
            table = house.release.tables.of(name)
            for row in connection.execute(sa.select(table)).mappings():
                kept = folded.pop((name, row["id"]))
                for field in entity.fields.values():
                    if field.kind.stored:
                        value = field.kind.output(field, field.kind.join(field, row))
                        assert kept.get(field.name) == value, (name, field.name)
    assert folded == {}
