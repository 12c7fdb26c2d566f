"""The layout of a record: tabs, sections, and in them what each field shows.

In: an entity, its form, a record or what was just sent, the visit. Out: a Layout for the form page or the detail page.
A field that may not be read is not there; one that may not be changed is a value. A section or tab without anything
in it is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as holds
from typing import Any

from werkzeug.datastructures import MultiDict

from ..metamodel.derive import WIDE, derive_form
from ..metamodel.manifest import Entity, Field, Form, FormField, Section
from ..platform.query.paths import own_field
from ..platform.records.defaults import defaults
from ..rules.lifecycle import locked_fields
from .cells import Cell
from .controls import KEY, Control, Controls, Grid, Row, row_keys, sent_texts
from .entry import id_of
from .visit import Visit

MOST_GRID_COLUMNS = 8
NOT_IN_GRIDS = frozenset({"lines", "related", "rich_text", "json", "signature", "address", "geo_point"})
GIVEN_LATER = frozenset({"sequence"})


@dataclass
class Shown:
    """A field on the detail page: a value, or a table of rows, or records that name this one."""

    field: Field
    label: str
    cell: Cell | None = None
    span: int = 1
    help: str = ""
    heads: list[Field] = holds(default_factory=list)
    rows: list[list[Cell]] = holds(default_factory=list)
    sums: list[tuple[Cell, ...]] = holds(default_factory=list)
    related: bool = False

    @property
    def wide(self) -> bool:
        return bool(self.heads) or self.related or self.field.type in WIDE


@dataclass
class SectionView:
    """A section with what it shows."""

    name: str
    label: str
    columns: int
    collapsed: bool
    items: list[Any]

    @property
    def faulty(self) -> bool:
        return any(getattr(item, "error", "") or _faulty_rows(item) for item in self.items)


@dataclass
class TabView:
    """A tab with its sections; its label is empty where the form has no tabs."""

    name: str
    label: str
    sections: list[SectionView]

    @property
    def faulty(self) -> bool:
        return any(section.faulty for section in self.sections)


@dataclass
class Layout:
    """A whole form."""

    tabs: list[TabView]

    @property
    def sections(self) -> Iterator[SectionView]:
        return (section for tab in self.tabs for section in tab.sections)

    @property
    def items(self) -> Iterator[Any]:
        return (item for section in self.sections for item in section.items)

    def has(self, kind: str) -> bool:
        """Whether a field of this type is on it."""
        return any(item.field.type == kind for item in self.items)


def form_of(visit: Visit, entity: Entity) -> Form:
    """The entity's form: the declared one, else what follows from its fields."""
    return visit.manifest.forms.get(entity.name) or derive_form(entity)


def arranged(visit: Visit, entity: Entity, make: Any) -> Layout:
    """The form's tabs and sections with what `make(form field, field)` gives for each; None leaves a field out."""
    form = form_of(visit, entity)
    sections: list[tuple[Section, SectionView]] = []
    for section in form.sections:
        items = [item for one in section.fields if (item := _item(visit, entity, one, make)) is not None]
        if items:
            view = SectionView(section.name, visit.text(section.label), section.columns, section.collapsed, items)
            sections.append((section, view))
    names = {tab.name for tab in form.tabs}
    loose = [view for section, view in sections if section.tab not in names]
    tabs = [TabView("", "", loose)] if loose else []
    for tab in form.tabs:
        own = [view for section, view in sections if section.tab == tab.name]
        if own:
            tabs.append(TabView(tab.name, visit.text(tab.label), own))
    return Layout(tabs)


def _item(visit: Visit, entity: Entity, one: FormField, make: Any) -> Any:
    known = own_field(entity, one.name)
    if known is None or visit.access.field(entity.name, one.name) == "none":
        return None
    item = make(one, known)
    if item is not None:
        item.span = one.span
        if one.label is not None:
            item.label = visit.text(one.label)
        if one.help is not None:
            item.help = visit.text(one.help)
    return item


