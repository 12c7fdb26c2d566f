"""Bulk: many operations at once, with a result for each."""

from __future__ import annotations

import pytest

from sartor.platform.query.query import Query, sort_keys
from sartor.platform.records.errors import Conflict, Forbidden, InUse, NotFound, Rejected
from sartor.platform.records.records import Operation, Outcome
from sartor.tests.record_house import House


def told(outcomes: list[Outcome]) -> list[object]:
    return [outcome.done if outcome.error is None else type(outcome.error) for outcome in outcomes]


MIXED = [
    Operation("create", {"name": "a", "tax_number": "T1"}),
    Operation("create", {"name": "b", "tax_number": "T1"}),
    Operation("create", {"level": "unheard_of"}),
    Operation("update", {"level": "high"}, id=1, version=1),
    Operation("update", {"level": "mid"}, id=1, version=1),
    Operation("update", {"level": "high"}, id=99),
    Operation("delete", id=2),
    Operation("delete", id=3, version=7),
    Operation("delete", id=98),
    Operation("create", {"name": "c"}),
    Operation("rename", {"name": "c"}),
    Operation("update", {"name": "c"}),
]


@pytest.fixture
def three(house: House) -> House:
    for name in ("x", "y", "z"):
        house.as_().create("crm.customer", {"name": name})
    house.as_().create("crm.order", {"customer": 2})
    return house


def test_each_stands_alone_where_the_set_is_not_atomic(three: House) -> None:
    outcomes = three.as_().many("crm.customer", MIXED, atomic=False)
    assert told(outcomes) == [
        True, Rejected, Rejected, True, Conflict, NotFound, InUse, Conflict, NotFound, True, Rejected, Rejected,
    ]  # fmt: skip
    assert [(outcome.id, outcome.version) for outcome in outcomes[:4:3]] == [(4, 1), (1, 2)]
    found = three.as_().page("crm.customer", Query(sort=sort_keys(["id"]))).records
    assert [(one["name"], one["level"], one["code"]) for one in found] == [
        ("x", "high", "C202604-001"), ("y", "low", "C202604-002"), ("z", "low", "C202604-003"),
        ("a", "low", "C202604-004"), ("c", "low", "C202604-005"),
    ]  # fmt: skip


def test_all_or_none_where_it_is_atomic(three: House) -> None:
    outcomes = three.as_().many("crm.customer", MIXED, atomic=True)
    assert told(outcomes) == [
        False, Rejected, Rejected, False, Conflict, NotFound, InUse, Conflict, NotFound, False, Rejected, Rejected,
    ]  # fmt: skip
    assert len(three.as_().page("crm.customer", Query()).records) == 3
    assert three.as_().create("crm.customer", {"name": "n"})["code"] == "C202604-004", "numbers were given back"
    good = [MIXED[0], MIXED[3], Operation("delete", id=3)]
    assert told(three.as_().many("crm.customer", good, atomic=True)) == [True, True, True]


def test_the_same_record_may_be_changed_twice_in_turn(three: House) -> None:
    steps = [
        Operation("update", {"level": "high"}, id=1, version=1),
        Operation("update", {"level": "mid"}, id=1, version=2),
        Operation("delete", id=1, version=3),
        Operation("update", {"level": "mid"}, id=1),
    ]
    assert told(three.as_().many("crm.customer", steps, atomic=False)) == [True, True, True, NotFound]


def test_values_that_must_be_unique_are_compared_within_the_set_and_with_rows_that_change(three: House) -> None:
    three.as_().update("crm.customer", 1, {"tax_number": "T1"}, version=None)
    steps = [Operation("update", {"tax_number": "T2"}, id=1), Operation("create", {"name": "n", "tax_number": "T2"})]
    assert told(three.as_().many("crm.customer", steps, atomic=False)) == [True, Rejected]


def test_rows_on_their_own_may_be_changed_in_bulk(three: House) -> None:
    steps = [
        Operation("create", {"order": 1, "item": "a", "qty": 1}),
        Operation("create", {"order": 1, "item": "a", "qty": 1}),
        Operation("create", {"order": 9, "item": "a", "qty": 1}),
        Operation("update", {"qty": 5}, id=1, version=1),
        Operation("create", {"order": 1, "item": "b", "qty": 1}),
        Operation("delete", id=1),
    ]
    outcomes = three.as_().many("crm.order_line", steps, atomic=False)
    assert told(outcomes) == [True, Rejected, NotFound, True, True, True]
    order = three.as_().get("crm.order", 1)
    assert ([line["item"] for line in order["lines"]], order["total"]) == (["b"], 1)


def test_rights_are_asked_for_each_operation(three: House) -> None:
    steps = [Operation("create", {"name": "n"}), Operation("update", {"name": "n"}, id=1), Operation("delete", id=1)]
    assert told(three.as_("crm.reader").many("crm.customer", steps, atomic=False)) == [Forbidden] * 3
    with pytest.raises(NotFound):
        three.as_().many("crm.unheard_of", steps, atomic=False)
    with pytest.raises(Rejected):
        three.as_().many("crm.customer", steps * 2000, atomic=False)


def test_the_number_of_statements_does_not_grow_with_the_number_of_operations(three: House) -> None:
    def statements(count: int, first: int) -> int:
        creating = [
            Operation("create", {"name": f"n{i}", "tax_number": f"X{i}", "parent": 1, "owner": 2})
            for i in range(first, first + count)
        ]
        with three.statements() as seen:
            outcomes = three.as_().many("crm.customer", creating, atomic=True)
        assert all(outcome.done for outcome in outcomes)
        assert len({outcome.id for outcome in outcomes}) == count
        changing = [Operation("update", {"level": "mid"}, id=outcome.id) for outcome in outcomes]
        with three.statements() as more:
            assert all(outcome.done for outcome in three.as_().many("crm.customer", changing, atomic=True))
        with three.statements() as last:
            leaving = [Operation("delete", id=outcome.id) for outcome in outcomes]
            assert all(outcome.done for outcome in three.as_().many("crm.customer", leaving, atomic=True))
        return len(seen) + len(more) + len(last)

    assert statements(60, 100) <= statements(3, 0)


def test_the_ids_that_are_answered_are_those_of_the_rows(three: House) -> None:
    creating = [Operation("create", {"name": f"n{i:03}"}) for i in range(150)]
    outcomes = three.as_().many("crm.customer", creating, atomic=True)
    found = three.as_().page(
        "crm.customer", Query(limit=500, fields=("name", "code"), search="n", sort=sort_keys(["name"]))
    )
    assert [(one["id"], one["name"]) for one in found.records] == [
        (outcome.id, f"n{i:03}") for i, outcome in enumerate(outcomes)
    ]
    assert [one["code"] for one in found.records] == [f"C202604-{i:03}" for i in range(4, 154)]
