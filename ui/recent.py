"""What a person worked on last.

In: the visit. Out: links to the records that they changed last, newest first, as far as they may still read them.
Read from the audit: nothing else is written for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from .shell import record_url
from .visit import Visit

MOST = 5
LOOKED_AT = 60


@dataclass(frozen=True)
class Recent:
    """A record that the person changed."""

    title: str
    entity: str
    icon: str
    href: str
    when: str


def recent(visit: Visit) -> list[Recent]:
    """The records that this person changed last. One query, and one for each entity among them."""
    scope = visit.records.scope
    audit = scope.tables.system.audit
    newest = (
        sa.select(audit.c.entity, audit.c.record, audit.c.at, audit.c.action)
        .where(audit.c.user_id == visit.user.id, audit.c.owner_entity.is_(None))
        .order_by(audit.c.at.desc(), audit.c.id.desc())
        .limit(LOOKED_AT)
    )
    with scope.database.read(scope.company) as connection:
        rows = connection.execute(newest).all()
        gone = {(row.entity, row.record) for row in rows if row.action == "delete"}
        seen: dict[tuple[str, int], sa.Row[str, int, datetime, str]] = {}
        for row in rows:
            key = (row.entity, row.record)
            definition = visit.manifest.entities.get(row.entity)
            if definition is None or key in gone or key in seen or not visit.access.can(row.entity, "read"):
                continue
            if definition.owner is None and len(seen) < MOST:
                seen[key] = row
        names: dict[tuple[str, int], str] = {}
        for entity in {entity for entity, _ in seen}:
            ids = [record for of, record in seen if of == entity]
            names |= {(entity, key): label for key, label in scope.labels.of(connection, entity, ids).items()}
    return [
        Recent(
            names[key],
            visit.text(visit.manifest.entities[key[0]].label),
            visit.manifest.entities[key[0]].icon or "file-text",
            record_url(visit.company, *key),
            visit.format.ago(row.at),
        )
        for key, row in seen.items()
    ]
