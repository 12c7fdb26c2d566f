"""Evaluate a checked expression on Python values.

In: a node that `expression_types` has accepted. Out: a function of (record, rows by variable) that gives the value:
Decimal, str, bool, date, or None for null.

Null as in FEEL (DMN 1.5, section 10.3): arithmetic and order with null give null, `and`, `or` and `not` are
three-valued, equality is null-safe; here an empty sum is 0, and division by zero gives null. Rounding is half away
from zero.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from fractions import Fraction
from typing import Any

from .expression import Aggregate, Binary, Call, If, Literal, Name, Node, Unary

Record = Mapping[str, Any]
Rows = Mapping[str, Record]
Evaluator = Callable[[Record, Rows], Any]

# Wide enough for every value that the types allow (120 digits), so that nothing is rounded behind our back.
EXACT = Context(prec=260, rounding=ROUND_HALF_UP)
COMPARISONS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
ARITHMETIC = {"+": operator.add, "-": operator.sub, "*": operator.mul}


def evaluate(evaluator: Evaluator, record: Record) -> Any:
    """The value for a record, computed exactly."""
    with localcontext(EXACT):
        return evaluator(record, {})


def compile_python(node: Node) -> Evaluator:
    """The function of a node."""
    match node:
        case Literal():
            value = node.value
            return lambda record, rows: value
        case Name():
            return _name(node)
        case Unary():
            inner = compile_python(node.operand)
            return _negation(inner) if node.operator == "not" else _minus(inner)
        case Binary():
            return _binary(node)
        case If():
            condition, then, otherwise = map(compile_python, (node.condition, node.then, node.otherwise))
            return lambda record, rows: (then if condition(record, rows) is True else otherwise)(record, rows)
        case Call():
            return _call(node)
        case Aggregate():
            return _aggregate(node)
    raise AssertionError(node)


def number(value: Any) -> Any:
    """A field's value as expressions have it: whole numbers are decimals too."""
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _name(node: Name) -> Evaluator:
    name, variable = node.name, node.variable
    if variable is None:
        return lambda record, rows: number(record.get(name))
    return lambda record, rows: number(rows[variable].get(name))


def _negation(inner: Evaluator) -> Evaluator:
    def negation(record: Record, rows: Rows) -> Any:
        value = inner(record, rows)
        return None if value is None else not value

    return negation


def _minus(inner: Evaluator) -> Evaluator:
    def minus(record: Record, rows: Rows) -> Any:
        value = inner(record, rows)
        return None if value is None else -value

    return minus


def _binary(node: Binary) -> Evaluator:
    left, right, sign = compile_python(node.left), compile_python(node.right), node.operator
    if sign in ("and", "or"):
        decisive = sign == "or"

        def logic(record: Record, rows: Rows) -> Any:
            first = left(record, rows)
            if first is decisive:
                return decisive
            second = right(record, rows)
            if second is decisive:
                return decisive
            return None if first is None or second is None else not decisive

        return logic
    if sign in ("=", "!="):
        wanted = sign == "="
        return lambda record, rows: (left(record, rows) == right(record, rows)) is wanted
    act = COMPARISONS.get(sign) or ARITHMETIC[sign]

    def apply(record: Record, rows: Rows) -> Any:
        first, second = left(record, rows), right(record, rows)
        return None if first is None or second is None else act(first, second)

    return apply


def _call(node: Call) -> Evaluator:
    if node.function == "round":
        return _round(node)
    arguments = [compile_python(argument) for argument in node.arguments]
    if node.function == "abs":
        inner = arguments[0]
        return lambda record, rows: None if (value := inner(record, rows)) is None else abs(value)
    if node.function == "coalesce":
        return lambda record, rows: next((v for one in arguments if (v := one(record, rows)) is not None), None)
    choose: Callable[[list[Any]], Any] = min if node.function == "min" else max

    def extreme(record: Record, rows: Rows) -> Any:
        values = [one(record, rows) for one in arguments]
        return None if None in values else choose(values)

    return extreme


def _round(node: Call) -> Evaluator:
    value, places = node.arguments
    scale = int(places.value)  # type: ignore[attr-defined]
    step = Decimal(1).scaleb(-scale)
    if isinstance(value, Binary) and value.operator == "/":
        left, right = compile_python(value.left), compile_python(value.right)

        def quotient(record: Record, rows: Rows) -> Any:
            dividend, divisor = left(record, rows), right(record, rows)
            if dividend is None or divisor is None or divisor == 0:
                return None
            scaled = Fraction(dividend) / Fraction(divisor) * 10**scale
            whole, rest = divmod(abs(scaled.numerator), scaled.denominator)
            whole += 2 * rest >= scaled.denominator
            return Decimal(whole if scaled >= 0 else -whole).scaleb(-scale)

        return quotient
    inner = compile_python(value)
    return lambda record, rows: None if (found := inner(record, rows)) is None else found.quantize(step) + 0


def _aggregate(node: Aggregate) -> Evaluator:
    body, variable, lines, function = compile_python(node.body), node.variable, node.lines, node.function

    def aggregate(record: Record, rows: Rows) -> Any:
        values = [body(record, {**rows, variable: row}) for row in record.get(lines) or ()]
        known = [value for value in values if value is not None]
        if function == "count":
            return Decimal(sum(1 for value in known if value is not False))
        if function == "sum":
            return sum(known, Decimal(0))
        return (min(known) if function == "min" else max(known)) if known else None

    return aggregate
