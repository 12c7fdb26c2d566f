"""What a list shows, as its address says it.

In: the query part of an address, the entity's lists, what the person set for themselves. Out: a ListState: the view,
columns, conditions, order, place; and addresses that differ from this one. An address says it all, so a list can be
sent to a colleague, who sees it with their own rights.

    ?list=customer_hot&f=mine&q=acme&sort=-amount,name&w.level.in=a&w.level.in=b&w.amount.between=1&w.amount.between=9
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from ..metamodel.derive import derive_list
from ..metamodel.manifest import Column, Entity, Field, ListView, SortKey
from ..platform.query.paths import Paths
from ..platform.query.query import OPERATORS, Condition, Query, sort_keys
from ..platform.records.errors import NotFound
from .cells import RIGHT
from .entry import typed
from .shell import entity_url
from .visit import Visit

SIZES = (25, 50, 100)
DENSITIES = ("comfortable", "compact")
CONDITION = "w."
NOT_IN_LISTS = frozenset({"lines", "related", "json"})


@dataclass(frozen=True)
class Filter:
    """One condition as the address says it: texts that a person typed or picked."""

    path: str
    op: str
    values: tuple[str, ...]

    @property
    def key(self) -> str:
        return f"{CONDITION}{self.path}.{self.op}"


@dataclass(frozen=True)
class Shown:
    """A column on the page."""

    path: str
    field: Field
    label: str
    width: int | None
    total: str | None
    sortable: bool
    hop: Field | None = None

    @property
    def right(self) -> bool:
        """Whether its values line up at the right."""
        return self.field.type in RIGHT


@dataclass(frozen=True)
class ListState:
    """A list as this person sees it now."""

    visit: Visit
    entity: Entity
    view: ListView
    quick: str | None = None
    search: str = ""
    filters: tuple[Filter, ...] = ()
    sort: tuple[SortKey, ...] | None = None  # None: as the view says
    after: str | None = None
    before: str | None = None
    set: Mapping[str, Any] = field(default_factory=dict)

    @property
    def named(self) -> str | None:
        """The list's name in addresses; None for the entity's own."""
        return None if self.view.name == self.entity.name else self.view.name

    @property
    def key(self) -> str:
        """Under which a person's settings of this list are kept."""
        return f"list:{self.visit.company}:{self.view.name}"

    @property
    def density(self) -> str:
        chosen = self.set.get("density")
        return chosen if chosen in DENSITIES else DENSITIES[0]

    @property
    def size(self) -> int:
        chosen = self.set.get("size")
        return chosen if chosen in SIZES else SIZES[1]

    @property
    def order(self) -> tuple[SortKey, ...]:
        """The sort in force."""
        if self.sort is not None:
            return self.sort
        paths = paths_of(self.visit)
        return tuple(key for key in self.view.sort if paths.target(self.entity, key.path) is not None)

    @property
    def narrowed(self) -> bool:
        """Whether the person has narrowed the list down."""
        return bool(self.search or self.filters or self.quick)

    def url(self, view: str = "list.show", **changes: Any) -> str:
        """The address of this list with changes; the place in the order is kept only where it is given."""
        changed = replace(self, **{"after": None, "before": None, **changes})
        pairs = list(changed.pairs())
        address = entity_url(self.visit.company, self.entity.name, view)
        return f"{address}?{urlencode(pairs)}" if pairs else address

    def pairs(self, *, place: bool = True) -> Iterable[tuple[str, str]]:
        """The query part of the address."""
        if self.named:
            yield "list", self.named
        if self.quick:
            yield "f", self.quick
        if self.search:
            yield "q", self.search
        if self.sort is not None:
            yield "sort", ",".join(f"-{key.path}" if key.descending else key.path for key in self.sort)
        for one in self.filters:
            for value in one.values:
                yield one.key, value
        if place and self.after:
            yield "after", self.after
        if place and self.before:
            yield "before", self.before

    def without(self, gone: Filter) -> str:
        """The address without one of the filters."""
        return self.url(filters=tuple(one for one in self.filters if one != gone))

    def sorted_by(self, path: str, *, add: bool = False) -> str:
        """The address sorted by a column: up, then down, then as the view says; `add`: as the last of several keys."""
        present = next((key for key in self.order if key.path == path), None)
        others = tuple(key for key in self.order if key.path != path) if add else ()
        if present is None:
            return self.url(sort=(*others, SortKey(path)))
        if not present.descending:
            return self.url(sort=(*others, SortKey(path, True)))
        return self.url(sort=others or None)

    def direction(self, path: str) -> str:
        """`ascending`, `descending` or `none`, as aria-sort has it."""
        found = next((key for key in self.order if key.path == path), None)
        return "none" if found is None else "descending" if found.descending else "ascending"

    def conditions(self) -> tuple[Condition, ...]:
        """Everything that a record must meet: the view's own, the quick filter's, the person's."""
        quick = self.view.filters[self.quick].where if self.quick else ()
        return (*self.view.where, *quick, *(condition(self.visit, self.entity, one) for one in self.filters))

    def query(self, **more: Any) -> Query:
        """The query for the present page."""
        columns = self.columns()
        paths = [column.path for column in columns]
        for column in columns:
            paths.extend(named_beside(column, self.entity, self.visit))
        wanted = (*paths, *self.titles, *self._state())
        given: dict[str, Any] = {
            "where": self.conditions(),
            "search": self.search,
            "sort": self.order,
            "fields": tuple(dict.fromkeys(wanted)),
            "limit": self.size,
            "after": self.after,
            "before": self.before,
        }
        return Query(**(given | more))

    @property
    def titles(self) -> tuple[str, ...]:
        """The fields that name a record, as far as they may be read."""
        names = dict.fromkeys((self.entity.title_in(self.visit.language), self.entity.title))
        return tuple(name for name in names if self.visit.access.field(self.entity.name, name) != "none")

    def _state(self) -> tuple[str, ...]:
        life = self.entity.lifecycle
        fields = (life.field,) if life else ()
        return tuple(name for name in fields if self.visit.access.field(self.entity.name, name) != "none")

    def columns(self) -> list[Shown]:
        """The columns in order: as the person chose, else as the view says; without what may not be read."""
        declared = {column.path: column for column in self.view.columns}
        chosen = self.set.get("columns")
        paths = [path for path in chosen if isinstance(path, str)] if isinstance(chosen, list) else list(declared)
        found = [shown for path in paths if (shown := self.column(path, declared.get(path))) is not None]
        if not found:
            found = [shown for path in declared if (shown := self.column(path, declared[path])) is not None]
        return found

    def column(self, path: str, declared: Column | None = None) -> Shown | None:
        """A column, or None where it cannot be shown to this person."""
        target = paths_of(self.visit).target(self.entity, path)
        if target is None or target.to_many or target.field.type in NOT_IN_LISTS:
            return None
        if target.hop is not None and not target.field.kind.stored:
            return None
        label = declared.label if declared is not None and declared.label is not None else target.field.label
        text = self.visit.text(label)
        if target.hop is not None and (declared is None or declared.label is None):
            text = f"{self.visit.text(target.hop.label)} · {text}"
        width, total = (declared.width, declared.total) if declared is not None else (None, None)
        kind = target.field.kind
        sortable = kind.sortable and kind.stored
        return Shown(path, target.field, text, width, total, sortable, target.hop)

    def choices(self) -> list[tuple[Shown, bool]]:
        """Every column that can be chosen, those in use first, each with whether it is in use."""
        used = self.columns()
        names = {column.path for column in used}
        others = [*(column.path for column in self.view.columns), *self.entity.fields, "created_at", "created_by",
                  "updated_at", "updated_by", "id"]  # fmt: skip
        rest = [self.column(path) for path in dict.fromkeys(others) if path not in names]
        declared = {column.path for column in self.view.columns}
        shown = [one for one in rest if one is not None and (not one.field.hidden or one.path in declared)]
        return [*((one, True) for one in used), *((one, False) for one in shown)]


