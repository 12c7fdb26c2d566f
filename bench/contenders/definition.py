"""The entity that everybody serves: 20 fields, 100,000 rows, in one table of the company's database."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from sartor.metamodel.manifest import Manifest
from sartor.platform.storage.columns import fold
from sartor.tests import manifests as made

LEVELS = ("a", "b", "c")


def manifest() -> Manifest:
    item = made.entity(
        "shop.item",
        made.field("name", required=True, search=True, max=120),
        made.field("code", required=True, unique=True, max=20),
        made.field("level", "choice", options=" ".join(LEVELS), default="c"),
        made.field("price", "money", min=0),
        made.field("cost", "money"),
        made.field("discount", "percent"),
        made.field("stock", "quantity"),
        made.field("weight", "decimal", scale=3),
        made.field("rating", "rating"),
        made.field("boxes", "integer"),
        made.field("active", "boolean", default=True),
        made.field("listed_on", "date", index=True),
        made.field("checked_at", "datetime"),
        made.field("opens", "time"),
        made.field("color", "color"),
        made.field("email", "email"),
        made.field("website", "url"),
        made.field("notes", "long_text"),
        made.field("owner", "user"),
        made.field("group", "ref", of="shop.group"),
        title="name",
        indexes={"by_level": ("level", "price")},
    )
    group = made.entity("shop.group", made.field("name", required=True))
    role = made.role("shop.clerk", shop__item="all", shop__group="all")
    return made.manifest([group, item], company="bench", roles=[role])


def values(number: int) -> dict[str, Any]:
    """A record as Python values."""
    chance = random.Random(number)
    return {
        "name": f"Item {number:06} {chance.choice(('bolt', 'nut', 'Schraube', '螺丝'))}",
        "code": f"I{number:08}",
        "level": chance.choice(LEVELS),
        "price": Decimal(chance.randrange(10**6)) / 100,
        "cost": Decimal(chance.randrange(10**6)) / 100,
        "discount": Decimal(chance.randrange(5000)) / 10000,
        "stock": Decimal(chance.randrange(10**6)) / 1000,
        "weight": Decimal(chance.randrange(10**6)) / 1000,
        "rating": chance.randrange(1, 6),
        "boxes": chance.randrange(1000),
        "active": chance.random() < 0.9,
        "listed_on": date(2020, 1, 1) + timedelta(days=chance.randrange(2000)),
        "checked_at": datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=chance.randrange(10**7)),
        "opens": (datetime(2026, 1, 1) + timedelta(minutes=chance.randrange(1440))).time(),  # noqa: DTZ001 - a time of day
        "color": f"#{chance.randrange(16**6):06x}",
        "email": f"item{number}@example.com",
        "website": f"https://example.com/{number}",
        "notes": "A note of some length. " * chance.randrange(1, 8),
        "owner": 1,
        "group": 1 + number % 50,
    }


def fill(connection: sa.Connection, item: sa.Table, group: sa.Table, rows: int) -> None:
    """Put the rows into the tables directly."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    system = {"version": 1, "created_at": now, "created_by": 1, "updated_at": now, "updated_by": 1}
    connection.execute(sa.insert(group), [{**system, "name": f"Group {n}"} for n in range(50)])
    for start in range(0, rows, 10_000):
        chunk = [values(number) for number in range(start, min(start + 10_000, rows))]
        connection.execute(sa.insert(item), [{**system, **one, "name_fold": fold(one["name"])} for one in chunk])


def as_json(number: int) -> dict[str, Any]:
    """A new record as a client sends it."""
    sent = dict(values(number))
    for name, value in sent.items():
        if isinstance(value, Decimal):
            sent[name] = f"{value:.2f}" if name in ("price", "cost") else str(value)
        elif isinstance(value, datetime):
            sent[name] = value.isoformat().replace("+00:00", "Z")
        elif not isinstance(value, (str, int, bool)):
            sent[name] = value.isoformat()
    return sent
