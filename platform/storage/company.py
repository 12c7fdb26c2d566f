"""The companies of this installation.

In: the control database. Out: their names. What a company is called for people, and all else about it, is in its
release.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

import sqlalchemy as sa

from ...metamodel.invalid import N_, Invalid
from ...metamodel.reserved import is_taken
from .columns import UtcDateTime, text_type
from .database import Database

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")

METADATA = sa.MetaData()
REGISTRY = sa.Table(
    "sartor_company",
    METADATA,
    sa.Column("name", text_type(40), primary_key=True),
    sa.Column("created_at", UtcDateTime, nullable=False),
)


class NoCompany(Exception):
    """There is no company of this name, or nothing was published for it yet."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f'no company "{name}"')


class Companies:
    """The registry. Its table is made when first needed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, name: str) -> None:
        """Register a company; nothing happens if it is registered. Raises Invalid for a name that cannot be one."""
        check_name(name)
        with self._database.control_write() as connection:
            if connection.dialect.name == "postgresql":
                lock = sa.func.hashtextextended("sartor:registry", 0)
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(lock)))
            METADATA.create_all(connection)
            known = connection.execute(sa.select(REGISTRY.c.name).where(REGISTRY.c.name == name)).first()
            if known is None:
                connection.execute(sa.insert(REGISTRY), {"name": name, "created_at": datetime.now(UTC)})

    def names(self) -> list[str]:
        """All companies, by name."""
        with self._database.control_read() as connection:
            if not sa.inspect(connection).has_table(REGISTRY.name):
                return []
            return list(connection.execute(sa.select(REGISTRY.c.name).order_by(REGISTRY.c.name)).scalars())

    def has(self, name: str) -> bool:
        """Whether a company is registered."""
        return name in self.names()


def is_name(name: str) -> bool:
    """Whether this could be a company's name. What came with an address is asked before it names a file."""
    return _NAME.fullmatch(name) is not None


def check_name(name: str) -> None:
    """Raises Invalid where a company cannot be called so: its name is a schema, a file and a part of addresses."""
    if not is_name(name):
        raise Invalid(
            "company_name",
            N_("A company's name begins with a letter and has small letters, digits and underscores, at most 40."),
        )
    if is_taken("company", name):
        raise Invalid(
            "company_name_taken", N_("A company cannot be named “{name}”: the system uses this name."), name=name
        )
