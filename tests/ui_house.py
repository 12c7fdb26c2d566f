"""A workshop with screens: a company of a few entities, served to a browser, with people who sign in.

`site` is one server for all tests of a pytest process; each test makes the records that it needs, under its own names.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Page, expect
from waitress.server import create_server

from sartor.metamodel.compilation import Compiler
from sartor.platform.identity import prepare
from sartor.platform.records.actor import Actor
from sartor.platform.records.records import Records
from sartor.platform.storage.database import Database
from sartor.platform.storage.release import Releases
from sartor.rules.compilation import compile_company
from sartor.tests.identity_house import Browser
from sartor.ui.app import create_app

WORKSHOP = Path(__file__).resolve().parent / "workshop"
PASSWORD = "correct horse"
CONFIG = {
    "SECRET_KEY": "a secret that is long enough for everyone",
    "FAB_PASSWORD_HASH_METHOD": "pbkdf2:sha256:1000",  # what checking a password costs is not tested here
}
PEOPLE = {
    "ada": ("Ada Admin", {}, True),
    "ann": ("Ann Lee", {"workshop": ["workshop.boss"]}, False),
    "bob": ("Bob Ray", {"workshop": ["workshop.boss"]}, False),
    "carl": ("Carl Clerk", {"workshop": ["workshop.clerk"]}, False),
    "nobody": ("No Body", {}, False),
}


@dataclass
class Site:
    """A server, and the way to its data without a browser."""

    url: str
    app: Flask
    database: Database
    releases: Releases
    people: dict[str, int]
    sessions: dict[str, str] = field(default_factory=dict)

    def records(self, username: str = "ann") -> Records:
        """The records service as one of the people has it."""
        _, roles, admin = PEOPLE[username]
        actor = Actor(self.people[username], username, frozenset(roles.get("workshop", ())), admin, "form")
        return Records(self.database, self.releases.current("workshop"), actor)

    def create(self, entity: str, **values: Any) -> dict[str, Any]:
        """A record of the workshop."""
        return self.records().create(f"workshop.{entity}", values)

    def at(self, path: str) -> str:
        """An address in the workshop: `customer`, `customer/3/edit`."""
        return f"{self.url}/workshop/workshop/{path}"

    def visitor(self, username: str = "ann") -> Browser:
        """Somebody signed in, without a browser: for what needs none."""
        visitor = Browser(self.app.test_client())
        assert visitor.sign_in(username, PASSWORD).status_code == 302
        return visitor

    @contextmanager
    def statements(self) -> Iterator[list[str]]:
        """The statements that the databases execute meanwhile."""
        seen: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            if not statement.startswith(("BEGIN", "SAVEPOINT", "RELEASE")):
                seen.append(statement)

        engines = [self.database.control, self.database.engine("workshop")]
        for engine in engines:
            sa.event.listen(engine, "before_cursor_execute", note)
        yield seen
        for engine in engines:
            sa.event.remove(engine, "before_cursor_execute", note)


def build(database: Database, folder: Path = WORKSHOP) -> Site:
    """The app of the workshop on this database, with its people."""
    prepare(database.control)
    releases = Releases(database)
    compilation = compile_company(Compiler(), folder)
    assert compilation.manifest is not None, compilation.problems
    releases.publish(compilation.manifest, "tests", "begin")
    app = create_app(database, releases=releases, testing=False, config=CONFIG)
    identity = app.extensions["sartor.identity"]
    people = {
        username: identity.add_user(username, PASSWORD, name, f"{username}@example.com", roles, admin, "en").id
        for username, (name, roles, admin) in PEOPLE.items()
    }
    return Site("", app, database, releases, people)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The workshop, served on a free port."""
    folder = tmp_path_factory.mktemp("workshop")
    built = build(Database(f"sqlite:///{folder / 'control.db'}"))
    server = create_server(built.app, host="127.0.0.1", port=0, threads=6)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    built.url = f"http://127.0.0.1:{server.effective_port}"
    yield built
    server.close()
    thread.join(5)
    built.database.close()


def sign_in(page: Page, site: Site, username: str = "ann", path: str = "/workshop/") -> None:
    """Go to a page as somebody who has signed in."""
    if username not in site.sessions:
        cookie = site.visitor(username).client.get_cookie("sartor_session")
        assert cookie is not None
        site.sessions[username] = cookie.value
    page.context.add_cookies([{"name": "sartor_session", "value": site.sessions[username], "url": site.url}])
    page.goto(site.url + path)


@pytest.fixture
def ann(page: Page, site: Site) -> Page:
    """Ann, who may do everything in the workshop, at her first page. Script errors and failed loads fail the test."""
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    sign_in(page, site)
    page.faults = faults  # type: ignore[attr-defined]
    return page


def choose(page: Page, select: str, text: str, exact: str | None = None) -> None:
    """Pick an option of a look-up by typing: `select` is the CSS of the hidden select."""
    wrapper = page.locator(f"{select} + .ts-wrapper")
    wrapper.locator(".ts-control").click()
    wrapper.locator("input").last.fill(text)
    option = page.locator(".ts-dropdown:visible .option").filter(has_text=exact or text).first
    option.click()
    expect(wrapper.locator(".item").filter(has_text=exact or text).first).to_be_visible()


__all__ = ["PASSWORD", "WORKSHOP", "Site", "ann", "build", "choose", "sign_in", "site"]
