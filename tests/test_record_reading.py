"""Reading: what comes along with records, and that its cost does not grow with their number."""

from __future__ import annotations

from decimal import Decimal

import pytest

from sartor.metamodel.manifest import Label
from sartor.platform.query.query import Page, Query, sort_keys
from sartor.platform.records.errors import NotFound
from sartor.platform.records.records import Operation
from sartor.tests import manifests as m
from sartor.tests.record_house import House, definitions


def fill(house: House, customers: int, first: int = 0) -> None:
    records = house.as_()
    if not first:
        for name in ("vip", "old"):
            records.create("crm.tag", {"name": name})
        records.create("oa.department", {"name": "Office"})
    for i in range(first, customers):
        owned = {"owner": i % 3 + 1, "tags": [1, 2][: i % 3]}
        records.create("crm.customer", {"name": f"c{i}", "department": 1, "parent": i or None, **owned})
    orders = [
        {"customer": i + 1, "lines": [{"item": f"i{n}", "qty": n} for n in range(i % 4)]}
        for i in range(first, customers)
    ]
    assert all(one.done for one in records.many("crm.order", [Operation("create", row) for row in orders], atomic=True))


def counted(house: House, entity: str, query: Query) -> tuple[Page, int]:
    with house.statements() as seen:
        page = house.as_().page(entity, query)
    return page, len(seen)


@pytest.mark.parametrize(
    ("entity", "query", "most"),
    [
        ("crm.customer", Query(count=True), 5),  # rows, count, tags, labels of tags, of customers and departments
        ("crm.customer", Query(fields=("name",)), 1),
        ("crm.customer", Query(fields=("name", "owner", "parent.name", "parent.owner")), 1),
        ("crm.order", Query(expand=("lines", "customer"), count=True, totals=(("total", "sum"),)), 10),
    ],
)
def test_the_number_of_statements_does_not_depend_on_the_number_of_records(
    house: House, entity: str, query: Query, most: int
) -> None:
    fill(house, 4)
    few, at_first = counted(house, entity, query)
    fill(house, 16, first=4)
    full, at_last = counted(house, entity, query)
    assert (len(few.records), len(full.records)) == (4, 16)
    assert at_last == at_first <= most + 1


def test_the_number_of_statements_does_not_depend_on_the_number_of_entities(sqlite_house: House) -> None:
    fill(sqlite_house, 3)
    _, before = counted(sqlite_house, "crm.customer", Query(count=True))
    plain = definitions()
    more = [m.entity(f"crm.extra_{i}", "name", m.field("customer", "ref", of="crm.customer")) for i in range(60)]
    everything = {**plain.entities, **{each.name: each for each in more}}
    sqlite_house.publish(m.manifest(everything, company=plain.company))
    _, after = counted(sqlite_house, "crm.customer", Query(count=True))
    assert after == before


def test_users_are_asked_for_once_and_remembered(sqlite_house: House) -> None:
    fill(sqlite_house, 9)
    sqlite_house.people._names.clear()
    sqlite_house.town.asked = 0
    page = sqlite_house.as_().page("crm.customer", Query(sort=sort_keys(["id"])))
    assert [record["$labels"]["owner"] for record in page.records[:3]] == ["Ann Lee", "Bob Ray", "蔡明"]
    sqlite_house.as_().page("crm.customer", Query())
    assert sqlite_house.town.asked == 1
    del sqlite_house.town.users[2]
    sqlite_house.people._names.clear()
    gone = sqlite_house.as_().get("crm.customer", 2)
    assert gone["$labels"]["owner"] == "#2"


def test_labels_stand_beside_values(house: House) -> None:
    fill(house, 3)
    record = house.as_().get("crm.customer", 3)
    assert record["tags"] == [1, 2]
    assert record["$labels"] == {
        "tags": ["vip", "old"], "department": "Office", "parent": "c1", "owner": "蔡明", "created_by": "Ann Lee",
        "updated_by": "Ann Lee",
    }  # fmt: skip
    contact = house.as_().create("crm.contact", {"name": "Eve", "about": {"entity": "crm.order", "id": 2}})
    assert contact["about"] == {"entity": "crm.order", "id": 2}
    assert contact["$labels"]["about"] == "SO202604-0002"


def test_a_path_of_one_hop_is_a_value_and_a_label_of_its_own(house: House) -> None:
    fill(house, 2)
    fields = ("customer.name", "customer.owner", "customer.credit")
    page = house.as_().page("crm.order", Query(fields=fields, sort=sort_keys(["-id"]), limit=1))
    (record,) = page.records
    assert set(record) == {"id", "version", *fields, "$labels"}
    assert record["customer.name"] == "c1"
    assert record["$labels"] == {"customer.owner": "Bob Ray"}


