"""Bulk requests: many creates, updates and deletes in one, with a result for each row.

    POST …/bulk {"create": [{…}], "update": [{"id": 7, "version": 3, …}], "delete": [8, {"id": 9}], "atomic": true}

In: a visit and the body. Out: results in the order create, update, delete, each with its own status, as 207 answers
are. Atomic (the default) means all rows or none: then one bad row makes the whole request a 422, with the results in
it. Without it, each good row is kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask import Response, request
from marshmallow import ValidationError

from ...metamodel.invalid import N_
from ...metamodel.manifest import Entity
from ..records.errors import Conflict, Fault, Forbidden
from ..records.records import Operation, Outcome
from .body import clean, json_object
from .problem import Problem, problem_of
from .query import only
from .records import answer, conflict_problem
from .schemas import MOST_OPERATIONS, Bulk
from .visit import Visit

VERBS = ("create", "update", "delete")
DONE = {"create": 201, "update": 200, "delete": 204}
_SCHEMA = Bulk()
NOT_DONE = N_("Nothing was saved, because {count} of the rows cannot be; see results.")
WITH_OTHERS = N_("Not saved, because other rows of the same request cannot be.")


def bulk(visit: Visit, package: str, entity: str) -> Response:
    """Carry out a bulk request."""
    definition = visit.entity(package, entity)
    only(request.args)
    body = _read(json_object())
    for verb in VERBS:
        if body.get(verb) and not visit.contract.access.can(definition.name, verb):
            raise Forbidden(verb, definition.name, definition.label)
    asked = list(_operations(body))
    if len(asked) > MOST_OPERATIONS:
        raise Problem(422, "invalid", N_("At most {max} rows at once."), max=MOST_OPERATIONS)
    atomic = body["atomic"]
    outcomes = visit.records.many(definition.name, [operation for _, operation in asked], atomic=atomic)
    results = [
        _result(visit, definition, index, operation, outcome)
        for (index, operation), outcome in zip(asked, outcomes, strict=True)
    ]
    failed = sum(outcome.error is not None for outcome in outcomes)
    if atomic and failed:
        results = [
            result if result["status"] >= 400 else _undone(visit, index, operation)
            for result, (index, operation) in zip(results, asked, strict=True)
        ]
        raise Problem(422, "bulk_failed", NOT_DONE, count=failed, more={"results": results})
    return answer({"results": results, "succeeded": len(results) - failed, "failed": failed})


def _read(body: dict[str, Any]) -> dict[str, Any]:
    faults = [
        Fault(clean(name), "unknown_field", N_("There is no field “{name}”."), {"name": clean(name)})
        for name in body
        if name not in (*VERBS, "atomic")
    ]
    try:
        read: dict[str, Any] = dict(_SCHEMA.load(body))
    except ValidationError as error:
        faults.extend(_faults("", error.messages))
    if faults:
        raise Problem(422, "invalid", N_("The values cannot be saved; see errors."), errors=faults)
    return read


def _faults(path: str, messages: Any) -> Iterator[Fault]:
    """marshmallow's nested messages as faults by path."""
    if isinstance(messages, Mapping):
        for name, inner in messages.items():
            yield from _faults(f"{path}.{name}" if path else str(name), inner)
    else:
        for message in messages:
            yield Fault(path, "malformed", str(message))


def _operations(body: Mapping[str, Any]) -> Iterator[tuple[int, Operation]]:
    for index, values in enumerate(body.get("create", ())):
        yield index, Operation("create", values=values)
    for index, row in enumerate(body.get("update", ())):
        values = {name: value for name, value in row.items() if name not in ("id", "version")}
        yield index, Operation("update", id=row["id"], version=row.get("version"), values=values)
    for index, row in enumerate(body.get("delete", ())):
        yield index, Operation("delete", id=row["id"], version=row.get("version"))


def _result(visit: Visit, definition: Entity, index: int, operation: Operation, outcome: Outcome) -> dict[str, Any]:
    result: dict[str, Any] = {"operation": operation.action, "index": index}
    error = outcome.error
    if error is None:
        named = {"version": outcome.version} if outcome.version is not None else {}
        return result | {"status": DONE[operation.action], "id": outcome.id, **named}
    if isinstance(error, Conflict):
        problem = conflict_problem(visit, definition, error, operation.values or {})
    else:
        problem = problem_of(error, visit.language)
    return {**result, "id": operation.id, **problem.body(visit.language)}


def _undone(visit: Visit, index: int, operation: Operation) -> dict[str, Any]:
    """A row that was fine, of a request that was not."""
    problem = Problem(424, "undone", WITH_OTHERS)
    return {"operation": operation.action, "index": index, "id": operation.id, **problem.body(visit.language)}
