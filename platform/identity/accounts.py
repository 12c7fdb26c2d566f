"""The statement that tells everything about a user, and the reading of its rows.

In: a condition on users. Out: `Account` values: the user, and what a proof of identity is checked against.
One statement, a row for each role: roles given directly, and those that come with a group.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from . import tables
from .user import PLATFORM_ADMIN, User, display_name, roles_by_company

_user = tables.user.c


@dataclass(frozen=True, slots=True)
class Account:
    """A user with the hash of their password; `extra` holds the further columns that the statement asked for."""

    user: User
    password_hash: str
    extra: tuple[Any, ...] = ()

    def fingerprint(self, secret: str) -> str:
        """A mark of the present password. A session or token that bears another one was given out before it."""
        return hmac.digest(secret.encode(), self.password_hash.encode(), "sha256").hex()[:24]


def account_statement(condition: sa.ColumnElement[bool], *extra: sa.ColumnElement[Any]) -> sa.CompoundSelect[Any]:
    """Users that meet the condition, a row for each of their roles, and at least one."""
    user, account, role = tables.user, tables.account, tables.role
    columns: list[sa.ColumnElement[Any]] = [
        _user.id,
        _user.username,
        _user.first_name,
        _user.last_name,
        _user.email,
        _user.active,
        _user.password,
    ]
    columns += [account.c.language, role.c.name.label("role"), *extra]
    known = user.outerjoin(account, account.c.user_id == _user.id)
    direct, member, grouped = tables.user_role, tables.user_group, tables.group_role
    own = known.outerjoin(direct, direct.c.user_id == _user.id).outerjoin(role, role.c.id == direct.c.role_id)
    groups = known.join(member, member.c.user_id == _user.id).join(grouped, grouped.c.group_id == member.c.group_id)
    by_group = groups.join(role, role.c.id == grouped.c.role_id)
    return sa.union_all(
        sa.select(*columns).select_from(own).where(condition),
        sa.select(*columns).select_from(by_group).where(condition),
    )


def granted_roles() -> sa.CompoundSelect[Any]:
    """`user_id, name` of every role that somebody has, directly or through a group."""
    role, direct, member, grouped = tables.role, tables.user_role, tables.user_group, tables.group_role
    return sa.union_all(
        sa.select(direct.c.user_id, role.c.name).join_from(direct, role, role.c.id == direct.c.role_id),
        sa.select(member.c.user_id, role.c.name)
        .join_from(member, grouped, grouped.c.group_id == member.c.group_id)
        .join(role, role.c.id == grouped.c.role_id),
    )


def search_condition(text: str) -> sa.ColumnElement[bool]:
    """Users whose name, user name or email contains the text, in whatever case."""
    if not text:
        return sa.true()
    whole = _user.first_name + " " + _user.last_name
    backwards = _user.last_name + _user.first_name  # 王小明 may be kept as 小明 and 王
    columns = (whole, backwards, _user.username, _user.email)
    return sa.or_(*(column.icontains(text.replace("\x00", ""), autoescape=True) for column in columns))


def accounts_from(rows: Iterable[Any]) -> list[Account]:
    """The accounts that these rows tell of, in the order of their first rows."""
    found: dict[int, tuple[Any, set[str]]] = {}
    for row in rows:
        _, roles = found.setdefault(row[0], (row, set()))
        if row[8] is not None:
            roles.add(row[8])
    return [_account(row, roles) for row, roles in found.values()]


def _account(row: Any, roles: set[str]) -> Account:
    id_, username, first, last, email, active, password, language, _, *extra = row
    user = User(
        id=id_,
        username=username,
        name=display_name(first, last) or username,
        email=email,
        active=bool(active),
        language=language,
        is_platform_admin=PLATFORM_ADMIN in roles,
        roles=MappingProxyType(roles_by_company(roles)),
    )
    return Account(user, password or "", tuple(extra))
