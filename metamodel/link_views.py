"""Link lists and forms: every field that they name exists and can be shown there.

In: the built lists and forms and the linked entities. Out: lists and forms by name, or problems in the linking.
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from .build_views import NO_LABEL
from .invalid import Invalid
from .linking import Built, Linking
from .manifest import SYSTEM_FIELDS, Condition, Entity, Field, Form, ListView
from .place import Place
from .system_fields import SYSTEM
from .tree import Tree, remedy_for

DAY_WORDS = ("today", "now", "current_user", "current_department")


def field_at(linking: Linking, entity: Entity, path: str) -> Field | None:
    """The field at a path of at most one hop through a reference; None where there is none."""
    head, _, tail = path.partition(".")
    found = entity.fields.get(head) or SYSTEM.get(head)
    if not tail or found is None:
        return found
    if found.type not in ("ref", "department"):
        return None
    target = linking.entities.get(found.settings.get("of", ""))
    return None if target is None else target.fields.get(tail) or SYSTEM.get(tail)


def _unknown(linking: Linking, entity: Entity, path: str, who: str, place: Place) -> None:
    head, _, tail = path.partition(".")
    found = entity.fields.get(head)
    if tail and found is not None and found.type in ("ref", "department"):
        target = linking.entities.get(found.settings.get("of", ""))
        if target is not None:
            linking.report(
                place, "L202", f'{who}: no field "{tail}" in {target.name}', linking.field_remedy(target, tail)
            )
        return
    if tail and found is not None:
        linking.report(place, "L213", f'{who}: "{head}" is no reference, so "{path}" leads nowhere', f"write {head}")
        return
    remedy = linking.field_remedy(entity, head, *SYSTEM_FIELDS)
    linking.report(place, "L202", f'{who}: no field "{head}" in {entity.name}', remedy)


def link_lists(linking: Linking) -> dict[str, ListView]:
    """All declared lists."""
    found: dict[str, ListView] = {}
    for built in linking.built("list"):
        view: ListView = built.value
        who = f'list "{built.name}"'
        mark = built.tree.marks["of"]
        entity = linking.entity(view.entity, who, mark.value, mark.layer)
        if entity is None:
            continue
        columns = built.tree["columns"]
        for column in view.columns:
            place = columns.key_place(column.path)
            shown = field_at(linking, entity, column.path)
            if shown is None:
                _unknown(linking, entity, column.path, who, place)
            elif shown.type in ("lines", "related"):
                fact = f'{who}: "{column.path}" of type {shown.type} is no column'
                linking.report(place, "L213", fact, "show it on the form")
            elif column.total and shown.kind.value_type not in ("decimal", "integer", "duration"):
                fact = f'{who}: "{column.path}" of type {shown.type} has no total'
                linking.report(columns[column.path].value_place("total"), "L213", fact, "remove `total`")
        for index, key in enumerate(view.sort):
            place = built.tree["sort"].marks[index].value
            shown = field_at(linking, entity, key.path)
            if shown is None:
                _unknown(linking, entity, key.path, who, place)
            elif not shown.kind.sortable:
                linking.report(
                    place, "L213", f'{who}: "{key.path}" of type {shown.type} cannot be sorted', "leave it out"
                )
        check_conditions(linking, entity, view.where, built.tree.get("where"), who)
        for quick in view.filters.values():
            check_conditions(
                linking, entity, quick.where, built.tree["filters"][quick.name]["where"], f'filter "{quick.name}"'
            )
        found[built.name] = view if view.label is not NO_LABEL else replace(view, label=entity.plural)
    return found


def check_conditions(linking: Linking, entity: Entity, where: tuple[Condition, ...], tree: Any, who: str) -> None:
    """Each condition names a field, an operator of its type, and a value that it can be compared with."""
    for condition in where:
        place = tree.value_place(condition.field) if isinstance(tree, Tree) else Place("", 0, 0)
        found = field_at(linking, entity, condition.field)
        if found is None:
            _unknown(linking, entity, condition.field, who, tree.key_place(condition.field))
            continue
        known = found.kind.operators
        if condition.op not in known and not (condition.op == "in" and "eq" in known):
            fact = f'{who}: "{condition.op}" does not go with "{condition.field}" of type {found.type}'
            linking.report(place, "L208", fact, f"known: {', '.join(known)}")
            continue
        for value in condition.value if isinstance(condition.value, list) else [condition.value]:
            if condition.op == "empty":
                if not isinstance(value, bool):
                    linking.report(place, "L208", f"{who}: `empty` takes true or false", "write one of them")
            elif not _comparable(found, value):
                remedy = linking.option_remedy(entity.name, found, str(value))
                linking.report(place, "L208", f'{who}: "{condition.field}" cannot be "{value}"', remedy)


def _comparable(field: Field, value: Any) -> bool:
    if isinstance(value, str) and (value in DAY_WORDS or value.startswith(("today-", "today+"))):
        return field.type in ("date", "datetime", "user", "department", "ref")
    if field.options == {}:
        return True  # the missing options have been reported
    try:
        field.kind.operand(field, value)
    except Invalid:
        return False
    return True


def link_forms(linking: Linking) -> dict[str, Form]:
    """All declared forms."""
    found: dict[str, Form] = {}
    for built in linking.built("form"):
        form: Form = built.value
        who = f'form "{built.name}"'
        mark = built.tree.marks["of"]
        entity = linking.entity(form.entity, who, mark.value, mark.layer)
        if entity is not None:
            _check_form(linking, built, form, entity, who)
            found[built.name] = form
    return found


def _check_form(linking: Linking, built: Built, form: Form, entity: Entity, who: str) -> None:
    seen: dict[str, str] = {}
    tabs = [tab.name for tab in form.tabs]
    for section in form.sections:
        node = built.tree["sections"][section.name]
        if section.tab is not None and section.tab not in tabs:
            fact = f'section "{section.name}": no tab "{section.tab}"'
            remedy = remedy_for(section.tab, built.tree.get("tabs"), tabs)
            linking.report(node.value_place("tab"), "L204", fact, remedy)
        for shown in section.fields:
            place = node["fields"].key_place(shown.name)
            field = entity.fields.get(shown.name)
            if field is None:
                fact = f'{who}: no field "{shown.name}" in {entity.name}'
                linking.report(place, "L202", fact, linking.field_remedy(entity, shown.name))
                continue
            if shown.name in seen:
                fact = f'{who}: field "{shown.name}" stands in section "{seen[shown.name]}" too'
                linking.report(place, "L213", fact, "show it once")
            seen[shown.name] = section.name
            if not shown.columns:
                continue
            columns_place = node["fields"][shown.name].value_place("columns")
            if field.type not in ("lines", "related"):
                fact = f'{who}: "{shown.name}" of type {field.type} has no columns'
                linking.report(columns_place, "L213", fact, "remove `columns`")
                continue
            child = linking.entities.get(field.settings.get("of", ""))
            for name in shown.columns if child is not None else ():
                if child is not None and name not in child.fields and name not in SYSTEM:
                    fact = f'{who}: no field "{name}" in {child.name}'
                    linking.report(columns_place, "L202", fact, linking.field_remedy(child, name))
