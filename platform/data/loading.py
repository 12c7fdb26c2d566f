"""Loading the data sets of a release into its company.

In: a release, the users by name. Out: records, and counts of what was done. A record of data is known by its external
id, kept in `sartor_external_id` with a digest of what was loaded. What has not changed in the definitions is not
touched; what has changed is brought up to date, unless a person has changed the record since: theirs is kept. A record
that a person has deleted stays deleted. Loading twice changes nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...metamodel.manifest import DataSet
from ..query.words import Moment
from ..records.actor import Actor
from ..records.errors import RecordError
from ..records.people import People, UserDirectory
from ..records.records import Records
from ..records.scope import Scope
from ..storage.database import Database
from ..storage.release import Release
from .reading import DataReader, Key, row_items
from .records import NewRecord, walk
from .writing import Writer


@dataclass
class Counts:
    """What loading did: records created, updated, unchanged, and kept because a person had changed or deleted them."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    kept: int = 0

    def as_json(self) -> dict[str, int]:
        """The counts by name."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A record, or a row of one, that was loaded before. Rows have no digest of their own."""

    record: int
    digest: str | None


def load_data(
    database: Database,
    release: Release,
    directory: UserDirectory,
    users: Mapping[str, int],
    *,
    sets: Sequence[DataSet] | None = None,
    now: datetime | None = None,
) -> Counts:
    """Load the release's data sets, or those given. Raises DataFault, Unavailable."""
    chosen = release.manifest.data if sets is None else tuple(sets)
    moment = Moment(now or datetime.now(UTC), release.manifest.company.time_zone)
    scope = Scope(database, release, Actor.system("setup"), moment, People(directory))
    return _Loading(scope, users, chosen).load() if chosen else Counts()


class _Loading:
    """One loading: new records in one transaction, then the changed ones, each in its own."""

    def __init__(self, scope: Scope, users: Mapping[str, int], sets: Sequence[DataSet]) -> None:
        self.scope = scope
        self.users = users
        self.source: dict[Key, Mapping[str, Any]] = {
            (data.entity, name): values for data in sets for name, values in data.records.items()
        }
        self.digests = {key: self._digest(key[0], values) for key, values in self.source.items()}
        self.counts = Counts()

    def load(self) -> Counts:
        with self.scope.database.read(self.scope.company) as connection:
            loaded = self._loaded(connection)
        if any(key not in loaded for key in self.source):
            with self.scope.database.write(self.scope.company) as connection:
                loaded = self._loaded(connection)
                self._insert(connection, loaded)
                loaded = self._loaded(connection)
        for key, values in self.source.items():
            if loaded[key].digest == self.digests[key]:
                self.counts.unchanged += 1
            else:
                self._update(key, values, loaded)
        self.counts.unchanged -= self.counts.created
        return self.counts

    def _loaded(self, connection: Connection) -> dict[Key, Loaded]:
        table = self.scope.tables.system.external_id
        return {(row.entity, row.name): Loaded(row.record, row.digest) for row in connection.execute(sa.select(table))}

    def _insert(self, connection: Connection, loaded: Mapping[Key, Loaded]) -> None:
        new = {key: NewRecord(key[0], name=key[1]) for key in self.source if key not in loaded}
        there = {key: NewRecord(key[0], name=key[1], id=one.record) for key, one in loaded.items()}
        reader = DataReader(self.scope, self.users, {**there, **new})
        for key, record in new.items():
            reader.fill(record, self.source[key])
        Writer(self.scope, connection).insert(list(new.values()))
        rows = [
            {
                "entity": one.entity,
                "name": one.name,
                "record": one.id,
                "digest": self.digests.get((one.entity, one.name)),
            }
            for record in new.values()
            for one in walk(self.scope.manifest.entities, record)
        ]
        connection.execute(sa.insert(self.scope.tables.system.external_id), rows)
        self.counts.created = len(new)

    def _update(self, key: Key, values: Mapping[str, Any], loaded: Mapping[Key, Loaded]) -> None:
        """Bring one record up to date, if it is as it was loaded."""
        record = loaded[key].record
        if not self._untouched(key[0], record):
            self.counts.kept += 1
            return
        there = {name: NewRecord(name[0], name=name[1], id=one.record) for name, one in loaded.items()}
        wanted = NewRecord(key[0], name=key[1], id=record)
        DataReader(self.scope, self.users, there).fill(wanted, values)
        scope = self.scope
        records = Records(scope.database, scope.release, scope.actor, people=scope.people, now=scope.moment.now)
        try:
            saved = records.update(key[0], record, _sent(wanted), version=None)
        except RecordError as error:
            raise DataReader.fault(wanted, str(error)) from None
        with scope.database.write(scope.company) as connection:
            self._remember(connection, key, values, saved)
        self.counts.updated += 1

    def _untouched(self, entity: str, record: int) -> bool:
        """Whether the record is there, and nobody but the system has changed it."""
        table = self.scope.tables.of(entity)
        with self.scope.database.read(self.scope.company) as connection:
            row = connection.execute(sa.select(table.c.updated_by).where(table.c.id == record)).first()
        return row is not None and row.updated_by is None

    def _remember(self, connection: Connection, key: Key, values: Mapping[str, Any], saved: Mapping[str, Any]) -> None:
        """Keep the digest of what is loaded now, and the names of its rows."""
        table = self.scope.tables.system.external_id
        mine = sa.and_(table.c.entity == key[0], table.c.name == key[1])
        connection.execute(sa.update(table).where(mine).values(digest=self.digests[key]))
        entity = self.scope.manifest.entities[key[0]]
        for field in entity.lines.values():
            if field.name in values:
                child = field.settings["of"]
                begins = table.c.name.startswith(f"{key[1]}.", autoescape=True)
                connection.execute(sa.delete(table).where(table.c.entity == child, begins))
                names = [name for name, _ in row_items(key[1], values[field.name])]
                rows = [
                    {"entity": child, "name": name, "record": row["id"]}
                    for name, row in zip(names, saved[field.name], strict=True)
                ]
                if rows:
                    connection.execute(sa.insert(table), rows)

    def _digest(self, entity: str, values: Mapping[str, Any]) -> str:
        """What tells a changed source from an unchanged one. A user who is there now and was not before is a change."""
        names = sorted(
            field.name for field in self.scope.manifest.entities[entity].fields.values() if field.type == "user"
        )
        people = [self.users.get(str(values.get(name))) for name in names if values.get(name) is not None]
        text = json.dumps([values, people], sort_keys=True, ensure_ascii=False, default=str)
        return hashlib.sha256(text.encode()).hexdigest()


def _sent(record: NewRecord) -> dict[str, Any]:
    """The values as the records service takes them: ids, and rows with theirs."""
    sent: dict[str, Any] = {}
    for name, value in record.values.items():
        if isinstance(value, list):
            sent[name] = [
                one
                if not isinstance(one, NewRecord)
                else _sent(one) | ({"id": one.id} if one.id else {})
                if one.owner is record
                else one.id
                for one in value
            ]
        elif isinstance(value, NewRecord):
            sent[name] = value.id
        else:
            sent[name] = value
    return sent
