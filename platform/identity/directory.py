"""Who is in the house: users looked up, added, changed.

In: the engine of the control database, plain values. Out: `User` values, or an IdentityError with every fault at its
field. Works without Flask, so that the command line and the screens say and refuse the same things.

Every look-up is one statement that reads the truth: what one worker changes, the others see at their next request,
without a cache that would have to be told.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError
from werkzeug.security import check_password_hash, generate_password_hash

from ...metamodel.invalid import N_
from . import tables
from .accounts import account_statement, accounts_from, granted_roles, search_condition
from .roles import give, keep_an_admin, role_names
from .transactions import reading, utc_now, writing
from .user import (
    PLATFORM_ADMIN,
    Fault,
    IdentityError,
    User,
    clean,
    password_faults,
    person_faults,
    refuse,
    split_name,
    storable,
    username_faults,
)

_user = tables.user.c
_BY_NAME = (sa.func.lower(_user.first_name), sa.func.lower(_user.last_name), _user.id)


class Directory:
    """Users, read from and written to the control database."""

    def __init__(self, engine: Engine, hash_password: Callable[[str], str] = generate_password_hash) -> None:
        self.engine = engine
        self._hash = hash_password

    # Reading

    def user(self, username: str) -> User:
        """The user of this name, in whatever case it is written. Raises IdentityError where there is none."""
        found = self._users(_same(_user.username, clean(username))) if storable(username) else []
        if not found:
            raise refuse("username", N_('There is no user "{username}".'), username=username)
        return found[0]

    def get_users(self, ids: Collection[int]) -> dict[int, User]:
        """The users with these ids, in one query; unknown ids are left out. Inactive users are included."""
        possible = sorted({id for id in ids if 0 < id < 2**31})  # the column is of 32 bits, and PostgreSQL minds
        if not possible:
            return {}
        return {user.id: user for user in self._users(_user.id.in_(possible))}

    def list_users(self, text: str = "", *, limit: int | None = None, offset: int = 0) -> list[User]:
        """All users by name, active or not; those only whose name, user name or email contains `text`."""
        chosen = sa.select(_user.id).where(search_condition(clean(text))).order_by(*_BY_NAME)
        return self._users(_user.id.in_(chosen.limit(limit).offset(offset) if limit is not None else chosen))

    def count_users(self, text: str = "") -> int:
        """How many users `list_users` would find without a limit."""
        with reading(self.engine) as connection:
            counted = sa.select(sa.func.count()).select_from(tables.user).where(search_condition(clean(text)))
            return connection.scalar(counted) or 0

    def find_users(self, text: str = "", company: str | None = None, limit: int = 20) -> list[User]:
        """Active users whose name, user name or email contains `text`, for a look-up.

        With a company: those only who have a role in it, and platform admins.
        """
        chosen = sa.select(_user.id).where(_user.active, search_condition(clean(text)))
        if company is not None:
            granted = granted_roles().subquery()
            belongs = sa.or_(
                granted.c.name.startswith(f"{company}/", autoescape=True), granted.c.name == PLATFORM_ADMIN
            )
            chosen = chosen.where(_user.id.in_(sa.select(granted.c.user_id).where(belongs)))
        return self._users(_user.id.in_(chosen.order_by(*_BY_NAME).limit(limit)))

    def _users(self, condition: sa.ColumnElement[bool]) -> list[User]:
        with reading(self.engine) as connection:
            accounts = accounts_from(connection.execute(account_statement(condition)))
        return sorted((account.user for account in accounts), key=lambda user: (user.name.casefold(), user.id))

    # Adding and changing users

    def add_user(
        self,
        username: str,
        password: str,
        name: str,
        email: str,
        company_roles: Mapping[str, Iterable[str]] | None = None,
        platform_admin: bool = False,
        language: str | None = None,
    ) -> User:
        """Add a user who may sign in with this password. Raises IdentityError with all faults at once."""
        username, name, email = clean(username), clean(name), clean(email)
        names = role_names(company_roles or {}, platform_admin=platform_admin)
        faults = [
            *username_faults(username),
            *person_faults(name, email, language),
            *password_faults(password, username),
        ]
        if faults:
            raise IdentityError(faults)
        first, last = split_name(name)
        kept = self._hash(password)
        with _one_of_two(), writing(self.engine) as connection:
            self._refuse_taken(connection, username=username, email=email)
            insert = tables.user.insert().values(
                username=username,
                password=kept,
                first_name=first,
                last_name=last,
                email=email,
                active=True,
                created_by_fk=None,  # else Flask-AppBuilder's default would look into the request
                changed_by_fk=None,
            )
            user_id: int = connection.scalars(insert.returning(_user.id)).one()
            self._set_language(connection, user_id, language)
            give(connection, user_id, names)
        return self.get_users([user_id])[user_id]

    def update_user(self, user_id: int, *, name: str, email: str, language: str | None) -> None:
        """Change what is known of a user."""
        name, email = clean(name), clean(email)
        if faults := person_faults(name, email, language):
            raise IdentityError(faults)
        first, last = split_name(name)
        with _one_of_two(), writing(self.engine) as connection:
            self._refuse_taken(connection, email=email, but=user_id)
            self._change(connection, user_id, first_name=first, last_name=last, email=email)
            self._set_language(connection, user_id, language)

    def set_language(self, user_id: int, language: str | None) -> None:
        """Keep the language in which a user reads the platform; None follows their browser."""
        if faults := [fault for fault in person_faults("-", "-@-", language) if fault.field == "language"]:
            raise IdentityError(faults)
        with writing(self.engine) as connection:
            self._set_language(connection, user_id, language)

    def set_password(self, username: str, password: str) -> None:
        """Give a user a new password. Their sessions and tokens end with the old one."""
        user = self.user(username)
        if faults := password_faults(password, user.username):
            raise IdentityError(faults)
        kept = self._hash(password)
        with writing(self.engine) as connection:
            self._change(connection, user.id, password=kept, fail_login_count=0)

    def password_is(self, user_id: int, password: str) -> bool:
        """Whether this is the user's password."""
        with reading(self.engine) as connection:
            kept = connection.scalar(sa.select(_user.password).where(_user.id == user_id))
        return kept is not None and storable(password) and check_password_hash(kept, password)

    def deactivate(self, username: str) -> None:
        """Refuse a user from now on: sign-in, present sessions, tokens and API keys. Nothing of theirs is deleted."""
        user = self.user(username)
        with writing(self.engine) as connection:
            keep_an_admin(connection, user.id)
            self._change(connection, user.id, active=False)

    def activate(self, username: str) -> None:
        """Let a deactivated user in again."""
        user = self.user(username)
        with writing(self.engine) as connection:
            self._change(connection, user.id, active=True)

    def note_attempt(self, user_id: int, *, passed: bool | None) -> None:
        """Count an attempt to sign in. None writes all the same: who does not exist takes as long as who does."""
        if passed is None:
            values: dict[str, Any] = {"login_count": _user.login_count}
        elif passed:
            count = sa.func.coalesce(_user.login_count, 0) + 1
            values = {"login_count": count, "last_login": utc_now(), "fail_login_count": 0}
        else:
            values = {"fail_login_count": sa.func.coalesce(_user.fail_login_count, 0) + 1}
        with writing(self.engine) as connection:
            connection.execute(tables.user.update().where(_user.id == user_id).values(values))

    # Steps of the above, inside one transaction

    @staticmethod
    def _change(connection: Connection, user_id: int, **values: Any) -> None:
        update = tables.user.update().where(_user.id == user_id)
        if not connection.execute(update.values(changed_on=utc_now(), **values)).rowcount:
            raise refuse("username", N_('There is no user "{username}".'), username=user_id)

    @staticmethod
    def _set_language(connection: Connection, user_id: int, language: str | None) -> None:
        mine = tables.account.c.user_id == user_id
        if not connection.execute(tables.account.update().where(mine).values(language=language)).rowcount:
            connection.execute(tables.account.insert().values(user_id=user_id, language=language))

    @staticmethod
    def _refuse_taken(
        connection: Connection, *, email: str, username: str | None = None, but: int | None = None
    ) -> None:
        faults = []
        others = sa.select(_user.id).where(_user.id != but) if but is not None else sa.select(_user.id)
        if username is not None:
            # A user signs in with either, so nobody may be named as another's email.
            same = sa.or_(_same(_user.username, username), _same(_user.email, username))
            if connection.scalar(others.where(same)) is not None:
                faults.append(Fault("username", N_('The user name "{username}" is taken.'), {"username": username}))
        same = sa.or_(_same(_user.email, email), _same(_user.username, email))
        if connection.scalar(others.where(same)) is not None:
            faults.append(Fault("email", N_("Another user has the email address {email}."), {"email": email}))
        if faults:
            raise IdentityError(faults)


@contextmanager
def _one_of_two() -> Iterator[None]:
    """Two may ask for the same name at the same moment; the database lets one of them have it."""
    try:
        yield
    except IntegrityError as error:
        raise refuse("username", N_("Somebody took this user name or email just now. Choose another.")) from error


def _same(column: sa.ColumnElement[str], text: str) -> sa.ColumnElement[bool]:
    """In whatever case; lowered by the database on both sides, for SQLite knows the case of ASCII letters only."""
    return sa.func.lower(column) == sa.func.lower(text)
