"""The REST API of every company: one blueprint, generic for all entities of all releases.

    /api/v1/<company>/                                    what there is
    /api/v1/<company>/openapi.json                        the same for programs, as this user may use it
    /api/v1/<company>/files, …/files/<id>                 upload, download
    /api/v1/<company>/<package>/<entity>                  list, create
    …/bulk   …/options/<field>   …/<id>   …/<id>/history   …/<id>/transitions[/<name>]

In: the database, the releases, the identity of the installation. Out: a Flask blueprint. Every refusal under /api/v1/
is application/problem+json, also where no address matches. Nothing is registered for an entity, so publishing a
release changes nothing here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException, default_exceptions
from werkzeug.routing import RequestRedirect

from ..identity import Identity
from ..storage.database import Database
from ..storage.release import Releases
from . import bulk as api_bulk
from . import catalogue as api_catalogue
from . import files as api_files
from . import records as api_records
from .problem import problem_of
from .visit import Reception, Visit

PREFIX = "/api/v1"
View = Callable[..., Response]

ENTITY = "/<company>/<package>/<entity>"
ROUTES: tuple[tuple[str, str, dict[str, View]], ...] = (
    ("/<company>/", "catalogue", {"GET": api_catalogue.catalogue}),
    ("/<company>/openapi.json", "openapi", {"GET": api_catalogue.openapi}),
    ("/<company>/files", "files", {"POST": api_files.upload}),
    ("/<company>/files/<id>", "file", {"GET": api_files.download}),
    (ENTITY, "records", {"GET": api_records.list_records, "POST": api_records.create_record}),
    (f"{ENTITY}/bulk", "bulk", {"POST": api_bulk.bulk}),
    (f"{ENTITY}/options/<field>", "options", {"GET": api_records.options}),
    (
        f"{ENTITY}/<id>",
        "record",
        {"GET": api_records.get_record, "PATCH": api_records.update_record, "DELETE": api_records.delete_record},
    ),
    (f"{ENTITY}/<id>/history", "history", {"GET": api_records.history}),
    (f"{ENTITY}/<id>/transitions", "transitions", {"GET": api_records.list_transitions}),
    (f"{ENTITY}/<id>/transitions/<name>", "transition", {"POST": api_records.transit}),
)


def blueprint(database: Database, releases: Releases, identity: Identity) -> Blueprint:
    """The API, to be registered on an app that has identity installed. It brings its own URL prefix."""
    api = Blueprint("api", __name__, url_prefix=PREFIX)
    reception = Reception(database, releases, identity)
    for rule, endpoint, verbs in ROUTES:
        api.add_url_rule(rule, endpoint, _view(reception, verbs), methods=list(verbs), strict_slashes=False)

    def refuse(error: Exception) -> Response:
        return problem_of(error, language := reception.language()).response(language)

    # Each code by itself as well: a handler that the app has for 404 would otherwise come first.
    for code in default_exceptions:
        api.register_error_handler(code, refuse)
    api.register_error_handler(HTTPException, refuse)
    api.register_error_handler(Exception, refuse)

    @api.before_app_request
    def _no_such_address() -> Response | None:
        error = request.routing_exception
        if error is None or isinstance(error, RequestRedirect) or not request.path.startswith("/api/"):
            return None
        return refuse(error)

    return api


def _view(reception: Reception, verbs: dict[str, View]) -> Callable[..., Response]:
    def view(company: str, **place: Any) -> Response:
        visit: Visit = reception.visit(company)
        return verbs["GET" if request.method == "HEAD" else request.method](visit, **place)

    return view
