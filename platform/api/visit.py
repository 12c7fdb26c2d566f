"""Visits: who asks what company, and what they find there.

In: the Flask request and the name of a company. Out: a Visit with the release in force, the records service for this
actor and their language; or a Problem. Nobody learns of a company in which they have no role.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import request

from ...metamodel.invalid import N_
from ...metamodel.manifest import Entity
from ..identity import LANGUAGES, Caller, Identity, User
from ..records.actor import Actor
from ..records.errors import Forbidden
from ..records.people import People
from ..records.records import Records
from ..storage.database import Database
from ..storage.release import Release, Releases
from ..storage.unavailable import Unavailable
from .contract import Contract, Contracts
from .problem import NO_COMPANY, Problem
from .query import FLAGS

SIGN_IN = N_("Sign in, or send a token or an API key: Authorization: Bearer …")


@dataclass(frozen=True)
class Visit:
    """One request of one user to one company."""

    user: User
    language: str
    release: Release
    actor: Actor
    records: Records
    contract: Contract

    def entity(self, package: str, name: str, action: str = "read") -> Entity:
        """The entity at this address, if the actor may do this with it. Raises Problem (404), Forbidden."""
        found = self.release.manifest.entities.get(f"{package}.{name}")
        if found is None:
            raise Problem(404, "not_found", N_("There is no such entity."))
        if not self.contract.access.can(found.name, action):
            raise Forbidden(action, found.name, found.label)
        return found


class Reception:
    """Lets requests in."""

    def __init__(self, database: Database, releases: Releases, identity: Identity) -> None:
        self.database = database
        self.releases = releases
        self.identity = identity
        self.people = People(identity)
        self.contracts = Contracts()

    def visit(self, company: str) -> Visit:
        """The visit that this request is. Raises Problem (401, 404), NoCompany, Unavailable."""
        caller = self.identity.caller()
        user = caller.user
        if user is None:
            raise self._unknown(caller)
        roles = user.roles_in(company)
        if not roles and not user.is_platform_admin:
            raise Problem(404, "not_found", NO_COMPANY)
        release = self.releases.current(company)
        language = self.language()
        actor = Actor(
            user_id=user.id,
            username=user.username,
            roles=roles,
            admin=user.is_platform_admin,
            channel="api",
            language=language,
        )
        contract = self.contracts.of(release, release.access(roles, admin=actor.admin))
        labelled = FLAGS.get(request.args.get("labels", "").lower(), False)
        records = Records(self.database, release, actor, people=self.people, labelled=labelled)
        return Visit(user, language, release, actor, records, contract)

    def language(self) -> str:
        """The language of the answer: a program says it with each request, a person chose it for all of them."""
        try:
            by_session = self.identity.caller().by == "session"
        except Unavailable:  # the answer that says so has a language all the same
            by_session = False
        if not by_session:
            asked = request.accept_languages.best_match(LANGUAGES) if request.accept_languages else None
            if asked is not None:
                return asked
        return self.identity.language()

    def _unknown(self, caller: Caller) -> Problem:
        refusal = self.identity.refusal() if caller.refusal else None
        challenge = 'Bearer realm="sartor"' + (', error="invalid_token"' if refusal else "")
        return Problem(401, "unauthorized", refusal or SIGN_IN, headers={"WWW-Authenticate": challenge})
