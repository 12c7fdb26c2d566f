"""Give every part of an expression its type, or say where and why it has none.

In: a parsed expression and the types of the names that it may use. Out: the type of its value. Numbers carry their
scale, the digits after the point, so that nothing is ever rounded unasked: `+` and `-` take the larger scale, `*` adds
them, a quotient has none and must stand directly within `round(a / b, n)`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from ..metamodel.manifest import Entity, Field
from ..metamodel.problem import suggestion
from .expression import Aggregate, Binary, Call, ExpressionError, If, Literal, Name, Node, Unary, UnknownField

MOST_DIGITS = 120
FUNCTIONS = {"round": (2, 2), "abs": (1, 1), "coalesce": (2, 8), "min": (2, 8), "max": (2, 8)}
ORDERED = ("number", "text", "date", "datetime", "time")


@dataclass(frozen=True, slots=True)
class Type:
    """`kind`: number, text, boolean, date, datetime, time, null; for numbers the digits after and before the point."""

    kind: str
    scale: int = 0
    digits: int = 0

    def __str__(self) -> str:
        return f"number with {self.scale} decimal places" if self.kind == "number" and self.scale else self.kind


BOOLEAN, TEXT, NULL = Type("boolean"), Type("text"), Type("null")
KINDS = {"choice": "text", "integer": "number", "decimal": "number", "duration": "number"}


@dataclass(frozen=True, slots=True)
class Scope:
    """The names that an expression may use: the fields of one entity, and of the rows that it owns."""

    entity: Entity
    entities: Mapping[str, Entity]

    def field(self, name: str, column: int) -> Field:
        """A field of the entity; ExpressionError where there is none or it has no value to calculate with."""
        found = self.entity.fields.get(name)
        if found is None:
            raise UnknownField(column, self.entity.name, name, self.entity.fields)
        return found

    def rows(self, name: str, column: int) -> Scope:
        """The scope within the rows of a `lines` field."""
        field = self.field(name, column)
        child = self.entities.get(field.settings.get("of", "")) if field.type == "lines" else None
        if child is None:
            known = list(self.entity.lines)
            remedy = suggestion(name, known) if known else "it has no own rows"
            raise ExpressionError("X102", column, f'"{name}" holds no own rows of {self.entity.name}', remedy)
        return Scope(child, self.entities)


def field_type(field: Field, column: int) -> Type:
    """The type of a field's value; ExpressionError where expressions cannot use it."""
    kind = field.kind.value_type
    kind = KINDS.get(kind or "", kind)
    if kind not in ("number", "text", "boolean", "date", "datetime", "time"):
        raise ExpressionError(
            "X103", column, f'"{field.name}" of type {field.type} cannot be used here', "use another field"
        )
    if kind != "number":
        return Type(kind)
    if field.kind.value_type != "decimal":
        return Type("number", 0, 19)
    (spec,) = field.kind.columns(field)
    return Type("number", spec.scale, spec.precision - spec.scale)


def infer(node: Node, scope: Scope, variables: Mapping[str, Scope] | None = None) -> Type:
    """The type of a node's value. Raises ExpressionError at the part that has none."""
    return _Inference(scope, variables or {}).of(node)


