"""The tables of identity in the control database: those of Flask-AppBuilder, and three of ours beside them.

In: an engine. Out: Core tables, and `create`, which a deploy step calls. Nothing here runs when a worker starts.
Triggers replace the stamp of `sartor_identity` when anything changes that workers remember, also by another program.
Roles and users are never deleted by us: records and audit rows name them for as long as they are kept.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from .transactions import writing
from .user import PLATFORM_ADMIN, ROLE_NAME_LENGTH

with warnings.catch_warnings():
    # Flask-AppBuilder 5.3 still imports names that SQLAlchemy moved years ago.
    warnings.simplefilter("ignore")
    from flask_appbuilder.models.sqla import Model
    from flask_appbuilder.security.sqla.models import (
        ApiKey,
        Role,
        assoc_group_role,
        assoc_user_group,
        assoc_user_role,
    )
    from flask_appbuilder.security.sqla.models import User as FabUser

user: sa.Table = FabUser.__table__
role: sa.Table = Role.__table__
api_key: sa.Table = ApiKey.__table__
user_role: sa.Table = assoc_user_role
user_group: sa.Table = assoc_user_group
group_role: sa.Table = assoc_group_role

# `<company>/<package>.<role>` has up to 122 characters; Flask-AppBuilder's 64 would cut the longest off on PostgreSQL.
role.c.name.type = sa.String(ROLE_NAME_LENGTH)

ours = sa.MetaData()

account = sa.Table(
    "sartor_account",
    ours,
    sa.Column(
        "user_id", sa.Integer, sa.ForeignKey(user.c.id, ondelete="CASCADE"), primary_key=True, autoincrement=False
    ),
    sa.Column("language", sa.String(10)),
    comment="What we keep of a user beside ab_user: the preferred language.",
)

ended_session = sa.Table(
    "sartor_ended_session",
    ours,
    sa.Column("sid", sa.String(32), primary_key=True),
    sa.Column("until", sa.DateTime, nullable=False, index=True),
    comment="Sessions that were signed out of. Their cookies, if somebody kept a copy, are refused until they expire.",
)

identity = sa.Table(
    "sartor_identity",
    ours,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("stamp", sa.BigInteger, nullable=False),
    sa.CheckConstraint("id = 1", name="sartor_identity_one"),
    comment="One row. Its stamp is replaced, by a random one, when anything changes that workers remember of users.",
)

username_index = sa.Index("sartor_user_username", sa.func.lower(user.c.username), unique=True)

# What each table's triggers listen to: not to a sign-in that counts itself in ab_user, nor to the use of a key.
_ALL = "INSERT, UPDATE, DELETE"
_WATCHED = {
    user: "UPDATE OF username, first_name, last_name, email, active, password, DELETE",
    role: "UPDATE OF name, DELETE",
    user_role: _ALL,
    user_group: _ALL,
    group_role: _ALL,
    api_key: "UPDATE OF user_id, lookup_hash, active, revoked_on, expires_on, DELETE",
    account: _ALL,
    ended_session: "INSERT",
}

_LOCK = 0x5A_87_0E_1D  # any constant: it keeps two deploy steps from creating the same tables at once


def create(engine: Engine) -> None:
    """Create whatever of these tables is missing, and the two roles that Flask-AppBuilder expects. May run again."""
    with writing(engine) as connection:  # SQLite: with the lock at once, as several processes may start together
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        Model.metadata.create_all(connection)
        ours.create_all(connection)
        # Not `checkfirst`: SQLAlchemy cannot see an index on an expression in SQLite.
        connection.execute(sa.schema.CreateIndex(username_index, if_not_exists=True))
        _roles(connection)
        if connection.scalar(sa.select(identity.c.id)) is None:
            connection.execute(identity.insert().values(id=1, stamp=0))
        for statement in _triggers(connection.dialect.name):
            connection.exec_driver_sql(statement)


def _roles(connection: Connection) -> None:
    known = set(connection.scalars(sa.select(role.c.name)))
    for name in (PLATFORM_ADMIN, "Public"):
        if name not in known:
            connection.execute(role.insert().values(name=name))


def _triggers(dialect: str) -> Iterator[str]:
    if dialect == "postgresql":
        # The schema is that of the watched table: whoever changes it may have another one first on their path.
        yield """CREATE OR REPLACE FUNCTION sartor_identity_changed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            EXECUTE 'UPDATE ' || quote_ident(TG_TABLE_SCHEMA)
                || '.sartor_identity SET stamp = (random() * 9e18)::bigint';
            RETURN NULL; END $$"""
    for table, events in _WATCHED.items():
        for event in re.split(r", (?=INSERT|UPDATE|DELETE)", events):
            name = f"{table.name}_{event[:6].lower()}_stamp"
            if dialect == "postgresql":
                done = "FOR EACH STATEMENT EXECUTE FUNCTION sartor_identity_changed()"
                yield f"CREATE OR REPLACE TRIGGER {name} AFTER {event} ON {table.name} {done}"
            else:
                done = "BEGIN UPDATE sartor_identity SET stamp = random(); END"
                yield f"CREATE TRIGGER IF NOT EXISTS {name} AFTER {event} ON {table.name} {done}"
