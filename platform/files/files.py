"""Files: uploaded first, then held by a record, and read by who may read that record.

In: streams and names; ids of files in the values of records. Out: StoredFile, streams, faults. A file that no record
holds yet is its uploader's alone; one that no record holds any more is removed after a day by `remove_orphans`.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import IO, Any, BinaryIO

from sqlalchemy import and_, insert, select, update
from sqlalchemy.engine import Connection

from ...metamodel.fields.file import FILE_ID, byte_size
from ...metamodel.invalid import N_
from ...metamodel.manifest import Entity, Field
from ..query.paths import unknown
from ..records.errors import Fault, Forbidden, NotFound, Rejected
from ..records.scope import Scope
from ..storage.database import Database
from ..storage.release import Release
from ..storage.system_tables import SystemTables
from .store import FileStore, too_large
from .types import clean_name, contradicts, ending, media_type

LARGEST = 100 * 1024**2  # where no field says less
LARGEST_SIGNATURE = 2 * 1024**2
CHUNK = 500
KEPT_UNATTACHED = timedelta(days=1)
NO_FILE = N_("There is no such file.")


@dataclass(frozen=True, slots=True)
class StoredFile:
    """What is known of a file."""

    id: str
    name: str
    mime: str
    size: int
    digest: str
    created_at: datetime
    created_by: int | None

    def as_json(self) -> dict[str, Any]:
        """As the API and the screens show it."""
        return {"id": self.id, "name": self.name, "size": self.size, "mime": self.mime}


def stored_files(connection: Connection, system: SystemTables, ids: Collection[str]) -> dict[str, StoredFile]:
    """What is known of these files, by id, in one query."""
    table = system.file
    columns = (table.c.id, table.c.name, table.c.mime, table.c.size, table.c.digest, table.c.created_at)
    statement = select(*columns, table.c.created_by).where(table.c.id.in_(sorted(ids)))
    return {row.id: StoredFile(*row) for row in connection.execute(statement)}


def largest(field: Field | None) -> int:
    """The most bytes that a file in this field may have."""
    if field is None:
        return LARGEST
    said = field.settings.get("max_size")
    return byte_size(said) if said else LARGEST_SIGNATURE


def fitting(field: Field, name: str, size: int, path: str) -> Fault | None:
    """What keeps a file out of a field: its size, or the ending of its name."""
    accepts: tuple[str, ...] = field.kind.accepts(field)  # type: ignore[attr-defined] # every file type has it
    if accepts and ending(name) not in accepts:
        message = N_("{label} takes only these kinds of file: {accept}.")
        return Fault(path, "file_type", message, {"label": field.label, "accept": ", ".join(accepts)})
    if size > largest(field):
        return too_large(largest(field), path)
    return None


class Files:
    """The files of one company, for one actor."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.store = FileStore(scope.database.data, scope.company)
        self.table = scope.tables.system.file

    def save(
        self, name: str, stream: IO[bytes], mime: str | None, entity: str | None = None, field: str | None = None
    ) -> StoredFile:
        """Keep an uploaded file. With a field, its limits are held while the bytes come in. The content tells the
        type.
        """
        known = self._field(entity, field) if entity is not None and field is not None else None
        name = clean_name(name)
        path = known.name if known is not None else ""
        if known is not None and (fault := fitting(known, name, 0, path)) is not None:
            raise Rejected([fault])
        try:
            content = self.store.write(stream, largest(known))
        except Rejected as rejected:
            raise Rejected([Fault(path, one.code, one.message, one.params) for one in rejected.faults]) from None
        if contradicts(name, content.head):
            message = N_("The content of “{name}” is not what its name says.")
            raise Rejected([Fault(path, "file_content", message, {"name": name})])
        kept = StoredFile(
            id=uuid.uuid4().hex,
            name=name,
            mime=media_type(name, content.head),
            size=content.size,
            digest=content.digest,
            created_at=self.scope.moment.now,
            created_by=self.scope.actor.user_id,
        )
        with self.scope.database.write(self.scope.company) as connection:
            row = {name: getattr(kept, name) for name in StoredFile.__slots__}
            connection.execute(insert(self.table), row)
        return kept

    def open(self, id: str) -> tuple[StoredFile, BinaryIO]:
        """A file and its bytes, for who may read it. Raises NotFound otherwise: what may not be read is not there."""
        if not FILE_ID.fullmatch(id):
            raise NotFound("file", id, NO_FILE)
        with self.scope.database.read(self.scope.company) as connection:
            known = stored_files(connection, self.scope.tables.system, [id]).get(id)
            if known is None or not self._readable(connection, known):
                raise NotFound("file", id, NO_FILE)
        try:
            return known, self.store.open(known.digest)
        except FileNotFoundError:
            raise NotFound("file", id, N_("The content of this file is gone.")) from None

    def _readable(self, connection: Connection, known: StoredFile) -> bool:
        table, scope = self.table, self.scope
        held = connection.execute(
            select(table.c.entity, table.c.record, table.c.field).where(table.c.id == known.id)
        ).one()
        if held.entity is None:
            return known.created_by == scope.actor.user_id and (known.created_by is not None or scope.actor.admin)
        entity = scope.manifest.entities.get(held.entity)
        if entity is None or not scope.access.can(entity.name, "read"):
            return False
        if scope.access.field(entity.name, held.field) == "none":
            return False
        source = scope.compiler.source(entity)
        mine = select(source.table.c.id).where(source.table.c.id == held.record)
        return connection.execute(mine.where(source.visible(entity, source.table))).first() is not None

    def _field(self, entity: str, field: str) -> Field:
        scope = self.scope
        definition = scope.manifest.entities.get(entity)
        if definition is None:
            raise NotFound(entity)
        if not (scope.access.can(entity, "create") or scope.access.can(entity, "update")):
            raise Forbidden("update", entity, definition.label)
        known = definition.fields.get(field)
        level = scope.access.field(entity, field)
        if known is None or level == "none" or not hasattr(known.kind, "accepts"):
            raise Rejected([unknown(field, field)])
        if level != "write":
            raise Forbidden("update", entity, known.label)
        return known


