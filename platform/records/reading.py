"""Reading: pages of records, and single ones, with the labels and rows that go with them.

In: an entity, a query. Out: records as dicts of Python values by path. Beside the values lie `$labels` (what the
records and users named are called), `$files` (name, size and type of files) and `$expanded` (records that were asked
for along with it). The number of statements depends on the fields that are shown, never on the number of records.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.engine import Connection

from ...metamodel.invalid import N_
from ...metamodel.manifest import Entity, Field
from ..query.cursor import encode
from ..query.paths import unknown
from ..query.query import COUNTED, MOST_EXPANDED, Condition, Page, Query, SortKey
from ..query.shape import Shape, wanted
from ..query.totals import TotalsStatement, statements
from .companions import Companions
from .errors import Fault, NotFound, Rejected
from .nodes import Node
from .scope import Scope

Record = dict[str, Any]


class Reading:
    """Reads records for one actor."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def page(self, entity: Entity, query: Query) -> Page:
        """One page of the records that match."""
        scope = self.scope
        expanded, fields = self._expanded(entity, query.expand, query.fields)
        listing = scope.compiler.listing(entity, replace(query, fields=fields))
        counting = scope.compiler.count(entity, query) if query.count else None
        totalling = statements(scope.compiler, entity, query)
        companions = Companions(scope)
        count: int | None = None
        with scope.database.read(scope.company) as connection:
            rows = list(connection.execute(listing.statement))
            more = len(rows) > query.limit
            rows = rows[: query.limit]
            if listing.backward:
                rows.reverse()
            records = [listing.shape.record(row) for row in rows]
            if counting is not None:
                count = connection.execute(counting).scalar_one()
            totals = self._totals(connection, totalling)
            companions.gather(connection, entity, listing.shape.targets, records)
            self._expand(connection, companions, entity, expanded, records)
        companions.name_users()
        earlier, later = (more, True) if listing.backward else (query.after is not None, more)
        ends = [encode(listing.belongs, [row[place] for place in listing.places]) for row in (rows[:1] + rows[-1:])]
        return Page(
            records=records,
            next=ends[-1] if ends and later else None,
            previous=ends[0] if ends and earlier else None,
            count=None if count is None else min(count, COUNTED),
            count_is_minimum=count is not None and count > COUNTED,
            totals=totals,
        )

    def cursor(self, entity: Entity, id: int, sort: tuple[SortKey, ...]) -> str | None:
        """The place of a record in an order, to go on from; None where it is not there."""
        one = Query(where=(Condition("id", "eq", id),), sort=sort, fields=("id",), limit=1)
        listing = self.scope.compiler.listing(entity, one)
        with self.scope.database.read(self.scope.company) as connection:
            row = connection.execute(listing.statement).first()
        return None if row is None else encode(listing.belongs, [row[place] for place in listing.places])

    def one(
        self,
        connection: Connection,
        companions: Companions,
        entity: Entity,
        id: int,
        *,
        fields: Sequence[str] | None = None,
        expand: Sequence[str] = (),
        lines: bool = True,
    ) -> Record:
        """One record. `companions.name_users()` is still to be called, best when the connection is given back."""
        expanded, shown = self._expanded(entity, expand, tuple(fields) if fields is not None else None)
        records, whole = self._fetch(connection, entity, [id], shown)
        if not records:
            raise NotFound(entity.name, id)
        companions.gather(connection, entity, whole.targets, records)
        rows = (
            [field for field in entity.lines.values() if self._shows(entity, field)] if lines and fields is None else []
        )
        for field in rows:
            companions.rows(connection, entity, field, records, deep=True)
        self._expand(connection, companions, entity, [field for field in expanded if field not in rows], records)
        return records[0]

    def get(
        self, entity: Entity, id: int, *, fields: Sequence[str] | None, expand: Sequence[str], lines: bool
    ) -> Record:
        """One record, in a transaction of its own."""
        companions = Companions(self.scope)
        with self.scope.database.read(self.scope.company) as connection:
            record = self.one(connection, companions, entity, id, fields=fields, expand=expand, lines=lines)
        companions.name_users()
        return record

    def saved(self, connection: Connection, companions: Companions, node: Node) -> Record:
        """A record that has just been saved, as `one` would read it; what is known of it is not read again."""
        linked = any(field.type in ("lines", "many") for field in node.entity.fields.values())
        if node.present is not None and linked:
            return self.one(connection, companions, node.entity, node.id or 0)
        return self._remembered(connection, companions, node.entity, [node])[0]

    def _remembered(
        self, connection: Connection, companions: Companions, entity: Entity, nodes: Sequence[Node]
    ) -> list[Record]:
        by = entity.owner.by if entity.owner is not None and any(node.owner is not None for node in nodes) else None
        paths = self.scope.compiler.paths
        targets = {target.path: target for target in wanted(entity, paths, None) if target.path != by}
        records = [{path: node.values.get(path) for path in targets} for node in nodes]
        companions.gather(connection, entity, targets, records)
        for field in entity.lines.values():
            if self._shows(entity, field):
                child = self.scope.manifest.entities[field.settings["of"]]
                rows = [row for node in nodes for row in node.rows.get(field.name, ())]
                found = iter(self._remembered(connection, companions, child, rows))
                for node, record in zip(nodes, records, strict=True):
                    record[field.name] = [next(found) for _ in node.rows.get(field.name, ())]
        return records

    def _fetch(
        self, connection: Connection, entity: Entity, ids: Sequence[int], fields: Sequence[str] | None
    ) -> tuple[list[Record], Shape]:
        statement, whole = self.scope.compiler.records(entity, ids, fields)
        return [whole.record(row) for row in connection.execute(statement)], whole

    def _shows(self, entity: Entity, field: Field) -> bool:
        return self.scope.access.field(entity.name, field.name) != "none"

    def _expanded(
        self, entity: Entity, expand: Sequence[str], fields: tuple[str, ...] | None
    ) -> tuple[list[Field], tuple[str, ...] | None]:
        """The fields to expand, and the query for the rest; owned rows that are asked for as fields are expanded
        too.
        """
        names = list(dict.fromkeys(expand))
        if fields is not None:
            names += [name for name in fields if name in entity.lines and name not in names]
        found: list[Field] = []
        faults: list[Fault] = []
        for name in names:
            target = self.scope.compiler.paths.target(entity, name)
            if target is None or target.hop is not None:
                faults.append(unknown(name, name))
            elif target.field.type in ("lines", "ref", "department", "many"):
                found.append(target.field)
        if len(names) > MOST_EXPANDED:
            message = N_("At most {max} fields can be expanded.")
            faults.append(Fault("expand", "too_many_expanded", message, {"max": MOST_EXPANDED}))
        if faults:
            raise Rejected(faults)
        if fields is not None:
            kept = [name for name in fields if name not in entity.lines]
            fields = (*kept, *(field.name for field in found if field.type != "lines" and field.name not in kept))
        return found, fields

    def _expand(
        self,
        connection: Connection,
        companions: Companions,
        entity: Entity,
        fields: Sequence[Field],
        records: list[Record],
    ) -> None:
        for field in fields:
            if field.type == "lines":
                companions.rows(connection, entity, field, records, deep=False)
                continue
            beyond = self.scope.manifest.entities[field.settings["of"]]
            if not self.scope.access.can(beyond.name, "read"):
                raise Rejected([unknown(field.name, field.name)])
            named = [record.get(field.name) for record in records]
            ids = {key for value in named for key in (value if isinstance(value, list) else [value]) if key is not None}
            others, whole = self._fetch(connection, beyond, sorted(ids), None) if ids else ([], None)
            if whole is not None:
                companions.gather(connection, beyond, whole.targets, others)
            known = {other["id"]: other for other in others}
            for record, value in zip(records, named, strict=True):
                there = record.setdefault("$expanded", {})
                if isinstance(value, list):
                    there[field.name] = [known[key] for key in value if key in known]
                else:
                    there[field.name] = known.get(value) if value is not None else None

    def _totals(self, connection: Connection, totalling: Sequence[TotalsStatement]) -> dict[str, Any]:
        totals: dict[str, Any] = {}
        for one in totalling:
            values = one.values(connection.execute(one.statement).all())
            if one.apart is not None and one.apart.field.type in ("ref", "department"):
                keys = {key for by in values.values() for key in by if key is not None}
                names = self.scope.labels.of(connection, one.apart.field.settings["of"], keys)
                values = {path: {names.get(key, ""): total for key, total in by.items()} for path, by in values.items()}
            totals |= values
        return totals
