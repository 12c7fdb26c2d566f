"""Filters: every operator on every type, on both databases, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from sartor.platform.query.query import Condition, Query, conditions, sort_keys
from sartor.platform.records.errors import Rejected
from sartor.tests.record_house import House


@pytest.fixture
def full(house: House) -> House:
    """Three customers: Acme (much filled in), Élan (other values), Zoo (nothing but its name)."""
    records = house.as_(department=1)
    office = records.create("oa.department", {"name": "Office"})["id"]
    vip = records.create("crm.tag", {"name": "vip"})["id"]
    old = records.create("crm.tag", {"name": "old"})["id"]
    acme = records.create(
        "crm.customer",
        {
            "name": "Acme 100%", "tax_number": "T1", "level": "high", "channels": ["mail", "phone"], "owner": 1,
            "department": office, "since": "2026-03-02", "met_at": "2026-03-31T16:30:00Z", "credit": "10.50",
            "score": None, "active": True, "notes": "Straße_7", "address": {"city": "上海", "street": "Nanjing Rd"},
            "place": {"lat": "31.2", "lon": "121.4"}, "tags": [vip, old],
        },
    )  # fmt: skip
    elan = records.create(
        "crm.customer",
        {
            "name": "ÉLAN", "level": "low", "channels": ["shop"], "owner": 2, "department": None,
            "since": "2026-04-01", "met_at": "2026-04-01T15:59:59Z", "credit": "-3.00", "active": False,
            "parent": acme["id"], "tags": [old],
        },
    )  # fmt: skip
    zoo = {"name": "Zoo", "level": None, "owner": None, "department": None, "active": None}
    records.create("crm.customer", zoo)
    records.create("crm.contact", {"name": "Eve", "customer": elan["id"], "about": f"crm.customer/{acme['id']}"})
    lines = [{"item": "bolt", "qty": 2}, {"item": "nut", "qty": 10}]
    records.create("crm.order", {"customer": acme["id"], "lines": lines})
    records.create("crm.order", {"customer": elan["id"], "currency": "USD"})
    return house


def names(house: House, where: dict[str, Any], entity: str = "crm.customer", **more: Any) -> str:
    found = house.as_(department=1).page(entity, Query(where=conditions(where), sort=sort_keys(["id"]), **more))
    return " ".join(str(record.get("name") or record.get("number")).split()[0] for record in found.records)


EVERYBODY = "Acme ÉLAN Zoo"
CASES: list[tuple[dict[str, Any], str]] = [
    ({"name": "ÉLAN"}, "ÉLAN"),
    ({"name": "élan"}, ""),
    ({"name": {"ne": "ÉLAN"}}, "Acme Zoo"),
    ({"name": {"contains": "éla"}}, "ÉLAN"),
    ({"name": {"contains": "100%"}}, "Acme"),
    ({"name": {"contains": "1%0"}}, ""),
    ({"name": {"starts": "aC"}}, "Acme"),
    ({"name": {"starts": "cme"}}, ""),
    ({"name": {"gte": "Z"}}, "ÉLAN Zoo"),
    ({"notes": {"contains": "straße_"}}, "Acme"),
    ({"notes": {"starts": "%"}}, ""),
    ({"tax_number": None}, "ÉLAN Zoo"),
    ({"tax_number": {"empty": False}}, "Acme"),
    ({"tax_number": {"ne": "T1"}}, "ÉLAN Zoo"),
    ({"tax_number": {"in": ["T1", None]}}, EVERYBODY),
    ({"tax_number": {"not_in": ["T2"]}}, EVERYBODY),
    ({"tax_number": {"not_in": ["T1", None]}}, ""),
    ({"level": "high"}, "Acme"),
    ({"level": ["high", "low"]}, "Acme ÉLAN"),
    ({"level": {"not_in": ["low"]}}, "Acme Zoo"),
    ({"level": {"in": []}}, ""),
    ({"level": {"not_in": []}}, EVERYBODY),
    ({"channels": "phone"}, "Acme"),
    ({"channels": ["phone", "shop"]}, "Acme ÉLAN"),
    ({"channels": {"empty": True}}, "Zoo"),
    ({"owner": "current_user"}, "Acme"),
    ({"owner": {"ne": "current_user"}}, "ÉLAN Zoo"),
    ({"owner": {"in": ["current_user", 2]}}, "Acme ÉLAN"),
    ({"department": "current_department"}, "Acme"),
    ({"since": "2026-03-02"}, "Acme"),
    ({"since": "today"}, "ÉLAN"),
    ({"since": {"lt": "today"}}, "Acme"),
    ({"since": {"gte": "today-30d"}}, "Acme ÉLAN"),
    ({"since": {"gt": "today-30d"}}, "ÉLAN"),
    ({"since": {"lte": "today+7d"}}, "Acme ÉLAN"),
    ({"since": {"between": ["2026-03-01", "2026-03-31"]}}, "Acme"),
    ({"since": {"between": [None, "2026-03-31"]}}, "Acme"),
    ({"since": {"between": ["2026-03-03", ""]}}, "ÉLAN"),
    ({"met_at": "today"}, "Acme ÉLAN"),  # the first of April in Shanghai begins at 16:00 UTC
    ({"met_at": {"lt": "2026-04-01"}}, ""),
    ({"met_at": {"lte": "2026-04-01"}}, "Acme ÉLAN"),
    ({"met_at": {"gt": "2026-04-01"}}, ""),
    ({"met_at": {"ne": "2026-04-01"}}, "Zoo"),
    ({"met_at": {"gt": "now"}}, "ÉLAN"),
    ({"met_at": {"lte": "2026-04-01T00:30:00+08:00"}}, "Acme"),
    ({"met_at": {"between": ["today", "today"]}}, "Acme ÉLAN"),
    ({"met_at": {"in": ["2026-04-01", "2020-01-01T00:00:00Z"]}}, "Acme ÉLAN"),
    ({"credit": "10.5"}, "Acme"),
    ({"credit": {"gt": "10.499"}}, "Acme"),
    ({"credit": {"lt": "-2.995"}}, "ÉLAN"),
    ({"credit": "10.501"}, ""),
    ({"credit": {"ne": "10.501"}}, EVERYBODY),
    ({"credit": {"lt": "1e50"}}, "Acme ÉLAN"),
    ({"credit": {"gte": 0, "lt": 100}}, "Acme"),
    ({"credit": {"not_in": ["10.50"]}}, "ÉLAN Zoo"),
    ({"score": {"empty": True}}, EVERYBODY),
    ({"active": True}, "Acme"),
    ({"active": {"ne": "true"}}, "ÉLAN Zoo"),
    ({"active": {"empty": "1"}}, "Zoo"),
    ({"address": {"contains": "NANJING"}}, "Acme"),
    ({"address": {"contains": "上"}}, "Acme"),
    ({"address": {"empty": True}}, "ÉLAN Zoo"),
    ({"place": {"empty": False}}, "Acme"),
    ({"logo": {"empty": True}}, EVERYBODY),
    ({"tags": 1}, "Acme"),
    ({"tags": [1, 2]}, "Acme ÉLAN"),
    ({"tags": {"empty": True}}, "Zoo"),
    ({"tags.name": "old"}, "Acme ÉLAN"),
    ({"parent": 1}, "ÉLAN"),
    ({"parent.level": "high"}, "ÉLAN"),
    ({"parent.level": {"empty": True}}, "Acme Zoo"),
    ({"parent.name": {"contains": "acme"}}, "ÉLAN"),
    ({"department.name": "Office"}, "Acme"),
    ({"contacts.name": "Eve"}, "ÉLAN"),
    ({"contacts.about": {"entity": "crm.customer", "id": 1}}, "ÉLAN"),
    ({"id": [1, 3]}, "Acme Zoo"),
    ({"version": 1, "created_at": "today", "created_by": "current_user"}, EVERYBODY),
    ({"level": "high", "name": {"contains": "z"}}, ""),
]


def test_filters_find_what_they_say(full: House) -> None:
    for where, expected in CASES:
        assert names(full, where) == expected, where


def test_orders_are_found_by_their_rows(full: House) -> None:
    first, second = "SO202604-0001", "SO202604-0002"
    assert names(full, {"lines.item": "nut"}, "crm.order") == first
    assert names(full, {"lines.qty": {"gt": 10}}, "crm.order") == ""
    assert names(full, {"lines": {"empty": True}}, "crm.order") == second
    assert names(full, {"customer.level": "low", "currency": "USD"}, "crm.order") == second


def test_searching_finds_every_word_in_any_searched_field_without_regard_to_case(full: House) -> None:
    assert names(full, {}, search="élan") == "ÉLAN"
    assert names(full, {}, search="  100%   ACME ") == "Acme"
    assert names(full, {}, search="ACME c202604-001") == "Acme"
    assert names(full, {}, search="acme zoo") == ""
    assert names(full, {}, search="") == EVERYBODY
    assert names(full, {}, search="\x00") == EVERYBODY


def test_current_user_finds_nothing_where_nobody_is_logged_in(full: House) -> None:
    records = full.as_(user=None)
    for value in ("current_user", ["current_user"]):
        assert records.page("crm.customer", Query(where=conditions({"owner": value}))).records == []
    others = records.page("crm.customer", Query(where=conditions({"owner": {"ne": "current_user"}})))
    assert len(others.records) == 3


WRONG: list[tuple[Condition, str]] = [
    (Condition("unheard_of", "eq", 1), "unknown_field"),
    (Condition("parent.unheard_of", "eq", 1), "unknown_field"),
    (Condition("parent.parent.name", "eq", 1), "unknown_field"),
    (Condition("name.name", "eq", 1), "unknown_field"),
    (Condition("position", "eq", 1), "unknown_field"),
    (Condition("name", "like", "x"), "unknown_operator"),
    (Condition("level", "contains", "x"), "unknown_operator"),
    (Condition("place", "eq", "1,1"), "unknown_operator"),
    (Condition("contacts", "eq", 1), "unknown_operator"),
    (Condition("level", "eq", "unheard_of"), "not_an_option"),
    (Condition("credit", "gt", "much"), "not_number"),
    (Condition("credit", "gt", None), "no_value"),
    (Condition("credit", "gt", True), "not_number"),
    (Condition("score", "eq", 2**70), "not_integer"),
    (Condition("since", "eq", "2026-02-30"), "not_date"),
    (Condition("since", "gte", "today-999999d"), "not_date"),
    (Condition("met_at", "eq", "2026-01-01T00:00:00"), "not_datetime"),
    (Condition("since", "between", ["2026-01-01"]), "not_a_pair"),
    (Condition("tags", "eq", "x"), "not_integer"),
    (Condition("name", "eq", "a\x00b"), "control_character"),
    (Condition("active", "eq", "perhaps"), "not_boolean"),
    (Condition("name", "empty", "perhaps"), "not_boolean"),
    (Condition("name", "in", ["x"] * 1001), "too_many_values"),
    (Condition("name", "eq", {"a": 1}), "not_text"),
    (Condition("id", "in", [[1]]), "not_integer"),
]


def test_a_filter_that_does_not_fit_is_a_fault_at_its_field(sqlite_house: House) -> None:
    records = sqlite_house.as_()
    for condition, code in WRONG:
        with pytest.raises(Rejected) as caught:
            records.page("crm.customer", Query(where=(condition,)))
        assert [(fault.path, fault.code) for fault in caught.value.faults] == [(condition.field, code)], condition


def test_all_faults_of_a_query_come_at_once(sqlite_house: House) -> None:
    where = (Condition("unheard_of", "eq", 1), Condition("credit", "gt", "much"))
    with pytest.raises(Rejected) as caught:
        sqlite_house.as_().page("crm.customer", Query(where=where))
    assert [fault.code for fault in caught.value.faults] == ["unknown_field", "not_number"]


def test_conditions_are_read_from_the_shape_that_definitions_use() -> None:
    said = {"level": "a", "kind": ["a", "b"], "amount": {"gte": 1, "lt": 5}, "about": {"entity": "crm.x", "id": 1}}
    assert [(one.field, one.op) for one in conditions(said)] == [
        ("level", "eq"), ("kind", "in"), ("amount", "gte"), ("amount", "lt"), ("about", "eq"),
    ]  # fmt: skip
    with pytest.raises(Rejected):
        conditions({"amount": {"above": 1}})