def grid_heads(visit: Visit, known: Field, chosen: Sequence[str]) -> list[Field]:
    """The columns of a grid: those that the form names, else the child's first fields that fit into a row."""
    child = visit.manifest.entities[known.settings["of"]]
    by = known.settings["by"]
    names = list(chosen) or [name for name, one in child.fields.items() if not one.hidden][: MOST_GRID_COLUMNS + 1]
    heads = [child.fields[name] for name in names if name in child.fields and name != by]
    fitting = [one for one in heads if one.type not in NOT_IN_GRIDS]
    readable = [one for one in fitting if visit.access.field(child.name, one.name) != "none"]
    return readable if chosen else readable[:MOST_GRID_COLUMNS]


class Entry:
    """The layout of a form to fill in. `sent` is what a person has just sent, where it was not accepted."""

    def __init__(
        self,
        visit: Visit,
        entity: Entity,
        record: Mapping[str, Any],
        *,
        new: bool,
        sent: MultiDict[str, str] | None = None,
        errors: Mapping[str, str] | None = None,
    ) -> None:
        self.visit, self.entity, self.record, self.new, self.sent = visit, entity, record, new, sent
        self.controls = Controls(visit, errors)
        self.writable = frozenset(visit.access.writable(entity.name))
        state = record.get(entity.lifecycle.field) if entity.lifecycle and not new else None
        self.locked = frozenset() if new else locked_fields(entity, state)

    def layout(self) -> Layout:
        """All of it."""
        return arranged(self.visit, self.entity, self._make)

    def _make(self, one: FormField, known: Field) -> Control | Grid | None:
        free = known.name in self.writable and known.name not in self.locked and not one.readonly
        if known.type == "related":
            return None
        if known.type == "lines":
            return self._grid(one, known, free)
        if self.new and not free and self.record.get(known.name) in (None, "", [], {}):
            return None  # computed and numbered fields have nothing to say yet
        values = self.controls.values(known, self.record)
        if free and self.sent is not None:
            values = sent_texts(self.sent, known.name, known)
        return self.controls.control(self.entity, known, known.name, values, self.record, path=known.name, free=free)

    def _grid(self, one: FormField, known: Field, free: bool) -> Grid | None:
        child = self.visit.manifest.entities[known.settings["of"]]
        heads = grid_heads(self.visit, known, one.columns)
        grid = Grid(known.name, known, self.visit.text(known.label), heads, [], None, help=self.visit.text(known.help))
        grid.error = self.controls.errors.pop(known.name, "")
        present = {str(row.get("id")): row for row in self.record.get(known.name) or ()}
        if free and self.sent is not None:
            for index, key in enumerate(row_keys(self.sent, known.name)):
                row_id = self.sent.get(f"{known.name}.{key}.id", "")
                row = {**present.get(row_id, {}), "$names": self.record.get("$names"), "$owner": self.record}
                grid.rows.append(self._row(child, grid, key, index, row, free, row_id, sent=True))
        else:
            for index, row in enumerate(self.record.get(known.name) or ()):
                row_id = str(row.get("id") or "")
                owned = {**row, "$owner": self.record}
                grid.rows.append(self._row(child, grid, f"r{index}", index, owned, free, row_id))
        if free:
            fresh = {**defaults(self.visit.records.scope, child), "$owner": self.record}
            grid.blank = self._row(child, grid, KEY, -1, fresh, free, "")
        return grid if free or grid.rows else None

    def _row(
        self,
        child: Entity,
        grid: Grid,
        key: str,
        index: int,
        row: Mapping[str, Any],
        free: bool,
        row_id: str,
        *,
        sent: bool = False,
    ) -> Row:
        writable = frozenset(self.visit.access.writable(child.name)) if free else frozenset()
        controls = []
        for head in grid.heads:
            name = f"{grid.name}.{key}.{head.name}"
            may = head.name in writable
            values = sent_texts(self.sent, name, head) if sent and may and self.sent is not None else None
            controls.append(
                self.controls.control(
                    child,
                    head,
                    name,
                    self.controls.values(head, row) if values is None else values,
                    row,
                    path=f"{grid.name}.{index}.{head.name}",
                    free=may,
                )
            )
        error = self.controls.errors.pop(f"{grid.name}.{index}", "")
        return Row(key, id_of(row_id), controls, error)


def _faulty_rows(item: Any) -> bool:
    return isinstance(item, Grid) and any(row.error or any(c.error for c in row.controls) for row in item.rows)
