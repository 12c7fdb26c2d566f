"""What a database's constraint says, told in the terms of the definitions: the last line, when two save at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from sartor.platform.records.errors import InUse, Rejected
from sartor.platform.records.refusals import fault
from sartor.tests.record_house import NOW, House, build


def raw(name: str, **values: Any) -> dict[str, Any]:
    return {"version": 1, "created_at": NOW, "updated_at": NOW, "name": name, "name_fold": name, **values}


def insert(house: House, entity: str, *rows: dict[str, Any]) -> None:
    with house.database.write("acme") as connection:
        for row in rows:
            connection.execute(sa.insert(house.release.tables.of(entity)).values(row))


def violated(house: House, entity: str, *rows: dict[str, Any]) -> tuple[str, str]:
    with pytest.raises(IntegrityError) as caught:
        insert(house, entity, *rows)
    entities = house.release.manifest.entities.values()
    found = fault(caught.value, house.release.tables, entities, rows[-1])
    return found.path, found.code


def test_each_constraint_names_its_field(house: House) -> None:
    house.as_().create("oa.department", {"name": "o"})
    one = raw("a", tax_number="T", department=1)
    assert violated(house, "crm.customer", one, {**one, "name": "b"}) == ("tax_number", "not_unique")
    assert violated(house, "crm.customer", one, {**one, "tax_number": None}) == ("name", "not_unique")
    assert violated(house, "crm.customer", {**one, "name": None}) == ("name", "required")
    place = "parent" if house.database.dialect == "postgresql" else ""  # SQLite does not say which
    assert violated(house, "crm.customer", {**one, "parent": 99}) == (place, "unknown_record")


@pytest.fixture
def both(postgresql_url: str, tmp_path: Path) -> Iterator[House]:
    """PostgreSQL, where two transactions can be at work at once."""
    house = build(postgresql_url, tmp_path)
    yield house
    house.database.close()


def meanwhile(house: House, first: sa.Executable, second: Callable[[], Any]) -> Any:
    """`first` is done but not committed when `second` begins; it commits once `second` waits for it."""
    answer: list[Any] = []

    def run() -> None:
        try:
            answer.append(second())
        except Exception as trouble:  # noqa: BLE001 - looked at by the test
            answer.append(trouble)

    with house.database.write("acme") as connection:
        connection.execute(first)
        thread = Thread(target=run)
        thread.start()
        waiting = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        deadline = time.monotonic() + 20
        while not connection.execute(waiting).scalar() and time.monotonic() < deadline:
            time.sleep(0.02)
    thread.join(20)
    return answer[0]


def test_of_two_who_save_the_same_value_the_second_learns_which(both: House) -> None:
    both.as_().create("oa.department", {"name": "o"})
    table = both.release.tables.of("crm.customer")
    for column, sent, path in (
        ("tax_number", {"name": "b", "tax_number": "T"}, "tax_number"),
        ("name", {"name": "a", "department": 1}, "name"),
    ):
        first = sa.insert(table).values(raw("a", department=1, tax_number="T" if column == "tax_number" else None))
        answer = meanwhile(both, first, lambda sent=sent: both.as_().create("crm.customer", sent))
        assert isinstance(answer, Rejected), answer
        assert [(one.path, one.code) for one in answer.faults] == [(path, "not_unique")]
        with both.database.write("acme") as connection:
            connection.execute(sa.delete(table))


def test_a_reference_to_what_is_just_being_deleted_is_refused_at_its_field(both: House) -> None:
    records = both.as_()
    customer = records.create("crm.customer", {"name": "a"})["id"]
    table = both.release.tables.of("crm.customer")
    gone = sa.delete(table).where(table.c.id == customer)
    answer = meanwhile(both, gone, lambda: both.as_().create("crm.order", {"customer": customer}))
    assert isinstance(answer, Rejected), answer
    assert [(one.path, one.code) for one in answer.faults] == [("customer", "unknown_record")]


def test_a_record_that_has_just_come_in_use_names_who_uses_it(both: House) -> None:
    customer = both.as_().create("crm.customer", {"name": "a"})["id"]
    order = both.release.tables.of("crm.order")
    made = sa.insert(order).values(version=1, created_at=NOW, updated_at=NOW, customer=customer, status="draft")
    answer = meanwhile(both, made, lambda: both.as_().delete("crm.customer", customer))
    assert isinstance(answer, InUse), answer
    assert [(name, count) for name, _, count in answer.by] == [("crm.order", 1)]
