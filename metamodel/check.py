"""Check a merged definition against its shape, and say what is wrong in words.

In: a kind and its tree. Out: problems with places. The check is jsonschema's; the sentences are ours, for its own speak
of schemas, and our readers of definitions.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import jsonschema_rs
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from .fields import TYPES
from .place import Place
from .problem import Problem, suggestion
from .shape_terms import DEFS, KINDS, NAME_RULE, Schema
from .shapes import SHAPES, field_schema
from .tree import Tree, locate

END = r"\Z"  # where `$` would let a line end pass
NOUNS = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "a mapping",
    "array": "a list",
    "null": "null",
}
KIND_NOUNS = {
    "fields": "field", "sections": "section", "columns": "column", "states": "state", "transitions": "transition",
    "filters": "filter", "options": "option", "choices": "option", "items": "menu item", "tabs": "tab",
    "grants": "grant",
    "records": "record", "unique": "unique constraint", "indexes": "index",
}  # fmt: skip
IDENTITY = ("entity", "choices", "list", "form", "role", "menu", "data", "samples", "extends", "kind")


def check(kind: str, name: str, tree: Tree) -> list[Problem]:
    """All that is wrong with the shape of one object."""
    problems = [_problem(kind, name, tree, error, ()) for error in _shape(kind).errors(tree)]
    if kind == "entity":
        for field_name, field in tree.trees("fields"):
            problems.extend(_check_field(name, tree, field_name, field))
    return problems


def _check_field(entity: str, tree: Tree, name: str, field: Tree) -> Iterator[Problem]:
    if "type" not in field:
        yield Problem(
            _absence(tree, name, "type"),
            "F101",
            f'field "{name}": its type is missing',
            "write `type: text`, or another type",
        )
        return
    kind = field["type"]
    if not isinstance(kind, str):
        fact = f'field "{name}": "type" must be a text, not {_kind_of(kind)}'
        yield Problem(field.value_place("type"), "S102", fact, "write `type: text`, or another type")
        return
    if kind not in TYPES:
        fact = f'field "{name}": unknown type "{kind}"'
        yield Problem(field.value_place("type"), "F102", fact, suggestion(str(kind), TYPES, most=40))
        return
    for setting in TYPES[kind].settings:
        if setting.required and field.get(setting.name) is None:
            fact = f'field "{name}": setting "{setting.name}" of type {kind} is missing'
            yield Problem(_absence(tree, name, setting.name), "F103", fact, f"write `{setting.name}: …`")
    for error in _field_shape(kind).errors(field):
        yield _problem("entity", entity, tree, error, ("fields", name))


def _absence(tree: Tree, name: str, key: str) -> Place:
    """Where it shows that a field lacks a property: where a layer takes it back, else where the field stands."""
    field: Tree = tree["fields"][name]
    return field.key_place(key) if key in field.removed else tree["fields"].key_place(name)


class _Shape:
    """A schema compiled twice: to say quickly that all is well, and to tell what is not."""

    def __init__(self, schema: Schema) -> None:
        self._quick = jsonschema_rs.Draft202012Validator(schema)
        self._thorough = Draft202012Validator(_strict(schema))

    def errors(self, instance: Any) -> Iterator[ValidationError]:
        if not self._quick.is_valid(instance):  # some 80 times faster than the other, which has the better places
            for error in self._thorough.iter_errors(instance):
                yield from _deepest(error)


def _strict(schema: Any) -> Any:
    """The schema with its patterns as Python has them."""
    if isinstance(schema, dict):
        strict = {key: _strict(value) for key, value in schema.items()}
        pattern = schema.get("pattern")
        if isinstance(pattern, str) and pattern.endswith("$"):
            strict["pattern"] = pattern[:-1] + END
        return strict
    return [_strict(item) for item in schema] if isinstance(schema, list) else schema


@cache
def _shape(kind: str) -> _Shape:
    shape = dict(_inline(SHAPES[kind]))
    if kind in KINDS:
        shape["properties"] = shape["properties"] | {word: {} for word in IDENTITY}
    if kind == "entity":  # each field is checked by its own type's schema
        shape["properties"]["fields"] = shape["properties"]["fields"] | {"additionalProperties": {"type": "object"}}
    return _Shape(shape)


@cache
def _field_shape(type_name: str) -> _Shape:
    return _Shape(_inline(field_schema(type_name)))


def _inline(schema: Any) -> Any:
    """The schema with its references written out, which spares looking them up thousands of times."""
    if isinstance(schema, dict):
        reference = schema.get("$ref", "")
        if reference and reference != "#/$defs/field":
            return _inline(DEFS[reference.rpartition("/")[2]])
        return {key: _inline(value) for key, value in schema.items()}
    if isinstance(schema, list):
        return [_inline(item) for item in schema]
    return schema


def _deepest(error: ValidationError) -> Iterator[ValidationError]:
    """Of alternatives, the complaints of the one most likely meant: the first that takes this kind of value."""
    if error.validator != "anyOf" or not error.context:
        yield error
        return
    branches: dict[int, list[ValidationError]] = {}
    for inner in error.context:
        branches.setdefault(int(inner.schema_path[0]), []).append(inner)
    for complaints in branches.values():
        if not any(one.validator in ("type", "const", "enum") and one.instance is error.instance for one in complaints):
            for one in complaints:
                yield from _deepest(one)
            return
    yield error


def _problem(kind: str, name: str, tree: Tree, error: ValidationError, below: tuple[str, ...]) -> Problem:
    path = [*below, *error.absolute_path]
    value, key_place, value_place = locate(tree, path)
    who = _who(kind, name, path)
    last = next((step for step in reversed(path) if isinstance(step, str)), "")
    rule, schema = str(error.validator), error.schema if isinstance(error.schema, dict) else {}
    if rule == "additionalProperties":
        known = schema.get("properties", {})
        first, *others = (key for key in value if key not in known)
        place = value.key_place(first) if isinstance(value, Tree) else key_place
        owners = [name for name in sorted(TYPES) if _has_setting(name, first)] if below and path == list(below) else []
        if owners:
            fact = f'{who}: "{first}" does not go with type {value["type"]}'
            if value.marks["type"].replaced and value.marks["type"].layer != value.marks[first].layer:
                return Problem(value.value_place("type"), "F105", fact, f"write `{first}: null` beside the new type")
            return Problem(place, "F105", fact, f"it goes with {', '.join(owners)}")
        more = "".join(f', "{key}"' for key in others)
        fact = f'{who}: unknown property "{first}"{more}'
        return Problem(place, "S101", fact, suggestion(first, known, most=30))
    if rule == "required":
        missing = [key for key in schema["required"] if key not in value]
        if isinstance(value, Tree) and missing[0] in value.removed:
            fact = f'{who}: property "{missing[0]}" is required, and null takes it back'
            return Problem(value.key_place(missing[0]), "S104", fact, "leave null out, or remove the whole")
        return Problem(key_place, "S104", f'{who}: property "{missing[0]}" is missing', f"write `{missing[0]}: …`")
    if isinstance(value, Tree) and isinstance(error.instance, str):  # it is a key that is faulty
        wrong = error.instance
        place = value.key_place(wrong)
        return Problem(place, "S105", f'{who}: "{wrong}" is no name here', _name_remedy(schema, wrong))
    return _value_problem(who, last, value, rule, schema, error, value_place)


def _value_problem(
    who: str, last: str, value: Any, rule: str, schema: Schema, error: ValidationError, place: Any
) -> Problem:
    if rule == "type" or rule == "anyOf":
        wanted = schema.get("type") if rule == "type" else _alternatives(schema)
        kinds: list[str] = wanted if isinstance(wanted, list) else [str(wanted)]
        expected = " or ".join(dict.fromkeys(NOUNS.get(kind, str(kind)) for kind in kinds))
        return Problem(place, "S102", f'{who}: "{last}" must be {expected}, not {_kind_of(value)}', "")
    if rule in ("enum", "const"):
        allowed = schema["enum"] if rule == "enum" else [schema["const"]]
        return Problem(
            place,
            "S103",
            f'{who}: "{last}" cannot be "{_short(value)}"',
            suggestion(str(value), map(str, allowed), most=30),
        )
    if rule == "pattern":
        if schema["pattern"].startswith("^[a-z]"):
            return Problem(place, "S105", f'{who}: "{_short(value)}" is no name', _name_remedy(schema, str(value)))
        examples = schema.get("examples", ())
        remedy = (
            f"write it such as {examples[0]}" if examples else f"it must match {schema['pattern'].replace(END, '$')}"
        )
        return Problem(place, "S106", f'{who}: "{last}" cannot be "{_short(value)}"', remedy)
    limits = {
        "minimum": f"must be at least {error.validator_value}",
        "maximum": f"must be at most {error.validator_value}",
        "maxLength": f"can be at most {error.validator_value} characters long",
        "minLength": "must not be empty",
        "minItems": "must not be empty",
        "minProperties": "must not be empty",
        "uniqueItems": "names something twice",
    }
    return Problem(place, "S106", f'{who}: "{last}" {limits.get(rule, error.message)}', "")


def _alternatives(schema: Schema) -> list[str]:
    kinds: list[str] = []
    for branch in schema.get("anyOf", ()):
        if "const" in branch:
            kinds.append(f'"{branch["const"]}"')
        else:
            kinds.extend([branch["type"]] if isinstance(branch.get("type"), str) else branch.get("type", []))
    return kinds


def _has_setting(type_name: str, setting: str) -> bool:
    return any(known.name == setting for known in TYPES[type_name].settings)


def _name_remedy(schema: Schema, wrong: str) -> str:
    if "enum" in schema:
        return suggestion(wrong, schema["enum"], most=20)
    return NAME_RULE


def _who(kind: str, name: str, path: list[Any]) -> str:
    for index in range(len(path) - 1, 0, -1):
        noun = KIND_NOUNS.get(str(path[index - 1]))
        if noun and isinstance(path[index], str):
            return f'{noun} "{path[index]}"'
    return f'{kind} "{name}"'


def _kind_of(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return f'"{_short(value)}"'


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:59] + "…"
