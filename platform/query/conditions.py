"""Conditions: `field op value` as SQL.

In: a source, a target that the actor may read, an operator and a value as it came. Out: one SQL condition, or
Rejected with a sentence that names the field. Equality is null-safe (`ne` finds records without a value too); a day
compared with a moment means the whole day in the company's zone.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, false, or_, true

from ...metamodel.invalid import N_, Invalid
from ...metamodel.manifest import Condition, Field
from ..records.actor import Actor
from ..records.errors import Fault, Rejected
from .paths import Target
from .source import Source
from .text import contains, json_holds, json_text_contains, starts
from .words import Moment, day_of, resolved

MOST_VALUES = 1000
WORDS = ("current_user", "current_department")
TRUE = (True, "true", "1", 1)
FALSE = (False, "false", "0", 0)


@dataclass(frozen=True, slots=True)
class Day:
    """A whole day against a moment: from `start` up to, but not including, `end`."""

    start: datetime
    end: datetime


class Nobody:
    """`current_user` where nobody is logged in: equal to nothing."""


class Conditions:
    """Turns conditions into SQL for one actor at one moment."""

    def __init__(self, actor: Actor, moment: Moment) -> None:
        self.actor = actor
        self.moment = moment

    def compile(self, source: Source, target: Target, condition: Condition) -> ColumnElement[bool]:
        """The SQL of one condition. Raises Rejected where the operator or the value does not fit the field."""
        try:
            if target.to_many and target.hop is not None:
                table = source.beyond(target.hop)
                return source.any_of(target.hop, self._on(source, target, table, condition), table)
            return self._on(source, target, source.at(target), condition)
        except Invalid as invalid:
            raise Rejected([Fault.of(target.path, target.field.label, invalid)]) from None

    def _on(self, source: Source, target: Target, table: FromClause, condition: Condition) -> ColumnElement[bool]:
        field, op, value = target.field, condition.op, condition.value
        if op not in field.kind.operators:
            raise Invalid("unknown_operator", N_("{label} cannot be filtered this way."), operator=str(op)[:40])
        if op == "eq" and value in (None, "") and "empty" in field.kind.operators:
            op, value = "empty", True
        if op == "empty":
            return self._empty(source, target, table, as_flag(value))
        if field.type == "many" and target.hop is None:
            return self._many(source, field, op, value)
        if field.type == "choices":
            return or_(false(), *(json_holds(table.c[field.name], one) for one in self._operands(field, value)))
        if field.type == "any_ref":
            return self._any_ref(table, field, value)
        if op in ("contains", "starts"):
            return self._text(table, field, op, value)
        column = table.c[field.name]
        nullable = target.hop is not None or bool(getattr(column, "nullable", True))
        if op in ("in", "not_in"):
            return self._membership(column, nullable, op, self._operands(field, value))
        if op == "between":
            low, high = pair(value)
            ends = [
                compare(column, nullable, way, self._operand(field, end))
                for way, end in (("gte", low), ("lte", high))
                if end not in (None, "")
            ]
            return and_(true(), *ends)
        return compare(column, nullable, op, self._operand(field, value))

    def _empty(self, source: Source, target: Target, table: FromClause, wanted: bool) -> ColumnElement[bool]:
        field = target.field
        if field.type in ("many", "lines"):
            if target.hop is not None:
                raise Invalid("unknown_operator", N_("{label} cannot be filtered this way."), operator="empty")
            found = source.any_of(field, None, source.beyond(field))
            return ~found if wanted else found
        first = field.name + field.kind.columns(field)[0].suffix
        column = table.c[first]
        return column.is_(None) if wanted else column.is_not(None)

    def _many(self, source: Source, field: Field, op: str, value: Any) -> ColumnElement[bool]:
        keys = [key for key in self._operands(field, value) if isinstance(key, int)]
        if not keys:
            return false()
        table = source.beyond(field)
        return source.any_of(field, table.c.id.in_(keys), table)

    def _any_ref(self, table: FromClause, field: Field, value: Any) -> ColumnElement[bool]:
        named = field.kind.operand(field, value)
        return and_(table.c[f"{field.name}_entity"] == named["entity"], table.c[f"{field.name}_id"] == named["id"])

    def _text(self, table: FromClause, field: Field, op: str, value: Any) -> ColumnElement[bool]:
        text = field.kind.operand(field, value)
        if text is None:
            return true()
        if field.type == "address":
            return json_text_contains(table.c[field.name], text)
        return contains(table, field.name, text) if op == "contains" else starts(table, field.name, text)

    def _membership(
        self, column: ColumnElement[Any], nullable: bool, op: str, operands: list[Any]
    ) -> ColumnElement[bool]:
        with_null = None in operands
        special = [one for one in operands if isinstance(one, (Day, Nobody))]
        plain = [one for one in operands if one is not None and not isinstance(one, (Day, Nobody))]
        parts: list[ColumnElement[bool]] = [column.in_(plain)] if plain else []
        parts += [compare(column, nullable, "eq", one) for one in special]
        if op == "in":
            return or_(false(), *parts, *([column.is_(None)] if with_null else []))
        outside: list[ColumnElement[bool]] = [column.not_in(plain)] if plain else []
        outside += [compare(column, False, "ne", one) for one in special]
        if with_null:
            return and_(column.is_not(None), *outside)
        return or_(column.is_(None), and_(true(), *outside)) if nullable else and_(true(), *outside)

    def _operands(self, field: Field, value: Any) -> list[Any]:
        values = value if isinstance(value, (list, tuple)) else [value]
        if len(values) > MOST_VALUES:
            raise Invalid("too_many_values", N_("{label} can be compared with at most {max} values."), max=MOST_VALUES)
        return [self._operand(field, one) for one in values]

    def _operand(self, field: Field, value: Any) -> Any:
        known = resolved(field, value, self.actor, self.moment)
        if known is None:
            return Nobody() if value in WORDS else None
        if field.type == "datetime" and (day := day_of(known, self.moment)) is not None:
            return Day(self.moment.start(day), self.moment.end(day))
        return field.kind.operand(field, known)


def compare(column: ColumnElement[Any], nullable: bool, op: str, operand: Any) -> ColumnElement[bool]:
    """`column op operand`, where the operand may be a value or a whole day."""
    if operand is None:
        raise Invalid("no_value", N_("{label} needs a value to be compared with."))
    if isinstance(operand, Nobody):
        return true() if op == "ne" else false()
    of_day, of_value = COMPARISONS[op]
    found = of_day(column, operand) if isinstance(operand, Day) else of_value(column, operand)
    return or_(found, column.is_(None)) if op == "ne" and nullable else found


Comparison = Callable[[Any, Any], ColumnElement[bool]]
COMPARISONS: dict[str, tuple[Comparison, Comparison]] = {  # with a day, with a value
    "eq": (lambda c, d: and_(c >= d.start, c < d.end), operator.eq),
    "ne": (lambda c, d: or_(c < d.start, c >= d.end), operator.ne),
    "lt": (lambda c, d: c < d.start, operator.lt),
    "lte": (lambda c, d: c < d.end, operator.le),
    "gt": (lambda c, d: c >= d.end, operator.gt),
    "gte": (lambda c, d: c >= d.start, operator.ge),
}


def as_flag(value: Any) -> bool:
    """true or false, from JSON or from a form."""
    if value in TRUE:
        return True
    if value in FALSE:
        return False
    raise Invalid("not_boolean", N_("Whether {label} is empty must be true or false."))


def pair(value: Any) -> tuple[Any, Any]:
    """Two ends, of which one may be open."""
    if not isinstance(value, (list, tuple)) or len(value) != 2:
        raise Invalid("not_a_pair", N_("{label} must lie between two values."))
    return value[0], value[1]
