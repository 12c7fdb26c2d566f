"""Words, names and days for demo records.

In: a random source, a language, the rule of a field. Out: values that look like a company's own. Faker speaks English
and Chinese here; the same seed gives the same words on every machine and day.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

from ...metamodel.manifest import Field
from ..query.words import Moment

LOCALES = {"en": "en_US", "zh": "zh_CN"}
PLACES = {
    "zh": (
        ("北京市", "北京市", "朝阳区"), ("北京市", "北京市", "海淀区"), ("上海市", "上海市", "浦东新区"),
        ("上海市", "上海市", "闵行区"), ("广东省", "深圳市", "南山区"), ("广东省", "广州市", "天河区"),
        ("广东省", "东莞市", "松山湖"), ("江苏省", "苏州市", "工业园区"), ("江苏省", "南京市", "江宁区"),
        ("浙江省", "杭州市", "滨江区"), ("浙江省", "宁波市", "鄞州区"), ("山东省", "青岛市", "黄岛区"),
        ("四川省", "成都市", "武侯区"), ("湖北省", "武汉市", "洪山区"), ("陕西省", "西安市", "雁塔区"),
        ("重庆市", "重庆市", "渝北区"), ("福建省", "厦门市", "湖里区"), ("辽宁省", "大连市", "甘井子区"),
    ),
    "en": (
        ("US", "California", "San Jose"), ("US", "New York", "Brooklyn"), ("US", "Texas", "Austin"),
        ("US", "Washington", "Seattle"), ("US", "Illinois", "Chicago"), ("US", "Massachusetts", "Cambridge"),
        ("GB", "England", "Manchester"), ("GB", "England", "Bristol"), ("GB", "Scotland", "Glasgow"),
        ("DE", "Hamburg", "Hamburg"), ("DE", "Bavaria", "Munich"), ("DE", "Hesse", "Frankfurt am Main"),
        ("AU", "Victoria", "Melbourne"), ("AU", "New South Wales", "Sydney"), ("CA", "Ontario", "Toronto"),
        ("NL", "South Holland", "Rotterdam"), ("NL", "North Holland", "Amsterdam"), ("SG", "Singapore", "Singapore"),
    ),
}  # fmt: skip


@lru_cache(maxsize=4)
def faker(language: str) -> Any:
    """The source of words of one language; seeded anew before each record."""
    from faker import Faker  # takes a while to load

    return Faker(LOCALES.get(language, "en_US"))


class Words:
    """Draws values. One for each record, so that a record does not depend on those before it."""

    def __init__(self, seed: str, language: str, moment: Moment) -> None:
        self.random = random.Random(seed)  # noqa: S311 - demo records, not secrets
        self.language = language
        self.moment = moment
        self._seeded: dict[str, Any] = {}

    def fake(self, provider: str, arguments: Mapping[str, Any] | None = None, language: str = "") -> Any:
        """What Faker's provider says (`company`, `name`, `phone_number`), in the record's language."""
        tongue = language or self.language
        source = self._seeded.get(tongue)
        if source is None:
            source = self._seeded[tongue] = faker(tongue)
            source.seed_instance(self.random.getrandbits(32))
        if provider == "address":
            return self.address(source, tongue)
        return getattr(source, provider)(**dict(arguments or {}))

    def address(self, source: Any, language: str) -> dict[str, str]:
        """An address, as the field type address keeps it."""
        place = self.random.choice(PLACES[language if language in PLACES else "en"])
        if language == "zh":
            found = dict(zip(("province", "city", "district"), place, strict=True))
            found |= {"country": "CN", "street": f"{source.street_name()}{self.random.randint(1, 880)}号"}
        else:
            found = dict(zip(("country", "province", "city"), place, strict=True))
            found["street"] = source.street_address()
        return found | {"postcode": source.postcode()}

    def weighted(self, options: Mapping[Any, Any]) -> Any:
        """One of the keys, as often as their weights say."""
        keys = list(options)
        return self.random.choices(keys, [float(str(options[key])) for key in keys])[0]

    def several(self, options: Sequence[Any], low: int, high: int) -> list[Any]:
        """Some of the options, each once."""
        count = min(len(options), self.random.randint(low, max(low, high)))
        return self.random.sample(list(options), count)

    def number(self, low: Decimal, high: Decimal, step: Decimal, lean: str = "") -> Decimal:
        """A number from low to high in steps; `lean: low` makes small ones frequent, `high` large ones."""
        steps = int((high - low) / step)
        share = self.random.random()
        share = share**3 if lean == "low" else 1 - (1 - share) ** 3 if lean == "high" else share
        return low + step * min(steps, int(share * (steps + 1)))

    def day(self, low: date, high: date) -> date:
        """A day between two, both included."""
        return low + timedelta(days=self.random.randint(0, max(0, (high - low).days)))

    def hour_of(self, day: date, hours: Sequence[int]) -> datetime:
        """A moment of a day within these hours of the company's clock, at a quarter."""
        first, last = int(hours[0]), int(hours[-1])
        minutes = self.random.randrange(first * 60, max(first * 60 + 15, last * 60), 15)
        return datetime.combine(day, time(minutes // 60, minutes % 60), self.moment.zone).astimezone(UTC)

    def by_type(self, known: Field) -> Any:
        """A value for a field that needs one and has no rule."""
        return _BY_TYPE.get(known.type, _text)(self, known)


def rounded(value: Any, scale: int) -> Decimal:
    """A number as a field of this scale keeps it, halves away from zero."""
    return Decimal(str(value)).quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP)


def shifted(base: date | datetime, match: re.Match[str]) -> date | datetime:
    """The base, moved by what follows it in the words (`+5d`, `-90m`)."""
    if match["number"] is None:
        return base
    amount = int(match["number"]) * (-1 if match["sign"] == "-" else 1)
    unit = {"d": "days", "h": "hours", "m": "minutes"}[match["unit"]]
    return base + timedelta(**{unit: amount})


def _text(words: Words, known: Field) -> str:
    return str(words.fake("sentence", {"nb_words": 6})).rstrip("。.")[: known.settings.get("max") or 60]


def _number(words: Words, known: Field) -> Decimal:
    low = Decimal(str(known.settings.get("min") or 0))
    high = Decimal(str(known.settings.get("max") or max(low * 10, Decimal(1000))))
    return rounded(words.number(low, min(high, low + 1000), Decimal(1)), known.settings.get("scale", 0))


_BY_TYPE: dict[str, Callable[[Words, Field], Any]] = {
    "choice": lambda words, known: words.random.choice(list(known.options or {})),
    "choices": lambda words, known: words.several(list(known.options or {}), 1, 2),
    "boolean": lambda words, _: words.random.random() < 0.5,
    "date": lambda words, _: words.moment.today - timedelta(days=words.random.randint(0, 90)),
    "datetime": lambda words, _: words.moment.now - timedelta(minutes=15 * words.random.randint(0, 9000)),
    "time": lambda words, _: time(words.random.randint(8, 18)),
    "duration": lambda words, _: 900 * words.random.randint(1, 16),
    "integer": lambda words, known: int(_number(words, known)),
    "rating": lambda words, known: words.random.randint(1, known.settings.get("max", 5)),
    "decimal": _number,
    "money": _number,
    "quantity": _number,
    "percent": lambda words, _: rounded(words.random.random(), 2),
    "email": lambda words, _: words.fake("company_email", language="en"),
    "phone": lambda words, _: words.fake("phone_number"),
    "url": lambda words, _: words.fake("url", language="en"),
    "address": lambda words, _: words.fake("address"),
    "color": lambda words, _: words.fake("hex_color", language="en"),
    "geo_point": lambda words, _: {"lat": str(words.fake("latitude")), "lon": str(words.fake("longitude"))},
    "file": lambda _, known: f"{known.label.text('en')}.pdf",
    "json": lambda *_: {},
}
