"""The rules of sample sets, one function a word.

In: what a rule says, and the draft whose field it fills. Out: a value, not yet fitted to the field. `docs/samples.md`
explains each with an example; `rules/sample_rules.py` checks them before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ...metamodel.manifest import Field
from ...rules.sample_rules import PART
from ..data.records import REFERENCES, NewRecord
from .days import one_day, one_moment, one_time
from .draft import Draft, SampleFault

if TYPE_CHECKING:
    from .values import Making

ARITHMETIC: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    "times": lambda a, b: a * b,
    "per": lambda a, b: a / b if b else Decimal(0),
    "plus": lambda a, b: a + b,
    "most": min,
    "least": max,
}


def _value(making: Making, draft: Draft, known: Field, rule: Any, value: Any) -> Any:
    return value


def _pick(making: Making, draft: Draft, known: Field, rule: Any, options: Any) -> Any:
    if isinstance(options, Mapping):
        chosen = making.words.weighted(options)
        return making.named(draft, known, chosen) if known.type in REFERENCES else chosen
    return making.follow(draft, known, making.words.random.choice(options))


def _some(making: Making, draft: Draft, known: Field, rule: Any, said: Any) -> Any:
    low, high = int(said.get("from", 0)), int(said.get("to", 1))
    if "of" in said:
        chosen = making.words.several(list(said["of"]), low, high)
        return [making.named(draft, known, name) for name in chosen] if known.type == "many" else chosen
    return making.words.several(making.candidates(draft, known.settings["of"], said.get("where") or {}), low, high)


def _number(making: Making, draft: Draft, known: Field, rule: Any, said: Any) -> Any:
    low, high, step = (
        making.amount(draft, known, said.get(key, default)) for key, default in (("from", 0), ("to", 100), ("step", 1))
    )
    return making.words.number(low, high, step, said.get("lean", ""))


def _faker(making: Making, draft: Draft, known: Field, rule: Any, provider: Any) -> Any:
    value = making.words.fake(provider, rule.get("with"), rule.get("language", ""))
    return " ".join(value) if isinstance(value, list) else value


def _ref(making: Making, draft: Draft, known: Field, rule: Any, said: Any) -> Any:
    if isinstance(said, str):
        return making.named(draft, known, said)
    entity = said.get("of") or known.settings["of"]
    found = making.candidates(draft, entity, said.get("where") or {})
    if found:
        chosen = making.words.random.choice(found)
        return making.beyond(chosen, said["take"]) if "take" in said else chosen
    if known.required:
        fact = f"no record of {entity} meets {dict(said.get('where') or {})}"
        raise SampleFault(draft.set_name, known.name, fact)
    return None


def _of(making: Making, draft: Draft, known: Field, rule: Any, path: Any) -> Any:
    value = making.path(draft, path)
    if value is None:
        return None
    for operation, compute in ARITHMETIC.items():
        if operation in rule:
            said = rule[operation]
            other = (
                making.follow(draft, known, said) if isinstance(said, Mapping) else making.amount(draft, known, said)
            )
            value = compute(Decimal(str(value)), Decimal(str(other)))
    return value


def _template(making: Making, draft: Draft, known: Field, rule: Any, template: Any) -> str:
    parts = rule.get("with") or {}

    def filled(match: Any) -> str:
        name = match["path"]
        value = making.follow(draft, known, parts[name]) if name in parts else making.path(draft, name)
        if isinstance(value, NewRecord):
            value = making.pool.value(value, making.entities[value.entity].title)
        text = "" if value is None else str(value)
        return text.zfill(int(match["width"])) if match["width"] else text

    return PART.sub(filled, template)


def _by(making: Making, draft: Draft, known: Field, rule: Any, path: Any) -> Any:
    value = making.path(draft, path)
    if isinstance(value, NewRecord):
        value = making.pool.value(value, making.entities[value.entity].title)
    cases, word = rule["cases"], _case(value)
    return making.follow(draft, known, cases[word] if word in cases else rule.get("else"))


def _rows(making: Making, draft: Draft, known: Field, rule: Any, said: Any) -> list[NewRecord]:
    child = making.entities[known.settings["of"]]
    if "each" in said:
        sources: list[NewRecord | None] = list(making.path(draft, said["each"]) or ())
        if "share" in said and len(sources) > 1:
            share = float(str(said["share"]))
            sources = [one for one in sources if making.words.random.random() < share] or sources[:1]
    else:
        sources = [None] * making.words.random.randint(
            int(said.get("from", 1)), int(said.get("to", said.get("from", 1)))
        )
    rows = []
    for number, source in enumerate(sources, 1):
        row = NewRecord(child.name, language=draft.record.language, owner=draft.record, position=number)
        inner = Draft(
            child, said.get("fields") or {}, row, set_name=draft.set_name, number=number, source=source, owner=draft
        )
        making.make(inner, making.words)
        rows.append(row)
    return rows


def _case(value: Any) -> str:
    """How `cases` name a value."""
    if value is None or isinstance(value, bool):
        return {None: "none", True: "true", False: "false"}[value]
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


RULES: dict[str, Callable[[Making, Draft, Field, Any, Any], Any]] = {
    "value": _value,
    "pick": _pick,
    "some": _some,
    "number": _number,
    "faker": _faker,
    "ref": _ref,
    "of": _of,
    "template": _template,
    "by": _by,
    "date": one_day,
    "datetime": one_moment,
    "time": one_time,
    "rows": _rows,
}
