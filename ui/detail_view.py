"""The page of one record: what it says, what can be done with it, what refers to it, what happened to it.

In: requests for `…/<id>` and below. Out: the page and its parts (records that name this one, history), and what a
transition or a deletion leads to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, redirect, render_template, request

from ..metamodel.invalid import N_
from ..metamodel.manifest import Condition, Entity, Field, FormField, SortKey, Transition
from ..platform.query.query import Query
from ..platform.records.errors import Conflict, NotFound, Rejected
from ..rules.lifecycle import leads_on, locks_all, open_transitions
from .cells import Cells
from .form_layout import Shown, arranged, grid_heads
from .form_view import RECORD
from .history import timeline
from .list_state import read_state
from .list_view import state_of
from .pages import page, tell
from .shell import entity_url, list_url, record_url
from .visit import Visit, present, visiting

blueprint = Blueprint("detail", __name__)
RELATED_ROWS = 8
FEW_COLUMNS = 5
BUTTONS = 2  # steps beside Edit; with more, titles wrap
SUMMED = ("money", "quantity", "decimal", "integer", "duration")


@blueprint.get(RECORD)
@visiting
def show(package: str, entity: str, record_id: int) -> Any:
    """The record."""
    visit = present()
    definition = visit.entity(package, entity)
    record = visit.records.get(definition.name, record_id)
    cells = Cells(visit)
    layout = arranged(visit, definition, lambda one, known: _shown(visit, cells, record, one, known))
    state = record.get(definition.lifecycle.field) if definition.lifecycle else None
    steps = [step for step in open_transitions(definition, state) if visit.access.may(definition.name, step.name)]
    locked = locks_all(definition, state)
    actions = {action: visit.access.can(definition.name, action) for action in ("create", "update", "delete")}
    actions["update"] = actions["update"] and not locked
    actions["delete"] = actions["delete"] and not locked
    return page(
        "detail/page.html",
        entity=definition,
        record=record,
        title=cells.title(definition, record),
        number=_number(definition, record),
        state=cells.state(definition, record),
        steps=_in_order(steps),
        primary=next((one.name for one in steps if leads_on(one)), None),
        layout=layout,
        may=actions,
        locked=locked,
        facts=_facts(visit, record),
        back=_back(definition),
        buttons=BUTTONS,
    )


def _in_order(steps: Sequence[Transition]) -> list[Transition]:
    """Steps as buttons: the one that leads on stands outermost at the right; what has no room is in a menu."""
    onwards = [one for one in steps if leads_on(one)][:1]
    others = [one for one in steps if one not in onwards]
    near = BUTTONS - len(onwards)
    return [*others[:near], *onwards, *others[near:]]


def _back(definition: Entity) -> str:
    """The list that one came from, as it was."""
    query = request.query_string.decode(errors="replace")
    address = list_url(present().company, definition.name)
    return f"{address}?{query}" if query else address


def _number(definition: Entity, record: Mapping[str, Any]) -> str:
    """The number that the record carries beside its title."""
    numbers = [
        name for name, field in definition.fields.items() if field.type == "sequence" and name != definition.title
    ]
    return str(record.get(numbers[0]) or "") if numbers else ""


def _facts(visit: Visit, record: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Who made and last changed the record: (what, who, when)."""
    labels = record.get("$labels") or {}
    facts = [(N_("Created"), "created_by", "created_at"), (N_("Changed"), "updated_by", "updated_at")]
    return [
        (visit.say(word), str(labels.get(by) or ""), visit.format.moment(record[at]))
        for word, by, at in facts
        if record.get(at) is not None
    ]


def _shown(visit: Visit, cells: Cells, record: Mapping[str, Any], one: FormField, known: Field) -> Shown | None:
    item = Shown(known, visit.text(known.label), help=visit.text(known.help))
    if known.type == "related":
        if not visit.access.can(known.settings["of"], "read"):
            return None
        item.related = True
        return item
    if known.type != "lines":
        item.cell = cells.cell(known, record)
        return item
    rows = [{**row, "$owner": record} for row in record.get(known.name) or ()]
    item.heads = _telling(grid_heads(visit, known, one.columns), rows)
    item.rows = [[cells.cell(head, row) for head in item.heads] for row in rows]
    item.sums = _sums(cells, item.heads, rows)
    return item


def _telling(heads: list[Field], rows: Sequence[Mapping[str, Any]]) -> list[Field]:
    """Columns that tell something: not a unit or currency that stands beside its number anyway; and where there are
    many, none that is empty in every row.
    """
    named = {
        said["field"]
        for head in heads
        for part in ("unit", "currency")
        if isinstance(said := head.settings.get(part), dict) and "field" in said
    }
    told = [head for head in heads if head.name not in named]
    if len(told) <= FEW_COLUMNS or not rows:
        return told
    return [head for head in told if any(row.get(head.name) not in (None, "", [], False) for row in rows)] or told


