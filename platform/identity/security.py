"""Flask-AppBuilder, cut down to what Sartor uses of it: proofs of identity, and the tables of users and roles.

In: an app context, the identity. Out: a builder whose security manager asks `Credentials` who somebody is.
Not used of it: ModelView, ModelRestApi, Menu, its permissions; no entity ever becomes one of these. Its screens are
replaced by those in `sign_in.py`, `profile.py` and `people.py`, which need neither jQuery nor inline scripts.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from flask import Flask, current_app, g, jsonify, request
from werkzeug.wrappers import Response

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from flask_appbuilder import AppBuilder, expose
    from flask_appbuilder.menu import Menu
    from flask_appbuilder.security.api import SecurityApi
    from flask_appbuilder.security.sqla.manager import SecurityManager
from flask_jwt_extended import JWTManager
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager

from .attempts import TOO_MANY
from .credentials import FINGERPRINT
from .user import PASSWORD_LENGTH, clean, storable

if TYPE_CHECKING:
    from .installation import Identity


def identity_of(app: Flask) -> Identity:
    """The identity that was installed on this app."""
    installed: Identity = app.extensions["sartor.identity"]
    return installed


LARGEST_LOGIN = 1024**2


class TokenApi(SecurityApi):
    """`/api/v1/security/login` and `/refresh`: JWTs for a user name and password."""

    class_permission_name = "SecurityApi"

    @expose("/login", methods=["POST"])
    def login(self) -> Response:
        """Give tokens for a user name and password."""
        identity = identity_of(current_app)
        if identity.attempts.exhausted("api"):
            return self._too_many(identity.say(TOO_MANY))
        request.max_content_length = LARGEST_LOGIN
        try:
            payload = request.get_json(silent=True)
        except RecursionError:  # nested thousands deep
            return self._refused()
        if isinstance(payload, dict):
            # Without it, Flask-AppBuilder 5.3 fails with a KeyError and answers 500.
            payload.setdefault("provider", self.appbuilder.sm.auth_type_provider_name or "db")
            if not all(storable(text) for text in payload.values() if isinstance(text, str)):
                return self._refused()  # half a surrogate pair would be a 500 too
        response: Response = super().login()
        if response.status_code == 401:
            identity.attempts.failed("api")
        return response

    def _refused(self) -> Response:
        identity_of(current_app).attempts.failed("api")
        response: Response = self.response_401()
        return response

    @staticmethod
    def _too_many(message: str) -> Response:
        response: Response = jsonify(message=message)
        response.status_code = 429
        response.headers["Retry-After"] = "60"
        return response


class NoMenu(Menu):
    """Stays empty. Flask-AppBuilder asks the database once for each entry of its menu, at each page."""

    def add_link(self, *args: Any, **kwargs: Any) -> None:
        """Our menus come from the definitions."""

    def add_separator(self, *args: Any, **kwargs: Any) -> None:
        """Nor is there anything to separate."""


class Builder(AppBuilder):
    """Flask-AppBuilder without its index, menu, language and OpenAPI views."""

    def _add_admin_views(self) -> None:
        self.sm.register_views()

    @property
    def get_url_for_index(self) -> str:
        """Where one lands after signing in."""
        return request.script_root + str(current_app.config["SARTOR_HOME"])


class Security(SecurityManager):
    """The security manager: passwords, LDAP, OAuth and SAML as Flask-AppBuilder checks them, sessions as we do."""

    security_api = TokenApi
    userstatschartview = None

    def create_db(self) -> None:
        """Nothing: `tables.create` does it in a deploy step, not in each worker at its start."""

    def create_login_manager(self, app: Flask) -> LoginManager:
        """Without "remember me", and without `current_user` in every template: a mapped object, read once more."""
        manager = LoginManager()
        app.login_manager = manager  # type: ignore[attr-defined]  # all of init_app but two hooks that nobody needs
        manager.user_loader(self.load_user)
        return manager

    def create_limiter(self, app: Flask) -> Limiter:
        """For add-ons that want one. What signing in needs is in `attempts.py`, and no hook on each request."""
        limiter: Limiter = (
            super().create_limiter(app) if app.config["RATELIMIT_ENABLED"] else Limiter(get_remote_address)
        )
        return limiter

    def create_jwt_manager(self, app: Flask) -> JWTManager:
        """Tokens that end with the password for which they were given."""
        manager: JWTManager = super().create_jwt_manager(app)

        @manager.additional_claims_loader
        def _claims(user_id: str) -> dict[str, str]:
            return {FINGERPRINT: identity_of(current_app).credentials.fingerprint(user_id)}

        return manager

    def register_views(self) -> None:
        """Sign-in by whatever AUTH_TYPE says, tokens, and our screens for profile, users and roles."""
        from .people import PeopleView
        from .profile import ProfileView
        from .sign_in import SIGN_IN

        self.appbuilder.add_api(self.security_api)
        self.auth_view = SIGN_IN[self.auth_type]()
        self.appbuilder.add_view_no_menu(self.auth_view)
        self.appbuilder.add_view_no_menu(ProfileView)
        self.appbuilder.add_view_no_menu(PeopleView)
        self.lm.login_view = f"{self.auth_view.endpoint}.login"

    def find_user(self, username: Any = None, email: Any = None) -> Any:
        """The user of this name or email, in whatever case it is written; None where several are meant."""
        if not email:
            return super().find_user(username=username)
        same = sa.func.lower(self.user_model.email) == sa.func.lower(email)
        found = self.session.scalars(sa.select(self.user_model).where(same).limit(2)).all()
        return found[0] if len(found) == 1 else None

    def auth_user_db(self, username: Any, password: Any) -> Any:
        """Check a password, except what no database could look up or is too long to be anybody's."""
        if not isinstance(username, str) or not isinstance(password, str):
            return None
        if not (storable(username) and storable(password)) or len(password) > PASSWORD_LENGTH[1] or len(username) > 320:
            return None
        return super().auth_user_db(clean(username), password)

    def update_user_auth_stat(self, user: Any, success: bool = True) -> None:
        """Count it in a transaction of its own: this session read before, and SQLite may refuse it a write now."""
        identity_of(current_app).directory.note_attempt(user.id, passed=success)
        (self.on_user_login if success else self.on_user_login_failed)(user)

    def noop_user_update(self, user: Any) -> None:
        """Take as long for a user who does not exist."""
        identity_of(current_app).directory.note_attempt(user.id, passed=None)

    def load_user(self, pk: Any) -> Any:
        """Flask-Login's user for this session, if `Credentials` knows them by their cookie."""
        caller = identity_of(current_app).credentials.caller()
        return self.get_user_by_id(caller.user.id) if caller.user is not None and caller.by == "session" else None

    def load_user_jwt(self, _jwt_header: Any, jwt_data: Any) -> Any:
        """The user of an access or refresh token, if they are active and their password is the same."""
        account = identity_of(current_app).credentials.account(jwt_data.get("sub"), jwt_data.get(FINGERPRINT))
        if account is None:
            return None
        g.user = self.get_user_by_id(account.user.id)
        return g.user

    def validate_api_key(self, api_key_string: str) -> Any:
        """The user of an API key, for views of Flask-AppBuilder add-ons that are protected by `@protect`."""
        caller = identity_of(current_app).credentials.caller()
        if caller.user is None or caller.by != "api_key":
            return None
        g.user = self.get_user_by_id(caller.user.id)
        g.setdefault("_api_key_user", True)  # where `@protect` looks for it
        return g.user
