"""Who has which role in which company.

In: the engine of the control database, names of users, companies and roles. Out: rows of Flask-AppBuilder's `ab_role`
and `ab_user_role`. What a role may do, and which roles a company has, is said by its definitions and unknown here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError

from ...metamodel.invalid import N_
from . import tables
from .accounts import granted_roles
from .transactions import reading, writing
from .user import PLATFORM_ADMIN, User, refuse, role_name, roles_by_company

_role, _given = tables.role.c, tables.user_role.c


class Roles:
    """The roles of users. A change is in force at the user's next request, on every worker."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def known(self) -> dict[str, frozenset[str]]:
        """The roles that can be given in each company: those offered and those already given."""
        with reading(self._engine) as connection:
            return roles_by_company(connection.scalars(sa.select(_role.name)))

    def offer(self, company: str, roles: Iterable[str]) -> None:
        """Make the roles that a company's definitions declare known here, so that an admin can pick them."""
        names = {role_name(company, role) for role in roles}
        with writing(self._engine) as connection:
            _ids(connection, names)

    def grant(self, user: User, company: str, role: str) -> None:
        """Give a user a role in a company. Giving it twice changes nothing."""
        names = {role_name(company, role)}
        with writing(self._engine) as connection:
            give(connection, user.id, names)

    def revoke(self, user: User, company: str, role: str) -> None:
        """Take a role from a user; where they do not have it, nothing changes. What a group gives stays."""
        names = {role_name(company, role)}
        with writing(self._engine) as connection:
            _take(connection, user.id, names)

    def set(self, user: User, company_roles: Mapping[str, Iterable[str]], *, platform_admin: bool) -> None:
        """Let a user have exactly these roles, beside those that their groups give."""
        wanted = role_names(company_roles, platform_admin=platform_admin)
        own = sa.select(_role.name).join(tables.user_role, _given.role_id == _role.id).where(_given.user_id == user.id)
        granted = granted_roles().subquery()
        with writing(self._engine) as connection:
            direct = set(connection.scalars(own))
            present = set(connection.scalars(sa.select(granted.c.name).where(granted.c.user_id == user.id)))
            gone = {name for name in direct - wanted if "/" in name or name == PLATFORM_ADMIN}
            if PLATFORM_ADMIN in gone:
                keep_an_admin(connection, user.id)
            give(connection, user.id, wanted - present)
            _take(connection, user.id, gone)

    def set_platform_admin(self, user: User, platform_admin: bool) -> None:
        """Make a user a platform admin, or no longer one. Raises IdentityError where none would be left."""
        with writing(self._engine) as connection:
            if platform_admin:
                give(connection, user.id, {PLATFORM_ADMIN})
            else:
                keep_an_admin(connection, user.id)
                _take(connection, user.id, {PLATFORM_ADMIN})


def role_names(company_roles: Mapping[str, Iterable[str]], *, platform_admin: bool) -> set[str]:
    """The roles of Flask-AppBuilder that give these. Raises IdentityError on a bad name."""
    names = {role_name(company, role) for company, roles in company_roles.items() for role in roles}
    return names | {PLATFORM_ADMIN} if platform_admin else names


def give(connection: Connection, user_id: int, names: set[str]) -> None:
    """Give a user these roles, within a transaction; those they have are left alone."""
    if not names:
        return
    ids = _ids(connection, names)
    present = set(connection.scalars(sa.select(_given.role_id).where(_given.user_id == user_id)))
    for role_id in sorted(set(ids.values()) - present):
        connection.execute(tables.user_role.insert().values(user_id=user_id, role_id=role_id))


def keep_an_admin(connection: Connection, leaving: int) -> None:
    """Refuse to let the last active platform admin go."""
    # First wait for whoever else is about to take one away; only then look.
    connection.execute(sa.select(_role.id).where(_role.name == PLATFORM_ADMIN).with_for_update())
    granted = granted_roles().subquery()
    admins = sa.select(granted.c.user_id).where(granted.c.name == PLATFORM_ADMIN)
    left = set(
        connection.scalars(sa.select(tables.user.c.id).where(tables.user.c.active, tables.user.c.id.in_(admins)))
    )
    if left == {leaving}:
        raise refuse("platform_admin", N_("This is the last active platform admin. Make another user one first."))


def _take(connection: Connection, user_id: int, names: set[str]) -> None:
    gone = sa.select(_role.id).where(_role.name.in_(sorted(names)))
    connection.execute(tables.user_role.delete().where(_given.user_id == user_id, _given.role_id.in_(gone)))


def _ids(connection: Connection, names: set[str]) -> dict[str, int]:
    select = sa.select(_role.name, _role.id).where(_role.name.in_(sorted(names)))
    ids = dict(connection.execute(select).all())
    for name in sorted(names - set(ids)):
        try:
            with connection.begin_nested():
                connection.execute(tables.role.insert().values(name=name))
        except IntegrityError:  # another worker was quicker
            pass
    return ids if len(ids) == len(names) else dict(connection.execute(select).all())
