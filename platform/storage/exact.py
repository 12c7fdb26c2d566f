"""Decimals that are never rounded, the same on SQLite and PostgreSQL.

In: Decimals and whole numbers. Out: the same Decimals at the column's scale. Refuses floats, and digits that a column
cannot hold.

A Decimal beside an exact column in a function (`coalesce`, `case`) must say its type: `literal(value, column.type)`;
compared, added or listed with `in_` it needs nothing. An average is a sum and a count. Products and quotients belong to
the expression compiler.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal, Inexact, InvalidOperation
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import operators
from sqlalchemy.types import TypeDecorator, TypeEngine

_CONTEXT = Context(prec=120, traps=[Inexact, InvalidOperation])
_NOT_HERE = "the expression compiler tracks scales and digits, a column does not"
_MIRRORED = {operators.add, operators.sub}
_ORDER = {operators.lt, operators.le, operators.gt, operators.ge}
_EQUALITY = {operators.eq, operators.ne}
_MEMBERSHIP = {operators.in_op, operators.not_in_op}
_RANGES = {operators.between_op, operators.not_between_op}
_ARITHMETIC = {operators.mul, operators.truediv, operators.floordiv, operators.mod, operators.pow_}
MOST_DIGITS = 18  # what always fits a 64-bit integer


class ScaledInteger(sa.BigInteger):
    """SQLite's side of Exact: the digits as a 64-bit integer. The declared type keeps precision and scale."""

    def __init__(self, precision: int, scale: int) -> None:
        super().__init__()
        self.precision = precision
        self.scale = scale


@compiles(ScaledInteger)
def _declared(type_: ScaledInteger, _: Any, **__: Any) -> str:
    return f"SCALED_BIGINT({type_.precision}, {type_.scale})"


class Exact(TypeDecorator[Decimal]):
    """A decimal of fixed scale: NUMERIC on PostgreSQL, a scaled 64-bit integer on SQLite. Nothing is ever rounded."""

    impl = sa.Numeric
    cache_ok = True

    def __init__(self, precision: int = MOST_DIGITS, scale: int = 0) -> None:
        super().__init__(precision, scale)
        self.precision = precision
        self.scale = scale

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """NUMERIC, or a scaled integer on SQLite."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(ScaledInteger(self.precision, self.scale))
        return dialect.type_descriptor(sa.Numeric(self.precision, self.scale))

    def coerce_compared_value(self, op: operators.OperatorType | None, value: Any) -> TypeEngine[Any]:
        """What stands beside it in a comparison is bound as exactly."""
        return self

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        """To the database; ValueError where digits would be lost."""
        if value is None:
            return None
        digits = self.digits(value)
        if digits is None or abs(digits) >= 10**self.precision:
            raise ValueError(f"{value} does not fit a decimal of {self.precision} digits, {self.scale} after the point")
        return digits if dialect.name == "sqlite" else self.number(digits)

    def literal_processor(self, dialect: Dialect) -> Any:
        """As `process_bind_param`, written into the SQL."""
        return lambda value: "NULL" if value is None else str(self.process_bind_param(value, dialect))

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """From the database; ValueError for what was not computed exactly."""
        if value is None:
            return None
        if isinstance(value, int):
            return self.number(value) if dialect.name == "sqlite" else _decimal(value)
        if isinstance(value, Decimal) and (digits := self.digits(value)) is not None:
            return self.number(digits)
        raise ValueError(
            f"{value!r} has more than {self.scale} digits after the point; take sum and count for an average"
        )

    def digits(self, value: Any) -> int | None:
        """The value without its point (12.50 -> 1250 at scale 2); None where it has more digits after the point."""
        scaled = _CONTEXT.scaleb(_decimal(value), self.scale)
        whole = int(scaled)
        return whole if whole == scaled else None

    def number(self, digits: int) -> Decimal:
        """The reverse of `digits`."""
        return _CONTEXT.scaleb(Decimal(digits), -self.scale)

    class Comparator(TypeDecorator.Comparator[Decimal]):
        """Comparisons and sums that stay exact, also against numbers longer than the column can hold."""

        def operate(self, op: operators.OperatorType, *other: Any, **kwargs: Any) -> sa.ColumnElement[Any]:
            """Compare, add, subtract, sort; multiplication is refused."""
            if op in _ARITHMETIC:
                raise TypeError(f"{op.__name__} of {self.expr}: {_NOT_HERE}")
            if op in _RANGES:
                low, high = other
                inside = sa.and_(self.operate(operators.ge, low), self.operate(operators.le, high))
                return inside if op is operators.between_op else sa.not_(inside)
            if op in _MEMBERSHIP and isinstance(other[0], Iterable):
                other = ([value for value in other[0] if value is None or self._fits(value)],)
            elif op in _ORDER | _EQUALITY | _MIRRORED and other[0] is not None:
                return self._beside(op, other[0], **kwargs)
            return super().operate(op, *other, **kwargs)

        def reverse_operate(self, op: operators.OperatorType, other: Any, **kwargs: Any) -> sa.ColumnElement[Any]:
            """The same with the column on the right."""
            if op not in _MIRRORED:
                return self.operate(op, other)  # refused there
            return super().reverse_operate(op, other, **kwargs)

        def _kind(self) -> Exact:
            return cast("Exact", self.type)

        def _fits(self, value: Any) -> bool:
            digits = self._kind().digits(value)
            return digits is not None and abs(digits) < 10 ** self._kind().precision

        def _beside(self, op: operators.OperatorType, other: Any, **kwargs: Any) -> sa.ColumnElement[Any]:
            """Compare with, or add, another column of the same scale, or a number of any length."""
            if isinstance(other, sa.ColumnElement):
                if _scale(other.type) not in (None, self._kind().scale):
                    raise TypeError(f"{self.expr} and {other} differ in scale: {_NOT_HERE}")
                return super().operate(op, other, **kwargs)
            if op in _MIRRORED or not isinstance(other, (int, Decimal, float)) or self._fits(other):
                return super().operate(op, other, **kwargs)
            if op in _EQUALITY:  # no value of this column equals it; null stays null
                return self.operate(operators.ne if op is operators.eq else operators.eq, self.expr)
            return self._bounded(op, _decimal(other))

        def _bounded(self, op: operators.OperatorType, value: Decimal) -> sa.ColumnElement[Any]:
            """Order against a number that the column cannot hold, by the nearest one that it can or just cannot."""
            kind = self._kind()
            upward = op in (operators.lt, operators.ge)
            context = Context(prec=120, rounding=ROUND_CEILING if upward else ROUND_FLOOR)
            digits = int(context.to_integral_value(context.scaleb(value, kind.scale)))
            limit = 10**kind.precision
            bound = kind.number(max(-limit, min(limit, digits)))
            wider = Exact(kind.precision + 1, kind.scale)
            return super().operate(op, sa.bindparam(None, bound, type_=wider, unique=True))

    comparator_factory = Comparator


def _scale(kind: TypeEngine[Any]) -> int | None:
    return kind.scale if isinstance(kind, Exact) else 0 if isinstance(kind, sa.Integer) else None


def _decimal(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise TypeError(f"{value!r} is no Decimal")
    number = Decimal(value)
    if not number.is_finite():
        raise ValueError(f"{value} is not a number")
    return number
