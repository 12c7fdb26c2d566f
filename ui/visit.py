"""One request of one person in one company.

In: the company's name from the address, the signed-in user. Out: a Visit: release, access, records, formats, and the
sentences in their language. Raises NotFound (as 404) where there is no such company or the person has no role in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import Any, ParamSpec

from flask import abort, g, session

from ..metamodel.manifest import Condition, Entity, Label, Manifest
from ..platform.identity.screen import to_sign_in
from ..platform.identity.user import User
from ..platform.language import translate
from ..platform.records.actor import Actor
from ..platform.records.errors import Forbidden, NotFound
from ..platform.records.records import Records
from ..platform.storage.company import NoCompany
from ..platform.storage.release import Release
from ..rules.access import Access
from .format import Formatter
from .house import house

P = ParamSpec("P")
COMPANY = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True)
class Visit:
    """Everything that a page asks for."""

    user: User
    release: Release
    actor: Actor
    language: str

    @property
    def company(self) -> str:
        return self.release.company

    @property
    def manifest(self) -> Manifest:
        return self.release.manifest

    @cached_property
    def access(self) -> Access:
        return self.release.access(self.actor.roles, admin=self.actor.admin)

    @cached_property
    def records(self) -> Records:
        """The one door to data."""
        place = house()
        return Records(place.database, self.release, self.actor, people=place.people)

    @cached_property
    def format(self) -> Formatter:
        return Formatter(self.language, self.manifest.company)

    def text(self, label: Label | None) -> str:
        """A label in the reader's language."""
        return label.text(self.language) if label is not None else ""

    def say(self, message: str, **params: Any) -> str:
        """A sentence of ours in the reader's language."""
        return translate(message, self.language, **params)

    def may_ask(self, entity: str, conditions: Iterable[Condition]) -> bool:
        """Whether this person may read every field that a list's own conditions name; else it would tell of them."""
        paths, definition = self.records.scope.compiler.paths, self.manifest.entities[entity]
        return all(paths.target(definition, one.field) is not None for one in conditions)

    def entity(self, package: str, name: str, action: str = "read") -> Entity:
        """The entity of an address, if the person may do this. Raises NotFound, Forbidden."""
        full = f"{package}.{name}"
        found = self.manifest.entities.get(full)
        if found is None:
            raise NotFound(full)
        if not self.access.can(full, action):
            raise Forbidden(action, full, found.label)
        return found


def enter(company: str) -> Visit | None:
    """The visit of the signed-in user to a company; None where nobody is signed in. Aborts with 404."""
    place = house()
    user = place.identity.current_user()
    if user is None:
        return None
    if not COMPANY.fullmatch(company) or not (user.is_platform_admin or company in user.companies):
        abort(404)
    try:
        release = place.releases.current(company)
    except NoCompany:
        abort(404)
    language = place.identity.language()
    admin = user.is_platform_admin
    actor = Actor(user.id, user.username, user.roles_in(company), admin, "form", language)
    visit = Visit(user, release, actor, language)
    g.visit = visit
    if session.get("company") != company:
        session["company"] = company
    return visit


def present() -> Visit:
    """The visit of this request."""
    visit: Visit = g.visit
    return visit


def visiting(view: Callable[P, Any]) -> Callable[..., Any]:
    """Enter the company of the address before the view; strangers sign in first."""

    @wraps(view)
    def entered(company: str, *args: P.args, **kwargs: P.kwargs) -> Any:
        return to_sign_in() if enter(company) is None else view(*args, **kwargs)

    return entered
