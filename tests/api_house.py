"""A company with an API on it, for tests: an entity of every field type, customers and orders with rows, four people.

`House.reset()` brings the records back to what every scenario starts from. Nothing here stands in for our own code: the
app has identity and the API blueprint, the database is a real one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from jinja2 import ChoiceLoader, DictLoader, FileSystemLoader
from werkzeug.test import TestResponse

from sartor.metamodel.fields import TYPES
from sartor.metamodel.manifest import Entity, Grant, Label, Manifest, Transition
from sartor.platform.api.blueprint import blueprint
from sartor.platform.identity import Identity, install, prepare
from sartor.platform.records.actor import Actor
from sartor.platform.records.people import People
from sartor.platform.records.records import Records
from sartor.platform.storage.database import Database
from sartor.platform.storage.release import Release, Releases
from sartor.tests import manifests as made

BASE = "/api/v1/acme"
SECRET = "a secret that is long enough for everyone"
TEMPLATES = Path(__file__).resolve().parent.parent / "ui" / "templates"
PLAIN = "<!doctype html><html><head></head><body>{% block content %}{% endblock %}</body></html>"
PASSWORD = "correct horse"

SETTINGS: dict[str, dict[str, Any]] = {
    "choice": {"options": "red green blue"},
    "choices": {"options": "mail phone visit"},
    "ref": {"of": "crm.customer"},
    "department": {"of": "crm.unit"},
    "any_ref": {"of": ["crm.customer", "crm.order"]},
    "lines": {"of": "lab.part", "by": "sample"},
    "related": {"of": "crm.order", "by": "customer"},
    "many": {"of": "crm.customer"},
    "sequence": {"format": "S{yyyy}-{0000}"},
    "file": {"accept": ["txt", "pdf"], "max_size": "1KB"},
    "decimal": {"precision": 12, "scale": 3},
}


def every_type() -> Entity:
    """An entity with a field of every type, each called as its type with an `a_` before it."""
    fields = [made.field("name", required=True, search=True, unique=True)]
    kinds = [kind for kind in TYPES if kind != "related"]
    fields.extend(made.field(f"a_{kind}", kind, **SETTINGS.get(kind, {})) for kind in kinds)
    fields.append(made.field("more_files", "file", multiple=True))
    fields.append(made.field("tiny", "decimal", precision=18, scale=10))
    fields.append(made.field("limit", "integer"))
    fields.append(made.field("xqzv", "text"))
    return made.entity("lab.sample", *fields, title="name")


def definitions() -> Manifest:
    """The company: what it knows, and what its roles may do."""
    _, part_of = made.lines("lab.sample", "lab.part", "sample", name="a_lines")
    order_lines, line_of = made.lines("crm.order", "crm.order_line", "order")
    state, life = made.lifecycle("draft confirmed done", "confirm: draft > confirmed", "finish: confirmed > done")
    locked = life.states["done"]
    life = type(life)(
        field=life.field,
        initial=life.initial,
        states={**life.states, "done": type(locked)("done", locked.label, locks=("*",))},
        transitions={
            **life.transitions,
            "finish": Transition("finish", made.label("finish"), ("confirmed",), "done", roles=("crm.boss",)),
        },
    )
    entities = [
        made.entity("crm.unit", made.field("name", required=True)),
        made.entity(
            "crm.customer",
            made.field("name", required=True, search=True, label=Label({"en": "Name", "zh": "名称"})),
            made.field("code", unique=True, max=10, case="upper"),
            made.field("level", "choice", options="a b c", default="c"),
            made.field("credit", "money", min=0),
            made.field("owner", "user"),
            made.field("cost", "money"),
            made.field("orders", "related", of="crm.order", by="customer"),
        ),
        made.entity(
            "crm.order",
            made.field("number", "sequence", format="SO{0000}"),
            made.field("customer", "ref", of="crm.customer", required=True),
            made.field("due", "date"),
            order_lines,
            made.field("total", "money", formula="sum(for l in lines return l.amount)", readonly=True),
            state,
            title="number",
            lifecycle=life,
        ),
        made.entity(
            "crm.order_line",
            made.field("order", "ref", of="crm.order", required=True),
            made.field("item", required=True),
            made.field("qty", "quantity", required=True, min=0),
            made.field("price", "money"),
            made.field("amount", "money", formula="round(qty * price, 2)", readonly=True),
            title="item",
            owner=line_of,
        ),
        every_type(),
        made.entity(
            "lab.part",
            made.field("sample", "ref", of="lab.sample", required=True),
            made.field("label_text", required=True),
            made.field("weight", "decimal", scale=2),
            title="label_text",
            owner=part_of,
        ),
    ]
    hidden = {"cost": "none"}
    sales = made.role(
        "crm.sales",
        crm__customer=Grant(("read", "create", "update", "delete"), hidden),
        crm__order="read create update delete transition",
        lab__sample=Grant(("read", "create", "update", "delete"), {"xqzv": "none"}),
    )
    reader = made.role("crm.reader", crm__customer=Grant(("read",), hidden))
    boss = made.role("crm.boss", crm__customer="all", crm__order="all", crm__unit="all", lab__sample="all")
    return made.manifest(entities, roles=[sales, reader, boss])


@dataclass
class House:
    """The app, its database, and the keys of the people in it."""

    app: Flask
    database: Database
    releases: Releases
    identity: Identity
    keys: dict[str, str] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)

    company: str = "acme"

    @property
    def release(self) -> Release:
        return self.releases.current(self.company)

    def call(
        self,
        user: str | None,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        **options: Any,
    ) -> TestResponse:
        """A request of a program; the address may begin below the company."""
        whole = {"Authorization": f"Bearer {self.keys[user]}"} if user is not None else {}
        whole |= dict(headers or {})
        address = url if url.startswith("/api/") else BASE + url
        return self.app.test_client(use_cookies=False).open(address, method=method, headers=whole, **options)

    def records(self, user: str | None = None) -> Records:
        """The records service, for the system or one of the people."""
        actor = Actor.system("setup")
        if user is not None:
            known = self.identity.directory.user(user)
            actor = Actor(known.id, known.username, known.roles_in(self.company), known.is_platform_admin)
        return Records(self.database, self.release, actor, people=People(self.identity))

    def reset(self) -> None:
        """Empty all tables, and fill in what every scenario starts from."""
        tables = self.release.tables
        kept = {tables.system.release.name, tables.system.pointer.name}
        mine = [table for table in reversed(tables.build_all().sorted_tables) if table.name not in kept]
        with self.database.write("acme") as connection:
            if self.database.dialect == "postgresql":
                names = ", ".join(f'"{table.schema}"."{table.name}"' for table in mine)
                connection.execute(sa.text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
            else:
                for table in mine:
                    connection.execute(table.delete())
                connection.execute(sa.text("DELETE FROM sqlite_sequence"))
        self.seed()
        with self.database.write("acme") as connection:
            connection.execute(tables.system.audit.delete())

    def seed(self) -> None:
        records = self.records()
        sara = self.ids["sara"]
        records.create("crm.unit", {"name": "North"})
        rows = (("Acme", "A1", "a", "1000.00"), ("Béta", "B2", "b", "20.50"), ("Gamma", "C3", None, None))
        for name, code, level, credit in rows:
            values = {"name": name, "code": code, "level": level, "credit": credit, "owner": sara, "cost": "7.00"}
            records.create("crm.customer", values)
        lines = [{"item": "bolt", "qty": "2", "price": "1.50"}, {"item": "nut", "qty": "3", "price": "0.10"}]
        records.create("crm.order", {"customer": 1, "due": "2026-01-31", "lines": lines})
        records.create("lab.sample", {"name": "First", "xqzv": "hush", "a_lines": [{"label_text": "p"}]})

    def audit(self) -> list[tuple[str, str]]:
        """Entity and action of what was noted since the reset, oldest first."""
        table = self.release.tables.system.audit
        with self.database.read("acme") as connection:
            return [
                tuple(row) for row in connection.execute(sa.select(table.c.entity, table.c.action).order_by(table.c.id))
            ]

    @contextmanager
    def statements(self) -> Iterator[list[str]]:
        """Every statement that is sent to the company's and to the control database meanwhile."""
        seen: list[str] = []

        def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            if not statement.startswith(("BEGIN", "COMMIT", "PRAGMA")):
                seen.append(statement)

        engines = {self.database.control, self.database.engine("acme")}
        for engine in engines:
            sa.event.listen(engine, "before_cursor_execute", note)
        yield seen
        for engine in engines:
            sa.event.remove(engine, "before_cursor_execute", note)


