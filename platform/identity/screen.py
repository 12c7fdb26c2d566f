"""What the screens of identity share: the signed-in user, the language, the way back, who may look.

In: the request. Out: rendered pages and redirects. Every page extends the base template that `install` was given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, ParamSpec
from urllib.parse import urlsplit

from flask import abort, current_app, flash, make_response, redirect, request
from flask_appbuilder import BaseView
from werkzeug.wrappers import Response

from ...metamodel.invalid import N_
from .security import identity_of
from .user import Fault, User

P = ParamSpec("P")

ADMINS_ONLY = N_("Only a platform admin may open this page.")


def safe_next(target: str | None) -> str:
    """Where to go after signing in: the page that was asked for if it is one of ours, else home."""
    home = request.script_root + str(current_app.config["SARTOR_HOME"])
    if not target or not target.isprintable() or "\\" in target:
        return home
    try:
        parts = urlsplit(target)
    except ValueError:
        return home
    if parts.netloc:
        if parts.scheme not in ("http", "https") or parts.netloc != request.host:
            return home
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return target if target.startswith("/") and not target.startswith("//") else home


def to_sign_in() -> Response:
    """Send an unknown visitor to the sign-in page, and back here afterwards."""
    identity = identity_of(current_app)
    here = request.full_path.rstrip("?") if request.method == "GET" else None
    if request.headers.get("HX-Request"):  # htmx would put the sign-in page into the middle of this one
        current = request.headers.get("HX-Current-URL")
        response = make_response("", 401)
        response.headers["HX-Redirect"] = identity.login_url(safe_next(current) if current else here)
        return response
    return redirect(identity.login_url(here))


def login_required(view: Callable[P, Any]) -> Callable[P, Any]:
    """Let only those see the page who are signed in; others sign in first."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> Any:
        return view(*args, **kwargs) if identity_of(current_app).current_user() else to_sign_in()

    return guarded


def admin_required(view: Callable[P, Any]) -> Callable[P, Any]:
    """Let only platform admins see the page."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> Any:
        identity = identity_of(current_app)
        user = identity.current_user()
        if user is None:
            return to_sign_in()
        if not user.is_platform_admin:
            abort(403, description=identity.say(ADMINS_ONLY))
        return view(*args, **kwargs)

    return guarded


class Screen(BaseView):
    """A page of identity."""

    def render(self, template: str, status: int = 200, **values: Any) -> Response:
        """The page, with `t` for its texts and `me` for who looks at it."""
        identity = identity_of(current_app)
        body = self.render_template(template, t=identity.say, me=identity.current_user(), identity=identity, **values)
        return make_response(body, status)

    @staticmethod
    def signed_in() -> User:
        """Who is signed in, on a page that only such see."""
        return identity_of(current_app).current_user() or abort(401)

    @staticmethod
    def tell(message: str, category: str = "success", **params: object) -> None:
        """Show a sentence at the top of the next page."""
        flash(identity_of(current_app).say(message, **params), category)

    @staticmethod
    def sentences(faults: tuple[Fault, ...]) -> Mapping[str, str]:
        """Faults as the page shows them: a sentence under each field."""
        say = identity_of(current_app).say
        return {fault.field: say(fault.message, **fault.params) for fault in faults}
