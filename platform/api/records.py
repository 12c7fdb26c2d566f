"""The verbs of records: list, get, create, update, delete, transitions, history, look-ups.

In: a visit, an address, the request. Out: responses. Reads the request, calls the records service, writes its answer;
decides nothing of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from flask import Response, request, url_for

from ...metamodel.invalid import N_
from ...metamodel.manifest import Entity
from ...rules.lifecycle import open_transitions
from ..records.errors import Conflict, Fault, Rejected
from .body import json_object, malformed
from .conditional import expected_version, tag, unchanged
from .output import Record, encode
from .problem import Problem, bad_query
from .query import Asked, asked_of_list, asked_of_record, only
from .visit import Visit

JSON = "application/json"
MOST_OPTIONS = 100
NAMING = ("ref", "department", "user", "many", "any_ref")
_ID = re.compile(r"[1-9][0-9]{0,18}", re.ASCII)


def answer(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON response."""
    return Response(encode(value), status, headers, mimetype=JSON)


def record_id(text: str) -> int:
    """The id in an address. Raises Problem (404) for what cannot be one."""
    number = int(text) if _ID.fullmatch(text) else 0
    if not 0 < number < 2**63:
        raise Problem(404, "not_found", N_("There is no such record."))
    return number


def list_records(visit: Visit, package: str, entity: str) -> Response:
    """One page of records."""
    definition = visit.entity(package, entity)
    contract = visit.contract
    asked = asked_of_list(request.args, definition, contract.paths)
    try:
        page = visit.records.page(definition.name, asked.query)
    except Rejected as rejected:
        raise asked.problem(rejected) from None
    body: dict[str, Any] = {
        "records": contract.writers.of(definition.name).all(page.records, labels=asked.labels),
        "next": page.next,
        "previous": page.previous,
    }
    if page.count is not None:
        body |= {"count": page.count, "count_is_minimum": page.count_is_minimum}
    if asked.query.totals:
        body["totals"] = {path: _total(value) for path, value in page.totals.items()}
    return answer(body)


def get_record(visit: Visit, package: str, entity: str, id: str) -> Response:
    """One record with its rows."""
    definition = visit.entity(package, entity)
    asked = asked_of_record(request.args, definition, visit.contract.paths)
    query = asked.query
    try:
        record = visit.records.get(definition.name, record_id(id), fields=query.fields, expand=query.expand)
    except Rejected as rejected:
        raise asked.problem(rejected) from None
    mark = tag(record, visit.contract.mark)
    if unchanged(mark) and _by_itself(asked):
        return Response(status=304, headers={"ETag": mark})
    return _record_answer(visit, definition, record, labels=asked.labels)


def create_record(visit: Visit, package: str, entity: str) -> Response:
    """A new record, with its rows."""
    definition = visit.entity(package, entity, "create")
    only(request.args)
    record = visit.records.create(definition.name, json_object())
    address = url_for(".record", company=visit.release.company, package=package, entity=entity, id=str(record["id"]))
    return _record_answer(visit, definition, record, status=201, headers={"Location": address})


def update_record(visit: Visit, package: str, entity: str, id: str) -> Response:
    """Change the fields that are sent."""
    definition = visit.entity(package, entity, "update")
    only(request.args)
    key = record_id(id)
    version = expected_version(required=True)
    values = json_object()
    if "version" in values:  # what a record says of itself may come back with it; If-Match is what counts
        values = {name: value for name, value in values.items() if name != "version"}
    try:
        record = visit.records.update(definition.name, key, values, version=version)
    except Conflict as conflict:
        raise conflict_problem(visit, definition, conflict, values) from None
    return _record_answer(visit, definition, record)


def delete_record(visit: Visit, package: str, entity: str, id: str) -> Response:
    """Delete a record, with its rows."""
    definition = visit.entity(package, entity, "delete")
    only(request.args)
    key = record_id(id)
    try:
        visit.records.delete(definition.name, key, version=expected_version(required=True))
    except Conflict as conflict:
        raise conflict_problem(visit, definition, conflict, {}) from None
    return Response(status=204)


