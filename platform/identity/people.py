"""Users and roles, for platform admins.

In: their forms. Out: users added, changed, deactivated; passwords reset; roles given. Users are never deleted: records
and audit rows name them. What a role may do is not said here but by a company's definitions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import abort, current_app, redirect, request, url_for
from flask_appbuilder import expose
from flask_appbuilder.const import AUTH_DB
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.wrappers import Response

from ...metamodel.invalid import N_
from .screen import Screen, admin_required
from .security import identity_of
from .user import LANGUAGES, Fault, IdentityError, User, refuse, roles_by_company

PAGE = 50


class PeopleView(Screen):
    """The pages of users and roles."""

    route_base = "/security"
    default_view = "users"

    @expose("/users/", methods=["GET"])
    @admin_required
    def users(self) -> Response:
        """List users by name, found by name, user name or email."""
        directory, text = identity_of(current_app).directory, request.args.get("q", "")[:100]
        page = min(max(request.args.get("page", 1, int), 1), 100_000)
        return self.render(
            "security/users.html",
            users=directory.list_users(text, limit=PAGE, offset=(page - 1) * PAGE),
            count=directory.count_users(text),
            text=text,
            page=page,
            size=PAGE,
        )

    @expose("/users/add", methods=["GET", "POST"])
    @admin_required
    def add(self) -> Any:
        """Add a user."""
        if request.method == "GET":
            return self._form(None)
        identity, form = identity_of(current_app), request.form
        try:
            user = identity.add_user(
                form.get("username", ""),
                form.get("password", ""),
                form.get("name", ""),
                form.get("email", ""),
                roles_by_company(form.getlist("role")),
                platform_admin="platform_admin" in form,
                language=form.get("language") or None,
            )
        except IdentityError as error:
            return self._form(None, error.faults, form, 422)
        self.tell(N_("{name} was added."), name=user.name)
        return redirect(url_for(".users"))

    @expose("/users/<int:user_id>/", methods=["GET", "POST"])
    @admin_required
    def edit(self, user_id: int) -> Any:
        """Change what is known of a user, and their roles."""
        user, identity = self._user(user_id), identity_of(current_app)
        if request.method == "GET":
            return self._form(user)
        form, admin = request.form, "platform_admin" in request.form
        try:
            if user.id == self.signed_in().id and not admin:
                raise refuse(
                    "platform_admin", N_("You cannot take the platform from yourself here. Another admin can.")
                )
            identity.directory.update_user(
                user.id, name=form.get("name", ""), email=form.get("email", ""), language=form.get("language") or None
            )
            identity.roles.set(user, roles_by_company(form.getlist("role")), platform_admin=admin)
        except IdentityError as error:
            return self._form(user, error.faults, form, 422)
        self.tell(N_("Saved."))
        return redirect(url_for(".users"))

    @expose("/users/<int:user_id>/password", methods=["POST"])
    @admin_required
    def password(self, user_id: int) -> Any:
        """Give a user a new password."""
        user, identity = self._user(user_id), identity_of(current_app)
        try:
            identity.set_password(user.username, request.form.get("password", ""))
        except IdentityError as error:
            return self._form(user, error.faults, status=422)
        if user.id == self.signed_in().id:
            identity.credentials.keep_session(user.id)
        self.tell(N_("The password of {name} was reset."), name=user.name)
        return redirect(url_for(".edit", user_id=user_id))

    @expose("/users/<int:user_id>/active", methods=["POST"])
    @admin_required
    def active(self, user_id: int) -> Any:
        """Deactivate a user, or let them in again."""
        user, identity = self._user(user_id), identity_of(current_app)
        try:
            if "active" in request.form:
                identity.activate(user.username)
                self.tell(N_("{name} may sign in again."), name=user.name)
            elif user.id == self.signed_in().id:
                raise refuse("active", N_("You cannot deactivate yourself. Another admin can."))
            else:
                identity.deactivate(user.username)
                self.tell(N_("{name} was deactivated. They are refused from now on."), name=user.name)
        except IdentityError as error:
            return self._form(user, error.faults, status=422)
        return redirect(url_for(".edit", user_id=user_id))

    @expose("/roles/", methods=["GET"])
    @admin_required
    def roles(self) -> Response:
        """List the roles of every company. They are read here and changed in the definitions."""
        known = identity_of(current_app).roles.known()
        return self.render("security/roles.html", roles=sorted(known.items()))

    @staticmethod
    def _user(user_id: int) -> User:
        found = identity_of(current_app).get_users([user_id]) if user_id < 2**31 else {}
        return found.get(user_id) or abort(404)

    def _form(
        self,
        user: User | None,
        faults: tuple[Fault, ...] = (),
        entered: ImmutableMultiDict[str, str] | None = None,
        status: int = 200,
    ) -> Response:
        known = identity_of(current_app).roles.known()
        return self.render(
            "security/user.html",
            status,
            user=user,
            faults=self.sentences(faults),
            values=_entered(entered) if entered is not None else _present(user),
            roles=[(company, sorted(names)) for company, names in sorted(known.items())],
            languages=LANGUAGES,
            has_password=current_app.config["AUTH_TYPE"] == AUTH_DB,
        )


def _present(user: User | None) -> Mapping[str, Any]:
    if user is None:
        return {"role": frozenset()}
    given = frozenset(f"{company}/{role}" for company, roles in user.roles.items() for role in roles)
    values = {"username": user.username, "name": user.name, "email": user.email, "language": user.language or ""}
    return {**values, "role": given, "platform_admin": user.is_platform_admin}


def _entered(form: ImmutableMultiDict[str, str]) -> Mapping[str, Any]:
    values = {name: form.get(name, "") for name in ("username", "name", "email", "language")}
    return {**values, "role": frozenset(form.getlist("role")), "platform_admin": "platform_admin" in form}
