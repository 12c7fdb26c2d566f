"""What goes along with records: owned rows, many-to-many references, labels of what they name, facts about their files.

In: records that have been read, and the targets that their paths mean. Out: the same dicts, completed in place. One
statement for each entity named, for each association table and for each lines field, however many records there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.engine import Connection

from ...metamodel.manifest import Entity, Field
from ..files.files import stored_files
from ..query.paths import Target
from ..query.shape import shape, wanted
from .scope import Scope

Record = dict[str, Any]
NAMING = ("ref", "department", "many", "any_ref", "user")
FILES = ("file", "image", "signature")


class Companions:
    """Completes records. Names of users are fetched at the end, without holding on to the company's connection."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self._users: list[tuple[Record, str, int]] = []

    def gather(
        self, connection: Connection, entity: Entity, targets: Mapping[str, Target], records: Sequence[Record]
    ) -> None:
        """Fetch association rows, labels and files for these records."""
        for record in records:
            record["$labels"] = {}
        if not records:
            return
        wanted_labels: dict[str, set[int]] = {}
        shown: list[tuple[Record, str, str, Any]] = []  # record, path, entity named, id or ids
        for path, target in targets.items():
            field = target.field
            if field.type == "many" and any(path not in record for record in records):
                self._links(connection, entity, field, records)
            if field.type not in NAMING or not self.scope.labelled:
                continue
            for record in records:
                value = record.get(path)
                if value is None:
                    continue
                if field.type in ("ref", "department", "many"):
                    shown.append((record, path, field.settings["of"], value))
                elif field.type == "any_ref":
                    shown.append((record, path, value["entity"], value["id"]))
                elif field.type == "user":
                    self._users.append((record, path, value))
        for _, _, of, value in shown:
            wanted_labels.setdefault(of, set()).update(value if isinstance(value, list) else (value,))
        labels = {of: self.scope.labels.of(connection, of, ids) for of, ids in wanted_labels.items()}
        for record, path, of, value in shown:
            known = labels[of]
            record["$labels"][path] = [known[key] for key in value] if isinstance(value, list) else known[value]
        self._files(connection, targets, records)

    def rows(
        self, connection: Connection, entity: Entity, field: Field, records: Sequence[Record], *, deep: bool
    ) -> None:
        """Fetch the owned rows of these records, in their order; with `deep`, the rows of those rows too."""
        child = self.scope.manifest.entities[field.settings["of"]]
        by = field.settings["by"]
        source = self.scope.compiler.source(child)
        targets = [target for target in wanted(child, self.scope.compiler.paths, None) if target.path != by]
        whole = shape(source, targets)
        owner = whole.place(source.table.c[by])
        owners = {record["id"]: record for record in records}
        statement = (
            select(*whole.columns)
            .select_from(source.clause)
            .where(and_(source.table.c[by].in_(list(owners)), source.visible(child, source.table)))
            .order_by(source.table.c[by], source.table.c.position, source.table.c.id)
        )
        for record in records:
            record[field.name] = []
        found: list[Record] = []
        for row in connection.execute(statement) if owners else ():
            line = whole.record(row)
            owners[row[owner]][field.name].append(line)
            found.append(line)
        self.gather(connection, child, whole.targets, found)
        if deep and found:
            for inner in child.lines.values():
                if self.scope.access.field(child.name, inner.name) != "none":
                    self.rows(connection, child, inner, found, deep=True)

    def name_users(self) -> None:
        """Put the names of users beside their ids, in one query to their directory."""
        names = self.scope.people.names([user for _, _, user in self._users]) if self._users else {}
        for record, path, user in self._users:
            record["$labels"][path] = names.get(user) or f"#{user}"
        self._users.clear()

    def _links(self, connection: Connection, entity: Entity, field: Field, records: Sequence[Record]) -> None:
        link = self.scope.tables.link(entity.name, field.name)
        chosen: dict[int, list[int]] = {record["id"]: [] for record in records}
        statement = select(link.c.owner, link.c.target).where(link.c.owner.in_(list(chosen)))
        for owner, target in connection.execute(statement.order_by(link.c.owner, link.c.position)):
            chosen[owner].append(target)
        for record in records:
            record[field.name] = chosen[record["id"]]

    def _files(self, connection: Connection, targets: Mapping[str, Target], records: Sequence[Record]) -> None:
        paths = [path for path, target in targets.items() if target.field.type in FILES]
        if not paths:
            return
        held = [(record, value) for record in records for path in paths if (value := record.get(path)) is not None]
        ids = {key for _, value in held for key in (value if isinstance(value, list) else [value])}
        known = stored_files(connection, self.scope.tables.system, ids) if ids else {}
        for record, value in held:
            there = record.setdefault("$files", {})
            there.update({key: known[key] for key in (value if isinstance(value, list) else [value]) if key in known})
