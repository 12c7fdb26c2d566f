"""Transitions: the only way from state to state, and what a state locks."""

from __future__ import annotations

from typing import Any

import pytest

from sartor.platform.records.errors import Conflict, Forbidden, NotFound, Rejected
from sartor.tests.record_house import House
from sartor.tests.test_record_saving import faults


@pytest.fixture
def order(house: House) -> dict[str, Any]:
    records = house.as_()
    records.create("crm.customer", {"name": "Acme"})
    records.create("crm.customer", {"name": "Other"})
    return records.create("crm.order", {"customer": 1, "lines": [{"item": "bolt", "qty": 1}]})


def test_a_step_changes_the_state_and_is_noted_by_its_name(house: House, order: dict[str, Any]) -> None:
    records = house.as_("crm.sales", "crm.boss", user=2)
    opened = records.transition("crm.order", order["id"], "submit", version=1)
    assert (opened["status"], opened["version"], opened["updated_by"]) == ("open", 2, 2)
    assert len(opened["lines"]) == 1
    entry = records.history("crm.order", order["id"])[0]
    assert (entry.action, entry.before, entry.after) == ("transition:submit", {"status": "draft"}, {"status": "open"})


def test_a_step_needs_its_state_its_roles_and_a_present_version(house: House, order: dict[str, Any]) -> None:
    sales = house.as_("crm.sales")
    with pytest.raises(Rejected) as caught:
        house.as_().transition("crm.order", order["id"], "finish")
    assert caught.value.faults[0].text() == "“Finish” is not possible while the record is “Draft”."
    assert faults(lambda: sales.transition("crm.order", order["id"], "unheard_of")) == [("", "unknown_transition")]
    assert faults(lambda: sales.transition("crm.customer", 1, "submit")) == [("", "unknown_transition")]
    with pytest.raises(Conflict):
        sales.transition("crm.order", order["id"], "submit", version=7)
    with pytest.raises(NotFound):
        sales.transition("crm.order", 99, "submit")
    sales.transition("crm.order", order["id"], "submit")
    with pytest.raises(Forbidden) as refused:
        sales.transition("crm.order", order["id"], "finish")
    assert refused.value.action == "transition:finish"
    assert house.as_("crm.boss").transition("crm.order", order["id"], "finish")["status"] == "closed"


def test_a_state_locks_the_fields_it_names(house: House, order: dict[str, Any]) -> None:
    records = house.as_()
    records.transition("crm.order", order["id"], "submit")
    assert faults(lambda: records.update("crm.order", order["id"], {"customer": 2}, version=None)) == [
        ("customer", "locked")
    ]
    assert (
        records.update("crm.order", order["id"], {"customer": 1, "currency": "USD"}, version=None)["currency"] == "USD"
    )
    records.update("crm.order", order["id"], {"lines": []}, version=None)


def test_a_locked_record_changes_in_no_way_but_by_a_step(house: House, order: dict[str, Any]) -> None:
    records = house.as_()
    records.transition("crm.order", order["id"], "submit")
    records.transition("crm.order", order["id"], "finish")
    seen = records.get("crm.order", order["id"])
    line = seen["lines"][0]["id"]
    for sent in (
        {"currency": "USD"},
        {"lines": []},
        {"lines": [{"id": line, "qty": 2}]},
        {"lines": [{"id": line}, {"item": "x", "qty": 1}]},
    ):
        name = next(iter(sent))
        assert faults(lambda sent=sent: records.update("crm.order", order["id"], sent, version=None)) == [
            (name, "locked")
        ]
    assert faults(lambda: records.update("crm.order_line", line, {"qty": 2}, version=None)) == [("lines", "locked")]
    assert faults(lambda: records.delete("crm.order_line", line)) == [("lines", "locked")]
    assert faults(lambda: records.create("crm.order_line", {"order": 1, "item": "x", "qty": 1})) == [
        ("lines", "locked")
    ]
    assert faults(lambda: records.delete("crm.order", order["id"])) == [("", "locked")]
    assert records.update("crm.order", order["id"], seen, version=None)["version"] == seen["version"]
    assert records.transition("crm.order", order["id"], "reopen")["status"] == "open"
    records.delete("crm.order", order["id"])


def test_a_lock_names_the_state_in_the_readers_words(house: House, order: dict[str, Any]) -> None:
    records = house.as_()
    records.transition("crm.order", order["id"], "submit")
    with pytest.raises(Rejected) as caught:
        records.update("crm.order", order["id"], {"customer": 2}, version=None)
    assert caught.value.faults[0].text() == "Customer cannot change while the record is “Open”."
