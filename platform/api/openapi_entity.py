"""An entity in the OpenAPI document: its addresses, and the shapes of its records.

In: an entity, an access, the schemas. Out: path items and schema components. Operations that the roles do not grant are
left out, as are fields that they may not read, also among the filters.
"""

from __future__ import annotations

from typing import Any

from ...metamodel.invalid import N_
from ...metamodel.manifest import Entity
from ...rules.access import Access
from ..language import translate
from .openapi_filters import choice_schemas, filters
from .openapi_parts import refusals
from .openapi_shapes import TOTAL, Shape, read_shape, reference, write_shape
from .query import WORDS
from .schemas import MOST_OPERATIONS, Schemas

JSON = "application/json"
READS = ("BadRequest", "Unauthorized", "Forbidden", "NotFound", "Unavailable")
WRITES = (*READS, "TooLarge", "UnsupportedMedia", "Invalid")
SUMMARIES = {
    "page": N_("List {plural}"),
    "create": N_("Add: {label}"),
    "get": N_("Get: {label}"),
    "update": N_("Change: {label}"),
    "delete": N_("Delete: {label}"),
    "bulk": N_("Add, change or delete many {plural}"),
    "history": N_("History: {label}"),
    "transitions": N_("Steps open from the present state: {label}"),
    "transition": N_("Take a step: {label}"),
    "options": N_("Look up what a field may name: {label}"),
}
NAMING = ("ref", "department", "user", "many", "any_ref")
ETAG = {"ETag": {"$ref": "#/components/headers/ETag"}}
LOCATION = {"Location": {"$ref": "#/components/headers/Location"}}


def entity_schemas(entity: Entity, access: Access, schemas: Schemas, language: str) -> Shape:
    """The schema components of an entity."""
    name, schema = entity.name, schemas.of(entity.name)
    page: Shape = {
        "records": {"type": "array", "items": reference(name)},
        "next": {"type": ["string", "null"]},
        "previous": {"type": ["string", "null"]},
        "count": {"type": "integer"},
        "count_is_minimum": {"type": "boolean"},
        "totals": {"type": "object", "additionalProperties": {"anyOf": [TOTAL, {"type": "object"}]}},
    }
    found = {
        name: read_shape(schema, language),
        f"{name}.page": {"type": "object", "properties": page, "required": ["records", "next", "previous"]},
    }
    found |= choice_schemas(entity, access)
    if entity.owner is not None:
        row = schemas.of(name, without=entity.owner.by)
        found[f"{name}.row"] = read_shape(row, language)
        found[f"{name}.row_input"] = write_shape(row, language, partial=True, row=True)
    if access.can(name, "create"):
        found[f"{name}.create"] = write_shape(schema, language, partial=False)
    if access.can(name, "update"):
        found[f"{name}.update"] = write_shape(schema, language, partial=True)
    return found


def entity_paths(entity: Entity, access: Access, language: str) -> Shape:
    """The path items of an entity."""
    say = _Operations(entity, language)
    name, base = entity.name, f"/{entity.package}/{entity.short}"
    can = {action: access.can(name, action) for action in ("create", "update", "delete")}
    one: Shape = {"parameters": [_parameter("id")], "get": say.get()}
    whole: Shape = {"get": say.page(filters(entity, access))}
    if can["create"]:
        whole["post"] = say.write("create", "201", f"{name}.create", {**ETAG, **LOCATION}, ())
    if can["update"]:
        one["patch"] = say.write("update", "200", f"{name}.update", ETAG, ("Conflict", "PreconditionRequired"))
    if can["delete"]:
        one["delete"] = say.delete()
    paths: Shape = {base: whole, f"{base}/{{id}}": one, f"{base}/{{id}}/history": say.history()}
    if any(can.values()):
        paths[f"{base}/bulk"] = {"post": say.bulk([action for action, granted in can.items() if granted])}
    naming = [
        field.name
        for field in map(entity.fields.get, access.readable(name))
        if field is not None and field.type in NAMING
    ]
    if naming:
        paths[f"{base}/options/{{field}}"] = say.options(naming)
    if entity.lifecycle is not None and access.field(name, entity.lifecycle.field) != "none":
        paths[f"{base}/{{id}}/transitions"] = say.transitions()
        steps = [step for step in entity.lifecycle.transitions if access.may(name, step)]
        if steps:
            paths[f"{base}/{{id}}/transitions/{{name}}"] = say.transition(steps)
    return paths


