"""Filters in the OpenAPI document: a parameter for each field and each way to filter by it.

In: fields. Out: parameters, and the shapes of their values. A large company has tens of thousands of them, so they are
short: what is the same for all fields of a type is said once, and refers to nobody's limits, since filters have none.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...metamodel.fields.decimal import DecimalType
from ...metamodel.fields.text import TextType
from ...metamodel.manifest import SYSTEM_FIELDS, Entity, Field
from ...metamodel.system_fields import SYSTEM
from ...rules.access import Access
from ..query.paths import own_field
from .openapi_shapes import RECORD_ID, Shape, reference
from .query import WORDS

TEXT: Shape = {"type": "string"}
INTEGER: Shape = {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1}
DAY: Shape = {"type": "string", "pattern": r"^today([+-][0-9]{1,4}d)?$"}
OPERANDS: dict[str, Shape] = {
    "text": TEXT,
    "boolean": {"type": "boolean"},
    "integer": INTEGER,
    "decimal": {"type": "string", "pattern": r"^-?[0-9]{1,18}(\.[0-9]{1,18})?$"},
    "date": {"anyOf": [{"type": "string", "format": "date"}, DAY]},
    "datetime": {"anyOf": [{"type": "string", "format": "date-time"}, DAY]},
    "time": {"type": "string", "pattern": r"^[0-9]{2}:[0-9]{2}(:[0-9]{2})?$"},
    "duration": {"type": "string", "pattern": r"^-?PT([0-9]+H)?([0-9]+M)?([0-9]+S)?$"},
    "record": RECORD_ID,
    "user": {"anyOf": [RECORD_ID, {"const": "current_user"}]},
    "any_ref": {"type": "string", "pattern": r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*/[1-9][0-9]{0,17}$"},
}
_NAMES = {"ref": "record", "department": "record", "many": "record", "rating": "integer", "sequence": "text"}
CHOOSING = ("choice", "choices")
_LISTS = ("in", "not_in")
_WORDS = ("contains", "starts")


def filters(entity: Entity, access: Access) -> list[Shape]:
    """The parameters by which an entity is filtered."""
    found: list[Shape] = []
    for name in (*SYSTEM_FIELDS, *access.readable(entity.name)):
        field = own_field(entity, name)
        if field is None:
            continue
        if name in SYSTEM:
            found.extend({"$ref": f"#/components/parameters/filter.{_name(field, op)}"} for op in field.kind.operators)
        else:
            found.extend(_filter(field, op, entity.name) for op in field.kind.operators)
    return found


def shared_filters() -> Shape:
    """The parameter components of the fields that every record has."""
    pairs = ((field, op) for field in SYSTEM.values() for op in field.kind.operators)
    return {f"filter.{_name(field, op)}": _filter(field, op) for field, op in pairs}


def operand_schemas() -> Shape:
    """The schema components of values to filter by."""
    return dict(_operand_schemas())


def choice_schemas(entity: Entity, access: Access) -> Shape:
    """The schema components of an entity's options, to filter by."""
    found: Shape = {}
    for name in access.readable(entity.name):
        field = entity.fields[name]
        if field.type in CHOOSING:
            own = f"{entity.name}.{name}.option"
            found[own] = {"type": "string", "enum": list(field.options or {})}
            found[f"{own}.list"] = {"type": "array", "items": reference(own), "minItems": 1}
    return found


def _operand_schemas() -> Iterator[tuple[str, Shape]]:
    for name, shape in OPERANDS.items():
        one = reference(f"filter.{name}")
        yield f"filter.{name}", shape
        yield f"filter.{name}.list", {"type": "array", "items": one, "minItems": 1}
        yield f"filter.{name}.range", {"type": "array", "items": one, "minItems": 2, "maxItems": 2}


def _filter(field: Field, op: str, entity: str = "") -> Shape:
    shape, several = _operand(field, op, entity)
    parameter = {"name": _name(field, op), "in": "query", "schema": shape}
    return {**parameter, "explode": False} if several else parameter


def _operand(field: Field, op: str, entity: str) -> tuple[Shape, bool]:
    """The shape of a value, and whether it is several, with commas."""
    if op == "empty":
        return reference("filter.boolean"), False
    if op in _WORDS:
        return reference("filter.text"), False
    several = op in _LISTS or op == "between"
    more = ".list" if op in _LISTS else ".range" if several else ""
    if field.type in CHOOSING:
        return reference(f"{entity}.{field.name}.option{more}"), several
    name = _operand_name(field)
    if name is not None:
        return reference(f"filter.{name}{more}"), several
    shape = field.kind.json_schema(field)
    one = shape.get("items", shape)
    if not several:
        return one, False
    return {"type": "array", "items": one, "minItems": 1}, True


def _operand_name(field: Field) -> str | None:
    if isinstance(field.kind, TextType):
        return "text"
    if isinstance(field.kind, DecimalType):
        return "decimal"
    name = _NAMES.get(field.type, field.type)
    return name if name in OPERANDS else None


def _name(field: Field, op: str) -> str:
    return field.name if op == "eq" and field.name not in WORDS else f"{field.name}.{op}"
