"""Put identity on a Flask app.

In: the app, the engine of the control database, the name of the base template. Out: `Identity`, through which the rest
of the house asks who somebody is. `prepare` is the deploy step that creates tables; no worker does it at its start.
"""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from flask import Flask, g, has_request_context, request, session, url_for
from flask_babel import get_babel
from flask_login import user_logged_in
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session, scoped_session, sessionmaker
from werkzeug.security import generate_password_hash

from ..storage.unavailable import Unavailable
from . import tables
from .api_keys import PREFIX, ApiKeys
from .attempts import Attempts
from .credentials import Caller, Credentials
from .directory import Directory
from .protection import protect_cookies, protect_responses, protect_writes
from .roles import Roles
from .texts import translate
from .user import LANGUAGES, User

RESERVED = frozenset({"api", "login", "logout", "oauth-authorized", "profile", "saml", "security", "static"})
"""First parts of addresses that identity answers. No company may have one of these names."""


class Identity:
    """Who somebody is. One for each app; safe to use from several threads."""

    def __init__(self, app: Flask, engine: Engine) -> None:
        self.app = app
        self.engine = engine
        method = app.config.get("FAB_PASSWORD_HASH_METHOD", "scrypt")
        self.directory = Directory(engine, partial(generate_password_hash, method=method))
        self.roles = Roles(engine)
        self.keys = ApiKeys(engine)
        self.attempts = Attempts(app)
        self.credentials = Credentials(engine, self.keys)

    # The present request

    def current_user(self) -> User | None:
        """Who sends this request; None where nobody is signed in, or what they presented was refused. One query."""
        return self.credentials.caller().user

    def caller(self) -> Caller:
        """The same, with the way they came (session, token, api_key) and why they were refused."""
        return self.credentials.caller()

    def refusal(self) -> str | None:
        """Why the presented token or key was refused, in the reader's language; None where none was."""
        reason = self.caller().refusal
        return self.say(reason) if reason else None

    def language(self) -> str:
        """The reader's language: as they chose, else as their browser asks for, else English."""
        default = str(self.app.config["BABEL_DEFAULT_LOCALE"])
        if not has_request_context():
            return default
        try:
            user = self.current_user()
        except Unavailable:  # the page that says so has a language all the same
            user = None
        chosen = user.language if user is not None else session.get("locale")
        if chosen in LANGUAGES:
            return str(chosen)
        return request.accept_languages.best_match(LANGUAGES) or default

    def say(self, message: str, /, **params: object) -> str:
        """One of the sentences of identity, in the reader's language."""
        return translate(message, self.language(), **params)

    # Users; what else can be done with them is in `directory`, `roles` and `keys`

    def find_users(self, text: str = "", company: str | None = None, limit: int = 20) -> list[User]:
        """Active users for a look-up; with a company, those only who have a role in it, and platform admins."""
        return self.directory.find_users(text, company, limit)

    def get_users(self, ids: Collection[int]) -> dict[int, User]:
        """The users with these ids, in one query."""
        return self.directory.get_users(ids)

    def list_users(self) -> list[User]:
        """All users by name, active or not."""
        return self.directory.list_users()

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
        """Add a user. Raises IdentityError with every fault at its field."""
        return self.directory.add_user(username, password, name, email, company_roles, platform_admin, language)

    def set_password(self, username: str, password: str) -> None:
        """Give a user a new password; their sessions and tokens end."""
        self.directory.set_password(username, password)

    def deactivate(self, username: str) -> None:
        """Refuse a user from their next request on."""
        self.directory.deactivate(username)

    def activate(self, username: str) -> None:
        """Let a deactivated user in again."""
        self.directory.activate(username)

    def grant(self, username: str, company: str, role: str) -> None:
        """Give a user a role in a company."""
        self.roles.grant(self.directory.user(username), company, role)

    def revoke(self, username: str, company: str, role: str) -> None:
        """Take a role from a user."""
        self.roles.revoke(self.directory.user(username), company, role)

    def offer_roles(self, company: str, roles: Iterable[str]) -> None:
        """Make the roles that a company's definitions declare known, so that an admin can pick them."""
        self.roles.offer(company, roles)

    # Addresses

    def login_url(self, next_url: str | None = None) -> str:
        """Where to sign in, and come back from."""
        return url_for(f"{self._auth.endpoint}.login", next=next_url)

    def logout_url(self) -> str:
        """Where a POST signs out."""
        return url_for(f"{self._auth.endpoint}.logout")

    def profile_url(self) -> str:
        """The page of one's own account."""
        return url_for("ProfileView.profile")

    def language_url(self) -> str:
        """Where a POST of `language` and `next` keeps the reader's language."""
        return url_for("ProfileView.language")

    def users_url(self) -> str:
        """The list of users, for platform admins."""
        return url_for("PeopleView.users")

    def signed_in(self, app: Flask, user: Any) -> None:
        """What Flask-Login tells of each sign-in, whatever view let them in."""
        self.credentials.begin_session(user.id)

    @property
    def _auth(self) -> Any:
        return self.app.extensions["appbuilder"].sm.auth_view

    def prepare(self) -> None:
        """The deploy step: create what is missing. Add-ons of Flask-AppBuilder get their permissions here too."""
        tables.create(self.engine)
        with self.app.app_context():
            self.app.extensions["appbuilder"].add_permissions(update_perms=True)


