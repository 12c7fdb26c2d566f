"""Computed fields: what each formula reads, in which order they are computed, and their values.

In: a manifest, an entity, the values of a record with its own rows. Out: the same values with every computed field
filled in. Rows first, then the record, each in the order in which formulas depend on each other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ..metamodel.invalid import N_, Invalid
from ..metamodel.manifest import Entity, Field, Manifest
from .expression import Aggregate, ExpressionError, Name, Node, parse, parts
from .expression_python import Evaluator, compile_python, evaluate


@dataclass(frozen=True, slots=True)
class Formula:
    """A computed field, ready to be evaluated."""

    field: Field
    evaluator: Evaluator


def names_of(node: Node) -> Iterator[str]:
    """The fields of the record itself, lines fields included, that a node reads."""
    if isinstance(node, Name) and node.variable is None:
        yield node.name
    elif isinstance(node, Aggregate):
        yield node.lines
    for part in parts(node):
        yield from names_of(part)


def in_order(entity: Entity) -> list[str]:
    """The computed fields of an entity, each after those that it reads. Raises ExpressionError naming a circle."""
    reads = {
        name: [
            read for read in names_of(parse(field.formula)) if read in entity.fields and entity.fields[read].computed
        ]
        for name, field in entity.fields.items()
        if field.formula is not None
    }
    order: list[str] = []
    trail: list[str] = []

    def visit(name: str) -> None:
        if name in order:
            return
        if name in trail:
            circle = " → ".join([*trail[trail.index(name) :], name])
            raise ExpressionError("X104", 1, f"formulas depend on each other in a circle: {circle}", "break it")
        trail.append(name)
        for read in reads[name]:
            visit(read)
        trail.pop()
        order.append(name)

    for name in reads:
        visit(name)
    return order


@lru_cache(maxsize=4096)
def _evaluator(source: str) -> Evaluator:
    return compile_python(parse(source))


def formulas(entity: Entity) -> tuple[Formula, ...]:
    """The computed fields of an entity, in the order of computation; kept with the entity, which never changes."""
    known: tuple[Formula, ...] | None = entity.__dict__.get("_formulas")
    if known is None:
        known = tuple(
            Formula(entity.fields[name], _evaluator(entity.fields[name].formula or "")) for name in in_order(entity)
        )
        entity.__dict__["_formulas"] = known
    return known


def compute(manifest: Manifest, entity: Entity, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with the computed fields of the record and of its own rows filled in.

    `values` holds Python values, rows as lists of such mappings. Raises Invalid, with `field` among its parameters,
    where a result does not fit into its field.
    """
    computed = dict(values)
    for name, field in entity.lines.items():
        child = manifest.entities[field.settings["of"]]
        if computed.get(name) and formulas(child):
            computed[name] = [compute(manifest, child, row) for row in computed[name]]
    for formula in formulas(entity):
        field = formula.field
        computed[field.name] = _fitting(field, evaluate(formula.evaluator, computed))
    return computed


def _fitting(field: Field, value: Any) -> Any:
    """The value as its field stores it."""
    if value is None:
        return None
    if field.kind.value_type == "integer":
        value = int(value)
    try:
        return field.kind.input(field, value)
    except Invalid as invalid:
        message = N_("{label} cannot hold its calculated value {value}.")
        raise Invalid(f"computed_{invalid.code}", message, value=str(value), field=field.name) from None
