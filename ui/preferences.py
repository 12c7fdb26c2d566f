"""What a person has set for themselves: columns of a list, density, open menus.

In: a user id and a key such as `list:acme:crm.customer`. Out: a small JSON value, or None. Kept in the control
database: it is about a person, not about a company's data. A preference that cannot be read is no preference.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from ..platform.storage.columns import json_type, text_type
from ..platform.storage.database import Database

METADATA = sa.MetaData()
TABLE = sa.Table(
    "sartor_preference",
    METADATA,
    sa.Column("user_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("key", text_type(200), primary_key=True),
    sa.Column("value", json_type(), nullable=False),
)


class Preferences:
    """The preferences of all users."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._ready = False

    def _prepare(self) -> None:
        """Make the table where it is missing; once a process."""
        if self._ready:
            return
        with self._database.control_write() as connection:
            if connection.dialect.name == "postgresql":
                lock = sa.func.hashtextextended("sartor:preference", 0)
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(lock)))
            METADATA.create_all(connection)
        self._ready = True

    def get(self, user_id: int, key: str) -> Any:
        """What was set under this key, or None. One query."""
        self._prepare()
        with self._database.control_read() as connection:
            statement = sa.select(TABLE.c.value).where(TABLE.c.user_id == user_id, TABLE.c.key == key)
            return connection.execute(statement).scalar()

    def set(self, user_id: int, key: str, value: Any) -> None:
        """Keep a value; None forgets it."""
        self._prepare()
        with self._database.control_write() as connection:
            own = (TABLE.c.user_id == user_id) & (TABLE.c.key == key)
            connection.execute(sa.delete(TABLE).where(own))
            if value is not None:
                connection.execute(sa.insert(TABLE), {"user_id": user_id, "key": key, "value": value})
