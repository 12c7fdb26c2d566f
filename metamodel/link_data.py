"""Link data sets: every value is acceptable to its field, every reference finds its record.

In: the built data sets and the linked entities. Out: data sets in an order in which they can be loaded, referred-to
records first where the references allow it.
"""

from __future__ import annotations

from typing import Any

from .build import plain
from .invalid import Invalid
from .linking import Linking
from .manifest import DataSet, Entity, Field
from .place import Place
from .problem import suggestion
from .tree import Items, Tree

REFERENCES = ("ref", "department")


def link_data(linking: Linking) -> tuple[DataSet, ...]:
    """All data sets, those that others refer to first."""
    known: dict[str, set[str]] = {}
    for built in linking.built("data"):
        known.setdefault(built.value.entity, set()).update(built.value.records)
    for kind in ("data", "samples"):
        for built in linking.built(kind):
            mark = built.tree.marks["of"]
            entity = linking.entity(built.value.entity, f'{kind} "{built.name}"', mark.value, mark.layer)
            if entity is not None and kind == "data":
                check = _Check(linking, known)
                records = built.tree["records"]
                for key, values in records.items():
                    check.values(entity, values, records.key_place(key), f'record "{key}"')
    return _in_order(linking)


class _Check:
    """The check of one data set: which records are known, and who is spoken of."""

    def __init__(self, linking: Linking, known: dict[str, set[str]]) -> None:
        self.linking = linking
        self.known = known

    def values(self, entity: Entity, values: Any, place: Place, who: str, owner: str = "") -> None:
        """A record, or a row whose field `owner` is filled in by the record that it belongs to."""
        report = self.linking.report
        if not isinstance(values, Tree):
            report(place, "L209", f"{who} is no mapping of fields", "write `{field: value}`")
            return
        for name, value in values.items():
            field = entity.fields.get(name)
            if field is None:
                fact = f'{who}: no field "{name}" in {entity.name}'
                report(values.key_place(name), "L202", fact, self.linking.field_remedy(entity, name))
            elif value is not None:
                self.value(entity, field, value, values.value_place(name), who)
        for field in entity.fields.values():
            given = values.get(field.name) is not None or field.default is not None or field.name == owner
            if field.required and not given and not field.computed and field.type != "sequence":
                report(place, "L209", f'{who}: "{field.name}" is required', f"write `{field.name}: …`")

    def value(self, entity: Entity, field: Field, value: Any, place: Place, who: str) -> None:
        """One value of a record."""
        report = self.linking.report
        if field.computed or field.type in ("related", "file", "image", "signature"):
            fact = f'{who}: "{field.name}" of type {field.type} is not written in data'
            report(place, "L209", fact, "leave it out")
        elif field.type in (*REFERENCES, "many"):
            target = field.settings["of"]
            for name in value if isinstance(value, list) else [value]:
                if str(name) not in self.known.get(target, ()):
                    fact = f'{who}: "{field.name}": no record "{name}" of {target}'
                    report(place, "L210", fact, suggestion(str(name), self.known.get(target, ())))
        elif field.type == "lines":
            self.rows(field, value, place, who)
        elif not _is_looked_up_later(field, value):
            try:
                field.kind.input(field, plain(value))
            except Invalid as invalid:
                fact = str(invalid).replace("{label}", f'"{field.name}"').rstrip(".")
                report(place, "L209", f"{who}: {fact}", self.linking.option_remedy(entity.name, field, str(value)))

    def rows(self, field: Field, value: Any, place: Place, who: str) -> None:
        """The own rows of a record: a list, or a mapping by external id."""
        child = self.linking.entities.get(field.settings["of"])
        if isinstance(value, Tree):
            rows = [(key, row, value.key_place(key)) for key, row in value.items()]
        elif isinstance(value, Items):
            rows = [(str(i), row, mark.value) for i, (row, mark) in enumerate(zip(value, value.marks, strict=True), 1)]
        else:
            self.linking.report(place, "L209", f'{who}: "{field.name}" must be a list of rows', "write `[{…}, {…}]`")
            return
        for key, row, at in rows if child is not None else ():
            if child is not None:
                self.values(child, row, at, f'{who}, row "{key}"', field.settings["by"])


def _is_looked_up_later(field: Field, value: Any) -> bool:
    """Users and any_refs live outside the definitions, days are told by the clock, missing options were reported."""
    days = isinstance(value, str) and value in ("today", "now") and field.type in ("date", "datetime")
    return field.type in ("user", "any_ref") or days or field.options == {}


def _in_order(linking: Linking) -> tuple[DataSet, ...]:
    """Data sets with what they refer to before them; a circle is broken where it is met."""
    sets = [built.value for built in linking.built("data")]
    by_entity: dict[str, list[DataSet]] = {}
    for one in sets:
        by_entity.setdefault(one.entity, []).append(one)
    done: list[DataSet] = []
    visited: set[str] = set()

    def visit(entity_name: str) -> None:
        if entity_name in visited or entity_name not in linking.entities:
            return
        visited.add(entity_name)
        for target in _targets(linking, linking.entities[entity_name]):
            if target in by_entity or target in linking.entities:
                visit(target)
        done.extend(by_entity.get(entity_name, ()))

    for one in sets:
        visit(one.entity)
    return tuple(done)


def _targets(linking: Linking, entity: Entity) -> list[str]:
    found = []
    for field in entity.fields.values():
        if field.type in (*REFERENCES, "many"):
            found.append(field.settings["of"])
        elif field.type == "lines" and (child := linking.entities.get(field.settings["of"])) is not None:
            found.extend(inner.settings["of"] for inner in child.fields.values() if inner.type in REFERENCES)
    return found