class _Inference:
    def __init__(self, scope: Scope, variables: Mapping[str, Scope]) -> None:
        self.scope = scope
        self.variables = variables

    def of(self, node: Node) -> Type:
        match node:
            case Literal():
                return self.literal(node)
            case Name():
                return self.name(node)
            case Unary(operator="not"):
                self.want(node.operand, "boolean")
                return BOOLEAN
            case Unary():
                return self.want(node.operand, "number")
            case Binary():
                return self.binary(node)
            case If():
                self.want(node.condition, "boolean")
                return self.common(node.then, node.otherwise)
            case Call():
                return self.call(node)
            case Aggregate():
                return self.aggregate(node)
        raise AssertionError(node)

    def literal(self, node: Literal) -> Type:
        if node.value is None:
            return NULL
        if isinstance(node.value, bool):
            return BOOLEAN
        if isinstance(node.value, str):
            return TEXT
        _, digits, exponent = node.value.as_tuple()
        scale = -int(exponent)
        return self.sized(node, Type("number", scale, max(len(digits) - scale, 1)))

    def name(self, node: Name) -> Type:
        if node.variable is None:
            if node.name in self.variables:
                raise ExpressionError("X103", node.column, f'"{node.name}" is a row', f"write {node.name}.field")
            return field_type(self.scope.field(node.name, node.column), node.column)
        scope = self.variables.get(node.variable)
        if scope is None:
            fact = f'"{node.variable}.{node.name}" reads another record, which formulas do not do yet'
            raise ExpressionError("X102", node.column, fact, "use the record's own fields and rows")
        return field_type(scope.field(node.name, node.column), node.column)

    def want(self, node: Node, kind: str) -> Type:
        found = self.of(node)
        if found.kind not in (kind, "null"):
            raise ExpressionError("X103", node.column, f"a {kind} is expected here, not a {found.kind}", "")
        return found

    def common(self, *nodes: Node) -> Type:
        types = [self.of(node) for node in nodes]
        known = [found for found in types if found.kind != "null"]
        for node, found in zip(nodes, types, strict=True):
            if known and found.kind not in (known[0].kind, "null"):
                fact = f"a {known[0].kind} and a {found.kind} cannot be alternatives"
                raise ExpressionError("X103", node.column, fact, "give both the same type")
        if not known:
            return NULL
        return Type(known[0].kind, max(one.scale for one in known), max(one.digits for one in known))

    def binary(self, node: Binary) -> Type:
        if node.operator in ("and", "or"):
            self.want(node.left, "boolean")
            self.want(node.right, "boolean")
            return BOOLEAN
        if node.operator in ("=", "!=", "<", "<=", ">", ">="):
            common = self.common(node.left, node.right)
            if node.operator not in ("=", "!=") and common.kind not in (*ORDERED, "null"):
                raise ExpressionError("X103", node.column, f"{common.kind} values have no order", "use = or !=")
            return BOOLEAN
        if node.operator == "/":
            fact = "a division does not say how many decimal places it keeps"
            raise ExpressionError("X103", node.column, fact, "write round(a / b, 2)")
        left, right = self.want(node.left, "number"), self.want(node.right, "number")
        if node.operator == "*":
            return self.sized(node, Type("number", left.scale + right.scale, left.digits + right.digits))
        return self.sized(node, Type("number", max(left.scale, right.scale), max(left.digits, right.digits) + 1))

    def call(self, node: Call) -> Type:
        if node.function not in FUNCTIONS:
            known = [*FUNCTIONS, "sum", "count", "avg"]
            raise ExpressionError(
                "X102", node.column, f'no function "{node.function}"', suggestion(node.function, known, most=10)
            )
        least, most = FUNCTIONS[node.function]
        if not least <= len(node.arguments) <= most:
            wanted = str(least) if least == most else f"{least} to {most}"
            raise ExpressionError(
                "X103", node.column, f"{node.function} takes {wanted} arguments, not {len(node.arguments)}", ""
            )
        if node.function == "round":
            return self.round(node)
        if node.function == "abs":
            return self.want(node.arguments[0], "number")
        common = self.common(*node.arguments)
        if node.function in ("min", "max") and common.kind not in (*ORDERED, "null"):
            raise ExpressionError("X103", node.column, f"{common.kind} values have no order", "")
        return common

    def round(self, node: Call) -> Type:
        value, places = node.arguments
        written = places.value if isinstance(places, Literal) and isinstance(places.value, Decimal) else Decimal(-1)
        scale = int(written)
        if scale != written or not 0 <= scale <= 18:
            fact = "the number of decimal places must be written out, 0 to 18"
            raise ExpressionError("X103", places.column, fact, "write 2")
        if isinstance(value, Binary) and value.operator == "/":
            left, right = self.want(value.left, "number"), self.want(value.right, "number")
            return self.sized(node, Type("number", scale, left.digits + right.scale + 1))
        return Type("number", scale, self.want(value, "number").digits + 1)

    def aggregate(self, node: Aggregate) -> Type:
        if node.variable in self.variables:
            raise ExpressionError("X103", node.column, f'the name "{node.variable}" is used already', "choose another")
        rows = self.scope.rows(node.lines, node.column)
        if node.function == "count" and isinstance(node.body, Name) and node.body.variable == node.variable:
            rows.field(node.body.name, node.body.column)  # counting asks only whether there is a value, of any type
            return Type("number", 0, 10)
        body = _Inference(self.scope, {**self.variables, node.variable: rows}).of(node.body)
        if node.function == "count":
            return Type("number", 0, 10)
        if node.function in ("min", "max"):
            if body.kind not in (*ORDERED, "null"):
                raise ExpressionError("X103", node.body.column, f"{body.kind} values have no order", "")
            return body
        if body.kind not in ("number", "null"):
            raise ExpressionError("X103", node.body.column, f"a number is expected here, not a {body.kind}", "")
        if node.function == "avg":
            raise ExpressionError(
                "X103",
                node.column,
                "an average does not say how many decimal places it keeps",
                "write round(sum(…) / count(…), 2)",
            )
        return self.sized(node, Type("number", body.scale, body.digits + 4))

    def sized(self, node: Node, found: Type) -> Type:
        if found.digits + found.scale > MOST_DIGITS:
            raise ExpressionError(
                "X105", node.column, f"the value could have more than {MOST_DIGITS} digits", "round a part of it"
            )
        return found