@dataclass(frozen=True, slots=True)
class Held:
    """A file as a record's field is about to hold it."""

    id: str
    path: str
    field: Field
    entity: Entity
    record: int | None


def claim(scope: Scope, connection: Connection, held: Collection[Held]) -> list[tuple[Held, Fault]]:
    """Check that files may be held where they are about to be, in one query; their rows stay locked until the
    commit.
    """
    table = scope.tables.system.file
    ids = sorted({one.id for one in held})
    if not ids:
        return []
    rows = {row.id: row for row in connection.execute(select(table).where(table.c.id.in_(ids)).with_for_update())}
    faults: list[tuple[Held, Fault]] = []
    taken: set[str] = set()
    for one in held:
        row = rows.get(one.id)
        fault = None
        if row is None or one.id in taken or not _free(scope, row, one):
            message = N_("{label}: this file is not there any more; please upload it again.")
            fault = Fault(one.path, "unknown_file", message, {"label": one.field.label})
        elif row.record is None:
            fault = fitting(one.field, row.name, row.size, one.path)
        taken.add(one.id)
        if fault is not None:
            faults.append((one, fault))
    return faults


def _free(scope: Scope, row: Any, one: Held) -> bool:
    if row.entity is None:
        return bool(row.created_by == scope.actor.user_id or scope.actor.trusted)
    return bool(row.entity == one.entity.name and row.record == one.record and row.field == one.field.name)


def attach(scope: Scope, connection: Connection, held: Collection[tuple[str, str, int, str]]) -> None:
    """Note who holds files: (file, entity, record, field)."""
    table = scope.tables.system.file
    for entity, record, field in sorted({one[1:] for one in held}):
        ids = [one[0] for one in held if one[1:] == (entity, record, field)]
        connection.execute(update(table).where(table.c.id.in_(ids)).values(entity=entity, record=record, field=field))


def release(scope: Scope, connection: Connection, ids: Collection[str]) -> None:
    """Note that no record holds these files any more."""
    if ids:
        table = scope.tables.system.file
        connection.execute(
            update(table).where(table.c.id.in_(sorted(ids))).values(entity=None, record=None, field=None)
        )


def remove_orphans(
    database: Database, in_force: Release, *, older_than: timedelta = KEPT_UNATTACHED, now: datetime | None = None
) -> int:
    """Remove files that no record holds and that are older than this; returns how many. Safe beside running uploads."""
    limit = (now or datetime.now(UTC)) - older_than
    table = in_force.tables.system.file
    store = FileStore(database.data, in_force.company)
    loose = and_(table.c.entity.is_(None), table.c.created_at < limit)
    with database.write(in_force.company) as connection:
        gone = connection.execute(table.delete().where(loose).returning(table.c.id)).all()
    # Contents without a row: of what has just gone, and of uploads that broke off after their content had come in.
    old = store.older_than(limit)
    for start in range(0, len(old), CHUNK):
        with database.read(in_force.company) as connection:
            chunk = old[start : start + CHUNK]
            wanted = set(connection.execute(select(table.c.digest).where(table.c.digest.in_(chunk))).scalars())
        for digest in chunk:
            if digest not in wanted:
                store.remove(digest, limit)
    return len(gone)
