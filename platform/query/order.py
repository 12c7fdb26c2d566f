"""Order: sort keys as SQL, and pages by key instead of by number.

In: a source, the targets to sort by, a cursor. Out: expressions to order by, and the condition for what comes after
(before) the record that the cursor names. Empty values come last whatever the direction; the record's id ends every
order, so that no two records are equal. A page deep down costs what the first one costs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, and_, case, false, literal, or_, tuple_, type_coerce

from ...metamodel.invalid import N_
from ...metamodel.manifest import Field, SortKey
from ..records.errors import Fault, Rejected
from ..storage.exact import Exact
from .paths import Paths, Target
from .query import MOST_SORT_KEYS
from .source import Source

KINDS = {"reference": "integer", "user": "integer"}


@dataclass(frozen=True, slots=True)
class Key:
    """One key of an order. `kind` is the kind of its values, as a cursor writes them."""

    expression: ColumnElement[Any]
    kind: str
    descending: bool
    nullable: bool

    def holds(self, value: Any) -> bool:
        """Whether the column could hold the value: a cursor from outside may say anything."""
        kind = self.expression.type
        if value is None or not isinstance(kind, Exact):
            return value is not None or self.nullable
        digits = kind.digits(value)
        return digits is not None and abs(digits) < 10**kind.precision

    def clause(self, backward: bool) -> ColumnElement[Any]:
        """For ORDER BY. A key that is never empty is left plain, so that an index can serve it."""
        descending = self.descending != backward
        ordered = self.expression.desc() if descending else self.expression.asc()
        if not self.nullable:
            return ordered
        return ordered.nulls_first() if backward else ordered.nulls_last()

    def beyond(self, value: Any, backward: bool) -> ColumnElement[bool]:
        """What lies strictly beyond a value in the direction of reading."""
        if value is None:
            return self.expression.is_not(None) if backward else false()
        bound = literal(value, self.expression.type)
        further = self.expression < bound if self.descending != backward else self.expression > bound
        return or_(further, self.expression.is_(None)) if self.nullable and not backward else further

    def same(self, value: Any) -> ColumnElement[bool]:
        """What equals a value."""
        if value is None:
            return self.expression.is_(None)
        return self.expression == literal(value, self.expression.type)


def keys(source: Source, paths: Paths, sort: Sequence[SortKey]) -> tuple[Key, ...]:
    """The keys of an order, with the id at its end. Raises Rejected for what cannot be sorted by."""
    if len(sort) > MOST_SORT_KEYS:
        message = N_("Sort by at most {max} fields.")
        raise Rejected([Fault("sort", "too_many_keys", message, {"max": MOST_SORT_KEYS})])
    found: list[Key] = []
    seen: set[str] = set()
    for one in sort:
        target = paths.required(source.entity, one.path)
        if target.path in seen:
            continue
        seen.add(target.path)
        found.append(_key(source, paths, target, one.descending))
        if target.path == "id":
            return tuple(found)
    descending = found[-1].descending if found else False
    return (*found, Key(source.table.c.id, "integer", descending, False))


def _key(source: Source, paths: Paths, target: Target, descending: bool) -> Key:
    field = target.field
    if target.to_many or not field.kind.sortable or not field.kind.columns(field):
        raise Rejected([Fault(target.path, "not_sortable", N_("{label} cannot be sorted by."), {"label": field.label})])
    table = source.at(target)
    if field.type in ("ref", "department") and target.hop is None:
        title = _title(paths, field, source.actor.language)
        if title is not None:
            return _plain(source.joined(field), title, descending, nullable=True)
    return _plain(table, field, descending, nullable=target.hop is not None)


def _title(paths: Paths, field: Field, language: str) -> Field | None:
    """The field that names the records behind a reference, where it may be read and can be sorted by."""
    beyond = paths.manifest.entities.get(field.settings["of"])
    if beyond is None:
        return None
    target = paths.target(beyond, beyond.title_in(language))
    if target is None or not paths.access.can(beyond.name, "read"):
        return None
    sortable = target.field.kind.sortable and target.field.type not in ("ref", "department", "user")
    return target.field if sortable else None


def _plain(table: Any, field: Field, descending: bool, *, nullable: bool) -> Key:
    column = table.c[field.name]
    kind = field.kind.columns(field)[0].kind
    empty = nullable or bool(getattr(column, "nullable", True))
    if field.type == "choice" and field.options:
        order = {name: index for index, name in enumerate(field.options)}
        last = case((column.is_not(None), len(order)), else_=None)
        place = type_coerce(case(order, value=column, else_=last), BigInteger)
        return Key(place, "integer", descending, empty)
    shadow = table.c.get(f"{field.name}_fold")
    if shadow is not None:
        empty = empty or bool(getattr(shadow, "nullable", True))
        return Key(shadow, "text", descending, empty)
    return Key(column, KINDS.get(kind, kind), descending, empty)


def beyond(order: Sequence[Key], values: Sequence[Any], backward: bool) -> ColumnElement[bool]:
    """What comes after (backward: before) the record that has these values in this order."""
    if len({key.descending for key in order}) == 1 and not any(key.nullable for key in order):
        row = tuple_(*(key.expression for key in order))
        place = tuple_(*(literal(value, key.expression.type) for key, value in zip(order, values, strict=True)))
        return row < place if order[0].descending != backward else row > place
    condition: ColumnElement[bool] = order[-1].beyond(values[-1], backward)
    for key, value in zip(reversed(order[:-1]), reversed(values[:-1]), strict=True):
        condition = or_(key.beyond(value, backward), and_(key.same(value), condition))
    first = order[0]
    if not first.nullable and values[0] is not None:  # says again, in a form that an index can use, where to begin
        bound = literal(values[0], first.expression.type)
        edge = first.expression <= bound if first.descending != backward else first.expression >= bound
        condition = and_(edge, condition)
    return condition