def paths_of(visit: Visit) -> Paths:
    """The paths that this person may name."""
    return visit.records.scope.compiler.paths


def named_beside(column: Shown, entity: Entity, visit: Visit) -> list[str]:
    """The fields that must be read too, because they name a column's currency or unit."""
    said = [column.field.settings.get("currency"), column.field.settings.get("unit")]
    names = [one["field"] for one in said if isinstance(one, dict) and "field" in one]
    prefix = f"{column.hop.name}." if column.hop is not None else ""
    return [path for name in names if paths_of(visit).target(entity, path := prefix + name) is not None]


def condition(visit: Visit, entity: Entity, one: Filter) -> Condition:
    """A filter as the query compiler takes it."""
    target = paths_of(visit).required(entity, one.path)
    if one.op == "empty":
        return Condition(one.path, "empty", one.values[0] != "false")
    values = [_operand(target.field, text, visit) for text in one.values]
    if one.op in ("in", "not_in"):
        return Condition(one.path, one.op, values)
    if one.op == "between":
        return Condition(one.path, one.op, [*values, None][:2])
    return Condition(one.path, one.op, values[0] if values else None)


def _operand(field: Field, text: str, visit: Visit) -> Any:
    if field.type == "boolean":
        return text == "true"
    return typed(field, text, visit.format.zone)


def views_of(visit: Visit, entity: Entity) -> list[ListView]:
    """The entity's lists that this person may open: not one whose conditions tell of fields they may not read."""
    return [view for view in visit.manifest.lists_of.get(entity.name, ()) if visit.may_ask(entity.name, view.where)]


def quick_filters(visit: Visit, view: ListView) -> list[str]:
    """The names of a list's quick filters that this person may use."""
    return [name for name, one in view.filters.items() if visit.may_ask(view.entity, one.where)]


def read_state(visit: Visit, entity: Entity, args: MultiDict[str, str], settings: Any) -> ListState:
    """The state that an address says. What it says wrongly is left out, except for values: those are told."""
    views = {view.name: view for view in views_of(visit, entity)}
    asked = args.get("list")
    if asked and asked not in views:
        raise NotFound(entity.name, asked)
    view = views.get(asked or entity.name) or (next(iter(views.values()), None) if not asked else None)
    quick = args.get("f") or None
    view = view or derive_list(entity)
    sort = args.get("sort")
    return ListState(
        visit,
        entity,
        view,
        quick=quick if quick in quick_filters(visit, view) else None,
        search=args.get("q", "").strip()[:200],
        filters=tuple(_filters(args)),
        sort=sort_keys(sort.split(",")) if sort else None,
        after=args.get("after") or None,
        before=args.get("before") or None,
        set=settings if isinstance(settings, dict) else {},
    )


def _filters(args: MultiDict[str, str]) -> Iterable[Filter]:
    for key in args:
        if key.startswith(CONDITION):
            path, _, op = key.removeprefix(CONDITION).rpartition(".")
            values = tuple(args.getlist(key)[:100])
            if path and op in OPERATORS and any(value.strip() for value in values):
                yield Filter(path, op, values)