def transit(visit: Visit, package: str, entity: str, id: str, name: str) -> Response:
    """Take a step of the record's lifecycle."""
    definition = visit.entity(package, entity, "read")
    only(request.args)
    key = record_id(id)
    if request.content_length and json_object():
        raise malformed(N_("A transition takes no values; send {{}} or nothing."))
    if definition.lifecycle is None or name not in definition.lifecycle.transitions:
        raise Problem(404, "not_found", N_("There is no such transition."))
    try:
        record = visit.records.transition(definition.name, key, name, version=expected_version(required=False))
    except Conflict as conflict:
        raise conflict_problem(visit, definition, conflict, {}) from None
    return _record_answer(visit, definition, record)


def list_transitions(visit: Visit, package: str, entity: str, id: str) -> Response:
    """The steps that this user may take from the record's present state."""
    definition = visit.entity(package, entity)
    only(request.args)
    life = definition.lifecycle
    if life is None:
        return answer({"state": None, "transitions": []})
    record = visit.records.get(definition.name, record_id(id), lines=False)
    state = record.get(life.field)
    steps = [
        {
            "name": step.name,
            "label": step.label.text(visit.language),
            "to": step.target,
            "confirm": step.confirm.text(visit.language) if step.confirm is not None else None,
        }
        for step in open_transitions(definition, state)
        if visit.contract.access.may(definition.name, step.name)
    ]
    return answer({"state": state, "transitions": steps}, headers={"ETag": tag(record, visit.contract.mark)})


def options(visit: Visit, package: str, entity: str, field: str) -> Response:
    """Records or users that a field may name, for a look-up."""
    definition = visit.entity(package, entity)
    only(request.args, "q", "limit")
    said = request.args.get("limit", "20")
    limit = int(said) if said.isascii() and said.isdecimal() and len(said) < 5 else 0
    if not 1 <= limit <= MOST_OPTIONS:
        message = N_("{name} must be a whole number from 1 to {max}.")
        raise bad_query([Fault("limit", "bad_limit", message, {"name": "limit", "max": MOST_OPTIONS})])
    target = visit.contract.paths.target(definition, field)
    if target is None or target.hop is not None or target.field.type not in NAMING:
        raise Problem(404, "not_found", N_("There is no field of this name that names records or users."))
    found = visit.records.options(definition.name, field, request.args.get("q", ""), limit=limit)
    return answer({"options": [{"id": key, "label": label, "hint": hint} for key, label, hint in found]})


def history(visit: Visit, package: str, entity: str, id: str) -> Response:
    """The changes of a record and its rows, newest first."""
    definition = visit.entity(package, entity)
    only(request.args)
    entries = visit.records.history(definition.name, record_id(id))
    return answer({"entries": [asdict(entry) for entry in entries]})


def conflict_problem(visit: Visit, definition: Entity, conflict: Conflict, sent: Mapping[str, Any]) -> Problem:
    """A stale version, with both sides: what was sent, and the record as it stands."""
    # Read anew, so that it looks as every answer does, with its rows and files.
    theirs = visit.contract.writers.of(definition.name).one(visit.records.get(definition.name, conflict.id))
    return Problem(
        412,
        "conflict",
        conflict.message,
        headers={"ETag": tag(theirs, visit.contract.mark)},
        more={"mine": dict(sent), "theirs": theirs, "changed_fields": list(conflict.changed_fields)},
        **conflict.params,
    )


def _record_answer(
    visit: Visit,
    definition: Entity,
    record: Record,
    *,
    labels: bool = False,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    marked = {"ETag": tag(record, visit.contract.mark), **(headers or {})}
    return answer(visit.contract.writers.of(definition.name).one(record, labels=labels), status, marked)


def _by_itself(asked: Asked) -> bool:
    """Whether the answer depends on this record alone, so that its version tells whether it changed."""
    return not asked.labels and not asked.query.expand and not any("." in path for path in asked.query.fields or ())


def _total(value: Any) -> Any:
    """A total, or totals by currency (unit), as JSON. Whole numbers may be beyond 64 bits, so all numbers are texts."""
    if isinstance(value, dict):
        return {str(key if key is not None else ""): _total(one) for key, one in value.items()}
    return value if value is None or isinstance(value, datetime) else str(value)
