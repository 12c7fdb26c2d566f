"""The OpenAPI document of a company (3.1): what one set of roles may do, with every parameter and every refusal.

In: a release, an access, the schemas. Out: JSON bytes. A field or an entity that may not be read is not in it. Labels
are in the reader's language; the rest is English, as programs' documents are. Knows nothing of requests.
"""

from __future__ import annotations

import msgspec

from ...rules.access import Access
from ..storage.release import Release
from .openapi_entity import entity_paths, entity_schemas
from .openapi_parts import REFUSALS, refusal, refusals, shared_parameters, shared_schemas
from .openapi_shapes import Shape, reference
from .schemas import Schemas

VERSION = "3.1.0"
ABOUT = (
    "Filters: `?level=a`, `?amount.gte=1000`, `?owner.in=1,2`, `?due.between=2026-01-01,2026-02-01`, "
    "`?name.contains=foo`, `?tags.empty=true`; one step through a reference works too: `?customer.level=a`. "
    "A field called like another parameter is filtered with its operator: `?limit.eq=3`. Decimals are texts, moments "
    "are UTC. Writes with a session cookie need the header X-CSRFToken."
)


def document(release: Release, access: Access, schemas: Schemas, language: str) -> bytes:
    """The whole document."""
    company = release.manifest.company
    paths: Shape = dict(_company_paths())
    components: Shape = shared_schemas()
    used: set[str] = set()
    for name in access.entities("read"):
        entity = release.manifest.entities[name]
        used.add(entity.package)
        paths |= entity_paths(entity, access, language)
        components |= entity_schemas(entity, access, schemas, language)
    whole = {
        "openapi": VERSION,
        "info": {
            "title": company.label.text(language),
            "version": f"{release.rev}",
            "description": ABOUT,
        },
        "servers": [{"url": f"/api/v1/{company.name}"}],
        "security": [{"bearer": []}, {"api_key": []}, {"session": []}],
        "tags": [
            {"name": name, "description": package.label.text(language)}
            for name, package in release.manifest.packages.items()
            if name in used
        ],
        "paths": paths,
        "components": {
            "schemas": components,
            "parameters": shared_parameters(),
            "responses": {name: refusal(name) for name in REFUSALS},
            "headers": {
                "ETag": {"description": "The record's version, to be sent as If-Match.", "schema": {"type": "string"}},
                "Location": {"description": "The address of what was made.", "schema": {"type": "string"}},
            },
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An access token of POST /api/v1/security/login, or an API key.",
                },
                "api_key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
                "session": {"type": "apiKey", "in": "cookie", "name": "sartor_session"},
            },
        },
    }
    return msgspec.json.encode(whole)


def _company_paths() -> Shape:
    everywhere = ("Unauthorized", "NotFound", "Unavailable")
    upload: Shape = {
        "type": "object",
        "properties": {
            "file": {"type": "string", "format": "binary"},
            "entity": {"type": "string", "description": "Where it will go, so that its limits are met at once."},
            "field": {"type": "string"},
        },
        "required": ["file"],
    }
    stored = {"content": {"application/json": {"schema": reference("File")}}}
    return {
        "/": {
            "get": {
                "operationId": "catalogue",
                "summary": "What there is in this company",
                "responses": {
                    "200": {
                        "description": "The company, its entities, and where they are",
                        "content": {"application/json": {"schema": reference("Catalogue")}},
                    },
                    **refusals("BadRequest", *everywhere),
                },
            }
        },
        "/openapi.json": {
            "get": {
                "operationId": "openapi",
                "summary": "This document",
                "parameters": [{"$ref": "#/components/parameters/if_none_match"}],
                "responses": {
                    "200": {
                        "description": "An OpenAPI 3.1 document",
                        "content": {"application/json": {"schema": {"type": "object"}}},
                    },
                    "304": {"description": "It has not changed."},
                    **refusals("BadRequest", *everywhere),
                },
            }
        },
        "/files": {
            "post": {
                "operationId": "files.upload",
                "summary": "Upload a file, for a field to name",
                "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": upload}}},
                "responses": {
                    "201": {
                        "description": "Stored",
                        "headers": {"Location": {"$ref": "#/components/headers/Location"}},
                        **stored,
                    },
                    **refusals(
                        "BadRequest", *everywhere, "Forbidden", "TooLarge", "UnsupportedMedia", "Invalid"
                    ),
                },
            }
        },
        "/files/{id}": {
            "get": {
                "operationId": "files.download",
                "summary": "Download a file",
                "parameters": [{"$ref": "#/components/parameters/file_id"}],
                "responses": {
                    "200": {"description": "The content", "content": {"*/*": {"schema": {}}}},
                    "206": {"description": "A range of it", "content": {"*/*": {"schema": {}}}},
                    "304": {"description": "It has not changed."},
                    **refusals("BadRequest", *everywhere),
                },
            }
        },
    }  # fmt: skip
