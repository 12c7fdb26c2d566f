"""Demo records: what a company's sample sets ask for, made and written.

In: a release whose manifest has sample sets, the users by name, one moment. Out: records that look like a company at
work, as many as each set says. The same definitions on the same day give the same records. All sets are made in one
transaction; a set that was made before is left alone: calling twice changes nothing. `docs/samples.md` is the manual.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ...metamodel.manifest import Entity, SampleSet
from ..data.records import NewRecord, walk
from ..data.writing import Writer
from ..query.words import Moment
from ..records.actor import Actor
from ..records.people import People, UserDirectory
from ..records.scope import Scope
from ..storage.database import Database
from ..storage.release import Release
from .draft import Draft, SampleFault
from .files import SampleFiles
from .late import LateRules
from .order import in_making_order
from .pool import Pool
from .values import Making
from .words import Words

PREFIX = "sample."
TRIES = 50


def load_samples(
    database: Database,
    release: Release,
    directory: UserDirectory,
    users: Mapping[str, int],
    *,
    now: datetime | None = None,
) -> dict[str, int]:
    """Make what is missing; how many records of each set were made. Raises SampleFault, DataFault, Unavailable."""
    if not release.manifest.samples:
        return {}
    moment = Moment(now or datetime.now(UTC), release.manifest.company.time_zone)
    scope = Scope(database, release, Actor.system("demo"), moment, People(directory))
    with database.write(release.company) as connection:
        return _Samples(scope, connection, users).load()


@dataclass
class _Samples:
    """The making of all sets within one transaction."""

    scope: Scope
    connection: Connection
    users: Mapping[str, int]
    made: list[NewRecord] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.pool = Pool(self.scope, self.connection)
        self.writer = Writer(self.scope, self.connection)
        self.files = SampleFiles(self.scope, self.connection)
        self.making = Making(self.pool, self.users, self.files)

    def load(self) -> dict[str, int]:
        known = self._made_before()
        sets = [one for one in in_making_order(self.scope.manifest) if one.name not in known]
        counts: dict[str, int] = {}
        for samples in sets:
            before = len(self.made)
            self._make(samples)
            counts[samples.name] = len(self.made) - before
        LateRules(self.pool, self.writer, self.making, sets, self.made).fill()
        self.writer.insert(self.made, completed=True)
        self.files.hold()
        if self.made:
            rows = [{"entity": one.entity, "name": one.name, "record": one.id} for one in self.made]
            self.connection.execute(sa.insert(self.scope.tables.system.external_id), rows)
        return counts

    def _made_before(self) -> set[str]:
        """The sets that have left a record's name in the table of external ids."""
        table = self.scope.tables.system.external_id
        names = self.connection.execute(sa.select(table.c.name).where(table.c.name.startswith(PREFIX))).scalars()
        return {name.removeprefix(PREFIX).rpartition(".")[0] for name in names}

    def _make(self, samples: SampleSet) -> None:
        entity = self.scope.manifest.entities[samples.entity]
        number = 0
        for source, turn in self._sources(samples, entity):
            if number >= samples.count:
                break
            record = self._record(samples, entity, number + 1, source, turn)
            if record is not None:
                number += 1
                self.made.append(record)
                for one in walk(self.scope.manifest.entities, record):
                    self.pool.add(one)

    def _sources(self, samples: SampleSet, entity: Entity) -> Iterator[tuple[NewRecord | None, int]]:
        """What each record is made for, and the how manieth for it: nothing, or the records that `for_each` names."""
        each = samples.settings.get("for_each")
        if each is None:
            yield from ((None, 1) for _ in range(samples.count))
            return
        of = each.get("of") or entity.fields[each["field"]].settings["of"]
        draft = Draft(entity, {}, NewRecord(entity.name), set_name=samples.name, number=0)
        words = Words(f"{samples.name}.sources", "", self.scope.moment)
        self.making.use(words)
        chance = float(str(each.get("chance", 1)))
        for source in list(self.making.candidates(draft, of, each.get("where") or {})):
            if words.random.random() < chance:
                low, high = int(each.get("from", 1)), int(each.get("to", each.get("from", 1)))
                yield from ((source, turn) for turn in range(1, words.random.randint(low, high) + 1))

    def _record(
        self, samples: SampleSet, entity: Entity, number: int, source: NewRecord | None, turn: int
    ) -> NewRecord | None:
        """One record that is like no other where it has to be unique; None where that cannot be had."""
        settings = samples.settings
        for attempt in range(TRIES):
            record = NewRecord(entity.name, name=f"{PREFIX}{samples.name}.{number}")
            draft = Draft(
                entity, samples.fields, record, set_name=samples.name, number=number, source=source, turn=turn
            )
            words = Words(f"{samples.name}.{number}.{attempt}", "", self.scope.moment)
            languages = settings.get("languages") or {self.scope.manifest.company.language: 1}
            words.language = words.weighted(languages)
            if source is not None and "field" in settings["for_each"]:
                record.values[settings["for_each"]["field"]] = source
            if "language_of" in settings:
                self.making.use(words)
                followed = self.making.field(draft, settings["language_of"])
                words.language = (
                    followed.language if isinstance(followed, NewRecord) and followed.language else words.language
                )
            record.language = words.language
            self.making.make(draft, words)
            if not self._taken(samples, entity, record):
                self._date(settings, record, words)
                self.writer.complete(record, read=True)
                return record
        if source is not None:
            return None
        raise SampleFault(
            samples.name, "count", f"no record number {number} that differs from the others; ask for fewer"
        )

    def _taken(self, samples: SampleSet, entity: Entity, record: NewRecord) -> bool:
        unique: list[tuple[str, ...]] = [
            (known.name,) for known in entity.fields.values() if known.unique and known.type != "sequence"
        ]
        unique += [*entity.unique.values(), *((name,) for name in samples.settings.get("distinct", ()))]
        for names in unique:
            values = {name: record.values.get(name) for name in names}
            for name, value in values.items():
                if value is None and entity.fields[name].default is not None:
                    values[name] = entity.fields[name].default
            if None in values.values():
                continue
            if self.pool.find(entity.name, {name: [value] for name, value in values.items()}):
                return True
        return False

    def _date(self, settings: Mapping[str, Any], record: NewRecord, words: Words) -> None:
        """When the record came into being and through whom, as `on` and `by` say."""
        day = record.values.get(settings["on"]) if "on" in settings else None
        if isinstance(day, date) and not isinstance(day, datetime):
            day = words.hour_of(day, (9, 18))
        if isinstance(day, datetime):
            record.at = min(day, self.scope.moment.now)
        by = record.values.get(settings["by"]) if "by" in settings else None
        record.by = by if isinstance(by, int) else None
