"""The web application: everything put together.

In: the databases, settings. Out: a Flask app that any WSGI server can run. Screens and API are generic: nothing is
registered for an entity, and publishing a release needs no new app.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from flask import Flask, Response, g, request
from flask import Request as FlaskRequest
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import BaseConverter

from ..platform.api import blueprint as api
from ..platform.identity import install as install_identity
from ..platform.identity.installation import RESERVED
from ..platform.identity.protection import keep_secret
from ..platform.records.people import People
from ..platform.storage.database import Database
from ..platform.storage.release import Releases
from . import detail_view, form_view, home_view, list_bulk, list_view, options_view, pages, refusals
from .assets import Assets
from .house import House
from .preferences import Preferences

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

TEMPLATES = Path(__file__).resolve().parent / "templates"
ASCII = "".join(map(chr, range(33, 127)))
MOST_BYTES = 120 * 1024**2  # a request; single files have their own limits
MOST_PARTS = 60_000  # a form with two thousand rows has many inputs


class CompanyConverter(BaseConverter):
    """The name of a company in an address: not one that other pages have."""

    regex = r"(?!(?:" + "|".join(sorted(RESERVED | {"healthz"})) + r")(?:/|$))[a-z][a-z0-9_]{0,39}"


class Request(FlaskRequest):
    """A request whose query string can be read whatever bytes it holds: Werkzeug expects it to be ASCII."""

    def __init__(self, environ: WSGIEnvironment, *args: Any, **kwargs: Any) -> None:
        query = environ.get("QUERY_STRING", "")
        if not query.isascii():
            environ["QUERY_STRING"] = quote(query.encode("latin-1", "replace"), safe=ASCII)
        super().__init__(environ, *args, **kwargs)


class NameConverter(BaseConverter):
    """The name of a package or an entity in an address."""

    regex = r"[a-z][a-z0-9_]{0,39}"


def create_app(
    database: Database,
    *,
    releases: Releases | None = None,
    testing: bool = False,
    config: Mapping[str, Any] | None = None,
) -> Flask:
    """The app for these databases. `config` are settings of Flask and of Flask-AppBuilder.

    SARTOR_SECRET_KEY signs sessions, else a key kept beside the data. SARTOR_PROXIES says how many proxies stand in
    front and are trusted to tell the address of who asks.
    """
    app = Flask("sartor", static_folder=None, template_folder=str(TEMPLATES))
    app.request_class = Request
    app.config.update(
        TESTING=testing, MAX_CONTENT_LENGTH=MOST_BYTES, MAX_FORM_PARTS=MOST_PARTS, MAX_FORM_MEMORY_SIZE=20 * 1024**2
    )
    app.config.update(config or {})
    if not app.config.get("SECRET_KEY"):
        app.config["SECRET_KEY"] = os.environ.get("SARTOR_SECRET_KEY") or keep_secret(database.data / "secret.key")
    app.url_map.converters |= {"company": CompanyConverter, "name": NameConverter}
    assets = Assets()
    assets.install(app)
    _number_requests(app)
    identity = install_identity(app, database.control, base_template="base.html")
    pages.install(app)
    shared = releases or Releases(database)
    House(database, shared, identity, People(identity), Preferences(database), assets).install(app)
    app.register_blueprint(api.blueprint(database, shared, identity))
    for part in (
        home_view.blueprint,
        options_view.options_blueprint,
        options_view.file_blueprint,
        list_bulk.blueprint,
        form_view.blueprint,
        detail_view.blueprint,
        list_view.blueprint,
    ):
        app.register_blueprint(part)
    refusals.install(app)
    proxies = int(app.config.get("SARTOR_PROXIES", os.environ.get("SARTOR_PROXIES", "0")))
    if proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies, x_prefix=proxies)  # type: ignore[method-assign]
    return app


def _number_requests(app: Flask) -> None:
    """Give each request a number, told in the answer and in the log, so that a report of a fault finds its lines."""

    @app.before_request
    def _begin() -> None:
        g.request_id = uuid.uuid4().hex[:12]

    @app.after_request
    def _end(response: Response) -> Response:
        response.headers["X-Request-Id"] = g.get("request_id", "")
        if request.method == "GET" and response.mimetype == "text/html":
            response.vary.add("HX-Request")  # the same address is a page, or a part of one
        return response
