"""Two people at once: nobody's change is lost unseen, and what must hold holds whoever comes first."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest

from sartor.platform.query.query import Query
from sartor.platform.records.errors import Conflict, InUse, NotFound, RecordError, Rejected
from sartor.tests.record_house import House

pytestmark = pytest.mark.slow


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Run these at the same moment; what each answered or raised."""
    start, answers = Barrier(len(works)), [None] * len(works)

    def run(index: int, work: Callable[[], Any]) -> None:
        start.wait()
        try:
            answers[index] = work()
        except BaseException as trouble:  # noqa: BLE001 - told by the test
            answers[index] = trouble  # type: ignore[call-overload]

    threads = [Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_of_two_who_save_the_same_version_one_learns_of_the_conflict(house: House) -> None:
    made = house.as_().create("crm.customer", {"name": "Acme"})
    for version in range(1, 8):
        ann, bob = house.as_(user=1), house.as_(user=2)
        answers = at_once(
            lambda ann=ann, version=version: ann.update("crm.customer", 1, {"credit": version}, version=version),
            lambda bob=bob, version=version: bob.update("crm.customer", 1, {"score": version}, version=version),
        )
        assert sorted(type(answer) for answer in answers if isinstance(answer, RecordError)) == [Conflict]
    last = house.as_().get("crm.customer", made["id"])
    assert last["version"] == 8
    assert len(house.as_().history("crm.customer", made["id"])) == 8


def test_changes_of_rows_and_owner_do_not_get_in_each_others_way(house: House) -> None:
    records = house.as_()
    records.create("crm.customer", {"name": "Acme"})
    records.create("crm.order", {"customer": 1, "lines": [{"item": "a", "qty": 1}]})
    answers = at_once(
        *(
            lambda name=name: house.as_().create("crm.order_line", {"order": 1, "item": name, "qty": 1})
            for name in ("b", "c", "d", "e")
        ),
        lambda: house.as_().update("crm.order_line", 1, {"qty": 5}, version=None),
        lambda: house.as_().update("crm.order", 1, {"currency": "USD"}, version=None),
    )
    assert not [answer for answer in answers if isinstance(answer, BaseException)]
    order = house.as_().get("crm.order", 1)
    assert sorted(line["item"] for line in order["lines"]) == list("abcde")
    assert (order["total"], order["version"], order["currency"]) == (9, 7, "USD")


def test_a_value_that_must_be_unique_is_saved_once_however_many_try(house: House) -> None:
    for number in range(5):
        answers = at_once(
            *(
                lambda number=number: house.as_().create("crm.customer", {"name": "x", "tax_number": f"T{number}"})
                for _ in range(4)
            )
        )
        refused = [answer for answer in answers if isinstance(answer, BaseException)]
        assert len(refused) == 3
        for one in refused:
            assert isinstance(one, Rejected), one
            assert [(fault.path, fault.code) for fault in one.faults] == [("tax_number", "not_unique")]


def test_a_record_is_not_deleted_under_a_new_reference(house: House) -> None:
    for _ in range(6):
        id = house.as_().create("crm.customer", {"name": "x"})["id"]
        made, deleted = at_once(
            lambda id=id: house.as_().create("crm.order", {"customer": id}),
            lambda id=id: house.as_().delete("crm.customer", id),
        )
        if deleted is None:
            assert isinstance(made, Rejected), made
            assert [(fault.path, fault.code) for fault in made.faults] == [("customer", "unknown_record")]
        else:
            assert isinstance(deleted, InUse), deleted
            assert made["customer"] == id


def test_of_two_who_delete_one_finds_nothing(house: House) -> None:
    for _ in range(4):
        id = house.as_().create("crm.customer", {"name": "x"})["id"]
        answers = at_once(*(lambda id=id: house.as_().delete("crm.customer", id) for _ in range(2)))
        assert sorted(type(answer).__name__ for answer in answers) == ["NoneType", NotFound.__name__]
    assert house.as_().page("crm.customer", Query()).records == []


def test_a_step_is_taken_once(house: House) -> None:
    house.as_().create("crm.customer", {"name": "x"})
    for id in range(1, 5):
        house.as_().create("crm.order", {"customer": 1})
        answers = at_once(*(lambda id=id: house.as_().transition("crm.order", id, "submit") for _ in range(3)))
        taken = [answer for answer in answers if isinstance(answer, dict)]
        assert len(taken) == 1
        assert all(isinstance(answer, (dict, Rejected)) for answer in answers)
