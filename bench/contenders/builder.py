"""The same entity by Flask-AppBuilder: a mapped class, a ModelRestApi and a ModelView, as its documentation shows."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from contenders.definition import values
from flask import Flask
from flask.testing import FlaskClient
from flask_appbuilder import AppBuilder, ModelRestApi, ModelView
from flask_appbuilder.models.sqla.base import SQLA
from flask_appbuilder.models.sqla.interface import SQLAInterface
from sqlalchemy.orm import Mapped, mapped_column

SHOWN = [
    "name", "code", "level", "price", "cost", "discount", "stock", "weight", "rating", "boxes", "active", "listed_on",
    "checked_at", "opens", "color", "email", "website", "notes", "owner_id", "group_id",
]  # fmt: skip


def client(folder: Path, rows: int) -> FlaskClient:
    """A signed-in client of an app with `rows` rows."""
    logging.getLogger("flask_appbuilder").setLevel(logging.ERROR)
    warnings.simplefilter("ignore")
    app = Flask("builder")
    app.config.update(
        SECRET_KEY="a secret that is long enough for everyone",
        SQLALCHEMY_DATABASE_URI=f"sqlite:///{folder / 'builder.db'}",
        WTF_CSRF_ENABLED=False,
        RATELIMIT_ENABLED=False,
    )
    database = SQLA()
    item = _model(database.Model)
    with app.app_context():
        database.init_app(app)
        builder = AppBuilder(app, database.session)
        database.create_all()

        class ItemApi(ModelRestApi):
            datamodel = SQLAInterface(item)
            resource_name = "item"
            allow_browser_login = True
            list_columns = ["id", *SHOWN]  # noqa: RUF012 - as its documentation has it
            show_columns = ["id", *SHOWN]  # noqa: RUF012
            add_columns = SHOWN
            page_size = 50

        class ItemView(ModelView):
            datamodel = SQLAInterface(item)
            list_columns = SHOWN
            search_columns = add_columns = edit_columns = [name for name in SHOWN if name != "opens"]  # noqa: RUF012 - no times
            page_size = 50

        builder.add_api(ItemApi)
        builder.add_view(ItemView, "Items")
        builder.sm.add_user("admin", "A", "B", "a@example.com", builder.sm.find_role("Admin"), "password")
        for start in range(0, rows, 10_000):
            chunk = [_row(number) for number in range(start, min(start + 10_000, rows))]
            database.session.execute(sa.insert(item), chunk)
        database.session.commit()
    asks = app.test_client()
    answer = asks.post("/login/", data={"username": "admin", "password": "password"})
    assert answer.status_code == 302
    return asks


def _row(number: int) -> dict[str, Any]:
    row = values(number)
    row["checked_at"] = row["checked_at"].replace(tzinfo=None)
    return {**{name: value for name, value in row.items() if name in SHOWN}, "owner_id": 1, "group_id": row["group"]}


def _model(base: Any) -> Any:
    class Item(base):
        __tablename__ = "item"
        id: Mapped[int] = mapped_column(primary_key=True)
        name: Mapped[str] = mapped_column(sa.String(120))
        code: Mapped[str] = mapped_column(sa.String(20), unique=True)
        level: Mapped[str | None] = mapped_column(sa.String(1))
        price: Mapped[Any] = mapped_column(sa.Numeric(18, 2))
        cost: Mapped[Any] = mapped_column(sa.Numeric(18, 2))
        discount: Mapped[Any] = mapped_column(sa.Numeric(18, 4))
        stock: Mapped[Any] = mapped_column(sa.Numeric(18, 3))
        weight: Mapped[Any] = mapped_column(sa.Numeric(18, 3))
        rating: Mapped[int | None]
        boxes: Mapped[int | None]
        active: Mapped[bool | None]
        listed_on: Mapped[Any] = mapped_column(sa.Date, index=True)
        checked_at: Mapped[Any] = mapped_column(sa.DateTime)
        opens: Mapped[Any] = mapped_column(sa.Time)
        color: Mapped[str | None] = mapped_column(sa.String(7))
        email: Mapped[str | None] = mapped_column(sa.String(254))
        website: Mapped[str | None] = mapped_column(sa.String(500))
        notes: Mapped[str | None] = mapped_column(sa.Text)
        owner_id: Mapped[int | None]
        group_id: Mapped[int | None]
        __table_args__ = (sa.Index("ix_item_level", "level", "price"),)

    return Item
