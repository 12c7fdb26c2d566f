"""One company's tables, brought from manifest to manifest, for the tests of `bring`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from sartor.metamodel.codes import CODES
from sartor.metamodel.manifest import Entity, Field, Manifest
from sartor.platform.schema.bringing import SchemaRefused, bring
from sartor.platform.schema.snapshot import snapshot
from sartor.platform.storage.columns import fold
from sartor.platform.storage.database import Database
from sartor.platform.storage.tables import Tables
from sartor.tests.manifests import entity, field, manifest

NOW = datetime(2026, 1, 31, tzinfo=UTC)


class House:
    """One company's tables, brought from manifest to manifest."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.manifest: Manifest | None = None
        self.tables = Tables(manifest(), database.schema("acme"))

    def bring(self, *entities: Entity) -> list[str]:
        """Bring the tables to these entities; the manifest before stays in force where that is refused."""
        wanted = manifest(entities)
        tables = Tables(wanted, self.database.schema("acme"))
        with self.database.change("acme") as connection:
            said = bring(connection, tables, self.manifest)
        self.manifest, self.tables = wanted, tables
        return said

    def refuse(self, *entities: Entity) -> list[str]:
        """The reasons why this is refused; nothing may have changed."""
        before = self.snapshot()
        with pytest.raises(SchemaRefused) as caught:
            self.bring(*entities)
        assert self.snapshot() == before
        assert {problem.code for problem in caught.value.problems} <= set(CODES)
        return [str(problem) for problem in caught.value.problems]

    def snapshot(self) -> object:
        with self.database.read("acme") as connection:
            return snapshot(connection, self.database.schema("acme"))

    def put(self, name: str, /, **values: Any) -> int:
        table = self.tables.of(name)
        whole = {"version": 1, "created_at": NOW, "updated_at": NOW} | values
        for column in table.c:
            if column.info.get("shadow"):
                whole[column.name] = fold(values.get(column.info["field"]))
        with self.database.write("acme") as connection:
            return int(connection.execute(sa.insert(table), whole).inserted_primary_key[0])  # type: ignore[index]

    def values(self, name: str, *columns: str) -> list[Any]:
        table = self.tables.of(name)
        with self.database.read("acme") as connection:
            found = connection.execute(sa.select(*(table.c[column] for column in columns)).order_by(table.c.id)).all()
        return [row[0] if len(columns) == 1 else tuple(row) for row in found]


def customer(*fields: Field | str, **given: Any) -> Entity:
    return entity("crm.customer", field("name", required=True), *fields, **given)
