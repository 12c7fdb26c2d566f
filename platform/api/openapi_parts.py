"""The parts that every OpenAPI document of ours has: refusals, parameters, and the shapes around records.

In: nothing. Out: components (RFC 9457 problems, pages' parameters, files, audit entries) and references to them. Knows
no entity.
"""

from __future__ import annotations

from .body import LARGEST
from .openapi_filters import operand_schemas, shared_filters
from .openapi_shapes import RECORD_ID, Shape, reference

PROBLEM = "application/problem+json"
REFUSALS: dict[str, tuple[int, str]] = {
    "BadRequest": (400, "The request cannot be understood: a parameter, a header or the JSON is wrong."),
    "Unauthorized": (401, "Nobody is signed in, or the token or key was refused."),
    "Forbidden": (403, "The user's roles do not grant this."),
    "NotFound": (404, "There is no such company, entity, record or file, or none that this user may know of."),
    "InUse": (409, "Other records refer to this one."),
    "Conflict": (412, "Somebody else has changed the record; `mine` and `theirs` show both sides."),
    "TooLarge": (413, f"The body is larger than is accepted: {LARGEST // 1024**2} MB of JSON, 100 MB of a file."),
    "UnsupportedMedia": (415, "The body is not of the media type that this address takes."),
    "Invalid": (422, "The values cannot be saved; `errors` name the fields."),
    "PreconditionRequired": (428, "If-Match is missing."),
    "Unavailable": (503, "The database cannot serve just now; nothing was changed."),
}


def refusals(*names: str) -> Shape:
    """Responses by status, as an operation lists them."""
    return {str(REFUSALS[name][0]): {"$ref": f"#/components/responses/{name}"} for name in names}


def refusal(name: str) -> Shape:
    """The response component of a refusal."""
    text = REFUSALS[name][1]
    shape: Shape = {"description": text, "content": {PROBLEM: {"schema": reference("Problem")}}}
    if name == "Unauthorized":
        shape["headers"] = {"WWW-Authenticate": {"required": True, "schema": {"type": "string"}}}
    if name == "Unavailable":
        shape["headers"] = {"Retry-After": {"schema": {"type": "string"}}}
    return shape


def shared_schemas() -> Shape:
    """The schema components that are no entity's."""
    text: Shape = {"type": "string"}
    fault = {"field": text, "code": text, "message": text}
    problem: Shape = {
        "type": text,
        "title": text,
        "status": {"type": "integer"},
        "code": text,
        "detail": text,
        "errors": {"type": "array", "items": reference("Fault")},
        "mine": {"type": "object", "description": "412: what was sent"},
        "theirs": {"type": "object", "description": "412: the record as it stands"},
        "changed_fields": {"type": "array", "items": text},
        "by": {"type": "array", "items": {"type": "object"}, "description": "409: what refers to the record"},
        "results": {"type": "array", "items": {"type": "object"}, "description": "Bulk: the result of each row"},
    }
    file: Shape = {
        "id": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
        "name": {"type": ["string", "null"]},
        "size": {"type": ["integer", "null"]},
        "mime": {"type": ["string", "null"]},
    }
    catalogue: Shape = {
        "company": text,
        "label": text,
        "release": {"type": "integer"},
        "languages": {"type": "array", "items": text},
        "currency": text,
        "time_zone": text,
        "entities": {"type": "array", "items": {"type": "object"}},
        "links": {"type": "object", "additionalProperties": text},
    }
    entry: Shape = {
        "id": RECORD_ID,
        "entity": text,
        "record": RECORD_ID,
        "action": {"type": "string", "description": "create, update, delete or transition:<name>"},
        "at": {"type": "string", "format": "date-time"},
        "user_id": {"type": ["integer", "null"]},
        "username": text,
        "channel": text,
        "release": {"type": "integer"},
        "before": {"type": "object"},
        "after": {"type": "object"},
    }
    option: Shape = {"id": {"type": ["integer", "object"]}, "label": text, "hint": {"type": ["string", "null"]}}
    return operand_schemas() | {
        "Problem": _closed(problem, "type", "title", "status", "code", "detail") | {"additionalProperties": True},
        "Fault": _closed(fault, *fault),
        "File": _closed(file, *file),
        "Catalogue": _closed(catalogue, *catalogue),
        "AuditEntry": _closed(entry, *entry),
        "Option": _closed(option, *option),
    }


def _closed(properties: Shape, *required: str) -> Shape:
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


def shared_parameters() -> Shape:
    """The parameter components."""
    text: Shape = {"type": "string"}
    names: Shape = {"type": "array", "items": text}
    query: dict[str, tuple[Shape, str]] = {
        "sort": (names, "Fields to sort by; -field for descending. At most 5."),
        "fields": (names, "Only these fields, and id and version; one step through a reference: customer.name."),
        "expand": (names, "Put the records that these fields name, or the rows, into the answer. At most 8."),
        "search": (text, "Words, each of which must be found in one of the searched fields."),
        "limit": ({"type": "integer", "minimum": 1, "maximum": 500, "default": 50}, "Records on a page."),
        "after": (text, "The `next` of the page before, with the same sort."),
        "before": (text, "The `previous` of the page after, with the same sort."),
        "count": ({"type": "boolean", "default": False}, "Whether to count all that match; counting stops at 10,000."),
        "labels": (
            {"type": "boolean", "default": False},
            "Whether to tell what referred records and users are called.",
        ),
        "totals": (names, "Totals over all that match: field.sum, .avg, .min, .max or .count."),
    }
    found: Shape = {
        name: {
            "name": name,
            "in": "query",
            "description": said,
            "schema": shape,
            **({"style": "form", "explode": False} if shape is names else {}),
        }
        for name, (shape, said) in query.items()
    }
    found |= shared_filters()
    found["id"] = {"name": "id", "in": "path", "required": True, "schema": RECORD_ID}
    found["file_id"] = {
        "name": "id", "in": "path", "required": True, "schema": {"type": "string", "pattern": "^[0-9a-f]{32}$"}
    }  # fmt: skip
    say = "The ETag that was read, or * for whatever is there."
    for name, required in (("if_match", True), ("if_match_optional", False)):
        found[name] = {"name": "If-Match", "in": "header", "required": required, "description": say, "schema": text}
    found["if_none_match"] = {"name": "If-None-Match", "in": "header", "schema": text}
    return found
