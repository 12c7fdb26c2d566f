"""What lies on a person's desk in the morning: what waits for them, and what is theirs.

In: the visit. Out: quick filters of the lists in the menus that speak of this person, or of a state from which only
certain roles lead on and this person has one of them; each with the number of records, in one statement for all.
Nothing is declared for it: whoever writes a quick filter has written a line of this page.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from ..metamodel.manifest import Entity, ListView, QuickFilter
from ..platform.query.query import COUNTED, Query
from ..rules.lifecycle import leads_on, open_transitions
from .shell import list_url, shell
from .visit import Visit

MOST = 60  # filters that are counted: SQLite and people both have limits
MOST_SHOWN = 12
ME = "current_user"


@dataclass(frozen=True)
class Pile:
    """Records of one list that concern this person."""

    label: str
    filter: str
    icon: str
    href: str
    count: str
    waits: bool


@dataclass(frozen=True)
class _Found:
    view: ListView
    entity: Entity
    filter: QuickFilter
    waits: bool


def desk(visit: Visit) -> tuple[list[Pile], list[Pile]]:
    """What waits for this person, and what else is theirs; only what is not empty. One statement."""
    found = list(_found(visit))[:MOST]
    if not found:
        return [], []
    scope = visit.records.scope
    statements = [
        scope.compiler.count(one.entity, Query(where=(*one.view.where, *one.filter.where))).scalar_subquery()
        for one in found
    ]
    with scope.database.read(scope.company) as connection:
        row = connection.execute(sa.select(*statements)).one()
    piles = [_pile(visit, one, number) for one, number in zip(found, row, strict=True) if number]
    waiting = [pile for pile in piles if pile.waits]
    return waiting[:MOST_SHOWN], [pile for pile in piles if not pile.waits][:MOST_SHOWN]


def _found(visit: Visit) -> Iterator[_Found]:
    """What waits comes first, so that a person with many lists misses none of it."""
    views = {entry.view.name: entry.view for menu in shell().menus for entry in menu.leaves() if entry.view is not None}
    all_found = [one for view in views.values() for one in _of(visit, view)]
    yield from (one for one in all_found if one.waits)
    yield from (one for one in all_found if not one.waits)


def _of(visit: Visit, view: ListView) -> Iterator[_Found]:
    entity = visit.manifest.entities[view.entity]
    if view.name != entity.name:  # a further list narrows the entity's own down, and would tell the same again
        return
    own = False
    for name, one in view.filters.items():
        fields = {condition.field for condition in one.where}
        if any(visit.access.field(entity.name, field.partition(".")[0]) == "none" for field in fields):
            continue
        named = any(condition.value == ME for condition in one.where)
        # who names a filter `mine`, or says no more in it than whose the records are, does not speak of work to do
        waits = len(one.where) > 1 and name != "mine" if named else _decides(visit, entity, one)
        if waits or (named and not own):  # of what is theirs one number each is enough
            own = own or not waits
            yield _Found(view, entity, one, waits)


def _decides(visit: Visit, entity: Entity, one: QuickFilter) -> bool:
    """Whether the filter is one state, and this person has a role that the step onwards from there asks for."""
    life = entity.lifecycle
    if life is None or len(one.where) != 1 or one.where[0].field != life.field or one.where[0].op != "eq":
        return False
    state = life.states.get(str(one.where[0].value))
    if state is None or state.color == "green":  # all is well with what is in force or on the shelf
        return False
    steps = open_transitions(entity, state.name)
    return any(step.roles and leads_on(step) and visit.access.may(entity.name, step.name) for step in steps)


def _pile(visit: Visit, one: _Found, number: int) -> Pile:
    address = list_url(visit.company, one.entity.name)
    return Pile(
        visit.text(one.view.label),
        visit.text(one.filter.label),
        one.entity.icon or "file-text",
        f"{address}?f={one.filter.name}",
        visit.format.number(min(number, COUNTED)) + ("+" if number > COUNTED else ""),
        one.waits,
    )
