"""Special words in conditions and defaults: current_user, current_department, today, now, today-30d, today+7d.

In: a word, the type of the field it stands for, the actor, one moment. Out: a Python value. The moment is bound once
for a request, so that two conditions of one query agree about the day; days are those of the company's time zone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ...metamodel.manifest import Field
from ..records.actor import Actor

DAY = re.compile(r"today\s*(?:([+-])\s*(\d{1,5})\s*d)?")
ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class Moment:
    """One moment, and the calendar of the company in which it lies."""

    now: datetime
    zone_name: str = "UTC"

    @cached_property
    def zone(self) -> ZoneInfo:
        try:
            return ZoneInfo(self.zone_name)
        except (ZoneInfoNotFoundError, ValueError):
            return ZoneInfo("UTC")

    @cached_property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    def start(self, day: date) -> datetime:
        """The first moment of a day in the company's zone, in UTC; clamped at the ends of the calendar."""
        try:
            return datetime.combine(day, time(), self.zone).astimezone(UTC)
        except OverflowError:
            return datetime.combine(day, time(), UTC)

    def end(self, day: date) -> datetime:
        """The first moment after a day."""
        return self.start(day + timedelta(days=1)) if day < date.max else datetime.max.replace(tzinfo=UTC)


def day_of(value: Any, moment: Moment) -> date | None:
    """The day that a word or an ISO date means, or None where it is neither."""
    if type(value) is date:
        return value
    if not isinstance(value, str):
        return None
    match = DAY.fullmatch(value.strip())
    if match is not None:
        days = int(match[2] or 0)
        try:
            return moment.today + timedelta(days=-days if match[1] == "-" else days)
        except OverflowError:
            return None
    if ISO_DAY.fullmatch(value.strip()):
        try:
            return date.fromisoformat(value.strip())
        except ValueError:
            return None
    return None


def resolved(field: Field, value: Any, actor: Actor, moment: Moment) -> Any:
    """The value that a word means for a field of this type; every other value, as it is."""
    if not isinstance(value, str):
        return value
    if field.type == "user" and value == "current_user":
        return actor.user_id
    if field.type in ("ref", "department") and value == "current_department":
        return actor.department
    if field.type == "datetime" and value == "now":
        return moment.now
    if field.type == "time" and value == "now":
        return moment.now.astimezone(moment.zone).time().replace(microsecond=0)
    if field.type in ("date", "datetime") and value.startswith("today"):
        day = day_of(value, moment)
        return value if day is None else day
    return value
