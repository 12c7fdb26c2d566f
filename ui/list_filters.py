"""Filters as people meet them: the panel that makes one, the chips that say which are in force.

In: the state of a list, what was picked in the panel. Out: fields, ways to compare in words, controls, chips. Which
operators a field has is its type's answer; here they only get words.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from ..metamodel.fields.date import as_date
from ..metamodel.invalid import N_, Invalid
from ..metamodel.manifest import Field
from ..metamodel.system_fields import SYSTEM
from .cells import Cells
from .entry import id_of
from .list_state import Filter, ListState, paths_of
from .visit import Visit

WORDS = {
    "eq": N_("is"),
    "ne": N_("is not"),
    "in": N_("is one of"),
    "not_in": N_("is none of"),
    "contains": N_("contains"),
    "starts": N_("starts with"),
    "lt": N_("is less than"),
    "lte": N_("is at most"),
    "gt": N_("is more than"),
    "gte": N_("is at least"),
    "between": N_("is between"),
    "empty": N_("is empty"),
    "filled": N_("is not empty"),
}
TIMES = {
    "eq": N_("is on"),
    "ne": N_("is not on"),
    "lt": N_("is before"),
    "lte": N_("is on or before"),
    "gt": N_("is after"),
    "gte": N_("is on or after"),
    "between": N_("is between"),
}
OPTIONS = ("choice", "choices")
RECORDS = ("ref", "department", "user", "many")
ORDERS = {
    "text": ("contains", "eq", "starts", "ne", "empty", "filled"),
    "option": ("in", "not_in", "empty", "filled"),
    "record": ("in", "not_in", "empty", "filled"),
    "day": ("between", "eq", "lt", "gt", "gte", "lte", "empty", "filled"),
    "number": ("between", "eq", "gte", "lte", "gt", "lt", "ne", "empty", "filled"),
    "boolean": ("eq",),
    "other": ("contains", "eq", "empty", "filled"),
}
DAYS = {
    "today": N_("Today"),
    "today-1d": N_("Yesterday"),
    "today-7d": N_("7 days ago"),
    "today-30d": N_("30 days ago"),
    "today-90d": N_("90 days ago"),
    "today+7d": N_("In 7 days"),
    "today+30d": N_("In 30 days"),
}


@dataclass(frozen=True)
class Chip:
    """A filter in force, in words, and the address without it."""

    field: str
    way: str
    value: str
    gone: str


def family(field: Field) -> str:
    """Which kind of filter a field gets."""
    if field.type in OPTIONS:
        return "option"
    if field.type in RECORDS:
        return "record"
    if field.type in ("date", "datetime"):
        return "day"
    if field.type in ("integer", "decimal", "money", "percent", "quantity", "rating", "duration", "time"):
        return "number"
    if field.type == "boolean":
        return "boolean"
    return "text" if "starts" in field.kind.operators else "other"


def filterable(state: ListState) -> list[Field]:
    """The fields that the panel offers."""
    access, name = state.visit.access, state.entity.name
    own = [field for field in state.entity.fields.values() if not field.hidden and field.type != "any_ref"]
    times = [SYSTEM[one] for one in ("created_at", "created_by", "updated_at", "updated_by")]
    return [field for field in (*own, *times) if field.kind.operators and access.field(name, field.name) != "none"]


def ways(field: Field, visit: Visit) -> list[tuple[str, str]]:
    """The operators of a field with their words."""
    known = (*field.kind.operators, *(("filled",) if "empty" in field.kind.operators else ()))
    return [(op, visit.say(word(field, op))) for op in ORDERS[family(field)] if op in known]


def word(field: Field, op: str) -> str:
    """An operator in words."""
    return TIMES[op] if family(field) == "day" and op in TIMES else WORDS[op]


def chips(state: ListState) -> Iterator[Chip]:
    """The filters in force."""
    for one in state.filters:
        target = paths_of(state.visit).target(state.entity, one.path)
        if target is None:
            continue
        label = state.visit.text(target.field.label)
        if target.hop is not None:
            label = f"{state.visit.text(target.hop.label)} · {label}"
        op = "filled" if one.op == "empty" and one.values[0] == "false" else one.op
        value = "" if op in ("empty", "filled") else value_text(state, target.field, one)
        yield Chip(label, state.visit.say(word(target.field, op)), value, state.without(one))


def value_text(state: ListState, field: Field, one: Filter) -> str:
    """The values of a filter as people read them."""
    texts = [_text(state.visit, field, value) for value in one.values]
    if one.op == "between":
        low, high = (*texts, "", "")[:2]
        return f"{low or '…'} – {high or '…'}"
    return ", ".join(texts)


def _text(visit: Visit, field: Field, value: str) -> str:
    if value == "current_user":
        return visit.say(N_("Me"))
    if value == "current_department":
        return visit.say(N_("My department"))
    if field.type in ("date", "datetime") and value.startswith("today"):
        return visit.say(DAYS[value]) if value in DAYS else value
    if field.type == "percent":
        return f"{value}%"
    if field.type == "boolean":
        return visit.say(N_("Yes")) if value == "true" else visit.say(N_("No"))
    number = id_of(value)
    if field.type == "user" and number is not None:
        return visit.records.scope.people.names([number]).get(number, f"#{number}")
    if field.type in ("ref", "department", "many") and number is not None:
        return visit.records.label(field.settings["of"], number)
    if field.type == "date" and (known := _day(value)) is not None:
        return Cells(visit).cell(field, {field.name: known}).text
    option = (field.options or {}).get(value)
    return visit.text(option.label) if option is not None else value


def _day(text: str) -> date | None:
    try:
        return as_date(text)
    except Invalid:  # of several values some may not be asked for, and are not looked at before
        return None