def _sums(cells: Cells, heads: Sequence[Field], rows: Sequence[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
    """The totals of computed amounts over the rows; empty where there is nothing to add up."""
    sums: list[tuple[Any, ...]] = []
    for head in heads:
        values = [row.get(head.name) for row in rows]
        known = [value for value in values if value is not None]
        adds = head.type in SUMMED and (head.type in ("money", "duration") and head.computed)
        named = any(isinstance(head.settings.get(part), dict) for part in ("currency", "unit"))
        if not adds or not known or (named and len({_key(head, row) for row in rows}) > 1):
            sums.append(())
        else:
            sums.append((cells.cell(head, {**rows[0], head.name: sum(known[1:], known[0])}),))
    return sums if any(sums) and len(rows) > 1 else []


def _key(head: Field, row: Mapping[str, Any]) -> Any:
    said = head.settings.get("currency")
    return row.get(said["field"]) if isinstance(said, dict) and "field" in said else None


@blueprint.get(f"{RECORD}/related/<field>")
@visiting
def related(package: str, entity: str, record_id: int, field: str) -> Any:
    """The first records that name this one, fetched when the page is there."""
    visit = present()
    definition = visit.entity(package, entity)
    known = definition.fields.get(field)
    if known is None or known.type != "related" or visit.access.field(definition.name, field) == "none":
        raise NotFound(definition.name, field)
    of = visit.manifest.entities[known.settings["of"]]
    by = known.settings["by"]
    visit.entity(of.package, of.short)
    form_field = _form_field(visit, definition, field)
    state = read_state(visit, of, request.args.__class__(), {})
    columns = [column for name in form_field if (column := state.column(name)) is not None] or state.columns()[:6]
    columns = [column for column in columns if column.path != by]
    found = visit.records.page(
        of.name,
        state.query(
            where=(Condition(by, "eq", record_id),),
            fields=tuple(dict.fromkeys([*(column.path for column in columns), *state.titles])),
            sort=state.order or (SortKey("id", True),),
            limit=RELATED_ROWS,
            count=True,
        ),
    )
    cells = Cells(visit)
    return render_template(
        "detail/related.html",
        visit=visit,
        entity=of,
        columns=columns,
        rows=[
            (
                record_url(visit.company, of.name, record["id"]) if of.owner is None else None,
                cells.title(of, record),
                [cells.cell(column.field, record, column.path) for column in columns],
            )
            for record in found.records
        ],
        count=found.count or 0,
        more=entity_url(visit.company, of.name, "list.show", **{f"w.{by}.in": record_id}),
        add=entity_url(visit.company, of.name, "form.new", **{by: record_id})
        if visit.access.can(of.name, "create")
        else None,
        label=visit.text(known.label),
    )


def _form_field(visit: Visit, definition: Entity, field: str) -> tuple[str, ...]:
    form = visit.manifest.forms.get(definition.name)
    fields = (one for section in form.sections for one in section.fields) if form else iter(())
    return next((one.columns for one in fields if one.name == field), ())


@blueprint.get(f"{RECORD}/history")
@visiting
def history(package: str, entity: str, record_id: int) -> Any:
    """What happened to the record, newest first."""
    visit = present()
    definition = visit.entity(package, entity)
    entries = visit.records.history(definition.name, record_id)
    return render_template("detail/history.html", visit=visit, entries=timeline(visit, definition, entries))


@blueprint.get(f"{RECORD}/step/<way>")
@visiting
def step(package: str, entity: str, record_id: int, way: str) -> Any:
    """Go to the record before or after this one, in the order of the list that one came from."""
    visit = present()
    definition = visit.entity(package, entity)
    state = state_of(definition)
    place = visit.records.cursor(definition.name, record_id, state.order)
    found = None
    if place is not None:
        ahead: dict[str, Any] = {"after": place, "before": None} if way == "next" else {"after": None, "before": place}
        rows = visit.records.page(
            definition.name, Query(where=state.conditions(), sort=state.order, fields=("id",), limit=1, **ahead)
        )
        found = rows.records[0]["id"] if rows.records else None
    target = (
        f"{record_url(visit.company, definition.name, found or record_id)}?{urlencode(list(state.pairs(place=False)))}"
    )
    if found is None:
        tell(N_("There is no further record in this direction."))
    return redirect(target, 303)


@blueprint.post(f"{RECORD}/transition/<name>")
@visiting
def transition(package: str, entity: str, record_id: int, name: str) -> Any:
    """Take a step of the record's lifecycle."""
    visit = present()
    definition = visit.entity(package, entity)
    version = request.form.get("version", type=int)
    here = redirect(record_url(visit.company, definition.name, record_id), 303)
    try:
        record = visit.records.transition(definition.name, record_id, name, version=version)
    except Conflict as conflict:
        tell(conflict.message, "danger", **conflict.params)
        return here
    except Rejected as rejected:
        for fault in rejected.faults:
            tell(fault.message, "danger", **fault.params)
        return here
    badge = Cells(visit).state(definition, record)
    tell(
        N_("{title} is now “{state}”."), title=Cells(visit).title(definition, record), state=badge.text if badge else ""
    )
    return here


@blueprint.post(f"{RECORD}/delete")
@visiting
def delete(package: str, entity: str, record_id: int) -> Any:
    """Delete the record."""
    visit = present()
    definition = visit.entity(package, entity, "delete")
    title = visit.records.label(definition.name, record_id)
    visit.records.delete(definition.name, record_id, version=request.form.get("version", type=int))
    tell(N_("{title} was deleted."), title=title)
    return redirect(list_url(visit.company, definition.name), 303)