class _Operations:
    """The operations of one entity."""

    def __init__(self, entity: Entity, language: str) -> None:
        self.entity = entity
        self._texts = {"label": entity.label.text(language), "plural": entity.plural.text(language)}
        self._language = language

    def page(self, filters: list[Shape]) -> Shape:
        return self._operation(
            "page",
            parameters=[*(_parameter(word) for word in WORDS), *filters],
            responses={"200": _content("A page", f"{self.entity.name}.page"), **refusals(*READS)},
        )

    def get(self) -> Shape:
        parameters = [*map(_parameter, ("fields", "expand", "labels", "if_none_match"))]
        found = _content("The record", self.entity.name) | {"headers": ETAG}
        responses = {"200": found, "304": {"description": "It has not changed."}, **refusals(*READS)}
        return self._operation("get", parameters=parameters, responses=responses)

    def write(self, verb: str, status: str, body: str, headers: Shape, more: tuple[str, ...]) -> Shape:
        done = _content("The record as it is now", self.entity.name) | {"headers": headers}
        operation = self._operation(
            verb,
            requestBody={"required": True, "content": {JSON: {"schema": reference(body)}}},
            responses={status: done, **refusals(*WRITES, *more)},
        )
        if verb == "update":
            operation["parameters"] = [_parameter("if_match")]
        return operation

    def delete(self) -> Shape:
        refused = refusals(*READS, "InUse", "Conflict", "Invalid", "PreconditionRequired")
        responses = {"204": {"description": "Deleted"}, **refused}
        return self._operation("delete", parameters=[_parameter("if_match")], responses=responses)

    def bulk(self, verbs: list[str]) -> Shape:
        version: Shape = {"type": "integer", "minimum": 1, "maximum": 2**63 - 1}
        target: Shape = {"type": "object", "properties": {"id": version, "version": version}, "required": ["id"]}
        rows: Shape = {
            "create": {"type": "object"},
            "update": target,
            "delete": {"anyOf": [version, target]},
        }
        properties: Shape = {
            verb: {"type": "array", "items": rows[verb], "maxItems": MOST_OPERATIONS} for verb in verbs
        }
        properties["atomic"] = {"type": "boolean", "default": True, "description": "All rows or none."}
        body = {"type": "object", "properties": properties, "additionalProperties": False}
        result: Shape = {
            "type": "object",
            "properties": {"operation": {"enum": verbs}, "index": {"type": "integer"}, "status": {"type": "integer"}},
            "required": ["operation", "index", "status"],
        }
        count = {"type": "integer"}
        results: Shape = {
            "type": "object",
            "properties": {"results": {"type": "array", "items": result}, "succeeded": count, "failed": count},
            "required": ["results", "succeeded", "failed"],
        }
        done = {"description": "A result for each row", "content": {JSON: {"schema": results}}}
        return self._operation(
            "bulk",
            requestBody={"required": True, "content": {JSON: {"schema": body}}},
            responses={"200": done, **refusals(*WRITES)},
        )

    def history(self) -> Shape:
        entries: Shape = {"type": "array", "items": reference("AuditEntry")}
        return {"parameters": [_parameter("id")], "get": self._listing("history", "entries", entries)}

    def transitions(self) -> Shape:
        steps: Shape = {"type": "array", "items": {"type": "object"}}
        operation = self._listing("transitions", "transitions", steps, {"state": {"type": ["string", "null"]}})
        return {"parameters": [_parameter("id")], "get": operation}

    def transition(self, steps: list[str]) -> Shape:
        done = _content("The record as it is now", self.entity.name) | {"headers": ETAG}
        operation = self._operation(
            "transition",
            parameters=[_parameter("if_match_optional")],
            responses={"200": done, **refusals(*WRITES, "Conflict")},
        )
        return {"parameters": [_parameter("id"), _named("name", steps)], "post": operation}

    def options(self, fields: list[str]) -> Shape:
        options: Shape = {"type": "array", "items": reference("Option")}
        operation = self._listing("options", "options", options)
        limit = {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}
        operation["parameters"] = [
            {"name": "q", "in": "query", "schema": {"type": "string"}},
            {"name": "limit", "in": "query", "schema": limit},
        ]
        return {"parameters": [_named("field", fields)], "get": operation}

    def _listing(self, verb: str, name: str, items: Shape, more: Shape | None = None) -> Shape:
        shape = {"type": "object", "properties": {name: items, **(more or {})}, "required": [name]}
        found = {"description": "Found", "content": {JSON: {"schema": shape}}}
        return self._operation(verb, responses={"200": found, **refusals(*READS)})

    def _operation(self, verb: str, **given: Any) -> Shape:
        return {
            "operationId": f"{self.entity.name}.{verb}",
            "summary": translate(SUMMARIES[verb], self._language, **self._texts),
            "tags": [self.entity.package],
            **given,
        }


def _parameter(name: str) -> Shape:
    return {"$ref": f"#/components/parameters/{name}"}


def _named(name: str, values: list[str]) -> Shape:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string", "enum": values}}


def _content(text: str, schema: str) -> Shape:
    return {"description": text, "content": {JSON: {"schema": reference(schema)}}}
