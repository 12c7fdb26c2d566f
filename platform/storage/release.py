"""Releases: what is in force in a company.

In: manifests to publish. Out: Release values, immutable, read once per process and release. Publishing brings the
tables, writes the release and moves the pointer in one transaction; a failure leaves what was in force. A manifest
equal to the one in force makes no new release.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from ...metamodel.invalid import N_
from ...metamodel.manifest import Manifest
from ...rules.access import Access
from ..identity.transactions import glance
from ..query.paths import Paths
from ..schema.bringing import bring
from .company import Companies, NoCompany, check_name, is_name
from .database import Database
from .system_tables import SystemTables
from .tables import Tables
from .unavailable import Unavailable

MOST_CACHED = 200  # companies whose compiled release a process keeps
OTHER_FORMAT = N_("This company was published with another version of Sartor; publish its definitions again.")


@dataclass(frozen=True)
class Release:
    """A manifest in force, with its tables. `changes` are the sentences about what publishing it did to the tables."""

    company: str
    rev: int
    digest: str
    manifest: Manifest
    tables: Tables
    author: str
    message: str
    created_at: datetime
    changes: tuple[str, ...] = ()
    _access: dict[tuple[frozenset[str], bool], Access] = field(default_factory=dict, repr=False, compare=False)
    _paths: dict[Access, Paths] = field(default_factory=dict, repr=False, compare=False)

    def access(self, roles: Collection[str], *, admin: bool = False) -> Access:
        """What these roles may do; computed once for each set of roles."""
        key = (frozenset(roles), admin)
        found = self._access.get(key)
        if found is None:
            found = self._access[key] = Access(self.manifest, key[0], admin=admin)
        return found

    def paths(self, access: Access) -> Paths:
        """The paths that this access may name, with what queries keep for it; for all requests of the release."""
        found = self._paths.get(access)
        if found is None:
            found = self._paths[access] = Paths(self.manifest, access)
        return found


class Releases:
    """The releases of all companies of an installation."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.companies = Companies(database)
        self._lock = threading.Lock()
        self._cache: OrderedDict[str, Release] = OrderedDict()

    def current(self, company: str) -> Release:
        """The release in force: one indexed row is read, the rest is cached. Raises NoCompany, Unavailable."""
        rev = self._rev(company)
        release = self._cache.get(company)
        if release is None or release.rev != rev:
            with self._lock:
                release = self._cache.get(company)
                if release is None or release.rev != rev:
                    release = self.load(company, rev)
                    self._keep(release)
        return release

    def load(self, company: str, rev: int) -> Release:
        """One release, in force or not. Raises KeyError where there is no such one, Unavailable."""
        table = _system(self.database.schema(company)).release
        with self.database.read(company) as connection:
            row = connection.execute(sa.select(table).where(table.c.rev == rev)).mappings().first()
        if row is None:
            raise KeyError(rev)
        manifest = _read(row["manifest"])
        if manifest is None:
            raise Unavailable(OTHER_FORMAT, retry=False)
        given = {name: row[name] for name in ("rev", "digest", "author", "message", "created_at")}
        return self._release(manifest, **given, changes=tuple(row["changes"]))

    def publish(self, manifest: Manifest, author: str, message: str) -> Release:
        """Put a manifest in force and return its release. Raises SchemaRefused, Unavailable, Invalid (the name)."""
        company = manifest.company.name
        check_name(company)
        source = manifest.to_json()
        release = self._release(
            manifest,
            rev=1,
            digest=hashlib.sha256(source).hexdigest(),
            author=author,
            message=message,
            created_at=datetime.now(UTC),
        )
        with self.database.change(company) as connection:
            before = _in_force(connection, release.tables.system)
            previous = _read(before["manifest"]) if before is not None else None
            changes = tuple(bring(connection, release.tables, previous))
            if before is not None and before["digest"] == release.digest:
                release = replace(
                    release, **{name: before[name] for name in ("rev", "author", "message", "created_at")}
                )
            else:
                release = replace(release, rev=before["rev"] + 1 if before is not None else 1, changes=changes)
                _write(connection, release, source.decode())
        self.companies.add(company)
        with self._lock:
            self._keep(release)
        return replace(release, changes=changes)

    def _release(self, manifest: Manifest, **given: Any) -> Release:
        company = manifest.company.name
        return Release(
            company=company, manifest=manifest, tables=Tables(manifest, self.database.schema(company)), **given
        )

    def _rev(self, company: str) -> int:
        """Which release is in force."""
        if not is_name(company) or (self.database.dialect == "sqlite" and not self.database.file(company).exists()):
            raise NoCompany(company)
        schema = self.database.schema(company)
        pointer = f'"{schema}".sartor_pointer' if schema else "sartor_pointer"
        try:  # every request begins with it, so it is read straight from the driver; max() answers where no row is
            rev = glance(self.database.engine(company), f"SELECT max(rev) FROM {pointer} WHERE id = 1")  # noqa: S608
        except sa.exc.DBAPIError as error:
            if not _lacks_table(error):
                raise
            rev = None
        if rev is None:
            raise NoCompany(company)
        return int(rev)

    def _keep(self, release: Release) -> None:
        self._cache[release.company] = release
        self._cache.move_to_end(release.company)
        while len(self._cache) > MOST_CACHED:
            self._cache.popitem(last=False)


@lru_cache(maxsize=MOST_CACHED)
def _system(schema: str | None) -> SystemTables:
    return SystemTables(sa.MetaData(), schema)


def _read(source: str) -> Manifest | None:
    """The manifest, or None where another version of Sartor wrote it."""
    try:
        return Manifest.from_json(source.encode())
    except ValueError:
        return None


def _in_force(connection: Connection, system: SystemTables) -> RowMapping | None:
    """The row of the release in force, at the beginning of a change of tables."""
    if not sa.inspect(connection).has_table(system.pointer.name, schema=system.pointer.schema):
        return None
    joined = sa.select(system.release).join(system.pointer, system.pointer.c.rev == system.release.c.rev)
    return connection.execute(joined.where(system.pointer.c.id == 1)).mappings().first()


def _write(connection: Connection, release: Release, source: str) -> None:
    """Write the release and point to it."""
    system = release.tables.system
    row = {name: getattr(release, name) for name in ("rev", "digest", "author", "message", "created_at")}
    connection.execute(sa.insert(system.release), row | {"manifest": source, "changes": list(release.changes)})
    moved = connection.execute(sa.update(system.pointer).where(system.pointer.c.id == 1).values(rev=release.rev))
    if not moved.rowcount:
        connection.execute(sa.insert(system.pointer), {"id": 1, "rev": release.rev})


def _lacks_table(error: sa.exc.DBAPIError) -> bool:
    """Whether the company was never published."""
    cause = error.orig
    if isinstance(cause, psycopg.Error):
        return cause.sqlstate in ("42P01", "3F000")
    return "no such table" in str(cause)
