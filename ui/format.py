"""Values as people read them.

In: Python values of fields, a language, a company's zone and currency. Out: text. Exact: no value passes through a
float. Knows nothing of HTML; `cells` does.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale
from babel.dates import format_date, format_timedelta
from babel.numbers import get_currency_precision, get_currency_symbol, get_decimal_symbol, get_group_symbol

from ..metamodel.manifest import Company, Field

LOCALES = {"en": "en_US", "zh": "zh_Hans_CN"}
DATES = {"zh": "yyyy-MM-dd"}  # what Chinese business software writes; 2026年1月31日 is for letters
GROUPED_FROM = 10_000  # so that a year stays a year


class Formatter:
    """Formats for one reader in one company. Cheap to make."""

    def __init__(self, language: str, company: Company) -> None:
        self.language = language
        self.company = company
        self.locale = LOCALES.get(language, language)

    @cached_property
    def zone(self) -> ZoneInfo:
        """The company's time zone."""
        try:
            return ZoneInfo(self.company.time_zone)
        except (ZoneInfoNotFoundError, ValueError):
            return ZoneInfo("UTC")

    def number(self, value: Decimal | int, digits: int = 0) -> str:
        """A number with groups and this many digits after the point."""
        text = f"{value:,.{digits}f}"
        point, group = _symbols(self.locale)
        if (point, group) != (".", ","):
            text = text.replace(",", "\0").replace(".", point).replace("\0", group)
        return text

    def integer(self, value: int) -> str:
        """A whole number; groups only where it is long."""
        return self.number(value) if abs(value) >= GROUPED_FROM else str(value)

    def trimmed(self, value: Decimal, least: int = 0) -> str:
        """A number with only the digits after the point that say something, and at least these many."""
        return self.number(value, max(significant_scale(value), least))

    def money(self, value: Decimal, currency: str | None) -> str:
        """An amount with its currency's sign."""
        digits = _precision(currency) if currency else 2
        digits = max(digits, significant_scale(value))
        text = self.number(abs(value), digits)
        sign = "-" if value < 0 else ""
        return f"{sign}{_sign(currency, self.company.currency, self.locale)}{text}" if currency else f"{sign}{text}"

    def percent(self, value: Decimal) -> str:
        """A fraction in hundredths."""
        return f"{self.trimmed(value.scaleb(2))}%"

    def day(self, value: date) -> str:
        """A date."""
        return str(format_date(value, DATES.get(self.language, "medium"), locale=self.locale))

    def moment(self, value: datetime) -> str:
        """A moment, in the company's zone."""
        local = value.astimezone(self.zone)
        return f"{self.day(local.date())} {local:%H:%M}"

    def hour(self) -> int:
        """The hour that it is in the company's zone."""
        return datetime.now(self.zone).hour

    def time(self, value: time) -> str:
        """A time of day."""
        return f"{value:%H:%M:%S}" if value.second else f"{value:%H:%M}"

    def ago(self, value: datetime) -> str:
        """How long ago a moment was."""
        return str(format_timedelta(value - datetime.now(UTC), add_direction=True, locale=self.locale))

    def duration(self, seconds: int) -> str:
        """A length of time as hours and minutes."""
        hours, rest = divmod(abs(seconds), 3600)
        minutes, left = divmod(rest, 60)
        text = f"{hours}:{minutes:02d}" + (f":{left:02d}" if left else "")
        return f"-{text}" if seconds < 0 else text

    def size(self, count: int) -> str:
        """Bytes."""
        for unit, divisor in (("GB", 1024**3), ("MB", 1024**2), ("KB", 1024)):
            if count >= divisor:
                return f"{self.trimmed(round(Decimal(count) / divisor, 1))} {unit}"
        return f"{count} B"

    def country(self, code: str) -> str:
        """The name of a country from its ISO code; what is no code stays as it is."""
        return str(_territories(self.locale).get(code.upper(), code)) if len(code) == 2 else code

    def currency_of(self, field: Field, record: Mapping[str, Any]) -> str | None:
        """The currency of a money field of this record: an ISO code, or what the naming field shows."""
        said = field.settings.get("currency", "company")
        if isinstance(said, dict):
            return _named(said, record) or self.company.currency
        return self.company.currency if said == "company" else str(said)

    def unit_of(self, field: Field, record: Mapping[str, Any]) -> str:
        """The unit of a quantity field of this record."""
        said = field.settings.get("unit")
        if isinstance(said, dict):
            return _named(said, record) or ""
        return str(said or "")


def significant_scale(value: Decimal) -> int:
    """Digits after the point without trailing zeros."""
    _, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int) or exponent >= 0:
        return 0
    for digit in reversed(digits):
        if digit or exponent == 0:
            break
        exponent += 1
    return 0 if not any(digits) else max(-exponent, 0)


def _named(said: Mapping[str, str], record: Mapping[str, Any]) -> str | None:
    """What `{field: …}` names in the record, or `{owner: …}` in the record that owns this row."""
    name = said.get("field") or said["owner"]
    if "owner" in said:
        record = record.get("$owner") or {}
    label = (record.get("$labels") or {}).get(name)
    value = label or record.get(name)
    return str(value) if value not in (None, "") else None


@lru_cache(maxsize=64)
def _territories(locale: str) -> Mapping[str, str]:
    return Locale.parse(locale).territories


@lru_cache(maxsize=64)
def _symbols(locale: str) -> tuple[str, str]:
    known = Locale.parse(locale)
    return get_decimal_symbol(known), get_group_symbol(known)


@lru_cache(maxsize=512)
def _sign(currency: str, home: str, locale: str) -> str:
    """The sign of a currency. At home it is plain, as in `¥`; what would look like that says whose it is: `JP¥`."""
    symbol = _symbol(currency, locale)
    plain = _plain(_symbol(home, locale))
    if currency == home:
        symbol = plain
    elif symbol == plain:
        symbol = f"{currency[:2]}{symbol}"
    return f"{symbol} " if symbol.isalpha() else symbol


def _symbol(currency: str, locale: str) -> str:
    return str(get_currency_symbol(currency, locale=locale))


def _plain(symbol: str) -> str:
    """A sign without the letters of its country, if there is anything else to it."""
    return symbol.lstrip(string.ascii_uppercase) or symbol


@lru_cache(maxsize=512)
def _precision(currency: str) -> int:
    return int(get_currency_precision(currency))
