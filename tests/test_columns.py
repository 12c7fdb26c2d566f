"""Values come back from both databases exactly as they went in, and compare as they should."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal, localcontext
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sartor.metamodel.fields.base import Column
from sartor.platform.storage.columns import UtcDateTime, fold, folded, sql_type, text_type
from sartor.platform.storage.database import Database
from sartor.platform.storage.exact import Exact

D = Decimal
WIDEST = D("9999999999999999.99")
NEAR = D("0.04")  # few enough values that they meet
DECIMALS = (
    st.decimals(-NEAR, NEAR, places=2) | st.decimals(-WIDEST, WIDEST, places=2) | st.sampled_from([WIDEST, -WIDEST])
)
ANY = (
    st.decimals(-NEAR, NEAR, places=3)
    | st.decimals(-(10**25), 10**25, places=5)
    | st.sampled_from([10**16, -(10**16), 10**25, -(10**25)])
)
PLAIN = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)  # the table is emptied for each example

MONEY = sa.Table(
    "money", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True), sa.Column("amount", Exact(18, 2))
)


@pytest.fixture
def engine(database_url: str, tmp_path: Path) -> Iterator[sa.Engine]:
    database = Database(database_url, data=tmp_path)
    yield database.control
    database.close()


@pytest.fixture
def money(engine: sa.Engine) -> Iterator[sa.Connection]:
    with engine.begin() as connection:
        MONEY.create(connection)
        yield connection


def fill(connection: sa.Connection, values: list[Any]) -> None:
    connection.execute(sa.delete(MONEY))
    if values:
        connection.execute(sa.insert(MONEY), [{"amount": value} for value in values])


@PLAIN
@given(st.lists(DECIMALS, max_size=8))
def test_decimals_sums_and_order_are_exact(money: sa.Connection, values: list[D]) -> None:
    fill(money, values)
    amount = MONEY.c.amount
    assert money.execute(sa.select(amount).order_by(MONEY.c.id)).scalars().all() == values
    assert money.execute(sa.select(amount).order_by(amount)).scalars().all() == sorted(values)
    if sum(map(abs, values)) <= WIDEST:
        expected = sum(values, D(0)) if values else None
        assert money.execute(sa.select(sa.func.sum(amount))).scalar() == expected
    assert money.execute(sa.select(sa.func.max(amount))).scalar() == max(values, default=None)


@PLAIN
@given(st.lists(DECIMALS | st.none(), max_size=8), DECIMALS | ANY)
def test_comparisons_are_exact_with_numbers_that_the_column_cannot_hold(
    money: sa.Connection, values: list[D | None], other: D | int
) -> None:
    fill(money, values)
    amount = MONEY.c.amount

    def found(condition: sa.ColumnElement[bool]) -> list[D]:
        return list(money.execute(sa.select(amount).where(condition).order_by(MONEY.c.id)).scalars())

    known = [value for value in values if value is not None]
    assert found(amount < other) == [value for value in known if value < other]
    assert found(amount <= other) == [value for value in known if value <= other]
    assert found(amount > other) == [value for value in known if value > other]
    assert found(amount >= other) == [value for value in known if value >= other]
    assert found(amount == other) == [value for value in known if value == other]
    assert found(amount != other) == [value for value in known if value != other]
    assert found(sa.not_(amount == other)) == [value for value in known if value != other]
    assert found(amount.in_([other, D("1.00")])) == [value for value in known if value in (other, 1)]
    low, high = sorted((other, D("12.345")))
    assert found(amount.between(low, high)) == [value for value in known if low <= value <= high]
    assert found(~amount.between(low, high)) == [value for value in known if not low <= value <= high]


def test_a_decimal_comes_back_with_its_scale(money: sa.Connection) -> None:
    fill(money, [D("12.5"), 3, D("1E+2")])
    amounts = money.execute(sa.select(MONEY.c.amount).order_by(MONEY.c.id)).scalars().all()
    assert [str(amount) for amount in amounts] == ["12.50", "3.00", "100.00"]
    assert str(money.execute(sa.select(sa.func.sum(MONEY.c.amount))).scalar()) == "115.50"


def test_the_callers_decimal_context_does_not_matter(money: sa.Connection) -> None:
    with localcontext(prec=3):
        fill(money, [WIDEST])
        assert money.execute(sa.select(MONEY.c.amount)).scalar() == WIDEST


def test_literals_in_sql_are_exact(money: sa.Connection) -> None:
    fill(money, [D("12.34"), D("0.10")])
    statement = sa.select(MONEY.c.amount).where(MONEY.c.amount > D("0.1"))
    text = str(statement.compile(money.engine, compile_kwargs={"literal_binds": True}))
    assert money.exec_driver_sql(text).one() == money.exec_driver_sql("SELECT max(amount) FROM money").one()
    total = sa.func.coalesce(sa.func.sum(MONEY.c.amount), sa.literal(D("0.00"), MONEY.c.amount.type))
    assert money.execute(sa.select(total)).scalar() == D("12.44")
    assert money.execute(sa.select(MONEY.c.amount + D("1.01")).order_by(MONEY.c.id)).scalars().all() == [
        D("13.35"),
        D("1.11"),
    ]


@pytest.mark.parametrize("value", [D("1.005"), D("10000000000000000.00"), D("-10000000000000000"), D("NaN")])
def test_what_does_not_fit_is_refused_never_rounded(money: sa.Connection, value: D) -> None:
    with pytest.raises(sa.exc.StatementError, match=r"does not fit|is not a number"):
        fill(money, [value])


@pytest.mark.parametrize("value", [1.5, True, "1.5"])
def test_floats_and_texts_are_no_decimals(money: sa.Connection, value: object) -> None:
    with pytest.raises(sa.exc.StatementError, match="no Decimal"):
        fill(money, [value])
    with pytest.raises((TypeError, sa.exc.StatementError), match="no Decimal"):
        money.execute(sa.select(MONEY).where(MONEY.c.amount > value))


def test_what_a_column_cannot_keep_exact_is_refused(money: sa.Connection) -> None:
    finer = sa.column("rate", Exact(18, 4))
    for expression in (
        lambda: MONEY.c.amount * 2,
        lambda: 2 / MONEY.c.amount,
        lambda: MONEY.c.amount > finer,
        lambda: MONEY.c.amount + sa.column("count", sa.Integer()),
    ):
        with pytest.raises(TypeError, match="expression compiler"):
            expression()
    fill(money, [D("0.01"), D("0.02"), D("0.02")])
    with pytest.raises(ValueError, match="sum and count"):
        money.execute(sa.select(sa.func.avg(MONEY.c.amount, type_=MONEY.c.amount.type))).scalar()


VALUES: dict[str, tuple[Column, list[Any]]] = {
    "text": (Column("text", length=40), ["", "abc", "发票 ✓", "O'Neil", "a\nb"]),
    "long text": (Column("text"), ["x" * 100_000]),
    "integer": (Column("integer"), [0, -(2**63), 2**63 - 1]),
    "decimal": (Column("decimal", precision=9, scale=6), [D("-180.000000"), D("31.230400")]),
    "boolean": (Column("boolean"), [True, False]),
    "date": (Column("date"), [date(1, 1, 1), date(2026, 1, 31), date(9999, 12, 31)]),
    "datetime": (Column("datetime"), [datetime(2026, 1, 31, 9, 30, 0, 123456, UTC), datetime(1900, 1, 1, tzinfo=UTC)]),
    "time": (Column("time"), [time(9, 30), time(23, 59, 59, 999999)]),
    "json": (Column("json"), [{"a": [1, None, "é"]}, [], "text", 0, False]),
    "file": (Column("file"), ["0" * 32]),
    "user": (Column("user"), [7]),
}


@pytest.mark.parametrize("name", VALUES)
def test_every_kind_of_column_gives_back_what_was_put_in(engine: sa.Engine, name: str) -> None:
    column, values = VALUES[name]
    table = sa.Table("kept", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True))
    table.append_column(sa.Column("value", sql_type(column)))
    with engine.begin() as connection:
        table.create(connection)
        connection.execute(sa.insert(table), [{"value": value} for value in [*values, None]])
        found = connection.execute(sa.select(table.c.value).order_by(table.c.id)).scalars().all()
        assert found == [*values, None]
        assert [type(value) for value in found[:-1]] == [type(value) for value in values]
        assert connection.execute(sa.select(sa.func.count()).where(table.c.value.is_(None))).scalar() == 1


def test_an_unknown_kind_of_column_is_an_error() -> None:
    with pytest.raises(ValueError, match='no column kind "colour"'):
        sql_type(replace(Column("text"), kind="colour"))


def test_moments_keep_their_order_across_zones_and_lose_no_microsecond(engine: sa.Engine) -> None:
    table = sa.Table("at", sa.MetaData(), sa.Column("at", UtcDateTime))
    shanghai = timezone(timedelta(hours=8))
    moments = [
        datetime(2026, 1, 1, 7, 59, 59, 999999, shanghai),
        datetime(2026, 1, 1, tzinfo=UTC),
        datetime(2026, 1, 1, 0, 0, 0, 1, UTC),
        datetime(2026, 1, 1, 8, 1, tzinfo=shanghai),
    ]
    with engine.begin() as connection:
        table.create(connection)
        connection.execute(sa.insert(table), [{"at": moment} for moment in reversed(moments)])
        found = connection.execute(sa.select(table.c.at).order_by(table.c.at)).scalars().all()
        assert found == moments
        assert {moment.utcoffset() for moment in found} == {timedelta(0)}
        after = sa.select(sa.func.count()).where(table.c.at > moments[1])
        assert connection.execute(after).scalar() == 2
        text = str(after.compile(connection.engine, compile_kwargs={"literal_binds": True}))
        assert connection.exec_driver_sql(text.replace("%", "%%")).scalar() == 2
        with pytest.raises(sa.exc.StatementError, match="has no time zone"):
            connection.execute(sa.insert(table), {"at": datetime(2026, 1, 1)})  # noqa: DTZ001


def test_texts_sort_by_code_point(engine: sa.Engine) -> None:
    words = ["Zebra", "apple", "Éclair", "zoo", "发票", "_"]
    table = sa.Table("word", sa.MetaData(), sa.Column("word", text_type(20)))
    with engine.begin() as connection:
        table.create(connection)
        connection.execute(sa.insert(table), [{"word": word} for word in words])
        assert connection.execute(sa.select(table.c.word).order_by(table.c.word)).scalars().all() == sorted(words)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("ÉCOLE", "école"), ("Straße", "strasse"), ("ＡＢＣ１２", "abc12"), ("ﬁne", "fine"), ("İ", "i̇"), (None, None)],
)
def test_folding_forgets_case_and_width(text: str | None, expected: str | None) -> None:
    assert fold(text) == expected
    assert fold(fold(text)) == expected


@pytest.mark.parametrize("text", ["ÉCOLE", "ＡＢＣ１２", "ﬁne", "发票", "ΑΒΓ"])
def test_folding_in_sql_finds_what_folding_in_python_finds(engine: sa.Engine, text: str) -> None:
    with engine.connect() as connection:
        assert connection.execute(sa.select(folded(sa.literal(text)))).scalar() == fold(text)
