"""What a rule of a sample set makes: one demo record, field by field.

In: a set's rules, the records that it may refer to, a source of words. Out: a NewRecord. A field's rule may use other
fields of the record, whatever their order; it is made when first asked for. `docs/samples.md` explains every rule.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from ..metamodel.invalid import Invalid
from ..metamodel.manifest import Entity, Field
from ..rules.sample_rules import DAY, LATE, NOTHING, PART, language_rule, word_of
from .data_writing import REFERENCES, NewRecord, label
from .errors import Fault
from .samples_files import SampleFiles
from .samples_pool import Pool
from .samples_words import Words, rounded, shifted

FILES = ("file", "image", "signature")
NUMBERS = ("decimal", "money", "quantity", "percent")


class SampleFault(Exception):
    """A rule that cannot be followed: which set, which field, and why, as one sentence."""

    def __init__(self, set_name: str, field: str, fact: str) -> None:
        super().__init__(f'samples "{set_name}", field "{field}": {fact}')


class Draft:
    """A record in the making. `source` is what it is made for: another record, or the row that a row is made from."""

    def __init__(
        self,
        entity: Entity,
        rules: Mapping[str, Any],
        record: NewRecord,
        *,
        set_name: str,
        number: int,
        source: NewRecord | None = None,
        owner: Draft | None = None,
        turn: int = 1,
    ) -> None:
        self.entity = entity
        self.rules = rules
        self.record = record
        self.set_name = set_name
        self.number = number
        self.source = source
        self.owner = owner
        self.turn = turn
        self.making: list[str] = []


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
        value: Any
        if first in COUNTERS and (first not in draft.entity.fields or first in draft.making):
            return COUNTERS[first](self, draft)
        if first == "owner" and "owner" not in draft.entity.fields and draft.owner is not None:
            return self.path(draft.owner, rest) if rest else draft.owner.record
        if first == "source" and "source" not in draft.entity.fields:
            value = draft.source
        else:
            value = self.field(draft, first)
        return self.beyond(value, rest)

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
                return self._named(draft, known, rule)
            return rule
        chance = rule.get("chance")
        if chance is not None and self.words.random.random() >= float(str(chance)):
            return None
        word = word_of(rule)
        if word is not None:
            return RULES[word](self, draft, known, rule, rule[word])
        spoken = language_rule(rule) or {"": None}
        return self.follow(draft, known, spoken.get(self.words.language, next(iter(spoken.values()))))

    def _value(self, draft: Draft, known: Field, rule: Any, value: Any) -> Any:
        return value

    def _pick(self, draft: Draft, known: Field, rule: Any, options: Any) -> Any:
        if isinstance(options, Mapping):
            chosen = self.words.weighted(options)
            return self._named(draft, known, chosen) if known.type in REFERENCES else chosen
        return self.follow(draft, known, self.words.random.choice(options))

    def _some(self, draft: Draft, known: Field, rule: Any, said: Any) -> Any:
        low, high = int(said.get("from", 0)), int(said.get("to", 1))
        if "of" in said:
            chosen = self.words.several(list(said["of"]), low, high)
            return [self._named(draft, known, name) for name in chosen] if known.type == "many" else chosen
        return self.words.several(self.candidates(draft, known.settings["of"], said.get("where") or {}), low, high)

    def _number(self, draft: Draft, known: Field, rule: Any, said: Any) -> Any:
        low, high, step = (
            self._amount(draft, known, said.get(key, default))
            for key, default in (("from", 0), ("to", 100), ("step", 1))
        )
        return self.words.number(low, high, step, said.get("lean", ""))

    def _amount(self, draft: Draft, known: Field, value: Any) -> Decimal:
        """A number, or the one at a path."""
        if isinstance(value, str) and value[:1].isalpha():
            value = self.path(draft, value)
        return Decimal(str(value if value is not None else 0))

    def _faker(self, draft: Draft, known: Field, rule: Any, provider: Any) -> Any:
        value = self.words.fake(provider, rule.get("with"), rule.get("language", ""))
        return " ".join(value) if isinstance(value, list) else value

    def _ref(self, draft: Draft, known: Field, rule: Any, said: Any) -> Any:
        if isinstance(said, str):
            return self._named(draft, known, said)
        entity = said.get("of") or known.settings["of"]
        found = self.candidates(draft, entity, said.get("where") or {})
        if found:
            chosen = self.words.random.choice(found)
            return self.beyond(chosen, said["take"]) if "take" in said else chosen
        if known.required:
            fact = f"no record of {entity} meets {dict(said.get('where') or {})}"
            raise SampleFault(draft.set_name, known.name, fact)
        return None

    def _named(self, draft: Draft, known: Field, name: Any) -> NewRecord:
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
            return self._named(draft, known, value)
        return self.users.get(value, value) if known.type == "user" else value

    def _of(self, draft: Draft, known: Field, rule: Any, path: Any) -> Any:
        value = self.path(draft, path)
        if value is None:
            return None
        for operation in _ARITHMETIC:
            if operation in rule:
                said = rule[operation]
                other = (
                    self.follow(draft, known, said) if isinstance(said, Mapping) else self._amount(draft, known, said)
                )
                value = _ARITHMETIC[operation](Decimal(str(value)), Decimal(str(other)))
        return value

    def _template(self, draft: Draft, known: Field, rule: Any, template: Any) -> str:
        parts = rule.get("with") or {}

        def filled(match: Any) -> str:
            name = match["path"]
            value = self.follow(draft, known, parts[name]) if name in parts else self.path(draft, name)
            if isinstance(value, NewRecord):
                value = self.pool.value(value, self.entities[value.entity].title)
            text = "" if value is None else str(value)
            return text.zfill(int(match["width"])) if match["width"] else text

        return PART.sub(filled, template)

    def _by(self, draft: Draft, known: Field, rule: Any, path: Any) -> Any:
        value = self.path(draft, path)
        if isinstance(value, NewRecord):
            value = self.pool.value(value, self.entities[value.entity].title)
        cases, word = rule["cases"], _case(value)
        return self.follow(draft, known, cases[word] if word in cases else rule.get("else"))

    def _date(self, draft: Draft, known: Field, rule: Any, said: Any) -> Any:
        low = self._moment(draft, known, said.get("from", "today"))
        high = self._moment(draft, known, said.get("to", said.get("from", "today")))
        if low is None or high is None:
            return None
        first, last = self._day(low), self._day(high)
        if "most" in said and (most := self._moment(draft, known, said["most"])) is not None:
            first, last = min(first, self._day(most)), min(last, self._day(most))
        return self.words.day(first, last)

    def _datetime(self, draft: Draft, known: Field, rule: Any, said: Any) -> Any:
        low = self._moment(draft, known, said.get("from", "today"))
        high = self._moment(draft, known, said.get("to", said.get("from", "today")))
        if isinstance(low, datetime) and isinstance(high, datetime):
            quarters = max(0, int((high - low).total_seconds() // 900))
            value: Any = low + (high - low) * self.words.random.randint(0, quarters) / quarters if quarters else low
            value = value.replace(second=0, microsecond=0)
        else:
            day = self._date(draft, known, rule, said)
            value = None if day is None else self.words.hour_of(day, said.get("hours", (9, 18)))
        if value is not None and "most" in said:
            most = self._moment(draft, known, said["most"])
            value = min(value, most) if isinstance(most, datetime) else value
        return value

    def _moment(self, draft: Draft, known: Field, words: Any) -> date | datetime | None:
        """The day or moment that words mean: `today-30d`, `now`, `order_date+5d`, `start_at+90m`, `2026-01-31`."""
        match = DAY.fullmatch(str(words).strip())
        if match is None:
            raise SampleFault(
                draft.set_name, known.name, f'"{words}" is no day; write today-30d or a field, such as date+5d'
            )
        base = match["base"]
        start: Any
        if base in ("today", "now"):
            start = self.words.moment.today if base == "today" else self.words.moment.now
        elif base[0].isdigit():
            start = date.fromisoformat(base)
        else:
            start = self.path(draft, base)
        return shifted(start, match) if isinstance(start, date) else None

    def _day(self, value: date | datetime) -> date:
        return value.astimezone(self.words.moment.zone).date() if isinstance(value, datetime) else value

    def _time(self, draft: Draft, known: Field, rule: Any, said: Any) -> time:
        low, high = (time.fromisoformat(str(said[key])) for key in ("from", "to"))
        minutes = self.words.random.randint(low.hour * 60 + low.minute, high.hour * 60 + high.minute)
        step = int(said.get("step", 15))
        minutes -= minutes % step
        return time(minutes // 60, minutes % 60)

    def _rows(self, draft: Draft, known: Field, rule: Any, said: Any) -> list[NewRecord]:
        child = self.entities[known.settings["of"]]
        if "each" in said:
            sources: list[NewRecord | None] = list(self.path(draft, said["each"]) or ())
            if "share" in said and len(sources) > 1:
                share = float(str(said["share"]))
                sources = [one for one in sources if self.words.random.random() < share] or sources[:1]
        else:
            sources = [None] * self.words.random.randint(
                int(said.get("from", 1)), int(said.get("to", said.get("from", 1)))
            )
        rows = []
        for number, source in enumerate(sources, 1):
            row = NewRecord(child.name, language=draft.record.language, owner=draft.record, position=number)
            inner = Draft(
                child, said.get("fields") or {}, row, set_name=draft.set_name, number=number, source=source, owner=draft
            )
            self.make(inner, self.words)
            rows.append(row)
        return rows


def _case(value: Any) -> str:
    """How `cases` name a value."""
    if value is None or isinstance(value, bool):
        return {None: "none", True: "true", False: "false"}[value]
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


_ARITHMETIC: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    "times": lambda a, b: a * b,
    "per": lambda a, b: a / b if b else Decimal(0),
    "plus": lambda a, b: a + b,
    "most": min,
    "least": max,
}
COUNTERS: dict[str, Callable[[Making, Draft], int]] = {
    "n": lambda _, draft: draft.number,  # which of its set, or of its rows
    "k": lambda _, draft: draft.turn,  # which of those made for the same record
    "year": lambda making, _: making.words.moment.today.year,
}
RULES: dict[str, Callable[[Making, Draft, Field, Any, Any], Any]] = {
    "value": Making._value,
    "pick": Making._pick,
    "some": Making._some,
    "number": Making._number,
    "faker": Making._faker,
    "ref": Making._ref,
    "of": Making._of,
    "template": Making._template,
    "by": Making._by,
    "date": Making._date,
    "datetime": Making._datetime,
    "time": Making._time,
    "rows": Making._rows,
}
