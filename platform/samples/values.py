"""What a rule of a sample set makes: one demo record, field by field.

In: a set's rules, the records that it may refer to, a source of words. Out: a NewRecord. A field's rule may use other
fields of the record, whatever their order; it is made when first asked for. `docs/samples.md` explains every rule.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from ...metamodel.invalid import Invalid
from ...metamodel.manifest import Field
from ...rules.sample_rules import LATE, NOTHING, language_rule, word_of
from ..data.records import REFERENCES, NewRecord, label
from ..records.errors import Fault
from .draft import Draft, SampleFault
from .files import SampleFiles
from .pool import Pool
from .rules import RULES
from .words import Words, rounded

FILES = ("file", "image", "signature")
NUMBERS = ("decimal", "money", "quantity", "percent")


# Paths that begin at no field: which of its set or rows a record is, which of those made for the same record, the year.
COUNTERS: dict[str, Callable[[Draft, Words], int]] = {
    "n": lambda draft, _: draft.number,
    "k": lambda draft, _: draft.turn,
    "year": lambda _, words: words.moment.today.year,
}


class Making:
    """Makes records. `users` are the ids of users by name."""

    def __init__(self, pool: Pool, users: Mapping[str, int], files: SampleFiles) -> None:
        self.pool = pool
        self.files = files
        self.users = users
        self.entities = pool.scope.manifest.entities
        self._words: Words | None = None

    def use(self, words: Words) -> None:
        """Draw from this source from now on."""
        self._words = words

    def make(self, draft: Draft, words: Words) -> None:
        """Fill in the record of a draft: its rules first, then what is required and has none."""
        self._words = words
        for name in draft.rules:
            self.field(draft, name)
        for known in draft.entity.fields.values():
            plain = known.type not in (*REFERENCES, "lines", "related", "sequence") and not known.computed
            if known.required and known.default is None and plain and known.name not in draft.rules:
                draft.record.values[known.name] = self.fit(draft, known, self.words.by_type(known))

    @property
    def words(self) -> Words:
        if self._words is None:
            raise RuntimeError("make() gives the words")
        return self._words

    # Fields and paths

    def field(self, draft: Draft, name: str) -> Any:
        """The value of a field, made now if it was not yet."""
        values = draft.record.values
        if name in values or name not in draft.rules:
            return values.get(name)
        rule = draft.rules[name]
        if word_of(rule) in LATE:
            return None
        if name in draft.making:
            raise SampleFault(
                draft.set_name, name, "its rule comes back to itself: " + " → ".join([*draft.making, name])
            )
        draft.making.append(name)
        known = draft.entity.fields[name]
        value = self.fit(draft, known, self.follow(draft, known, rule))
        draft.making.pop()
        values[name] = value
        return value

    def path(self, draft: Draft, path: str) -> Any:
        """The value at a path: `total`, `customer.level`, `source.qty`, `owner.customer`, `n`."""
        first, _, rest = path.partition(".")
        if first in COUNTERS and (first not in draft.entity.fields or first in draft.making):
            return COUNTERS[first](draft, self.words)
        if first == "owner" and "owner" not in draft.entity.fields and draft.owner is not None:
            return self.path(draft.owner, rest) if rest else draft.owner.record
        from_source = first == "source" and "source" not in draft.entity.fields
        return self.beyond(draft.source if from_source else self.field(draft, first), rest)

    def beyond(self, value: Any, path: str) -> Any:
        """What lies at a path from a record."""
        for part in path.split(".") if path else ():
            if isinstance(value, NewRecord):
                value = value.owner if part == "owner" and value.owner is not None else self.pool.value(value, part)
            elif isinstance(value, Mapping):
                value = value.get(part)
            else:
                return None
        return value

    def fit(self, draft: Draft, known: Field, value: Any) -> Any:
        """The value as its field keeps it: numbers rounded, texts cut, users by their ids."""
        if value is None or known.type in ("lines", *REFERENCES, "any_ref", "many"):
            return value
        if known.type in FILES and isinstance(value, str):
            key = self.files.make(value, draft.record, known.name)
            return [key] if known.settings.get("multiple") else key
        if known.type == "user" and isinstance(value, str):
            if value not in self.users:
                raise SampleFault(draft.set_name, known.name, f'there is no user "{value}"')
            return self.users[value]
        if known.type in NUMBERS and isinstance(value, (int, Decimal)):
            value = rounded(value, known.settings["scale"])
        elif known.type in ("integer", "rating", "duration") and isinstance(value, Decimal):
            value = int(rounded(value, 0))
        elif known.type == "date" and isinstance(value, datetime):
            value = value.astimezone(self.words.moment.zone).date()
        elif known.type == "datetime" and isinstance(value, date) and not isinstance(value, datetime):
            value = self.words.hour_of(value, (9, 18))
        elif isinstance(value, str) and known.kind.value_type == "text":
            value = value[: known.settings.get("max") or len(value)]
        elif known.kind.value_type == "text" and isinstance(value, (int, Decimal)):
            value = str(value)
        try:
            return known.kind.input(known, value)
        except Invalid as invalid:
            fact = Fault.of("", label(known), invalid).text()
            raise SampleFault(draft.set_name, known.name, f"{fact} It was {value!r}.") from None

    # Rules

    def follow(self, draft: Draft, known: Field, rule: Any) -> Any:
        """What a rule makes."""
        if isinstance(rule, list):
            return [self.follow(draft, known, part) for part in rule]
        if rule == NOTHING:
            return None
        if not isinstance(rule, Mapping):
            if isinstance(rule, str) and known.type in REFERENCES:
                return self.named(draft, known, rule)
            return rule
        chance = rule.get("chance")
        if chance is not None and self.words.random.random() >= float(str(chance)):
            return None
        word = word_of(rule)
        if word is not None:
            return RULES[word](self, draft, known, rule, rule[word])
        spoken = language_rule(rule) or {"": None}
        return self.follow(draft, known, spoken.get(self.words.language, next(iter(spoken.values()))))

    def amount(self, draft: Draft, known: Field, value: Any) -> Decimal:
        """A number, or the one at a path."""
        if isinstance(value, str) and value[:1].isalpha():
            value = self.path(draft, value)
        return Decimal(str(value if value is not None else 0))

    def named(self, draft: Draft, known: Field, name: Any) -> NewRecord:
        """The record of data that has this external id."""
        found = self.pool.named(known.settings["of"], str(name))
        if found is None:
            raise SampleFault(draft.set_name, known.name, f'no record "{name}" of {known.settings["of"]} in the data')
        return found

    def candidates(self, draft: Draft, entity: str, where: Mapping[str, Any]) -> Sequence[NewRecord]:
        """The records of an entity that meet a `where`."""
        wanted: dict[str, list[Any]] = {}
        for name, condition in where.items():
            known = self.entities[entity].fields[name]
            values = condition if isinstance(condition, list) else [condition]
            wanted[name] = [self._operand(draft, known, value) for value in values]
        return self.pool.find(entity, wanted)

    def _operand(self, draft: Draft, known: Field, value: Any) -> Any:
        if isinstance(value, Mapping):
            return self.path(draft, value["of"])
        if value == NOTHING:
            return None
        if known.type in REFERENCES:
            return self.named(draft, known, value)
        return self.users.get(value, value) if known.type == "user" else value
