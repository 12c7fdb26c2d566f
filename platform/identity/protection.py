"""What every response and every write is guarded with: CSRF, security headers, session cookies, limits on guessing.

In: the Flask app. Out: hooks on it. Settings of the app win over what is set here, where they were set before.
Knows nothing of users beyond what a session cookie says.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Collection, Mapping
from datetime import timedelta
from pathlib import Path

from flask import Flask, Response, has_request_context, request, session
from flask.sessions import SecureCookieSessionInterface
from flask_wtf.csrf import CSRFError, CSRFProtect

from ...metamodel.invalid import N_
from .credentials import presented_token

CONTENT_SECURITY_POLICY: Mapping[str, str] = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",  # Bootstrap draws its check marks and arrows from data: addresses
    "font-src": "'self'",
    "connect-src": "'self'",
    "media-src": "'self'",
    "frame-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=(), payment=(), usb=()",
}
_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_SECRET_LENGTH = 32

STALE_PAGE = N_("This page is no longer valid. Reload it and try again.")


class WeakSecret(Exception):
    """The app has no secret key, or one that could be guessed."""


def keep_secret(file: Path) -> str:
    """The secret key kept in this file, made at the first call and readable by its owner only."""
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_text(encoding="ascii").strip()
    with os.fdopen(handle, "w", encoding="ascii") as stream:
        stream.write(secrets.token_urlsafe(48))
    return file.read_text(encoding="ascii").strip()


class SessionCookies(SecureCookieSessionInterface):
    """Flask's signed cookies, marked Secure whenever the request came by https."""

    def get_cookie_secure(self, app: Flask) -> bool:
        """Secure by configuration, or because this request is."""
        return super().get_cookie_secure(app) or (has_request_context() and request.is_secure)


def protect_cookies(app: Flask) -> None:
    """Sign sessions with a real secret, and keep them from scripts and other sites. Raises WeakSecret."""
    secret = app.secret_key
    if not secret or len(secret) < _SECRET_LENGTH:
        raise WeakSecret(
            f"SECRET_KEY has {len(secret or '')} characters; sessions and tokens are signed with it, "
            f"so set a random one of at least {_SECRET_LENGTH} (`keep_secret` makes one)"
        )
    app.session_interface = SessionCookies()
    app.config["SESSION_COOKIE_HTTPONLY"] = True
    if app.config["SESSION_COOKIE_SAMESITE"] is None:
        app.config["SESSION_COOKIE_SAMESITE"] = "Lax"
    if app.config["SESSION_COOKIE_NAME"] == "session":  # the name that every Flask app on this host would share
        app.config["SESSION_COOKIE_NAME"] = "sartor_session"
    if app.config["PERMANENT_SESSION_LIFETIME"] == timedelta(days=31):
        app.config["PERMANENT_SESSION_LIFETIME"] = timedelta(days=7)


def protect_writes(app: Flask, exempt: Collection[str], say: Callable[[str], str]) -> None:
    """Ask for a CSRF token at each write of somebody who is known by their cookie.

    A request with a JWT or an API key needs none: it is known by that alone. `exempt` are endpoints of sign-in.
    """
    app.config.setdefault("WTF_CSRF_TIME_LIMIT", None)  # a form may stay open over lunch; the session ends the token
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False  # Flask-AppBuilder exempts its APIs from the default check
    guard = CSRFProtect(app)

    @app.before_request
    def _guard() -> None:
        if request.method in _SAFE or request.endpoint is None or request.endpoint in exempt:
            return
        if presented_token() is not None or "_user_id" not in session:
            return
        try:
            guard.protect()
        except CSRFError as error:
            raise CSRFError(say(STALE_PAGE)) from error


def protect_responses(app: Flask) -> None:
    """Set the security headers on every response; a view may set its own instead.

    `app.config["SARTOR_CSP"]` replaces single directives, such as `{"img-src": "'self' data: https://tiles.example"}`.
    """
    policy = {**CONTENT_SECURITY_POLICY, **app.config.get("SARTOR_CSP", {})}
    headers = {"Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()), **_HEADERS}

    @app.after_request
    def _headers(response: Response) -> Response:
        present = {name.lower() for name, _ in response.headers}
        wanted = {**headers}
        if request.is_secure:
            wanted["Strict-Transport-Security"] = "max-age=31536000"
        if not (request.endpoint or "").endswith("static"):
            # What one person was shown is kept by nobody else, and a page not by their own browser after a sign-out.
            wanted["Cache-Control"] = "no-store" if response.mimetype == "text/html" else "private, no-cache"
        response.headers.extend([(name, value) for name, value in wanted.items() if name.lower() not in present])
        return response
