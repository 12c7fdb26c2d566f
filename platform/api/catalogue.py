"""The catalogue: what a user finds in a company, and where.

In: a visit. Out: the company, its entities as far as this user may read them, with what they may do and the address of
each. A program that knows only the company's address finds everything else from here.
"""

from __future__ import annotations

import gzip
from typing import Any

from flask import Response, request, url_for

from ...metamodel.manifest import ACTIONS, Entity
from .query import only
from .records import answer
from .visit import Visit


def catalogue(visit: Visit) -> Response:
    """The company as this user sees it."""
    only(request.args)
    manifest, access, language = visit.release.manifest, visit.contract.access, visit.language
    company = manifest.company
    return answer(
        {
            "company": company.name,
            "label": company.label.text(language),
            "release": visit.release.rev,
            "languages": list(company.languages),
            "currency": company.currency,
            "time_zone": company.time_zone,
            "entities": [_entity(visit, manifest.entities[name]) for name in access.entities("read")],
            "links": {
                "self": url_for(".catalogue", company=company.name),
                "openapi": url_for(".openapi", company=company.name),
                "files": url_for(".files", company=company.name),
            },
        }
    )


def openapi(visit: Visit) -> Response:
    """The OpenAPI document of what this user may do here."""
    only(request.args)
    document = visit.contract.document(visit.language)
    response = Response(document, mimetype="application/json", headers={"Vary": "Accept-Encoding, Accept-Language"})
    if request.accept_encodings["gzip"]:
        response.headers["Content-Encoding"] = "gzip"
    else:
        response.set_data(gzip.decompress(document))
    response.set_etag(f"{visit.contract.mark}-{visit.language}", weak=True)
    response.headers["Content-Language"] = visit.language
    response.make_conditional(request)
    return response


def _entity(visit: Visit, entity: Entity) -> dict[str, Any]:
    language = visit.language
    return {
        "name": entity.name,
        "label": entity.label.text(language),
        "plural": entity.plural.text(language),
        "description": entity.description.text(language) if entity.description is not None else None,
        "title": entity.title if visit.contract.paths.target(entity, entity.title) is not None else None,
        "owner": entity.owner.entity if entity.owner is not None else None,
        "actions": [action for action in ACTIONS if visit.contract.access.can(entity.name, action)],
        "href": url_for(".records", company=visit.release.company, package=entity.package, entity=entity.short),
    }
