"""What signed-in people set for themselves: language, password, API keys.

In: their forms. Out: the changed user, or the page with a sentence under the field that was wrong.
"""

from __future__ import annotations

from typing import Any

from flask import current_app, redirect, request, session, url_for
from flask_appbuilder import expose
from flask_appbuilder.const import AUTH_DB
from werkzeug.wrappers import Response

from ...metamodel.invalid import N_
from .api_keys import ApiKey
from .attempts import TOO_MANY
from .screen import Screen, login_required, safe_next
from .security import identity_of
from .user import LANGUAGES, Fault, IdentityError

DAYS = {"30": N_("30 days"), "90": N_("90 days"), "365": N_("A year"), "": N_("Until it is revoked")}


class ProfileView(Screen):
    """The page of one's own account."""

    route_base = "/profile"
    default_view = "profile"

    @expose("/", methods=["GET"])
    @login_required
    def profile(self) -> Response:
        """Show it."""
        return self._page()

    @expose("/language", methods=["POST"])
    def language(self) -> Any:
        """Keep the language that was picked: with the user, or in the session of a visitor who is not signed in."""
        identity, picked = identity_of(current_app), request.form.get("language") or None
        if picked is not None and picked not in LANGUAGES:
            picked = None
        user = identity.current_user()
        if user is not None:
            identity.directory.set_language(user.id, picked)
        elif picked is not None:
            session["locale"] = picked
        return redirect(safe_next(request.form.get("next")))

    @expose("/password", methods=["POST"])
    @login_required
    def password(self) -> Any:
        """Change one's password, knowing the present one. All other sessions and tokens end; this one goes on."""
        identity, me, form = identity_of(current_app), self.signed_in(), request.form
        if current_app.config["AUTH_TYPE"] != AUTH_DB:
            return redirect(url_for(".profile"))
        new = form.get("password", "")
        if identity.attempts.exhausted("profile"):  # a session that somebody left open is no place to guess
            return self._page((Fault("present", TOO_MANY),), status=429)
        if not identity.directory.password_is(me.id, form.get("present", "")):
            identity.attempts.failed("profile")
            return self._page((Fault("present", N_("This is not your present password.")),), status=400)
        if new != form.get("again", ""):
            return self._page((Fault("again", N_("The two new passwords differ.")),), status=422)
        try:
            identity.directory.set_password(me.username, new)
        except IdentityError as error:
            return self._page(error.faults, status=422)
        identity.credentials.keep_session(me.id)
        self.tell(N_("Your password was changed. All your other sessions were ended."))
        return redirect(url_for(".profile"))

    @expose("/keys", methods=["POST"])
    @login_required
    def create_key(self) -> Any:
        """Make an API key and show its secret, this once."""
        days = request.form.get("days", "")
        try:
            key = identity_of(current_app).keys.create(
                self.signed_in().id, request.form.get("name", ""), int(days) if days in DAYS and days else None
            )
        except IdentityError as error:
            return self._page(tuple(Fault("key", fault.message, fault.params) for fault in error.faults), status=422)
        return self._page(made=key)

    @expose("/keys/<uuid>/revoke", methods=["POST"])
    @login_required
    def revoke_key(self, uuid: str) -> Any:
        """End an API key at once."""
        identity, me = identity_of(current_app), self.signed_in()
        named = {key.uuid: key.name for key in identity.keys.list(me.id)}
        try:
            identity.keys.revoke(me.id, uuid)
        except IdentityError as error:
            for sentence in self.sentences(error.faults).values():
                self.tell(sentence, "danger")
        else:
            self.tell(N_('The key "{name}" was revoked.'), name=named.get(uuid, uuid))
        return redirect(url_for(".profile"))

    def _page(self, faults: tuple[Fault, ...] = (), *, made: ApiKey | None = None, status: int = 200) -> Response:
        return self.render(
            "security/profile.html",
            status,
            faults=self.sentences(faults),
            entered=request.form if faults else {},
            languages=LANGUAGES,
            keys=identity_of(current_app).keys.list(self.signed_in().id),
            days=DAYS,
            made=made,
            has_password=current_app.config["AUTH_TYPE"] == AUTH_DB,
        )
