"""The rules `date`, `datetime` and `time` of sample sets.

In: words such as `today-30d`, `order_date+5d`, `start_at+90m`. Out: days and moments between two of them, of the
company's calendar.
"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any

from ...metamodel.manifest import Field
from ...rules.sample_rules import DAY
from .draft import Draft, SampleFault
from .words import shifted

if TYPE_CHECKING:
    from .values import Making


def one_day(making: Making, draft: Draft, known: Field, rule: Any, said: Any) -> Any:
    """A day between `from` and `to`, not after `most`."""
    low = _moment(making, draft, known, said.get("from", "today"))
    high = _moment(making, draft, known, said.get("to", said.get("from", "today")))
    if low is None or high is None:
        return None
    first, last = _day(making, low), _day(making, high)
    if "most" in said and (most := _moment(making, draft, known, said["most"])) is not None:
        first, last = min(first, _day(making, most)), min(last, _day(making, most))
    return making.words.day(first, last)


def one_moment(making: Making, draft: Draft, known: Field, rule: Any, said: Any) -> Any:
    """A moment between two others, or on a day between two others within the `hours`; not after `most`."""
    low = _moment(making, draft, known, said.get("from", "today"))
    high = _moment(making, draft, known, said.get("to", said.get("from", "today")))
    if isinstance(low, datetime) and isinstance(high, datetime):
        quarters = max(0, int((high - low).total_seconds() // 900))
        value: Any = low + (high - low) * making.words.random.randint(0, quarters) / quarters if quarters else low
        value = value.replace(second=0, microsecond=0)
    else:
        day = one_day(making, draft, known, rule, said)
        value = None if day is None else making.words.hour_of(day, said.get("hours", (9, 18)))
    if value is not None and "most" in said:
        most = _moment(making, draft, known, said["most"])
        value = min(value, most) if isinstance(most, datetime) else value
    return value


def one_time(making: Making, draft: Draft, known: Field, rule: Any, said: Any) -> time:
    """A time of day between two others, in steps of minutes."""
    low, high = (time.fromisoformat(str(said[key])) for key in ("from", "to"))
    minutes = making.words.random.randint(low.hour * 60 + low.minute, high.hour * 60 + high.minute)
    step = int(said.get("step", 15))
    minutes -= minutes % step
    return time(minutes // 60, minutes % 60)


def _moment(making: Making, draft: Draft, known: Field, words: Any) -> date | datetime | None:
    """The day or moment that words mean: `today-30d`, `now`, `order_date+5d`, `start_at+90m`, `2026-01-31`."""
    match = DAY.fullmatch(str(words).strip())
    if match is None:
        raise SampleFault(
            draft.set_name, known.name, f'"{words}" is no day; write today-30d or a field, such as date+5d'
        )
    base = match["base"]
    start: Any
    if base in ("today", "now"):
        start = making.words.moment.today if base == "today" else making.words.moment.now
    elif base[0].isdigit():
        start = date.fromisoformat(base)
    else:
        start = making.path(draft, base)
    return shifted(start, match) if isinstance(start, date) else None


def _day(making: Making, value: date | datetime) -> date:
    return value.astimezone(making.words.moment.zone).date() if isinstance(value, datetime) else value