def prepare(engine: Engine) -> None:
    """Create the tables of identity in the control database, where they are missing. Needs no app."""
    tables.create(engine)


def install(app: Flask, engine: Engine, *, base_template: str, home: str = "/") -> Identity:
    """Give the app sign-in, users, tokens, API keys, and the protection of its writes and responses.

    What is in `app.config` already, such as AUTH_TYPE with its OAuth or LDAP settings as Flask-AppBuilder documents
    them, or RATELIMIT_STORAGE_URI to count attempts for several workers together, is left as it is.
    """
    protect_cookies(app)
    for name, value in _settings(base_template, home).items():
        app.config.setdefault(name, value)
    # These are no choices: a worker neither creates tables nor writes permissions when it starts.
    app.config.update(FAB_CREATE_DB=False, FAB_UPDATE_PERMS=False, FAB_ADD_MENU_API=False, FAB_ADD_SECURITY_API=False)

    identity = app.extensions["sartor.identity"] = Identity(app, engine)
    with app.app_context(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from .security import Builder, NoMenu, Security

        Builder(app, _sessions(app, engine), menu=NoMenu(), security_manager_class=Security, update_perms=False)
        get_babel(app).locale_selector = identity.language  # Flask-AppBuilder's writes into every visitor's session
    sign_in = app.extensions["appbuilder"].sm.auth_view.endpoint
    exempt = {f"{sign_in}.{view}" for view in ("login", "acs", "slo")} | {"TokenApi.login"}
    protect_writes(app, exempt, identity.say)
    protect_responses(app)
    user_logged_in.connect(identity.signed_in, app)
    return identity


def _settings(base_template: str, home: str) -> dict[str, Any]:
    return {
        "SARTOR_BASE_TEMPLATE": base_template,
        "SARTOR_HOME": home,
        "APP_NAME": "Sartor",
        "FAB_BASE_TEMPLATE": "appbuilder/sartor_base.html",
        "LANGUAGES": {code: {"name": name, "flag": code} for code, name in LANGUAGES.items()},
        "BABEL_DEFAULT_LOCALE": "en",
        "FAB_API_KEY_ENABLED": True,
        "FAB_API_KEY_PREFIXES": [PREFIX],
        "FAB_ADD_OPENAPI_VIEWS": False,
        "AUTH_RATE_LIMIT": "10 per minute",
        "RATELIMIT_ENABLED": False,  # of Flask-Limiter; `attempts.py` uses the storage alone
        "RATELIMIT_STORAGE_URI": "memory://",
        "JWT_ACCESS_TOKEN_EXPIRES": timedelta(hours=1),
        "JWT_DECODE_LEEWAY": 10,  # the clocks of two machines differ by seconds
    }


def _sessions(app: Flask, engine: Engine) -> scoped_session[Session]:
    """Flask-AppBuilder's session: one for each app context, given back at its end.

    A plain one in place of Flask-SQLAlchemy's: the engine is the one that the rest of the platform uses.
    """

    def scope() -> int:
        return id(g.setdefault("sartor_session_scope", object()))

    sessions = scoped_session(sessionmaker(engine), scopefunc=scope)

    @app.teardown_appcontext
    def _give_back(_error: BaseException | None) -> None:
        sessions.remove()

    return sessions
