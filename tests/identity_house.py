"""An app with identity on it, as one worker runs it, and a person at it with a browser or a program.

For tests only: the app has a plain base template and three routes that answer who is asking.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from flask import Flask, jsonify
from flask.testing import FlaskClient
from jinja2 import ChoiceLoader, DictLoader, FileSystemLoader
from werkzeug.test import TestResponse

from sartor.platform.identity import Identity, install, prepare
from sartor.platform.storage.database import Database

PASSWORD = "correct horse"
SECRET = "a secret that is long enough for everyone"
TEMPLATES = Path(__file__).resolve().parent.parent / "ui" / "templates"
BASE = """<!doctype html><html><head><title>{% block page_title %}{% endblock %}</title>
{% block head_css %}{% endblock %}{% block head_js %}{% endblock %}</head>
<body>{% block body %}{% block navbar %}NAV{% endblock %}
{% block messages %}{% for kind, text in get_flashed_messages(with_categories=true) %}
<p class="{{ kind }}">{{ text }}</p>{% endfor %}{% endblock %}{% block content %}{% endblock %}{% endblock %}
{% block tail_js %}{% endblock %}{% block add_tail_js %}{% endblock %}{% block tail %}{% endblock %}</body></html>"""


@dataclass
class Browser:
    """A person at a browser: keeps cookies, and sends the CSRF token of the last page that was shown."""

    client: FlaskClient
    token: str = ""
    secure: bool = False
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, url: str, **options: Any) -> TestResponse:
        return self._seen(self.client.get(url, base_url=self._base(), headers=self.headers, **options))

    def post(self, url: str, data: dict[str, Any] | None = None, **options: Any) -> TestResponse:
        headers = {"Referer": f"{self._base()}/", **self.headers}
        data = {"csrf_token": self.token, **(data or {})}
        return self._seen(self.client.post(url, data=data, base_url=self._base(), headers=headers, **options))

    def sign_in(self, username: str, password: str = PASSWORD, *, next_url: str | None = None) -> TestResponse:
        self.get("/login/")
        answer = self.post("/login/", {"username": username, "password": password}, query_string={"next": next_url})
        if answer.status_code == 302:
            self.get("/profile/")
        return answer

    def who(self) -> Any:
        answer = self.get("/who")
        assert answer.json is not None
        return answer.json["username"]

    def _base(self) -> str:
        return "https://localhost" if self.secure else "http://localhost"

    def _seen(self, answer: TestResponse) -> TestResponse:
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', answer.text) if answer.is_json is False else None
        self.token = found.group(1) if found else self.token
        return answer


@dataclass
class Worker:
    """One process of the server."""

    app: Flask
    identity: Identity
    database: Database

    def browser(self, **settings: Any) -> Browser:
        return Browser(self.app.test_client(), **settings)

    def api(self, token: str | None = None, method: str = "GET", url: str = "/who", **options: Any) -> TestResponse:
        """A request of a program, without cookies."""
        headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
        client = self.app.test_client(use_cookies=False)
        return client.open(url, method=method, headers={**headers, **options.pop("headers", {})}, **options)

    def tokens(self, username: str, password: str = PASSWORD) -> dict[str, str]:
        payload = {"username": username, "password": password, "refresh": True}
        answer = self.api(method="POST", url="/api/v1/security/login", json=payload)
        assert answer.status_code == 200, answer.text
        return dict(answer.json or {})

    @contextmanager
    def statements(self) -> Iterator[list[str]]:
        """The statements that the driver of the control database executes meanwhile, whoever asks it to."""
        seen: list[str] = []

        def note(statement: str) -> None:
            if not statement.startswith(("BEGIN", "COMMIT", "ROLLBACK")):
                seen.append(statement)

        class Noting(psycopg.Cursor[Any]):
            def execute(self, query: Any, *args: Any, **options: Any) -> Any:
                note(str(query))
                return super().execute(query, *args, **options)

        def taken(connection: Any, *_: Any) -> None:
            if isinstance(connection, sqlite3.Connection):
                connection.set_trace_callback(note)
            else:
                connection.cursor_factory = Noting

        def returned(connection: Any, *_: Any) -> None:
            if isinstance(connection, sqlite3.Connection):
                connection.set_trace_callback(None)
            else:
                connection.cursor_factory = psycopg.Cursor

        control = self.database.control
        sa.event.listen(control, "checkout", taken)
        sa.event.listen(control, "checkin", returned)
        yield seen
        sa.event.remove(control, "checkout", taken)
        sa.event.remove(control, "checkin", returned)


def worker(url: str, **config: Any) -> Worker:
    """Start a worker on this database. Two of them share nothing but it."""
    database = Database(url)
    prepare(database.control)
    app = Flask("house")
    # a quick hash: what it costs to check a password is not what these tests are about
    app.config.update({"SECRET_KEY": SECRET, "FAB_PASSWORD_HASH_METHOD": "pbkdf2:sha256:1000", **config})
    app.jinja_loader = ChoiceLoader([FileSystemLoader(TEMPLATES), DictLoader({"plain.html": BASE})])
    identity = install(app, database.control, base_template="plain.html")

    @app.route("/who", methods=["GET", "POST"])
    def who() -> Any:
        caller = identity.caller()
        user = caller.user
        return jsonify(
            username=user.username if user else None,
            by=caller.by,
            refusal=identity.refusal(),
            roles=sorted(user.roles_in("acme")) if user else [],
            language=identity.language(),
        )

    @app.get("/plain")
    def plain() -> str:
        return "<p>hello</p>"

    return Worker(app, identity, database)
