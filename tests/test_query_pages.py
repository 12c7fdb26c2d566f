"""Pages: orders, cursors, counts and totals."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sartor.metamodel.manifest import Manifest
from sartor.platform.query.query import Page, Query, conditions, sort_keys
from sartor.platform.records.errors import Rejected
from sartor.tests import manifests as m
from sartor.tests.record_house import House, build

# Sort keys by field, as Python sorts the values (None aside).
ORDERS = {
    "name": lambda value: value.casefold(),
    "plain": lambda value: value,
    "number": lambda value: value,
    "amount": lambda value: value,
    "day": lambda value: value,
    "level": ["high", "mid", "low"].index,
    "flag": lambda value: value,
    "id": lambda value: value,
}


def things() -> Manifest:
    return m.manifest(
        [
            m.entity(
                "crm.thing",
                m.field("name", required=True, search=True),
                m.field("plain", index=True),
                m.field("number", "integer", required=True, index=True),
                m.field("amount", "money"),
                m.field("day", "date"),
                m.field("level", "choice", options="high mid low"),
                m.field("flag", "boolean"),
                m.field("up", "ref", of="crm.thing"),
            )
        ]
    )


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def many(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """An empty table that every example fills anew."""
    folder: Path = tmp_path_factory.mktemp("pages")
    if request.param == "sqlite":
        house = build(f"sqlite:///{folder / 'control.db'}", folder, things())
        yield house
        house.database.close()
    else:
        server = request.getfixturevalue("postgresql_server")
        with server.database() as url:
            house = build(url, folder, things())
            yield house
            house.database.close()


def some(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "name": st.sampled_from(["a", "A", "b", "é", "É", "z", "上海"]),
            "plain": some(st.sampled_from(["x", "X", "y", "é"])),
            "number": st.integers(-1, 1),
            "amount": some(st.decimals("-1", "1", places=2)),
            "day": some(st.dates().filter(lambda day: day.year > 1)),
            "level": some(st.sampled_from(["high", "mid", "low"])),
            "flag": some(st.booleans()),
        }
    ),
    max_size=12,
)
SORT = st.lists(st.tuples(st.sampled_from(list(ORDERS)), st.booleans()), max_size=3, unique_by=lambda key: key[0])


def walk(house: House, sort: tuple[Any, ...], limit: int, *, back: bool) -> list[int]:
    """All ids, page by page: forward from the beginning, or backward from the end."""
    records = house.as_()
    page: Page = records.page("crm.thing", Query(sort=sort, limit=limit))
    while back and page.next is not None:
        page = records.page("crm.thing", Query(sort=sort, limit=limit, after=page.next))
    found = [record["id"] for record in page.records]
    cursor = page.previous if back else page.next
    while cursor is not None:
        query = Query(sort=sort, limit=limit, **({"before": cursor} if back else {"after": cursor}))
        page = records.page("crm.thing", query)
        ids = [record["id"] for record in page.records]
        assert ids, "a cursor leads to a page with records"
        found = ids + found if back else found + ids
        cursor = page.previous if back else page.next
    return found


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, keys=SORT, limit=st.integers(1, 5))
def test_the_pages_of_any_order_are_the_sorted_whole_in_both_directions(
    many: House, rows: list[dict[str, Any]], keys: list[tuple[str, bool]], limit: int
) -> None:
    table = many.release.tables.of("crm.thing")
    with many.database.write("acme") as connection:
        connection.execute(sa.delete(table))
    outcomes = many.as_().many("crm.thing", [create(row) for row in rows], atomic=True)
    whole = [{**row, "id": outcome.id} for row, outcome in zip(rows, outcomes, strict=True)]
    last = keys[-1][1] if keys else False
    for name, descending in reversed([*keys, ("id", last)]):
        order = ORDERS[name]
        there = [row for row in whole if row[name] is not None]
        there.sort(key=lambda row, name=name, order=order: order(row[name]), reverse=descending)
        whole = there + [row for row in whole if row[name] is None]
    expected = [row["id"] for row in whole]
    sort = sort_keys(("-" if descending else "") + name for name, descending in keys)
    assert walk(many, sort, limit, back=False) == expected
    assert walk(many, sort, limit, back=True) == expected


def create(row: dict[str, Any]) -> Any:
    from sartor.platform.records.records import Operation

    return Operation("create", row)


def test_a_reference_is_sorted_by_what_it_is_called(house: House) -> None:
    records = house.as_()
    for name, parent in (("b", None), ("a", None), ("x", 1), ("y", 2), ("z", None)):
        records.create("crm.customer", {"name": name, "parent": parent})
    query = Query(sort=sort_keys(["parent", "name"]), limit=2)
    first = records.page("crm.customer", query)
    second = records.page("crm.customer", Query(sort=query.sort, limit=3, after=first.next))
    assert [record["name"] for record in first.records + second.records] == ["y", "x", "a", "b", "z"]


def test_the_ends_have_no_cursor_beyond_them(sqlite_house: House) -> None:
    records = sqlite_house.as_()
    for name in "abc":
        records.create("crm.tag", {"name": name})
    first = records.page("crm.tag", Query(limit=2))
    assert (first.previous, first.next is not None) == (None, True)
    last = records.page("crm.tag", Query(limit=2, after=first.next))
    assert (last.previous is not None, last.next) == (True, None)
    back = records.page("crm.tag", Query(limit=2, before=last.previous))
    assert [record["name"] for record in back.records] == ["a", "b"]
    assert (back.previous, back.next is not None) == (None, True)
    whole = records.page("crm.tag", Query(limit=3))
    assert (whole.previous, whole.next) == (None, None)
    assert records.page("crm.tag", Query(limit=0, count=True)).count == 3


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(max_size=30)
    | st.binary(max_size=40).map(lambda source: base64.urlsafe_b64encode(source).decode())
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5), st.lists, max_leaves=6
    ).map(lambda value: base64.urlsafe_b64encode(json.dumps(value).encode()).decode())
)
def test_a_damaged_cursor_is_refused(many: House, cursor: str) -> None:
    with pytest.raises(Rejected) as caught:
        many.as_().page("crm.thing", Query(after=cursor))
    assert caught.value.faults[0].code in ("bad_cursor", "foreign_cursor")


def test_a_forged_cursor_of_the_right_order_never_breaks_the_database(many: House) -> None:
    records = many.as_()
    for name in "ab":
        records.create("crm.thing", {"name": name, "number": 1})
    texts = ["", "x", "1.005", "9" * 17, "9" * 30, "1e18", "1E-17", "NaN", "Infinity", "\x00", "\ud800"]
    values = [None, True, 0, -(2**63), 2**63, 1.5, "2026-01-01", "0001-01-01", "0000-01-01", [], {}, *texts]
    for name in ORDERS:
        sort = sort_keys([name])
        good = records.page("crm.thing", Query(sort=sort, limit=1)).next
        assert good is not None
        belongs, key = json.loads(base64.urlsafe_b64decode(good + "=" * (-len(good) % 4)))
        for value in values:
            forged = json.dumps([belongs, [value, *key[1:]]])
            for way in ("after", "before"):
                cursor = base64.urlsafe_b64encode(forged.encode()).decode()
                with suppress(Rejected):
                    records.page("crm.thing", Query(sort=sort, **{way: cursor}))


def test_a_cursor_of_another_order_or_entity_is_refused(sqlite_house: House) -> None:
    records = sqlite_house.as_()
    for name in "ab":
        records.create("crm.tag", {"name": name})
        records.create("oa.department", {"name": name})
    cursor = records.page("crm.tag", Query(sort=sort_keys(["name"]), limit=1)).next
    for entity, sort in (("crm.tag", ["-name"]), ("crm.tag", []), ("oa.department", ["name"])):
        with pytest.raises(Rejected) as caught:
            records.page(entity, Query(sort=sort_keys(sort), after=cursor))
        assert caught.value.faults[0].code == "foreign_cursor"


def test_an_order_of_columns_that_are_never_empty_is_read_from_its_index(many: House) -> None:
    records = many.as_()
    records.many("crm.thing", [create({"name": f"n{i}", "number": i}) for i in range(300)], atomic=True)
    for sort in (["number"], ["-number"], ["-created_at"]):
        first = records.page("crm.thing", Query(sort=sort_keys(sort), limit=2))
        with many.statements() as seen:
            records.page("crm.thing", Query(sort=sort_keys(sort), limit=2, after=first.next))
        assert ") < (" in seen[0] or ") > (" in seen[0], "compares whole rows, which an index can serve"
        assert "NULLS" not in seen[0]
    if many.database.dialect == "sqlite":
        table = many.release.tables.of("crm.thing").name
        with many.database.read("acme") as connection:
            plan = f"EXPLAIN QUERY PLAN SELECT id FROM {table} WHERE (number, id) > (5, 5) ORDER BY number, id LIMIT 3"
            told = " ".join(str(row) for row in connection.exec_driver_sql(plan))
        assert "SEARCH" in told
        assert "TEMP B-TREE" not in told


def test_counting_stops_at_ten_thousand(many: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sartor.platform.query.compiler.COUNTED", 3)
    monkeypatch.setattr("sartor.platform.records.reading.COUNTED", 3)
    table = many.release.tables.of("crm.thing")
    for rows, expected in ((3, (3, False)), (4, (3, True))):
        with many.database.write("acme") as connection:
            connection.execute(sa.delete(table))
        many.as_().many("crm.thing", [create({"name": "n", "number": i}) for i in range(rows)], atomic=True)
        page = many.as_().page("crm.thing", Query(count=True))
        assert (page.count, page.count_is_minimum) == expected


def test_totals_go_over_all_that_match_and_are_exact(house: House) -> None:
    records = house.as_()
    big = "9999999999999999.99"
    for name, credit in [(f"b{i}", big) for i in range(12)] + [("small", "0.01"), ("none", None)]:
        records.create(
            "crm.customer", {"name": name, "credit": credit, "score": 3 if credit else None, "since": "2026-01-02"}
        )
    totals = tuple(("credit" if function != "max" else "since", function) for function in ("sum",))
    page = records.page("crm.customer", Query(limit=1, totals=totals))
    assert page.totals == {"credit": Decimal(big) * 12 + Decimal("0.01")}
    for function, expected in (
        ("avg", Decimal("9230769230769230.76")), ("min", Decimal("0.01")), ("max", Decimal(big)), ("count", 13),
    ):  # fmt: skip
        assert records.page("crm.customer", Query(totals=(("credit", function),))).totals == {"credit": expected}
    few = records.page(
        "crm.customer", Query(where=conditions({"name": "none"}), totals=(("credit", "sum"), ("score", "avg")))
    )
    assert few.totals == {"credit": 0, "score": None}
    assert records.page("crm.customer", Query(totals=(("score", "sum"),))).totals == {"score": 39}


def test_amounts_in_several_currencies_are_totalled_apart(house: House) -> None:
    records = house.as_()
    customer = records.create("crm.customer", {"name": "a"})["id"]
    for currency, price in (("CNY", "2.00"), ("CNY", "3.00"), ("USD", "0.50")):
        lines = [{"item": "x", "qty": 1, "price": price}]
        records.create("crm.order", {"customer": customer, "currency": currency, "lines": lines})
    page = records.page("crm.order", Query(totals=(("total", "sum"),)))
    assert page.totals == {"total": {"CNY": Decimal("5.00"), "USD": Decimal("0.50")}}


@pytest.mark.parametrize(
    ("query", "path", "code"),
    [
        (Query(limit=501), "limit", "bad_limit"),
        (Query(limit=-1), "limit", "bad_limit"),
        (Query(after="x", before="y"), "before", "two_cursors"),
        (Query(sort=sort_keys(["notes"])), "notes", "not_sortable"),
        (Query(sort=sort_keys(["tags"])), "tags", "not_sortable"),
        (Query(sort=sort_keys(["contacts.name"])), "contacts.name", "not_sortable"),
        (Query(sort=sort_keys(["unheard_of"])), "unheard_of", "unknown_field"),
        (Query(sort=sort_keys("abcdef")), "sort", "too_many_keys"),
        (Query(fields=("unheard_of",)), "unheard_of", "unknown_field"),
        (Query(fields=("contacts",)), "contacts", "not_selectable"),
        (Query(fields=("contacts.name",)), "contacts.name", "not_selectable"),
        (Query(expand=("unheard_of",)), "unheard_of", "unknown_field"),
        (Query(totals=(("name", "sum"),)), "name", "not_summable"),
        (Query(totals=(("credit", "median"),)), "credit", "not_summable"),
        (Query(totals=(("unheard_of", "sum"),)), "unheard_of", "unknown_field"),
        (Query(where=conditions({"name": "x"}) * 51), "where", "too_many_conditions"),
    ],
)
def test_a_query_that_cannot_be_answered_says_why(sqlite_house: House, query: Query, path: str, code: str) -> None:
    with pytest.raises(Rejected) as caught:
        sqlite_house.as_().page("crm.customer", query)
    assert [(fault.path, fault.code) for fault in caught.value.faults] == [(path, code)]
