"""Rows: owned records, saved with their owner, and reached on their own only through it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from sartor.platform.records.errors import Conflict, Forbidden, InUse, NotFound, Rejected
from sartor.tests.record_house import House
from sartor.tests.test_record_saving import faults


@pytest.fixture
def order(house: House) -> dict[str, Any]:
    records = house.as_()
    customer = records.create("crm.customer", {"name": "Acme"})["id"]
    lines = [
        {"item": "bolt", "qty": "2", "price": "1.50", "parts": [{"name": "thread"}, {"name": "head"}]},
        {"item": "nut", "qty": "1"},
        {"item": "cap", "qty": "3"},
    ]
    return records.create("crm.order", {"customer": customer, "lines": lines})


def items(record: dict[str, Any]) -> list[str]:
    return [line["item"] for line in record["lines"]]


def test_rows_are_saved_with_their_owner_in_their_order(order: dict[str, Any]) -> None:
    assert items(order) == ["bolt", "nut", "cap"]
    assert [line["amount"] for line in order["lines"]] == [Decimal("3.00"), Decimal("1.00"), Decimal("3.00")]
    assert order["total"] == Decimal("7.00")
    assert [part["name"] for part in order["lines"][0]["parts"]] == ["thread", "head"]


def test_rows_are_kept_changed_added_moved_and_left_out(house: House, order: dict[str, Any]) -> None:
    records = house.as_()
    bolt, nut, cap = order["lines"]
    sent = [{"id": cap["id"]}, {"item": "pin", "qty": 1}, {"id": bolt["id"], "qty": "4"}]
    changed = records.update("crm.order", order["id"], {"lines": sent}, version=1)
    assert items(changed) == ["cap", "pin", "bolt"]
    assert (changed["version"], changed["total"]) == (2, Decimal("10.00"))
    assert {line["item"]: line["version"] for line in changed["lines"]} == {"cap": 1, "pin": 1, "bolt": 2}
    assert [part["name"] for part in changed["lines"][2]["parts"]] == ["thread", "head"], "what was not sent stays"
    with pytest.raises(NotFound):
        records.get("crm.order_line", nut["id"])


def test_a_row_inserted_between_keeps_the_order(house: House, order: dict[str, Any]) -> None:
    bolt, nut, cap = ({"id": line["id"]} for line in order["lines"])
    sent = [bolt, {"item": "pin", "qty": 1}, nut, cap]
    changed = house.as_().update("crm.order", order["id"], {"lines": sent}, version=None)
    assert items(changed) == ["bolt", "pin", "nut", "cap"]


def test_a_record_read_may_be_sent_back_with_its_rows(house: House, order: dict[str, Any]) -> None:
    again = house.as_().update("crm.order", order["id"], order, version=order["version"])
    assert again == order


def test_faults_of_rows_say_which_row(house: House, order: dict[str, Any]) -> None:
    records = house.as_()
    sent = [
        {"id": order["lines"][0]["id"], "qty": "-1", "amount": "99"},
        {"item": "x", "qty": "much", "unheard_of": 1},
        {"qty": 1, "parts": [{}, {"name": 5}]},
        {"id": 99, "item": "y", "qty": 1},
        {"id": "z"},
        {"item": "bolt", "qty": 1},
    ]
    assert sorted(faults(lambda: records.update("crm.order", order["id"], {"lines": sent}, version=None))) == [
        ("lines.0.qty", "too_small"),
        ("lines.1.qty", "not_number"),
        ("lines.1.unheard_of", "unknown_field"),
        ("lines.2.item", "required"),
        ("lines.2.parts.0.name", "required"),
        ("lines.2.parts.1.name", "not_text"),
        ("lines.3.id", "unknown_row"),
        ("lines.4.id", "not_integer"),
        ("lines.4.item", "required"),
        ("lines.4.qty", "required"),
        ("lines.5.item", "not_unique"),
    ]
    assert faults(lambda: records.update("crm.order", order["id"], {"lines": "x"}, version=None)) == [
        ("lines", "not_rows")
    ]
    assert items(records.get("crm.order", order["id"])) == ["bolt", "nut", "cap"]


def test_a_row_of_another_owner_cannot_be_taken(house: House, order: dict[str, Any]) -> None:
    records = house.as_()
    other = records.create("crm.order", {"customer": order["customer"], "lines": [{"item": "bolt", "qty": 1}]})
    sent = {"lines": [{"id": order["lines"][0]["id"]}]}
    assert faults(lambda: records.update("crm.order", other["id"], sent, version=None))[0] == (
        "lines.0.id",
        "unknown_row",
    )


def test_a_calculated_value_that_does_not_fit_is_told_at_its_row(house: House, order: dict[str, Any]) -> None:
    sent = {"lines": [{"item": "x", "qty": 1}, {"item": "y", "qty": "999999999999", "price": "9999999999999999"}]}
    found = faults(lambda: house.as_().update("crm.order", order["id"], sent, version=None))
    assert found == [("lines.1.amount", "computed_too_many_digits")]


def test_a_row_changed_on_its_own_changes_its_owner(house: House, order: dict[str, Any]) -> None:
    records = house.as_(user=2)
    line = order["lines"][0]
    changed = records.update("crm.order_line", line["id"], {"qty": "10", "order": order["id"]}, version=line["version"])
    assert (changed["amount"], changed["version"]) == (Decimal("15.00"), 2)
    owner = records.get("crm.order", order["id"])
    assert (owner["total"], owner["version"], owner["updated_by"]) == (Decimal("19.00"), 2, 2)
    assert items(owner) == ["bolt", "nut", "cap"]
    added = records.create("crm.order_line", {"order": order["id"], "item": "pin", "qty": 1})
    assert added["position"] > order["lines"][2]["position"]
    records.delete("crm.order_line", order["lines"][1]["id"], version=1)
    owner = records.get("crm.order", order["id"])
    assert (items(owner), owner["version"], owner["total"]) == (["bolt", "cap", "pin"], 4, Decimal("19.00"))


def test_rows_of_rows_reach_the_topmost_owner(house: House, order: dict[str, Any]) -> None:
    records = house.as_()
    bolt = order["lines"][0]
    part = records.create("crm.part", {"line": bolt["id"], "name": "washer"})
    records.update("crm.part", part["id"], {"name": "ring"}, version=1)
    owner = records.get("crm.order", order["id"])
    assert [one["name"] for one in owner["lines"][0]["parts"]] == ["thread", "head", "ring"]
    assert owner["version"] == 3
    records.delete("crm.part", part["id"])
    assert records.get("crm.order", order["id"])["version"] == 4


def test_a_row_on_its_own_is_refused_like_any_record(house: House, order: dict[str, Any]) -> None:
    records = house.as_()
    line = order["lines"][0]
    assert faults(lambda: records.update("crm.order_line", line["id"], {"qty": "much"}, version=None)) == [
        ("qty", "not_number")
    ]
    assert faults(lambda: records.create("crm.order_line", {"item": "x", "qty": 1})) == [("order", "required")]
    assert faults(lambda: records.update("crm.order_line", line["id"], {"order": 99}, version=None)) == [
        ("order", "not_writable")
    ]
    assert faults(lambda: records.create("crm.order_line", {"order": order["id"], "item": "nut", "qty": 1})) == [
        ("item", "not_unique")
    ]
    with pytest.raises(NotFound):
        records.create("crm.order_line", {"order": 99, "item": "x", "qty": 1})
    with pytest.raises(NotFound):
        records.update("crm.order_line", 99, {"qty": 1}, version=None)
    with pytest.raises(Conflict):
        records.update("crm.order_line", line["id"], {"qty": 1}, version=7)
    with pytest.raises(Conflict):
        records.delete("crm.order_line", line["id"], version=7)
    with pytest.raises(Forbidden):
        house.as_("crm.boss").update("crm.order_line", line["id"], {"qty": 1}, version=None)


def test_a_row_that_others_refer_to_stays(house: House, order: dict[str, Any]) -> None:
    records = house.as_()
    line = order["lines"][0]
    records.create("crm.shipment", {"name": "s", "line": line["id"]})
    assert faults(lambda: records.update("crm.order", order["id"], {"lines": []}, version=None)) == [
        ("lines", "in_use")
    ]
    with pytest.raises(InUse) as caught:
        records.delete("crm.order_line", line["id"])
    assert [(name, count) for name, _, count in caught.value.by] == [("crm.shipment", 1)]
    with pytest.raises(InUse):
        records.delete("crm.order", order["id"])


def test_rows_that_may_only_be_read_may_be_sent_back_but_not_changed(house: House, order: dict[str, Any]) -> None:
    from sartor.metamodel.manifest import Grant
    from sartor.tests import manifests as m
    from sartor.tests.record_house import definitions

    plain = definitions()
    clerk = m.role("crm.clerk", crm__order=Grant(("read", "update"), {"lines": "read"}), crm__customer="read")
    house.publish(m.manifest(plain.entities, company=plain.company, roles=[clerk]))
    records = house.as_("crm.clerk")
    seen = records.get("crm.order", order["id"])
    assert records.update("crm.order", order["id"], {**seen, "currency": "USD"}, version=1)["version"] == 2
    first, *rest = seen["lines"]
    for lines, expected in (
        (rest, ("lines", "not_writable")),
        ([*seen["lines"], {"item": "x", "qty": 1}], ("lines", "not_writable")),
        ([{**first, "qty": "9"}, *rest], ("lines.0.qty", "not_writable")),
        ([*rest, first], ("lines", "not_writable")),
    ):
        assert expected in faults(
            lambda lines=lines: records.update("crm.order", order["id"], {"lines": lines}, version=None)
        )
    with pytest.raises(Forbidden):
        records.delete("crm.order_line", first["id"])


def test_rows_have_a_least_number(sqlite_house: House) -> None:
    from sartor.tests import manifests as m
    from sartor.tests.record_house import definitions

    plain = definitions()
    whole = plain.entities["crm.order"]
    lines = m.field("lines", "lines", of="crm.order_line", by="order", min=1, max=2, required=True)
    narrowed = type(whole)(
        whole.name, whole.label, whole.plural, whole.title, {**whole.fields, "lines": lines}, lifecycle=whole.lifecycle
    )
    sqlite_house.publish(m.manifest({**plain.entities, whole.name: narrowed}, company=plain.company))
    records = sqlite_house.as_()
    customer = records.create("crm.customer", {"name": "Acme"})["id"]
    three = [{"item": name, "qty": 1} for name in "abc"]
    assert faults(lambda: records.create("crm.order", {"customer": customer})) == [("lines", "too_few")]
    assert faults(lambda: records.create("crm.order", {"customer": customer, "lines": []})) == [("lines", "too_few")]
    assert faults(lambda: records.create("crm.order", {"customer": customer, "lines": three})) == [
        ("lines", "too_many")
    ]
    made = records.create("crm.order", {"customer": customer, "lines": three[:2]})
    assert records.update("crm.order", made["id"], {"currency": "USD"}, version=None)["version"] == 2
    with pytest.raises(Rejected):
        records.update("crm.order", made["id"], {"lines": []}, version=None)