@contextmanager
def house(url: str, manifest: Manifest | None = None, *, data: Path | None = None) -> Iterator[House]:
    """Put up a house on an empty database. `data`: where files go, if not beside the database."""
    database = Database(url, data)
    prepare(database.control)
    releases = Releases(database)
    releases.publish(manifest or definitions(), "test", "first")
    app = Flask("api")
    app.config.update(SECRET_KEY=SECRET, FAB_PASSWORD_HASH_METHOD="pbkdf2:sha256:1000")
    app.jinja_loader = ChoiceLoader([FileSystemLoader(TEMPLATES), DictLoader({"plain.html": PLAIN})])
    identity = install(app, database.control, base_template="plain.html")
    app.register_blueprint(blueprint(database, releases, identity))
    whole = House(app, database, releases, identity, company=manifest.company.name if manifest else "acme")
    people: dict[str, dict[str, list[str]]] = {
        "sara": {"acme": ["crm.sales"]},
        "rita": {"acme": ["crm.reader"]},
        "bob": {"acme": ["crm.boss"]},
        "nina": {"other": ["crm.sales"]},
        "ada": {},
    }
    for name, roles in people.items():
        email = f"{name}@example.com"
        user = identity.add_user(name, PASSWORD, name.title(), email, roles, platform_admin=name == "ada")
        key = identity.keys.create(user.id, "tests", None)
        whole.ids[name], whole.keys[name] = user.id, str(key.secret)
    yield whole
    database.close()
