"""Who sends this request: by session cookie, by JWT, or by API key.

In: the Flask request and the directory's tables. Out: `Caller`: the user if there is one, how they proved it, and a
sentence where what they presented was refused. One short query, whichever way they came (see `remembered.py`).

A request that presents a token is known by the token alone: its cookie is never looked at. That is why such a request
needs no CSRF token, and why a browser cannot be talked into lending its cookie to one.
"""

from __future__ import annotations

import hmac
import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from time import time
from typing import Any

import jwt
import sqlalchemy as sa
from flask import current_app, has_request_context, request, session
from flask_jwt_extended.config import config as jwt_config
from sqlalchemy.engine import Engine

from ...metamodel.invalid import N_
from ..storage.unavailable import Unavailable
from . import tables
from .accounts import Account, account_statement
from .api_keys import PREFIX, ApiKeys, in_force, lookup
from .remembered import MOST, Remembered
from .transactions import utc_now, writing
from .user import User, storable

log = logging.getLogger(__name__)

FINGERPRINT = "fp"
_SID = "_sid"
_KEPT = "sartor.caller"

_BY_ID = account_statement(tables.user.c.id == sa.bindparam("id"))
_ended = sa.exists().where(tables.ended_session.c.sid == sa.bindparam("sid"))
_BY_SESSION = account_statement(tables.user.c.id == sa.bindparam("id"), _ended.label("ended"))
_key = tables.api_key.c
_presented = sa.and_(
    _key.user_id == tables.user.c.id,
    _key.lookup_hash == sa.bindparam("lookup"),
    in_force(sa.bindparam("now", type_=sa.DateTime)),
)
_BY_KEY = account_statement(_presented, _key.id, _key.last_used_on, _key.expires_on)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sends a request. `by` is session, token or api_key; `refusal` is an English sentence, to be translated."""

    user: User | None = None
    by: str | None = None
    refusal: str | None = None


NOBODY = Caller()


def presented_token() -> str | None:
    """The JWT or API key that the request carries; None where it is to be known by its cookie.

    Another scheme than Bearer is not ours: a proxy in front may ask for Basic and pass it on.
    """
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return token.strip()
    return request.headers.get("X-API-Key")


class Credentials:
    """Finds out who sends a request, and keeps what a session needs to be checked."""

    def __init__(self, engine: Engine, keys: ApiKeys) -> None:
        self._engine = engine
        self._keys = keys
        self._remembered = Remembered(engine)
        self._tokens: dict[str, Mapping[str, Any]] = {}

    def caller(self) -> Caller:
        """Who sends the present request; found once, and kept with it."""
        if not has_request_context():
            return NOBODY
        kept: Caller | None = request.environ.get(_KEPT)
        if kept is None:
            token = presented_token()
            if token is None:
                kept = self._by_session()
            elif token.startswith(PREFIX):
                kept = self._by_api_key(token)
            else:
                kept = self._by_jwt(token)
            request.environ[_KEPT] = kept
        return kept

    def account(self, user_id: Any, fingerprint: Any) -> Account | None:
        """The active user of this id whose password still is the one that the fingerprint was taken of."""
        found = self._by_id(user_id)
        return found if found is not None and self._holds(found, fingerprint) else None

    def fingerprint(self, user_id: Any) -> str:
        """The mark of the user's present password, to put into a token; empty where there is no such user."""
        found = self._by_id(user_id)
        return found.fingerprint(_secret()) if found is not None else ""

    # Sessions

    def begin_session(self, user_id: int) -> None:
        """Bind the session to the user's present password, and give it a name by which it can be ended."""
        session[_SID] = secrets.token_urlsafe(18)
        session[FINGERPRINT] = self.fingerprint(user_id)
        session.pop("csrf_token", None)  # one that somebody knew before the sign-in is worth nothing after it
        request.environ.pop(_KEPT, None)

    def keep_session(self, user_id: int) -> None:
        """Let this one session outlive a change of the user's password."""
        session[FINGERPRINT] = self.fingerprint(user_id)
        request.environ.pop(_KEPT, None)

    def end_session(self) -> None:
        """End this session for good: a copy of its cookie is refused too."""
        sid = session.get(_SID)
        if isinstance(sid, str):
            now, ended = utc_now(), tables.ended_session
            until = now + timedelta(seconds=current_app.permanent_session_lifetime.total_seconds())
            with writing(self._engine) as connection:
                connection.execute(ended.delete().where(ended.c.until < now))
                if connection.scalar(sa.select(ended.c.sid).where(ended.c.sid == sid)) is None:
                    connection.execute(ended.insert().values(sid=sid, until=until))
        session.clear()
        request.environ.pop(_KEPT, None)

    # The three ways

    def _by_session(self) -> Caller:
        if "_user_id" not in session:
            return NOBODY
        id_, sid = _number(session["_user_id"]), str(session.get(_SID))
        found = self._remembered.account((id_, sid), _BY_SESSION, id=id_, sid=sid)
        if found is None or found.extra[0] or not self._holds(found, session.get(FINGERPRINT)):
            session.clear()
            return NOBODY
        return Caller(found.user, "session")

    def _by_jwt(self, token: str) -> Caller:
        claims = self._claims(token)
        if isinstance(claims, str):
            return Caller(refusal=claims)
        found = self._by_id(claims.get("sub"))
        if found is None or not found.user.active:
            return Caller(refusal=N_("The user of this token may not sign in."))
        if not self._holds(found, claims.get(FINGERPRINT)):
            return Caller(refusal=N_("The password was changed after this token was issued. Sign in again."))
        return Caller(found.user, "token")

    def _by_api_key(self, token: str) -> Caller:
        refused = Caller(refusal=N_("There is no such API key in force."))
        if not storable(token):
            return refused
        hashed, now = lookup(token), utc_now()
        found = self._remembered.account(hashed, _BY_KEY, lookup=hashed, now=now)
        if found is None or not found.user.active:
            return refused
        key_id, last_used, expires = found.extra
        if expires is not None and expires <= now:
            return refused
        try:
            self._keys.used(key_id, last_used)
        except Unavailable:  # a database that is locked or read-only can still be read
            log.warning("could not note the use of an API key", exc_info=True)
        return Caller(found.user, "api_key")

    def _by_id(self, user_id: Any) -> Account | None:
        id_ = _number(user_id)
        return self._remembered.account(id_, _BY_ID, id=id_)

    def _claims(self, token: str) -> Mapping[str, Any] | str:
        """The same claims again without checking the signature again; when they end is looked at each time."""
        known = self._tokens.get(token)
        if known is not None and known["exp"] > time() - jwt_config.leeway:
            return known
        claims = _claims(token)
        if not isinstance(claims, str):
            if len(self._tokens) >= MOST:
                self._tokens.clear()
            self._tokens[token] = claims
        return claims

    @staticmethod
    def _holds(account: Account, fingerprint: Any) -> bool:
        if not account.user.active or not isinstance(fingerprint, str):
            return False
        return hmac.compare_digest(account.fingerprint(_secret()).encode(), fingerprint.encode())


def _secret() -> str:
    secret = current_app.secret_key
    return secret.decode("latin-1") if isinstance(secret, bytes) else str(secret)


def _number(value: Any) -> int:
    """The id in a cookie or token; 0, which nobody has, where it is none that a database could hold."""
    text = str(value)
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 10 else 0


def _claims(token: str) -> Mapping[str, Any] | str:
    """What an access token says, or why it is refused.

    PyJWT directly: Flask-JWT-Extended's decode_token does the same in three times the time.
    """
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            jwt_config.decode_key,
            algorithms=list(jwt_config.decode_algorithms),
            audience=jwt_config.decode_audience,
            issuer=jwt_config.decode_issuer,
            leeway=jwt_config.leeway,
            options={"require": ["exp", "sub"], "verify_aud": jwt_config.decode_audience is not None},
        )
    except jwt.ExpiredSignatureError:
        return N_("The access token has expired. Get a new one with the refresh token, or sign in again.")
    except (jwt.InvalidTokenError, UnicodeError, ValueError):
        return N_("The access token is not valid. Sign in again.")
    if claims.get("type") != "access":
        return N_("This is not an access token. Send the one named access_token.")
    return claims
