"""The same entity by hand: Flask views on SQLAlchemy Core, as a programmer who wants speed writes them.

They ask the same identity who it is, read and write the same table through the same Database, check what they are sent
and answer exact JSON. They keep no audit, know no roles, filters, versions of others, or languages.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import msgspec
import sqlalchemy as sa
from flask import Blueprint, Response, abort, request

from sartor.platform.identity import Identity
from sartor.platform.storage.columns import fold
from sartor.platform.storage.database import Database

DECIMALS = {"price": 2, "cost": 2, "discount": 4, "stock": 3, "weight": 3}
TEXTS = {"name": 120, "code": 20, "level": 1, "color": 7, "email": 254, "website": 500, "notes": 20000}
NUMBERS = ("rating", "boxes", "owner", "group")
READ = {"listed_on": date.fromisoformat, "checked_at": datetime.fromisoformat, "opens": time.fromisoformat}


def blueprint(database: Database, identity: Identity, table: sa.Table) -> Blueprint:  # noqa: C901 - one function, as one writes it
    hand = Blueprint("hand", __name__, url_prefix="/hand")
    columns = [column for column in table.c if column.name != "name_fold"]
    names = [column.name for column in columns]

    @hand.before_request
    def signed_in() -> None:
        if identity.current_user() is None:
            abort(401)

    def written(row: Any) -> dict[str, Any]:
        record: dict[str, Any] = {}
        for name, value in zip(names, row, strict=True):
            if isinstance(value, Decimal):
                value = str(value)
            elif isinstance(value, datetime):
                value = value.isoformat().replace("+00:00", "Z")
            elif isinstance(value, (date, time)):
                value = value.isoformat()
            record[name] = value
        return record

    def page() -> Any:
        limit = min(int(request.args.get("limit", 50)), 500)
        statement = sa.select(*columns)
        if "level" in request.args:
            statement = statement.where(table.c.level == request.args["level"])
        if request.args.get("sort") == "-price":
            statement = statement.order_by(table.c.price.desc(), table.c.id.desc())
        else:
            statement = statement.order_by(table.c.id)
        with database.read("bench") as connection:
            return connection.execute(statement.limit(limit)).all()

    @hand.get("/item")
    def items() -> Response:
        """With the standard library's JSON, as Flask's own."""
        return Response(json.dumps({"records": [written(row) for row in page()]}), mimetype="application/json")

    @hand.get("/quick/item")
    def quick_items() -> Response:
        """With msgspec, as we use it ourselves: what is left is hardly more than the statement."""
        body = {"records": [dict(zip(names, row, strict=True)) for row in page()]}
        return Response(msgspec.json.encode(body), mimetype="application/json")

    @hand.get("/item/<int:id>")
    def item(id: int) -> Response:
        with database.read("bench") as connection:
            row = connection.execute(sa.select(*columns).where(table.c.id == id)).first()
        return Response(json.dumps(written(row)), mimetype="application/json") if row is not None else abort(404)

    @hand.post("/item")
    def create() -> Response:
        sent = request.get_json()
        row, faults = {}, {}
        for name, value in sent.items():
            try:
                row[name] = checked(name, value)
            except (ValueError, TypeError, ArithmeticError) as error:
                faults[name] = str(error)
        faults |= {name: "required" for name in ("name", "code") if not row.get(name)}
        if faults:
            return Response(json.dumps(faults), 422, mimetype="application/json")
        user, now = identity.current_user(), datetime.now(UTC)
        by = user.id if user is not None else None
        row |= {"version": 1, "created_at": now, "created_by": by, "updated_at": now, "updated_by": by}
        row["name_fold"] = fold(row["name"])
        with database.write("bench") as connection:
            id = connection.execute(sa.insert(table).values(row)).inserted_primary_key[0]
        return Response(json.dumps(written([{**row, "id": id}.get(name) for name in names])), 201)

    return hand


def checked(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in DECIMALS:
        return round(Decimal(value), DECIMALS[name])
    if name in TEXTS:
        if not isinstance(value, str) or len(value) > TEXTS[name]:
            raise ValueError("too long")
        return value
    if name in NUMBERS:
        return int(value)
    if name in READ:
        return READ[name](value)
    if name == "active":
        return bool(value)
    raise ValueError("unknown field")
