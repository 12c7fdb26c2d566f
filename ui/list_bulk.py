"""Many records of a list at once: deleting those that were picked, exporting all that match.

In: the state of a list, ids. Out: the list again with what became of each record; or a CSV, written while it is read,
so that a million records need no memory.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, redirect, request, stream_with_context

from ..metamodel.invalid import N_
from ..platform.query.query import MOST_RECORDS
from ..platform.records.errors import Forbidden, InUse, NotFound, RecordError, Rejected
from ..platform.records.records import Operation
from .cells import Cell, Cells
from .entry import id_of
from .list_state import ListState, Shown
from .list_view import AT, shown, state_of
from .pages import is_partial, tell
from .visit import Visit, present, visiting

blueprint = Blueprint("bulk", __name__)
MOST_PICKED = 500
# A spreadsheet would take the text for a formula; where Chinese or Japanese is written, full-width signs too.
RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


@blueprint.post(f"{AT}/delete")
@visiting
def delete(package: str, entity: str) -> Any:
    """Delete the picked records; each that can be, with the reason for each that cannot."""
    visit = present()
    definition = visit.entity(package, entity, "delete")
    ids = [id for text in request.form.getlist("ids") if (id := id_of(text)) is not None][:MOST_PICKED]
    titles = _titles(visit, definition.name, ids)
    outcomes = visit.records.many(definition.name, [Operation("delete", id=one) for one in ids], atomic=False)
    failed = [
        {"title": titles.get(one, f"#{one}"), "reason": reason(visit, outcome.error)}
        for one, outcome in zip(ids, outcomes, strict=True)
        if outcome.error is not None
    ]
    done = len(ids) - len(failed)
    if is_partial():
        return shown(state_of(definition), outcome={"done": done, "failed": failed})
    tell(N_("{count} records were deleted."), count=done)
    return redirect(state_of(definition).url(), 303)


def _titles(visit: Visit, entity: str, ids: list[int]) -> dict[int, str]:
    scope = visit.records.scope
    with scope.database.read(scope.company) as connection:
        return scope.labels.of(connection, entity, ids)


def reason(visit: Visit, error: RecordError) -> str:
    """Why something was refused, as one sentence."""
    match error:
        case Rejected():
            return " ".join(visit.say(fault.message, **fault.params) for fault in error.faults)
        case InUse():
            by = ", ".join(f"{visit.text(label)} ({count})" for _, label, count in error.by)
            return visit.say(error.message, **{**error.params, "by": by})
        case NotFound():
            return visit.say(N_("It is not there any more."))
    return visit.say(error.message, **error.params)


@blueprint.get(f"{AT}/export.csv")
@visiting
def export(package: str, entity: str) -> Any:
    """Everything that matches, as CSV with the columns of the list."""
    visit = present()
    definition = visit.entity(package, entity)
    if not visit.access.can(definition.name, "export"):
        raise Forbidden("export", definition.name, definition.label)
    state = state_of(definition)
    lines = _lines(state, state.columns())
    first = next(lines)  # the query is tried before the answer begins, so that a fault is still told
    name = f"{definition.short}-{datetime.now(visit.format.zone):%Y%m%d-%H%M}.csv"
    response = Response(stream_with_context(_with(first, lines)), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _with(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield "\ufeff" + first  # so that a spreadsheet takes it for UTF-8
    yield from rest


def _lines(state: ListState, columns: list[Shown]) -> Iterator[str]:
    cells = Cells(state.visit)
    page = state.visit.records.page(state.entity.name, state.query(limit=MOST_RECORDS, after=None, before=None))
    yield _line([_harmless(column.label) for column in columns])
    while True:
        for record in page.records:
            yield _line([_text(column, record, cells) for column in columns])
        if page.next is None:
            return
        query = state.query(limit=MOST_RECORDS, after=page.next, before=None)
        page = state.visit.records.page(state.entity.name, query)


def _text(column: Shown, record: dict[str, Any], cells: Cells) -> str:
    """A value for a program: numbers and dates plain, names instead of keys."""
    value = record.get(column.path)
    if value is None:
        return ""
    if column.field.type in (
        "integer",
        "decimal",
        "money",
        "percent",
        "quantity",
        "rating",
        "date",
        "duration",
        "time",
    ):
        return str(column.field.kind.output(column.field, value))
    if column.field.type == "datetime":
        return str(value.astimezone(cells.visit.format.zone).isoformat(" ", "seconds")[:19])
    return _harmless(_told(cells.cell(column.field, record, column.path)))


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(RISKY) else text


def _told(cell: Cell) -> str:
    return ", ".join(one.text for one in cell.items) if cell.items else cell.text


def _line(values: list[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow(values)
    return buffer.getvalue()
