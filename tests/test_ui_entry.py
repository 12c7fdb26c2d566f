"""What people type and what they read: numbers, shares, moments, money, exact to the last digit."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sartor.metamodel.manifest import Company, Label
from sartor.tests import manifests as m
from sartor.ui.entry import entry_text, fraction_text, hundredths_text, moment_text, number_text, typed
from sartor.ui.format import Formatter, significant_scale

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("1,234.5", "1234.5"),
        ("1.234,50", "1234.50"),
        ("1 234,5", "1234.5"),
        ("１２３４", "1234"),
        ("1，234", "1234"),
        ("1,234", "1234"),
        ("1.234", "1.234"),
        ("1.234.567", "1234567"),
        ("12,5", "12.5"),
        ("−3", "-3"),
        ("1'234.50", "1234.50"),
        (".5", ".5"),
        ("many", "many"),
        ("1.2.3", "1.2.3"),
        ("", ""),
    ],
)
def test_numbers_are_read_as_people_of_any_country_write_them(text: str, plain: str) -> None:
    assert number_text(text) == plain


@pytest.mark.parametrize(
    ("text", "fraction"),
    [("12.5", "0.125"), ("12.5 %", "0.125"), ("100", "1.00"), ("0.05", "0.0005"), ("-3", "-0.03"), ("1,5", "0.015")],
)  # fmt: skip
def test_a_share_is_typed_in_hundredths(text: str, fraction: str) -> None:
    assert fraction_text(text) == fraction


@given(st.decimals(-(10**14), 10**14, places=4))
def test_a_share_survives_being_shown_and_typed_again(value: Decimal) -> None:
    assert Decimal(fraction_text(hundredths_text(f"{value:f}"))) == value


@given(st.decimals(-(10**14), 10**14, places=3), st.sampled_from(["decimal", "money", "quantity"]))
def test_a_number_survives_being_shown_in_its_control_and_typed_again(value: Decimal, kind: str) -> None:
    field = m.field("x", kind, scale=3)
    assert Decimal(typed(field, entry_text(field, value, SHANGHAI)[0], SHANGHAI)) == value


# Shanghai has had no summer time since 1991, so no hour comes twice
@given(st.integers(0, 50_000_000))
def test_a_moment_survives_being_shown_in_the_companys_zone(minutes: int) -> None:
    moment = datetime(1992, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    field = m.field("x", "datetime")
    again = typed(field, entry_text(field, moment, SHANGHAI)[0], SHANGHAI)
    assert datetime.fromisoformat(again) == moment


@given(st.integers(-(10**7), 10**7))
def test_a_duration_survives(seconds: int) -> None:
    field = m.field("x", "duration")
    assert field.kind.input(field, entry_text(field, seconds, SHANGHAI)[0]) == seconds


def test_what_is_no_moment_goes_on_as_typed_to_be_refused_with_a_sentence() -> None:
    assert moment_text("soon", SHANGHAI) == "soon"


def test_values_are_written_as_each_language_writes_them() -> None:
    company = Company("acme", Label({"*": "Acme"}), currency="CNY", time_zone="Asia/Shanghai")
    en, zh = Formatter("en", company), Formatter("zh", company)
    assert (en.money(Decimal("-1234.50"), "CNY"), zh.money(Decimal("1234.50"), "CNY")) == ("-¥1,234.50", "¥1,234.50")
    assert (en.money(Decimal("1200.00"), "JPY"), en.money(Decimal("1.2345"), "USD")) == ("JP¥1,200", "$1.2345")
    assert (zh.money(Decimal(5), "USD"), en.money(Decimal(5), "CAD"), en.money(Decimal(5), "CHF")) == (
        "US$5.00",
        "CA$5.00",
        "CHF 5.00",
    )
    assert Formatter("en", replace(company, currency="CAD")).money(Decimal(5), "CAD") == "$5.00"
    assert Formatter("en", replace(company, currency="CAD")).money(Decimal(5), "USD") == "US$5.00"
    assert (en.country("DE"), zh.country("de"), en.country("Atlantis")) == ("Germany", "德国", "Atlantis")
    assert (en.percent(Decimal("0.1250")), en.trimmed(Decimal("3.000")), en.integer(2026)) == ("12.5%", "3", "2026")
    assert (en.integer(1234567), en.number(Decimal("9" * 17 + ".10"), 2)) == ("1,234,567", "99,999,999,999,999,999.10")
    assert (en.day(date(2026, 1, 31)), zh.day(date(2026, 1, 31))) == ("Jan 31, 2026", "2026-01-31")
    moment = datetime(2026, 1, 31, 16, 30, tzinfo=UTC)
    assert (en.moment(moment), zh.moment(moment)) == ("Feb 1, 2026 00:30", "2026-02-01 00:30")
    assert (en.time(time(9, 30)), en.duration(5400), en.duration(-61), en.size(1_572_864)) == (
        "09:30",
        "1:30",
        "-0:01:01",
        "1.5 MB",
    )


@pytest.mark.parametrize(
    ("text", "digits"), [("0", 0), ("0.00", 0), ("1.50", 1), ("100", 0), ("1E+3", 0), ("0.0001", 4)]
)
def test_only_digits_that_say_something_are_counted(text: str, digits: int) -> None:
    assert significant_scale(Decimal(text)) == digits
