"""The pages on which records are made and changed.

In: requests for `…/new` and `…/<id>/edit`. Out: the form; after saving, the way to the record; where something was not
accepted, the form again with a sentence at each field; where somebody else saved first, both versions side by side.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, redirect, request
from werkzeug.datastructures import MultiDict

from ..metamodel.invalid import N_
from ..metamodel.manifest import Entity
from ..platform.records.errors import Conflict, Rejected
from .cells import Cells
from .conflict import conflict_page
from .controls import RECORDS, Control, Grid, is_sent, row_keys, sent_rows, sent_texts, sent_value
from .entry import id_of
from .form_layout import Entry, Layout
from .form_state import WAS, carried, sent, shown
from .list_view import AT
from .pages import page, tell
from .shell import entity_url, list_url, record_url
from .visit import Visit, present, visiting

blueprint = Blueprint("form", __name__)
RECORD = f"{AT}/<int:record_id>"
NOT_COPIED = frozenset({"sequence", "file", "image", "signature", "related"})


@blueprint.get(f"{AT}/new")
@visiting
def new(package: str, entity: str) -> Any:
    """An empty form, or one that begins as a copy, or with what the address says."""
    visit = present()
    definition = visit.entity(package, entity, "create")
    record = begun(visit, definition)
    copied = request.args.get("copy", type=int)
    if copied is not None:
        record |= copy_of(visit, definition, copied)
    record |= given(visit, definition, request.args, record["$labels"])
    return form_page(visit, definition, record, new=True)


@blueprint.post(f"{AT}/new")
@visiting
def create(package: str, entity: str) -> Any:
    """Save a new record."""
    visit = present()
    definition = visit.entity(package, entity, "create")
    record = begun(visit, definition)
    layout = Entry(visit, definition, record, new=True).layout()
    try:
        saved = visit.records.create(definition.name, values_of(visit, layout, request.form))
    except Rejected as rejected:
        return again(visit, definition, record, rejected, new=True)
    tell(N_("{title} was created."), title=Cells(visit).title(definition, saved))
    return onwards(visit, definition, saved)


@blueprint.get(f"{RECORD}/edit")
@visiting
def edit(package: str, entity: str, record_id: int) -> Any:
    """The form of a record."""
    visit = present()
    definition = visit.entity(package, entity, "update")
    return form_page(visit, definition, visit.records.get(definition.name, record_id), new=False)


@blueprint.post(f"{RECORD}/edit")
@visiting
def update(package: str, entity: str, record_id: int) -> Any:
    """Save what was changed of a record."""
    visit, form = present(), request.form
    definition = visit.entity(package, entity, "update")
    record = visit.records.get(definition.name, record_id)
    layout = Entry(visit, definition, record, new=False).layout()
    before, now = carried(form), sent(layout, form)
    kept = {name for name in now if form.get(f"pick.{name}") == "theirs" or before.get(name, "?") == now[name]}
    values = {name: value for name, value in values_of(visit, layout, form).items() if name not in kept}
    if not values:
        tell(N_("Nothing was changed."))
        return onwards(visit, definition, record)
    version = form.get("__version", type=int)
    try:
        saved = visit.records.update(definition.name, record_id, values, version=version)
    except Rejected as rejected:
        return again(visit, definition, record, rejected, new=False)
    except Conflict as conflict:
        theirs = visit.records.get(definition.name, record_id)
        return conflict_page(visit, definition, conflict, theirs, form), 409
    tell(N_("{title} was saved."), title=Cells(visit).title(definition, saved))
    return onwards(visit, definition, saved)


def form_page(
    visit: Visit,
    definition: Entity,
    record: Mapping[str, Any],
    *,
    new: bool,
    form: MultiDict[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> str:
    """The form of a record as it stands, or as it was just sent."""
    entry = Entry(visit, definition, record, new=new, sent=form, errors=errors)
    layout = entry.layout()
    was = shown(Entry(visit, definition, record, new=new).layout()) if form is not None else shown(layout)
    if form is not None and carried(form):
        was = carried(form)
    record_id = record.get("id")
    back = list_url(visit.company, definition.name) if new else record_url(visit.company, definition.name, record["id"])
    version = form.get("__version") if form is not None else record.get("version")
    return page(
        "form/page.html",
        entity=definition,
        record=record,
        record_id=record_id,
        title=None if new else Cells(visit).title(definition, record),
        state=None if new else Cells(visit).state(definition, record),
        layout=layout,
        was=json.dumps(was),
        was_name=WAS,
        version=version,
        new=new,
        back=back,
        errors=list(found(layout)),
        loose=list(entry.controls.errors.values()),
        may_create=visit.access.can(definition.name, "create"),
    )


def found(layout: Layout) -> Any:
    """The faults of a form in its order: (id of the input, label, sentence)."""
    for item in layout.items:
        if item.error:
            yield item.id, item.label, item.error
        if isinstance(item, Grid):
            for index, row in enumerate(item.rows, 1):
                if row.error:
                    yield item.id, f"{item.label} {index}", row.error
                for control in row.controls:
                    if control.error:
                        yield control.id, f"{item.label} {index}", control.error


def again(visit: Visit, definition: Entity, record: Mapping[str, Any], rejected: Rejected, *, new: bool) -> Any:
    """The form as it was sent, with a sentence at each field."""
    errors: dict[str, str] = {}
    for fault in rejected.faults:
        sentence = visit.say(fault.message, **fault.params)
        errors[fault.path] = f"{errors[fault.path]} {sentence}" if fault.path in errors else sentence
    known = {**record, "$names": chosen_names(visit, definition, record, request.form, new=new)}
    return form_page(visit, definition, known, new=new, form=request.form, errors=errors), 422


def values_of(visit: Visit, layout: Layout, form: MultiDict[str, str]) -> dict[str, Any]:
    """What the form sent for the fields of its layout, as the records service takes it."""
    values: dict[str, Any] = {}
    for item in layout.items:
        if isinstance(item, Control) and item.cell is None and is_sent(form, item.name, item.field):
            values[item.name] = sent_value(form, item.name, item.field, visit)
        elif isinstance(item, Grid) and item.blank is not None and item.name in form:
            free = [control.field for control in item.blank.controls if control.cell is None]
            values[item.name] = sent_rows(form, item.name, free, visit)
    return values


def chosen_names(
    visit: Visit, definition: Entity, record: Mapping[str, Any], form: MultiDict[str, str], *, new: bool
) -> dict[tuple[str, str, str], str]:
    """What the records are called that a form has just named: one look-up a field, not one a row."""
    asked: dict[tuple[str, str], set[str]] = {}
    for item in Entry(visit, definition, record, new=new).layout().items:
        if isinstance(item, Control) and item.field.type in RECORDS:
            asked.setdefault((definition.name, item.name), set()).update(sent_texts(form, item.name, item.field))
        elif isinstance(item, Grid):
            child = item.field.settings["of"]
            for head in (one for one in item.heads if one.type in RECORDS):
                for key in row_keys(form, item.name):
                    texts = sent_texts(form, f"{item.name}.{key}.{head.name}", head)
                    asked.setdefault((child, head.name), set()).update(texts)
    names: dict[tuple[str, str, str], str] = {}
    for (entity, field), keys in asked.items():
        for key, label in named(visit, entity, field, {key for key in keys if key}):
            names[entity, field, key] = label
    return names


def named(visit: Visit, entity: str, field: str, keys: set[str]) -> list[tuple[str, str]]:
    """What these records are called, for a field that refers to them."""
    ids = [number for key in keys if (number := id_of(key)) is not None]
    if visit.manifest.entities[entity].fields[field].type == "any_ref":
        pairs = [(key, *key.partition("/")[::2]) for key in keys]
        return [(key, visit.records.label(of, id)) for key, of, one in pairs if (id := id_of(one)) is not None]
    return [(str(key), label) for key, label, _ in visit.records.options(entity, field, "", values=ids)] if ids else []


def copy_of(visit: Visit, definition: Entity, record_id: int) -> dict[str, Any]:
    """What a copy of a record begins with: no numbers, no unique values, no state, no files; rows without their ids."""
    record = visit.records.get(definition.name, record_id)
    writable = set(visit.access.writable(definition.name))
    copied: dict[str, Any] = {"$labels": record.get("$labels", {})}
    for name, field in definition.fields.items():
        if name not in writable or field.unique or field.type in NOT_COPIED or name not in record:
            continue
        rows = record[name] if field.type == "lines" else None
        copied[name] = record[name] if rows is None else [{**row, "id": None} for row in rows]
    return copied


def begun(visit: Visit, definition: Entity) -> dict[str, Any]:
    """What a new record begins with, and what those are called whom it names."""
    record = visit.records.defaults(definition.name)
    labels: dict[str, Any] = {}
    for name, value in record.items():
        if definition.fields[name].type in ("ref", "department", "user") and value is not None:
            labels[name] = next((label for _, label in named(visit, definition.name, name, {str(value)})), None)
    return {**record, "$labels": labels}


def given(visit: Visit, definition: Entity, args: MultiDict[str, str], known: Mapping[str, Any]) -> dict[str, Any]:
    """What the address says a new record begins with, such as the customer from whose page one came."""
    values: dict[str, Any] = {}
    labels: dict[str, Any] = {}
    for name in visit.access.writable(definition.name):
        field = definition.fields[name]
        text = args.get(name, "")
        if text and field.type in ("ref", "department", "user", "choice", "text") and len(text) < 200:
            number = id_of(text) if field.type in ("ref", "department", "user") else None
            values[name] = text if number is None else number
            if field.type in ("ref", "department", "user"):
                labels[name] = next((label for _, label in named(visit, definition.name, name, {text})), None)
    return values | ({"$labels": {**known, **labels}} if labels else {})


def onwards(visit: Visit, definition: Entity, record: Mapping[str, Any]) -> Any:
    """Where to go after saving: the record, or the next new one."""
    if request.form.get("then") == "new" and visit.access.can(definition.name, "create"):
        return redirect(entity_url(visit.company, definition.name, "form.new"), 303)
    return redirect(record_url(visit.company, definition.name, record["id"]), 303)
