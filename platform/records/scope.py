"""Scope: everything that one use of the records service stands on.

In: the database, a release, an actor, one moment. Out: the access, the compiler and the labels that go with them,
made once. Knows nothing of what is done with them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from sqlalchemy import select

from ...metamodel.manifest import Entity, Manifest
from ...rules.access import Access
from ..query.compiler import Compiler
from ..query.words import Moment
from ..storage.database import Database
from ..storage.release import Release
from ..storage.tables import Tables
from .actor import Actor
from .errors import Forbidden, NotFound
from .labels import Labels
from .people import People


@dataclass(frozen=True)
class Scope:
    """Who works on what, and when."""

    database: Database
    release: Release
    actor: Actor
    moment: Moment
    people: People
    labelled: bool = True  # whether readers want to know what referred records and users are called

    def __post_init__(self) -> None:
        if self.actor.user_id is not None and self.actor.find_department is None:
            object.__setattr__(self, "actor", replace(self.actor, find_department=lambda: self._department))

    @cached_property
    def _department(self) -> int | None:
        """Where the manifest's staff entity says that the user works; None where it says nothing of them."""
        staff = self.manifest.staff
        if staff is None:
            return None
        table = self.tables.of(staff.entity)
        wanted = select(table.c[staff.department]).where(table.c[staff.user] == self.actor.user_id).limit(1)
        with self.database.read(self.company) as connection:
            found: int | None = connection.execute(wanted).scalar()
        return found

    @property
    def company(self) -> str:
        return self.release.company

    @property
    def manifest(self) -> Manifest:
        return self.release.manifest

    @property
    def tables(self) -> Tables:
        return self.release.tables

    @cached_property
    def access(self) -> Access:
        return self.release.access(self.actor.roles, admin=self.actor.admin)

    @cached_property
    def compiler(self) -> Compiler:
        access, dialect = self.access, self.database.dialect
        paths = self.release.paths(access)
        return Compiler(self.manifest, self.tables, access, self.actor, self.moment, dialect, paths)

    @cached_property
    def labels(self) -> Labels:
        return Labels(self.compiler, self.people)

    def entity(self, name: str, action: str) -> Entity:
        """The entity, if the actor may do this with it. Raises NotFound where there is none, Forbidden where they
        may not.
        """
        entity = self.manifest.entities.get(name)
        if entity is None:
            raise NotFound(name)
        if not self.access.can(name, action):
            raise Forbidden(action, name, entity.label)
        return entity
