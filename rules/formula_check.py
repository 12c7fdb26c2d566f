"""Check the formulas of all entities at publish time.

In: a manifest and the trees with their marks. Out: problems that point into the expression.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..metamodel.manifest import Entity, Field, Manifest
from ..metamodel.place import Place
from ..metamodel.problem import Problem
from ..metamodel.tree import Tree, remedy_for
from .expression import ExpressionError, UnknownField, parse
from .expression_types import Scope, Type, field_type, infer
from .formula import in_order


def check_formulas(manifest: Manifest, trees: Mapping[tuple[str, str], Tree]) -> list[Problem]:
    """All problems of all formulas."""
    problems: list[Problem] = []
    for entity in manifest.entities.values():
        computed = [field for field in entity.fields.values() if field.computed]
        if not computed:
            continue
        tree = trees[("entity", entity.name)]
        sound = len(problems)
        for field in computed:
            try:
                _check(field, Scope(entity, manifest.entities))
            except ExpressionError as error:
                problems.append(_problem(error, trees, entity, field))
        if len(problems) == sound:
            try:
                in_order(entity)
            except ExpressionError as error:
                problems.append(_circle(error, tree, entity, computed))
    return problems


def _check(field: Field, scope: Scope) -> None:
    found = infer(parse(field.formula or ""), scope)
    wanted = field_type(field, 1)
    if found.kind not in (wanted.kind, "null"):
        raise ExpressionError(
            "X103", 1, f"the formula gives a {found.kind}, the field keeps a {wanted.kind}", "change one of them"
        )
    if _is_finer(found, wanted):
        fact = f"the formula gives {found.scale} decimal places, the field keeps {wanted.scale}"
        raise ExpressionError("X103", 1, fact, f"write round(…, {wanted.scale})")


def _is_finer(found: Type, wanted: Type) -> bool:
    return found.kind == "number" and found.scale > wanted.scale


def _place(tree: Tree, field: Field) -> Place:
    node: Tree = tree["fields"][field.name]
    return node.value_place("formula" if "formula" in node else "rollup")


def _problem(error: ExpressionError, trees: Mapping[tuple[str, str], Tree], entity: Entity, field: Field) -> Problem:
    fact = f'field "{field.name}": {error.fact} (column {error.column} of the expression)'
    remedy = error.remedy
    if isinstance(error, UnknownField):
        remedy = remedy_for(error.name, trees[("entity", error.entity)].get("fields"), (), remedy)
    return Problem(_place(trees[("entity", entity.name)], field), error.code, fact, remedy)


def _circle(error: ExpressionError, tree: Tree, entity: Entity, computed: list[Field]) -> Problem:
    return Problem(_place(tree, computed[0]), error.code, f'entity "{entity.name}": {error.fact}', error.remedy)