def test_expanding_brings_the_records_and_rows(house: House) -> None:
    fill(house, 3)
    order = house.as_().get("crm.order", 3, fields=("number",), expand=("customer", "lines"))
    assert order["$expanded"]["customer"]["name"] == "c2"
    assert order["$expanded"]["customer"]["$labels"]["owner"] == "蔡明"
    assert [line["qty"] for line in order["lines"]] == [Decimal(0), Decimal(1)]
    assert "order" not in order["lines"][0], "the rows need not name their owner"
    customer = house.as_().page("crm.customer", Query(expand=("tags", "parent"), sort=sort_keys(["id"]))).records
    assert [tag["name"] for tag in customer[2]["$expanded"]["tags"]] == ["vip", "old"]
    assert customer[0]["$expanded"] == {"tags": [], "parent": None}


def test_rows_come_with_one_record_but_with_a_page_only_when_asked_for(sqlite_house: House) -> None:
    fill(sqlite_house, 3)
    records = sqlite_house.as_()
    assert len(records.get("crm.order", 3)["lines"]) == 2
    assert "lines" not in records.get("crm.order", 3, lines=False)
    assert "lines" not in records.page("crm.order", Query()).records[0]
    assert "lines" in records.page("crm.order", Query(fields=("lines",))).records[0]


@pytest.mark.parametrize("id", [0, -1, 99, 2**63, True, "1"])
def test_what_is_not_there_is_not_found(sqlite_house: House, id: int) -> None:
    fill(sqlite_house, 1)
    for call in (sqlite_house.as_().get, sqlite_house.as_().history, sqlite_house.as_().delete):
        with pytest.raises(NotFound):
            call("crm.customer", id)


def test_a_record_is_called_by_the_title_of_the_readers_language(house: House) -> None:
    plain = definitions()
    customer = plain.entities["crm.customer"]
    fields = {**customer.fields, "name_zh": m.field("name_zh")}
    two = type(customer)(
        customer.name, Label({"*": "Customer"}), customer.plural, "name", fields, titles={"zh": "name_zh"}, owner=None
    )
    house.publish(m.manifest({**plain.entities, customer.name: two}, company=plain.company))
    house.as_().create("crm.customer", {"name": "Acme", "name_zh": "极致"})
    house.as_().create("crm.customer", {"name": "Only"})
    assert [house.as_(language=language).label("crm.customer", 1) for language in ("en", "zh")] == ["Acme", "极致"]
    assert house.as_(language="zh").label("crm.customer", 2) == "Only"
    assert house.as_(language="zh").label("crm.customer", 3) == "#3"


def test_options_are_found_by_text_and_by_value(house: House) -> None:
    fill(house, 3)
    records = house.as_()
    assert records.options("crm.order", "customer", "C1") == [(2, "c1", "C202604-002")]
    assert [option[1] for option in records.options("crm.order", "customer", "", limit=2)] == ["c0", "c1"]
    assert records.options("crm.order", "customer", values=[3, 99]) == [(3, "c2", ""), (99, "#99", "")]
    assert records.options("crm.customer", "owner", "b") == [(2, "Bob Ray", "bob")]
    assert records.options("crm.customer", "owner", values=[1]) == [(1, "Ann Lee", "")]
    assert records.options("crm.customer", "tags", "VI") == [(1, "vip", "")]
    about = records.options("crm.contact", "about", "c1")
    assert ({"entity": "crm.customer", "id": 2}, "c1", "C202604-002") in about


def test_options_keep_to_the_fields_own_condition(sqlite_house: House) -> None:
    plain = definitions()
    order = plain.entities["crm.order"]
    chosen = m.field("customer", "ref", of="crm.customer", required=True, where={"level": "high", "active": True})
    narrowed = type(order)(
        order.name,
        order.label,
        order.plural,
        order.title,
        {**order.fields, "customer": chosen},
        lifecycle=order.lifecycle,
    )
    sqlite_house.publish(m.manifest({**plain.entities, order.name: narrowed}, company=plain.company))
    records = sqlite_house.as_()
    for name, level, active in (("a", "high", True), ("b", "low", True), ("c", "high", False)):
        records.create("crm.customer", {"name": name, "level": level, "active": active})
    assert [option[1] for option in records.options("crm.order", "customer")] == ["a"]
