"""A company to test records in: a manifest with something of everything, its tables, users, and people who act.

`house` gives a House on SQLite and on PostgreSQL, empty. `house.as_(…)` gives Records for somebody;
`house.statements()` counts what reaches the database.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from sartor.metamodel.manifest import Company, Grant, Label, Manifest
from sartor.platform.records.actor import Actor
from sartor.platform.records.people import People
from sartor.platform.records.records import Records
from sartor.platform.storage.database import Database
from sartor.platform.storage.release import Release, Releases
from sartor.tests import manifests as m

NOW = datetime(2026, 3, 31, 17, 30, tzinfo=UTC)  # already the first of April in Shanghai


@dataclass(frozen=True)
class Somebody:
    id: int
    username: str
    name: str


@dataclass
class Town:
    """Users for tests, and how often they were asked for."""

    users: dict[int, Somebody] = field(
        default_factory=lambda: {
            1: Somebody(1, "ann", "Ann Lee"),
            2: Somebody(2, "bob", "Bob Ray"),
            3: Somebody(3, "cai", "蔡明"),
        }
    )
    asked: int = 0

    def get_users(self, ids: Collection[int]) -> Mapping[int, Somebody]:
        self.asked += 1
        return {key: self.users[key] for key in ids if key in self.users}

    def find_users(self, text: str = "", company: str | None = None, limit: int = 20) -> list[Somebody]:
        return [one for one in self.users.values() if text.lower() in one.name.lower()][:limit]


def definitions(company: str = "acme") -> Manifest:
    status, life = m.lifecycle(
        "draft open closed", "submit: draft > open", "finish: open > closed", "reopen: closed > open"
    )
    closed = life.states["closed"]
    life.states["closed"] = type(closed)(closed.name, closed.label, None, ("*",))
    life.states["open"] = type(closed)("open", m.label("open"), None, ("customer",))
    finish = life.transitions["finish"]
    life.transitions["finish"] = type(finish)("finish", finish.label, finish.source, finish.target, ("crm.boss",))
    rows, owned = m.lines("crm.order", "crm.order_line", "order")
    parts, part_of = m.lines("crm.order_line", "crm.part", "line", name="parts")
    entities = [
        m.entity("oa.department", m.field("name", required=True)),
        m.entity("crm.tag", m.field("name", required=True, unique=True)),
        m.entity(
            "crm.customer",
            m.field("name", required=True, max=80, search=True),
            m.field("code", "sequence", format="C{yyyy}{mm}-{000}", search=True),
            m.field("tax_number", unique=True, max=20),
            m.field("level", "choice", options="high mid low", default="low"),
            m.field("channels", "choices", options="mail phone shop"),
            m.field("owner", "user", default="current_user"),
            m.field("department", "department", of="oa.department", default="current_department"),
            m.field("since", "date"),
            m.field("met_at", "datetime"),
            m.field("credit", "money"),
            m.field("secret", "money"),
            m.field("score", "integer"),
            m.field("active", "boolean", default=True),
            m.field("notes", "long_text"),
            m.field("address", "address"),
            m.field("place", "geo_point"),
            m.field("parent", "ref", of="crm.customer", on_delete="clear"),
            m.field("tags", "many", of="crm.tag"),
            m.field("contacts", "related", of="crm.contact", by="customer"),
            m.field("logo", "image", max_size="1KB"),
            m.field("papers", "file", multiple=True, accept=["txt", "pdf"]),
            unique={"name_in_department": ("name", "department")},
        ),
        m.entity(
            "crm.contact",
            m.field("name", required=True, search=True),
            m.field("customer", "ref", of="crm.customer", on_delete="cascade"),
            m.field("about", "any_ref", of=["crm.customer", "crm.order"]),
        ),
        m.entity(
            "crm.order",
            m.field("number", "sequence", format="SO{yyyy}{mm}-{0000}"),
            m.field("customer", "ref", of="crm.customer", required=True),
            m.field("currency", "choice", options="CNY USD", default="CNY"),
            m.field("day", "date", default="today", min="today"),
            status,
            rows,
            m.field("total", "money", formula="sum(for l in lines return l.amount)", currency={"field": "currency"}),
            m.field("locked_note", readonly=True),
            title="number",
            lifecycle=life,
        ),
        m.entity(
            "crm.order_line",
            m.field("order", "ref", of="crm.order", required=True),
            m.field("item", required=True),
            m.field("qty", "quantity", required=True, min=0),
            m.field("price", "money", default="1.00"),
            m.field("cost", "money"),
            m.field("amount", "money", formula="round(qty * price, 2)"),
            parts,
            owner=owned,
            unique={"item_once": ("order", "item")},
        ),
        m.entity(
            "crm.part",
            m.field("line", "ref", of="crm.order_line", required=True),
            m.field("name", required=True),
            owner=part_of,
        ),
        m.entity("crm.shipment", m.field("name"), m.field("line", "ref", of="crm.order_line")),
    ]
    everything = ("read", "create", "update", "delete", "transition")
    roles = [
        m.role(
            "crm.sales",
            crm__customer=Grant(everything, {"secret": "none", "score": "read"}),
            crm__contact="all",
            crm__tag="read",
            crm__order="read create update delete transition",
            crm__order_line=Grant((), {"cost": "none"}),
        ),
        m.role("crm.boss", crm__order="read transition"),
        m.role("crm.reader", crm__customer=Grant(("read",), {"credit": "none"})),
    ]
    place = Company(company, Label({"en": "Acme", "zh": "极致"}), time_zone="Asia/Shanghai")
    return m.manifest(entities, company=place, roles=roles)


@dataclass
class House:
    database: Database
    releases: Releases
    release: Release
    town: Town
    people: People

    def as_(
        self,
        *roles: str,
        user: int | None = 1,
        admin: bool = False,
        now: datetime = NOW,
        department: int | None = None,
        channel: str = "api",
        language: str = "en",
    ) -> Records:
        """Records for somebody with these roles; without any, for the platform admin."""
        name = self.town.users[user].username if user in self.town.users else "nobody"
        find = None if department is None else lambda: department
        actor = Actor(user, name, frozenset(roles), admin or not roles, channel, language, find)
        return Records(self.database, self.release, actor, now=now, people=self.people)

    def publish(self, manifest: Manifest) -> None:
        self.release = self.releases.publish(manifest, "tests", "next")

    @contextmanager
    def statements(self) -> Iterator[list[str]]:
        """The statements that reach the company's database meanwhile."""
        seen: list[str] = []

        def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
            if not statement.startswith(("BEGIN", "SAVEPOINT", "RELEASE")):
                seen.append(statement)

        engine = self.database.engine(self.release.company)
        sa.event.listen(engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            sa.event.remove(engine, "before_cursor_execute", note)


def build(url: str, data: Path, manifest: Manifest | None = None) -> House:
    database = Database(url, data)
    releases = Releases(database)
    release = releases.publish(manifest or definitions(), "tests", "first")
    town = Town()
    return House(database, releases, release, town, People(town))


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> Iterator[House]:
    """The company on each database."""
    built = build(database_url, tmp_path)
    yield built
    built.database.close()


@pytest.fixture
def sqlite_house(tmp_path: Path) -> Iterator[House]:
    """The company on SQLite alone, for what does not touch SQL."""
    built = build(f"sqlite:///{tmp_path / 'control.db'}", tmp_path)
    yield built
    built.database.close()
