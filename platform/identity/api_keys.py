"""API keys: long-lived proofs of identity for programs, which a user makes, names and revokes.

In: the engine, the id of a user. Out: `ApiKey` values; the key itself once, when it is made.
The table is Flask-AppBuilder's. Its own check hashes each key with scrypt, 60 ms a request; a key here has 256 random
bits, which nobody guesses, so a plain SHA-256 of it is kept and looked up by its index.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from ...metamodel.invalid import N_
from . import tables
from .transactions import reading, utc_now, writing
from .user import clean, refuse, storable

PREFIX = "sartor_"
MOST = 20
"""How many keys in force a user may have."""

_USED_EVERY = timedelta(minutes=10)

_key = tables.api_key.c


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it is listed. Times are UTC. `secret` is there only in the answer to its making."""

    uuid: str
    name: str
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    secret: str | None = None


def lookup(secret: str) -> str:
    """What is kept of a key, and looked for when it is presented."""
    return sha256(secret.encode()).hexdigest()


def in_force(now: datetime | sa.BindParameter[datetime]) -> sa.ColumnElement[bool]:
    """Keys that are neither revoked nor expired. `now` is naive UTC, as the table keeps its times."""
    return sa.and_(_key.active, _key.revoked_on.is_(None), sa.or_(_key.expires_on.is_(None), _key.expires_on > now))


class ApiKeys:
    """The API keys of users."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._noted: dict[int, datetime] = {}

    def create(self, user_id: int, name: str, days: int | None = None) -> ApiKey:
        """Make a key that is in force for so many days, or until it is revoked. Its secret cannot be shown again."""
        name = clean(name)
        if not name or len(name) > 80 or not storable(name):
            raise refuse("name", N_("Name the key by what will use it, in at most 80 characters."))
        if days is not None and not 1 <= days <= 3650:
            raise refuse("days", N_("A key is in force for 1 to 3650 days."))
        now = utc_now()
        expires = now + timedelta(days=days) if days is not None else None
        secret = PREFIX + secrets.token_urlsafe(32)
        kept = lookup(secret)
        with writing(self._engine) as connection:
            mine = sa.select(sa.func.count()).where(_key.user_id == user_id, in_force(now))
            if (connection.scalar(mine) or 0) >= MOST:
                raise refuse("name", N_("You have {most} keys in force. Revoke one that is no longer used."), most=MOST)
            uuid = str(uuid4())
            row: dict[str, object] = {
                "uuid": uuid,
                "name": name,
                "user_id": user_id,
                "key_prefix": PREFIX,
                "active": True,
            }
            row |= {"key_hash": kept, "lookup_hash": kept, "created_on": now, "expires_on": expires}
            connection.execute(tables.api_key.insert(), row)
        return ApiKey(uuid, name, now, expires, None, secret)

    def list(self, user_id: int) -> list[ApiKey]:
        """The user's keys in force, newest first."""
        columns = sa.select(_key.uuid, _key.name, _key.created_on, _key.expires_on, _key.last_used_on)
        mine = columns.where(_key.user_id == user_id, in_force(utc_now())).order_by(_key.id.desc())
        with reading(self._engine) as connection:
            return [ApiKey(*row) for row in connection.execute(mine)]

    def revoke(self, user_id: int, uuid: str) -> None:
        """End a key of this user at once. Raises IdentityError where there is none in force."""
        mine = sa.and_(_key.user_id == user_id, _key.uuid == uuid, _key.revoked_on.is_(None))
        with writing(self._engine) as connection:
            ended = connection.execute(tables.api_key.update().where(mine).values(revoked_on=utc_now()))
        if not ended.rowcount:
            raise refuse("uuid", N_("There is no such key in force."))

    def used(self, key_id: int, last: datetime | None) -> None:
        """Keep when a key was last used, to ten minutes: a write at each request would slow them all."""
        now = utc_now()
        last = self._noted.get(key_id, last)
        if last is None or now - last > _USED_EVERY:
            self._noted[key_id] = now
            with writing(self._engine) as connection:
                connection.execute(tables.api_key.update().where(_key.id == key_id).values(last_used_on=now))
