"""What demo records sum up of others: `sum`, `count`, `latest`, `earliest`, once all records are made.

In: the sets that were made and their records. Out: the same records, with these fields and the formulas that read them.
A field that sums up fields of this kind comes after them.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from ...metamodel.manifest import Entity, SampleSet
from ...rules.sample_rules import LATE, word_of
from ..data.records import NewRecord, walk
from ..data.writing import Writer
from ..query.words import day_of
from .draft import Draft
from .pool import Pool, comparable
from .values import Making

ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
}


class LateRules:
    """Fills in the late fields of records made by these sets."""

    def __init__(
        self, pool: Pool, writer: Writer, making: Making, sets: Sequence[SampleSet], made: Sequence[NewRecord]
    ) -> None:
        self.pool = pool
        self.writer = writer
        self.making = making
        self.entities = pool.scope.manifest.entities
        self._rules: dict[str, dict[str, Mapping[str, Any]]] = {}
        self._made: dict[str, list[NewRecord]] = {}
        for samples in sets:
            for entity, name, rule in self._late(self.entities[samples.entity], samples.fields):
                self._rules.setdefault(entity, {})[name] = rule
        for record in made:
            for one in walk(self.entities, record):
                self._made.setdefault(one.entity, []).append(one)
        self._filled: set[str] = set()

    def fill(self) -> None:
        """Fill in all of them."""
        for entity in self._rules:
            self._fill(entity)

    def _late(self, entity: Entity, rules: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        for name, rule in rules.items():
            word = word_of(rule)
            if word in LATE:
                yield entity.name, name, rule
            elif word == "rows":
                child = self.entities[entity.fields[name].settings["of"]]
                yield from self._late(child, rule["rows"].get("fields") or {})

    def _fill(self, entity: str) -> None:
        """The late fields of one entity, after those of its rows and of what they sum up."""
        if entity in self._filled:
            return
        self._filled.add(entity)
        for field in self.entities[entity].lines.values():
            self._fill(field.settings["of"])
        rules = self._rules.get(entity, {})
        for name, rule in rules.items():
            word = word_of(rule) or ""
            self._fill(rule[word]["of"])
            self._sum_up(entity, name, word, rule[word])
        if rules:
            tops = {id(top): top for record in self._made.get(entity, ()) for top in [_top(record)]}
            for top in tops.values():
                self.writer.compute(top)

    def _sum_up(self, entity: str, name: str, word: str, said: Mapping[str, Any]) -> None:
        found: dict[int, list[Any]] = {}
        for record in self.pool.all(said["of"]):
            target = self.pool.value(record, said["by"])
            if isinstance(target, NewRecord) and self._meets(record, said.get("where") or {}):
                value = self.pool.value(record, said["field"]) if "field" in said else record
                if value is not None:
                    found.setdefault(id(target), []).append(value)
        known = self.entities[entity].fields[name]
        for record in self._made.get(entity, ()):
            values = found.get(id(record), [])
            draft = Draft(self.entities[entity], {}, record, set_name=record.name, number=0)
            record.values[name] = self.making.fit(draft, known, _result(word, values))

    def _meets(self, record: NewRecord, where: Mapping[str, Any]) -> bool:
        for name, condition in where.items():
            value = self.pool.value(record, name)
            if isinstance(condition, Mapping):
                if value is None or not all(self._compares(value, op, other) for op, other in condition.items()):
                    return False
            elif comparable(value) not in map(comparable, condition if isinstance(condition, list) else [condition]):
                return False
        return True

    def _compares(self, value: Any, op: str, other: Any) -> bool:
        """Whether a number or a day stands in this relation to another; days may be written `today-30d`."""
        wanted = day_of(other, self.pool.scope.moment) if isinstance(value, date) else Decimal(str(other))
        if isinstance(value, datetime):
            value = value.astimezone(self.pool.scope.moment.zone).date()
        return ORDERS[op](value, wanted)


def _result(word: str, values: list[Any]) -> Any:
    if word == "count":
        return len(values)
    if word == "sum":
        return sum(values, Decimal(0))
    if not values:
        return None
    return max(values) if word == "latest" else min(values)


def _top(record: NewRecord) -> NewRecord:
    while record.owner is not None:
        record = record.owner
    return record
