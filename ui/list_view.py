"""The pages of a list: the list itself, its count and totals, its filter panel, what a person sets for it.

In: requests for `/<company>/<package>/<entity>`. Out: the whole page, or for htmx the part that changes. Writes nothing
but preferences; deleting and exporting many records are in `list_bulk`.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, make_response, redirect, render_template, request
from werkzeug.datastructures import MultiDict

from ..metamodel.manifest import Entity
from ..platform.query.query import COUNTED, Page
from .cells import Cells
from .house import house
from .list_filters import DAYS, chips, family, filterable, ways
from .list_state import CONDITION, DENSITIES, SIZES, Filter, ListState, quick_filters, read_state, views_of
from .pages import is_partial, page
from .shell import list_url, record_url
from .visit import present, visiting

blueprint = Blueprint("list", __name__)
AT = "/<company:company>/<name:package>/<name:entity>"


@blueprint.get(AT)
@visiting
def show(package: str, entity: str) -> Any:
    """The list."""
    state = state_of(present().entity(package, entity))
    if "ff" in request.args:  # from the filter panel: the address gets the condition under its proper name
        return _with_new_filter(state)
    return shown(state)


def shown(state: ListState, **more: Any) -> str:
    """The list as a page, or as the part of it that changes."""
    visit, entity = state.visit, state.entity
    found = visit.records.page(entity.name, state.query())
    cells = Cells(visit)
    columns = state.columns()
    pairs = list(state.pairs(place=False))
    came_from = f"?{urlencode(pairs)}" if pairs else ""  # so that the record knows what comes before and after it
    rows = [
        {
            "id": record["id"],
            "href": f"{record_url(visit.company, entity.name, record['id'])}{came_from}",
            "title": cells.title(entity, record),
            "state": cells.state(entity, record),
            "cells": [cells.cell(column.field, record, column.path) for column in columns],
        }
        for record in found.records
    ]
    values = {
        "state": state,
        "entity": entity,
        "columns": columns,
        "rows": rows,
        "page": found,
        "chips": list(chips(state)),
        "quick": [(name, visit.text(state.view.filters[name].label)) for name in quick_filters(visit, state.view)],
        "views": views_of(visit, entity),
        "may": {action: visit.access.can(entity.name, action) for action in ("create", "delete", "export")},
        "densities": DENSITIES,
        "sizes": SIZES,
        "list_url": list_url,
        "counted": _counted(found),
        **more,
    }
    return page("list/part.html" if is_partial() else "list/page.html", **values)


def state_of(entity: Entity) -> ListState:
    """The state of this request's list."""
    visit = present()
    named = request.args.get("list") or entity.name
    settings = house().preferences.get(visit.user.id, f"list:{visit.company}:{named}"[:200])
    return read_state(visit, entity, request.args, settings)


def _counted(found: Page) -> int | None:
    """The number of records, where the page itself tells it: no need to ask for it then."""
    whole = found.next is None and found.previous is None
    return len(found.records) if whole else None


def _with_new_filter(state: ListState) -> Any:
    path, op = request.args["ff"], request.args.get("fo", "")
    values = tuple(value for value in request.args.getlist("fv") if value.strip() or op == "between")
    if op == "filled":
        op, values = "empty", ("false",)
    elif op == "empty":
        values = ("true",)
    fresh = MultiDict([(f"{CONDITION}{path}.{op}", value) for value in values])
    replaced = [one for one in state.filters if (one.path, one.op) != (path, op)]
    added = [Filter(path, op, values)] if any(value.strip() for value in fresh.values()) else []
    target = state.url(filters=(*replaced, *added))
    if not request.headers.get("HX-Request"):
        return redirect(target)
    response = make_response("", 204)
    response.headers["HX-Location"] = f'{{"path": "{target}", "target": "#list", "swap": "outerHTML"}}'
    return response


@blueprint.get(f"{AT}/count")
@visiting
def count(package: str, entity: str) -> Any:
    """How many records match, told after the page is there: counting must not hold it up."""
    visit = present()
    state = state_of(visit.entity(package, entity))
    found = visit.records.page(
        state.entity.name, state.query(limit=0, fields=("id",), after=None, before=None, count=True)
    )
    text = visit.format.number(found.count or 0) + ("+" if found.count_is_minimum else "")
    return render_template("list/count.html", text=text, minimum=found.count_is_minimum, counted=COUNTED)


@blueprint.get(f"{AT}/totals")
@visiting
def totals(package: str, entity: str) -> Any:
    """The totals of the columns that have one, over all that match."""
    visit = present()
    state = state_of(visit.entity(package, entity))
    columns = state.columns()
    asked = tuple((column.path, column.total) for column in columns if column.total)
    found = visit.records.page(
        state.entity.name, state.query(limit=0, fields=("id",), after=None, before=None, totals=asked)
    )
    cells = Cells(visit)
    shown = {
        column.path: cells.totals(column.field, found.totals.get(column.path)) for column in columns if column.total
    }
    return render_template("list/totals.html", columns=columns, totals=shown, selectable=request.args.get("sel") == "1")


@blueprint.get(f"{AT}/filter")
@visiting
def filter_panel(package: str, entity: str) -> Any:
    """The panel that makes a filter; with `ff`, for that field; with `fo` too, for that way to compare."""
    visit = present()
    state = state_of(visit.entity(package, entity))
    fields = filterable(state)
    chosen = next((field for field in fields if field.name == request.args.get("ff")), None)
    known = ways(chosen, visit) if chosen is not None else []
    asked = request.args.get("fo", "")
    op = asked if asked in dict(known) else (known[0][0] if known else "")
    return render_template(
        "list/filter.html",
        state=state,
        fields=fields,
        chosen=chosen,
        ways=known,
        op=op,
        family=family(chosen) if chosen is not None else "",
        days=DAYS,
    )


@blueprint.post(f"{AT}/preferences")
@visiting
def prefer(package: str, entity: str) -> Any:
    """Keep the columns, their order, the density and the page size that were picked for this list."""
    visit = present()
    state = state_of(visit.entity(package, entity))
    known = {column.path for column, _ in state.choices()}
    value: dict[str, Any] | None = None
    if "reset" not in request.form:
        columns = [path for path in request.form.getlist("columns") if path in known][:40]
        size, density = request.form.get("size", type=int), request.form.get("density")
        value = {
            "columns": columns,
            "density": density if density in DENSITIES else None,
            "size": size if size in SIZES else None,
        }
    house().preferences.set(visit.user.id, state.key[:200], value)
    target = state.url()
    if request.headers.get("HX-Request"):
        response = make_response("", 204)
        response.headers["HX-Location"] = f'{{"path": "{target}", "target": "#list", "swap": "outerHTML"}}'
        return response
    return redirect(target)
