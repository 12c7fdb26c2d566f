"""Sequences: numbers in their format, without gaps, and none twice."""

from __future__ import annotations

from datetime import UTC, datetime
from threading import Barrier, Thread

import pytest

from sartor.platform.query.query import Query
from sartor.platform.records.errors import Rejected
from sartor.platform.records.records import Operation
from sartor.platform.records.sequences import Sequences, _parse
from sartor.tests.record_house import House


def test_the_counter_restarts_when_the_date_part_changes(house: House) -> None:
    def number(now: datetime) -> str:
        return str(house.as_(now=now).create("crm.customer", {"name": "x"})["code"])

    march, april = datetime(2026, 3, 31, 15, 59, tzinfo=UTC), datetime(2026, 3, 31, 16, 0, tzinfo=UTC)
    assert [number(march), number(march), number(april), number(march)] == [
        "C202603-001", "C202603-002", "C202604-001", "C202603-003",
    ]  # fmt: skip


def test_the_number_grows_beyond_its_zeros(house: House) -> None:
    customer = house.release.manifest.entities["crm.customer"]
    with house.database.write("acme") as connection:
        sequences = Sequences(house.release.tables.system)
        code, day = customer.fields["code"], datetime(2026, 4, 1, tzinfo=UTC).date()
        assert sequences.take(connection, customer, code, day, 998)[-1] == "C202604-998"
        assert sequences.take(connection, customer, code, day, 3) == ["C202604-999", "C202604-1000", "C202604-1001"]


def test_a_save_that_fails_gives_its_number_back(house: House) -> None:
    records = house.as_()
    records.create("crm.customer", {"name": "a", "tax_number": "T"})
    for _ in range(3):
        with pytest.raises(Rejected):
            records.create("crm.customer", {"name": "b", "tax_number": "T"})
    records.many("crm.customer", [Operation("create", {"name": "b"}), Operation("create", {})], atomic=True)
    assert records.create("crm.customer", {"name": "c"})["code"] == "C202604-002"


@pytest.mark.parametrize(
    ("template", "text", "expected"),
    [
        ("SO{yyyy}{mm}-{0000}", "SO202601-0007", ("SO202601-{0000}", 7)),
        ("SO{yyyy}{mm}-{0000}", "SO202601-12345", ("SO202601-{0000}", 12345)),
        ("SO{yyyy}{mm}-{0000}", "SO202601-007", None),
        ("SO{yyyy}{mm}-{0000}", "X", None),
        ("{00}/{yy}", "07/26", ("{00}/26", 7)),
        ("A.{000}", "AB001", None),
    ],
)
def test_numbers_that_were_loaded_are_understood(template: str, text: str, expected: object) -> None:
    assert _parse(template, text) == expected


@pytest.mark.slow
def test_many_threads_get_numbers_without_gaps_or_twins(house: House) -> None:
    threads, each, start = 6, 8, Barrier(6)
    troubles: list[BaseException] = []

    def work(number: int) -> None:
        records = house.as_(user=number % 3 + 1)
        start.wait()
        for index in range(each):
            try:
                if index % 4 == 3:  # undone: its number must come back
                    steps = [Operation("create", {"name": "x"}), Operation("create", {})]
                    records.many("crm.customer", steps, atomic=True)
                else:
                    records.create("crm.customer", {"name": f"{number}-{index}"})
            except BaseException as trouble:  # noqa: BLE001 - told by the main thread
                troubles.append(trouble)

    workers = [Thread(target=work, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert troubles == []
    codes = [record["code"] for record in house.as_().page("crm.customer", Query(limit=500, fields=("code",))).records]
    count = threads * each * 3 // 4
    assert sorted(codes) == [f"C202604-{number:03}" for number in range(1, count + 1)]
