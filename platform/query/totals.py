"""Totals: sums, averages and extremes over all records that match a query.

In: a query with (path, function) pairs. Out: statements, and the values read from their rows. Amounts whose currency
(quantities whose unit) another field of the record names are totalled apart for each, because a sum of different
things says nothing. Sums are exact however large: SQLite's own would overflow beyond 64 bits.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, func, literal_column, select, type_coerce

from ...metamodel.fields.base import Column
from ...metamodel.invalid import N_
from ...metamodel.manifest import Entity, Field
from ..records.errors import Fault, Rejected
from .compiler import Compiler
from .paths import Target
from .query import Query
from .source import Source

FUNCTIONS = {
    "sum": ("decimal", "integer"),
    "avg": ("decimal", "integer"),
    "min": ("decimal", "integer", "date", "datetime", "time"),
    "max": ("decimal", "integer", "date", "datetime", "time"),
    "count": ("decimal", "integer", "date", "datetime", "time", "text", "boolean", "reference", "user", "file", "json"),
}
MOST_TOTALS = 20
HALF = 10**9  # a sum is taken of the upper and the lower half of the digits
CONTEXT = Context(prec=60, rounding=ROUND_HALF_UP)


@dataclass(frozen=True)
class Total:
    """One total: the path, the function, and the field whose values it keeps apart, if any."""

    path: str
    function: str
    field: Field
    apart: Target | None


@dataclass(frozen=True)
class TotalsStatement:
    """One statement for all totals that are kept apart by the same field."""

    statement: Select[Any]
    totals: tuple[Total, ...]
    apart: Target | None

    def values(self, rows: Iterable[Sequence[Any]]) -> dict[str, Any]:
        """By path the value; or, where totals are kept apart, by path and by the other field's value."""
        found: dict[str, Any] = {total.path: {} for total in self.totals} if self.apart is not None else {}
        for row in rows:
            key, place = row[0], 1
            for total in self.totals:
                value = _value(total, row[place : place + 3])
                place += 3
                if self.apart is None:
                    found[total.path] = value
                else:
                    found[total.path][key] = value
        return found


def statements(compiler: Compiler, entity: Entity, query: Query) -> list[TotalsStatement]:
    """The statements for a query's totals. Raises Rejected for what cannot be totalled."""
    if len(query.totals) > MOST_TOTALS:
        message = N_("At most {max} totals can be asked for.")
        raise Rejected([Fault("totals", "too_many_totals", message, {"max": MOST_TOTALS})])
    groups: dict[str, list[Total]] = {}
    for path, function in query.totals:
        total = _total(compiler, entity, path, function)
        groups.setdefault(total.apart.path if total.apart is not None else "", []).append(total)
    return [_statement(compiler, entity, query, tuple(totals)) for totals in groups.values()]


def _total(compiler: Compiler, entity: Entity, path: str, function: str) -> Total:
    target = compiler.paths.required(entity, path)
    columns = target.field.kind.columns(target.field)
    kind = columns[0].kind if columns else ""
    if target.hop is not None or kind not in FUNCTIONS.get(function, ()):
        message = N_("{label} cannot be totalled this way.")
        raise Rejected([Fault(path, "not_summable", message, {"label": target.field.label})])
    said = target.field.settings.get("currency") or target.field.settings.get("unit")
    apart = None
    if isinstance(said, dict) and function != "count":
        owner = f"{entity.owner.by}." if entity.owner is not None and "owner" in said else ""
        apart = compiler.paths.target(entity, owner + next(iter(said.values())))
        if apart is None:  # the currency may not be read, so the sum of all would mix what cannot be told apart
            message = N_("{label} cannot be totalled this way.")
            raise Rejected([Fault(path, "not_summable", message, {"label": target.field.label})])
    return Total(path, function, target.field, apart)


def _statement(compiler: Compiler, entity: Entity, query: Query, totals: tuple[Total, ...]) -> TotalsStatement:
    source = compiler.source(entity)
    condition = compiler.where(source, query.where, query.search)
    apart = totals[0].apart
    key: ColumnElement[Any] = source.at(apart).c[apart.field.name] if apart is not None else literal_column("0")
    chosen = [key, *(part for total in totals for part in _parts(compiler, source, total))]
    statement = select(*chosen).select_from(source.clause).where(condition)
    if apart is not None:
        statement = statement.group_by(key).order_by(key).limit(100)
    return TotalsStatement(statement, totals, apart)


def _parts(compiler: Compiler, source: Source, total: Total) -> tuple[ColumnElement[Any], ...]:
    """Three columns each: the lower and the upper half of a sum and a count; or one value and two places left empty."""
    stored = total.field.kind.columns(total.field)[0]
    column = source.table.c[total.field.name + stored.suffix]
    nothing: ColumnElement[Any] = literal_column("0")
    if total.function == "count":
        return func.count(column), nothing, nothing
    if total.function in ("min", "max"):
        extreme = func.min(column) if total.function == "min" else func.max(column)
        return extreme, nothing, nothing
    if compiler.dialect == "sqlite":
        digits = type_coerce(column, BigInteger)
        return func.sum(digits % HALF), func.sum(digits.op("/")(HALF)), func.count(column)
    return func.sum(column), nothing, func.count(column)


def _value(total: Total, parts: Sequence[Any]) -> Any:
    first, upper, count = parts
    if total.function in ("count", "min", "max"):
        return first
    stored = total.field.kind.columns(total.field)[0]
    whole = _sum(stored, first, upper)
    if total.function == "sum":
        return whole
    if not count:
        return None
    places = Decimal(1).scaleb(-stored.scale) if stored.kind == "decimal" else Decimal("0.01")
    return CONTEXT.divide(Decimal(whole), Decimal(count)).quantize(places, context=CONTEXT)


def _sum(stored: Column, first: Any, upper: Any) -> Decimal | int:
    """An empty sum is 0. On SQLite the parts are whole numbers: digits without their point."""
    if stored.kind != "decimal":
        return int(first or 0) + int(upper or 0) * HALF
    if isinstance(first, Decimal):
        return first
    return CONTEXT.scaleb(Decimal(int(first or 0) + int(upper or 0) * HALF), -stored.scale)
