"""The tables of identity in the control database: those of Flask-AppBuilder, and two of ours beside them.

In: an engine. Out: Core tables, and `create`, which a deploy step calls. Nothing here runs when a worker starts.
Roles and users are never deleted by us: records and audit rows name them for as long as they are kept.
"""

from __future__ import annotations

import warnings

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

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

username_index = sa.Index("sartor_user_username", sa.func.lower(user.c.username), unique=True)

_LOCK = 0x5A_87_0E_1D  # any constant: it keeps two deploy steps from creating the same tables at once


def create(engine: Engine) -> None:
    """Create whatever of these tables is missing, and the two roles that Flask-AppBuilder expects. May run again."""
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        Model.metadata.create_all(connection)
        ours.create_all(connection)
        # Not `checkfirst`: SQLAlchemy cannot see an index on an expression in SQLite.
        connection.execute(sa.schema.CreateIndex(username_index, if_not_exists=True))
        _roles(connection)


def _roles(connection: Connection) -> None:
    known = set(connection.scalars(sa.select(role.c.name)))
    for name in (PLATFORM_ADMIN, "Public"):
        if name not in known:
            connection.execute(role.insert().values(name=name))
