"""Signing in and out.

In: a user name and password, or what LDAP, OAuth, SAML or the web server vouch for, as Flask-AppBuilder checks them.
Out: a session bound to the present password; a POST ends it, a GET never does.
"""

from __future__ import annotations

from typing import Any

from flask import current_app, flash, make_response, redirect, request
from flask_appbuilder import expose
from flask_appbuilder.const import AUTH_DB, AUTH_LDAP, AUTH_OAUTH, AUTH_REMOTE_USER, AUTH_SAML
from flask_appbuilder.security.decorators import no_cache
from flask_appbuilder.security.forms import LoginForm_db
from flask_appbuilder.security.views import AuthOAuthView, AuthRemoteUserView, AuthSAMLView, AuthView
from flask_login import login_user
from werkzeug.wrappers import Response

from ...metamodel.invalid import N_
from .attempts import TOO_MANY
from .screen import Screen, safe_next
from .security import identity_of

LOGIN_TEMPLATE = "appbuilder/general/security/login_db.html"
NAME_BOTH = N_("Enter your user name and your password.")
WRONG = N_("The user name or the password is wrong. Check both and try again.")
STALE = N_("This page was open for too long. Please sign in again.")
NOT_KNOWN = N_("You are not known here yet. Ask an administrator to add you.")


class SignOut(AuthView):
    """Signing out, for each way of signing in."""

    @expose("/logout/", methods=["POST"])
    def logout(self) -> Any:
        """End the session, also for a copy of its cookie."""
        identity = identity_of(current_app)
        response = super().logout()
        identity.credentials.end_session()
        return response


class PasswordSignIn(SignOut, Screen):
    """Sign in with a user name or email and a password."""

    @expose("/login/", methods=["GET", "POST"])
    @no_cache
    def login(self) -> Any:
        """Show the form, or check what was entered."""
        target = safe_next(request.args.get("next"))
        if identity_of(current_app).current_user() is not None:
            return redirect(target)
        form = LoginForm_db()
        if request.method != "POST":
            return self.page(form)
        attempts = identity_of(current_app).attempts
        if attempts.exhausted("page"):
            response = self.page(form, TOO_MANY, 429)
            response.headers["Retry-After"] = "60"
            return response
        if not form.validate():
            return self.page(form, STALE if "csrf_token" in form.errors else NAME_BOTH, 400)
        user = self.check(form.username.data, form.password.data)
        if user is None:
            attempts.failed("page")
            return self.page(form, WRONG, 401)
        login_user(user, remember=False)
        return redirect(target)

    def check(self, username: str, password: str) -> Any:
        """Flask-AppBuilder's user, if this is their password."""
        return self.appbuilder.sm.auth_user_db(username, password)

    def page(self, form: Any, problem: str | None = None, status: int = 200) -> Response:
        """The form, with what was wrong about the last attempt."""
        return self.render(LOGIN_TEMPLATE, status, form=form, problem=problem, providers=())


class LdapSignIn(PasswordSignIn):
    """Sign in with the password that a directory server knows."""

    def check(self, username: str, password: str) -> Any:
        """Flask-AppBuilder's user, if the directory server accepts their password."""
        return self.appbuilder.sm.auth_user_ldap(username, password)


class Vouched(SignOut):
    """Signing in by what somebody else vouches for; their page is asked at a GET."""

    invalid_login_message = NOT_KNOWN
    login_template = LOGIN_TEMPLATE

    def render_template(self, template: str, **values: Any) -> Any:
        """Flask-AppBuilder's view renders its page with our texts."""
        say = identity_of(current_app).say
        return super().render_template(template, t=say, form=None, problem=None, **values)


class OAuthSignIn(Vouched, AuthOAuthView):
    """Sign in at another provider, by OAuth or OpenID Connect."""


class SamlSignIn(Vouched, AuthSAMLView):
    """Sign in at another provider, by SAML."""


class RemoteUserSignIn(Vouched, AuthRemoteUserView):
    """Sign in as the user whom the web server in front has checked."""

    @expose("/login/")
    def login(self) -> Any:
        """Let in whom the web server names.

        Who is not known is told so: Flask-AppBuilder sends them home, which would send them back here.
        """
        identity, sm = identity_of(current_app), self.appbuilder.sm
        target = safe_next(request.args.get("next"))
        if identity.current_user() is not None:
            return redirect(target)
        username = request.environ.get(sm.auth_remote_user_env_var)
        user = sm.auth_user_remote_user(username) if username else None
        if user is None:
            flash(identity.say(NOT_KNOWN), "warning")
            return make_response(self.render_template(LOGIN_TEMPLATE, providers=()), 403)
        login_user(user)
        return redirect(target)


SIGN_IN: dict[int, type[Any]] = {
    AUTH_DB: PasswordSignIn,
    AUTH_LDAP: LdapSignIn,
    AUTH_OAUTH: OAuthSignIn,
    AUTH_SAML: SamlSignIn,
    AUTH_REMOTE_USER: RemoteUserSignIn,
}
