"""Compare the tables that there are with those that a release wants.

In: a snapshot, the release's tables, a connection to count the rows that stand in the way. Out: changes that lose
nothing, and problems where something would be lost or cannot be known. Changes nothing itself.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ...metamodel.invalid import Invalid
from ...metamodel.manifest import Field
from ...metamodel.place import NOWHERE
from ...metamodel.problem import Problem
from ..storage.tables import Tables
from .changes import AddColumn, Change, CreateTable, Refer, Relax, Require, Retype, Work, widens
from .obstacles import Obstacles, have, records
from .shadows import AddShadow
from .snapshot import ExistingColumn, ExistingTable, Reference, Shape, Snapshot, shape_of

WORDS = ("current_user", "current_department", "today", "now")  # defaults that say nothing about last year's records


class Difference:
    """What there is to do, table by table, and what stands in the way."""

    def __init__(self, work: Work, tables: Tables, present: Snapshot) -> None:
        self.tables = tables
        self.changes: list[Change] = []
        self.problems: list[Problem] = []
        self._obstacles = Obstacles(work)
        self._present = present
        self._entities = {
            table.name: table.info["entity"] for table in tables.build_all().tables.values() if "entity" in table.info
        }
        for table in tables.metadata.tables.values():
            if table.name in present:
                self._compare(table, present[table.name])
            else:
                self.changes.append(CreateTable(table.name, self._creation(table), table))

    def _creation(self, table: sa.Table) -> str:
        if "entity" not in table.info or "field" in table.info:
            return ""
        count = len(self.tables.manifest.entities[table.info["entity"]].fields)
        return f"{table.info['entity']}: new entity with {count} field{'s' if count != 1 else ''}"

    def _compare(self, table: sa.Table, existing: ExistingTable) -> None:
        references = wanted_references(table)
        for column in table.c:
            present = existing.columns.get(column.name)
            if present is None:
                self._add(table, column, references.get(column.name))
                continue
            self._compare_type(table, column, present)
            self._compare_need(table, column, present)
            self._compare_reference(table, column, existing.references.get(column.name), references.get(column.name))
        for index in table.indexes:
            if index.unique:
                self._compare_unique(table, existing, index)

    def _add(self, table: sa.Table, column: sa.Column[Any], reference: Reference | None) -> None:
        path, field = self._path(table, column.name), self._field(table, column)
        if column.info.get("shadow") and field is not None:
            new = field.name not in self._present[table.name].columns
            sentence = "" if new else f"{path}: found by searching"
            self.changes.append(AddShadow(table.name, sentence, column, field.name, present=False))
            return
        sentence = f"{path}: new field" if column.info.get("first") else ""
        fill = None if column.nullable else self._fill(table, column)
        rows = 0 if column.nullable else self._obstacles.rows(table.name)
        if rows and fill is None:
            self._refuse(
                "D101",
                f'"{path}" is new and required, but there {"are" if rows > 1 else "is"} {records(rows)} without it',
                "give the field a default, which these then get, or make it required once it is filled in",
            )
            return
        if rows and sentence:
            sentence += f"; {records(rows)} {'get' if rows > 1 else 'gets'} its default"
        self.changes.append(AddColumn(table.name, sentence, column, fill if rows else None, reference))

    def _compare_type(self, table: sa.Table, column: sa.Column[Any], present: ExistingColumn) -> None:
        old, new, path = present.shape, shape_of(column.type), self._path(table, column.name)
        if old == new:
            return
        filled = self._obstacles.filled(table.name, column.name)
        if filled and not widens(old, new):
            if not _may_fit(old, new):
                self._refuse(
                    "D103",
                    f'"{path}" is {_a(old)} and would become {_a(new)}, but {records(filled)} {have(filled)} a value',
                    "keep the type, or add a new field beside it and carry the values over",
                )
                return
            misfits, example = self._obstacles.misfits(table.name, column.name, old, new)
            if misfits:
                self._refuse(
                    "D104",
                    f'"{path}" is {_a(old)} and would become {_a(new)}, too small for the value of '
                    f"{records(misfits)}, for example {example}",
                    "keep the larger size, or change these values first",
                )
                return
        self.changes.append(Retype(table.name, f"{path}: now {_a(new)}", column, present, not filled))

    def _compare_need(self, table: sa.Table, column: sa.Column[Any], present: ExistingColumn) -> None:
        path = self._path(table, column.name)
        if column.nullable and not present.nullable:
            sentence = "" if column.info.get("shadow") else f"{path}: no longer required"
            self.changes.append(Relax(table.name, sentence, column.name))
        elif column.info.get("shadow") and present.nullable and not column.nullable:
            self.changes.append(AddShadow(table.name, "", column, str(column.info["field"]), present=True))
        elif present.nullable and not column.nullable:
            empty = self._obstacles.empty(table.name, column.name)
            fill = self._fill(table, column)
            if empty and fill is None:
                self._refuse(
                    "D102",
                    f'"{path}" becomes required, but {records(empty)} {have(empty)} no value',
                    "give the field a default, which these then get, or fill it in first",
                )
                return
            sentence = f"{path}: required from now on"
            if empty:
                sentence += f"; {records(empty)} {'get' if empty > 1 else 'gets'} its default"
            self.changes.append(Require(table.name, sentence, column, fill if empty else None))

    def _compare_reference(
        self, table: sa.Table, column: sa.Column[Any], present: Reference | None, wanted: Reference | None
    ) -> None:
        if _rule(present) == _rule(wanted):
            return
        same = present is not None and wanted is not None and present.target == wanted.target
        filled = 0 if same else self._obstacles.filled(table.name, column.name)
        if not filled:
            self.changes.append(Refer(table.name, "", present, wanted))
            return
        old, new = (f'"{self._named(each.target)}"' if each else "nothing" for each in (present, wanted))
        self._refuse(
            "D105",
            f'"{self._path(table, column.name)}" refers to {old} and would refer to {new}, '
            f"but {records(filled)} {have(filled)} a value",
            "add a new field beside it and carry the values over",
        )

    def _compare_unique(self, table: sa.Table, existing: ExistingTable, index: sa.Index) -> None:
        columns = tuple(column.name for column in index.columns)
        if existing.indexes.get(str(index.name)) == (True, columns):
            return
        path = " with ".join(f'"{self._path(table, name)}"' for name in columns)
        added = [name for name in columns if name not in existing.columns]
        if any(table.c[name].nullable for name in added):
            return  # empty in every row, and empty values do not clash
        if added:
            groups, example = int(self._obstacles.rows(table.name) > 1), "its default"
        else:
            groups, example = self._obstacles.duplicates(table.name, columns)
        if groups:
            self._refuse(
                "D106",
                f"{path} would be unique, but {groups} value{'s occur' if groups > 1 else ' occurs'} more than once, "
                f"for example {example}",
                "change these values first",
            )

    def _field(self, table: sa.Table, column: sa.Column[Any]) -> Field | None:
        name = column.info.get("field")
        return self.tables.manifest.entities[table.info["entity"]].fields[name] if name else None

    def _fill(self, table: sa.Table, column: sa.Column[Any]) -> Any:
        """What rows without a value get; None where nothing is known."""
        field = self._field(table, column)
        if field is None:
            return 0 if column.name == "position" else None
        if field.default is None or field.default in WORDS:
            return None
        try:
            value = field.kind.split(field, field.kind.input(field, field.default))
        except Invalid:
            return None
        return value.get(column.name)

    def _named(self, table: str) -> str:
        return str(self._entities.get(table, table))

    def _path(self, table: sa.Table, column: str) -> str:
        return f"{self._named(table.name)}.{table.c[column].info.get('field', column)}"

    def _refuse(self, code: str, fact: str, remedy: str) -> None:
        self.problems.append(Problem(NOWHERE, code, fact, remedy))


def wanted_references(table: sa.Table) -> dict[str, Reference]:
    """The foreign keys of a table, by column."""
    found: dict[str, Reference] = {}
    for constraint in table.foreign_key_constraints:
        column, target = constraint.column_keys[0], constraint.elements[0].target_fullname.split(".")[-2]
        found[column] = Reference(column, target, constraint.ondelete, str(constraint.name))
    return found


def _rule(reference: Reference | None) -> tuple[str, str | None] | None:
    return (reference.target, reference.on_delete) if reference is not None else None


def _may_fit(old: Shape, new: Shape) -> bool:
    """Whether it is a matter of the single values: text stays text, and numbers numbers."""
    numbers = ("integer", "decimal")
    return old.kind == new.kind == "text" or (old.kind in numbers and new.kind == "decimal")


def _a(shape: Shape) -> str:
    words = str(shape)
    return words if shape.kind in ("text", "json") else f"an {words}" if words[0] in "aeiou" else f"a {words}"
