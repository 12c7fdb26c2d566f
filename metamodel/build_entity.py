"""Turn the tree of an entity into an Entity: fields, lifecycle, constraints.

In: a merged tree whose shape is sound. Out: the Entity as far as it follows from its own tree, and the problems that
show in it alone.
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from .build import full_names, label, optional_label, options, plain
from .fields import TYPES
from .fields.base import FieldType, column_names
from .manifest import SYSTEM_FIELDS, Entity, Field, Label, Lifecycle, Option, State, Transition
from .merge import ordered
from .problem import Problem
from .tree import Tree, remedy_for

LONGEST_NAME = 60  # PostgreSQL cuts names at 63 bytes
LONGEST_COLUMN = 50
LONGEST_INDEXED = 600  # PostgreSQL refuses index rows above a third of a page, and a character may take four bytes


def build_entity(name: str, tree: Tree, problems: list[Problem]) -> Entity:
    """The entity of a tree."""
    fields = {
        field_name: build_field(field_name, node, tree["fields"].key_place(field_name), problems)
        for field_name, node in ordered(tree.get("fields"), problems)
    }
    lifecycle = _lifecycle(tree["lifecycle"], problems) if "lifecycle" in tree else None
    if lifecycle is not None:
        fields[lifecycle.field] = _state_field(lifecycle, fields.get(lifecycle.field), tree, problems)
    _check_columns(tree, fields, problems)
    own_label = label(tree.get("label"), name)
    return Entity(
        name=name,
        label=own_label,
        plural=label(tree["plural"]) if "plural" in tree else own_label,
        title=_title(tree, fields, problems),
        fields=fields,
        titles=plain(tree["title"]) if isinstance(tree.get("title"), Tree) else {},
        icon=tree.get("icon"),
        description=optional_label(tree.get("description")),
        lifecycle=lifecycle,
        unique=_columns_of(tree, "unique", fields, problems),
        indexes=_columns_of(tree, "indexes", fields, problems),
        was=tree.get("was"),
    )


def build_field(name: str, node: Tree, place: Any, problems: list[Problem]) -> Field:
    """A field; shared choices are not filled in yet."""
    kind = TYPES[node["type"]]
    if name in SYSTEM_FIELDS:
        problems.append(
            Problem(place, "F104", f'field "{name}": the system has a field of this name', "choose another")
        )
    settings = {}
    for setting in kind.settings:
        value = node.get(setting.name)
        if value is None:
            value = setting.default
        elif setting.resolve == "entity" or (setting.resolve == "choices" and isinstance(value, str)):
            value = node.marks[setting.name].full(value)
        elif setting.resolve == "entities":
            value = list(full_names(value))
        if value is not None:
            settings[setting.name] = plain(value)
    chosen = None
    if isinstance(node.get("choices"), Tree):
        chosen = options(node["choices"], problems)
        settings.pop("choices")
    _check_flags(name, node, kind, settings, problems)
    return Field(
        name=name,
        type=kind.name,
        label=label(node.get("label"), name),
        settings=settings,
        options=chosen,
        default=plain(node.get("default")),
        formula=node.get("formula", node.get("rollup")),
        required=node.get("required", False),
        unique=node.get("unique", False),
        search=node.get("search", False),
        index=node.get("index", False),
        readonly=node.get("readonly", False),
        hidden=node.get("hidden", False),
        help=optional_label(node.get("help")),
        placeholder=optional_label(node.get("placeholder")),
        was=node.get("was"),
    )


def _check_flags(name: str, node: Tree, kind: FieldType, settings: dict[str, Any], problems: list[Problem]) -> None:
    """What a field of this type cannot be or have."""
    for flag, allowed in (
        ("required", kind.may_be_required),
        ("unique", kind.may_be_unique),
        ("search", kind.searchable),
    ):
        if node.get(flag) and not allowed:
            fact = f'field "{name}": type {kind.name} cannot be `{flag}`'
            problems.append(Problem(node.key_place(flag), "F105", fact, f"remove `{flag}`"))
    for flag in ("unique", "index"):
        if node.get(flag) and kind.value_type == "text" and settings.get("max", 0) > LONGEST_INDEXED:
            fact = f'field "{name}": a text of up to {settings["max"]} characters cannot have an index or be unique'
            problems.append(Problem(node.key_place(flag), "F103", fact, f"lower `max` to at most {LONGEST_INDEXED}"))
    for word in ("formula", "rollup"):
        if word in node and kind.value_type is None:
            fact = f'field "{name}": type {kind.name} cannot have a {word}'
            problems.append(Problem(node.key_place(word), "F105", fact, "use a number, text, date or boolean type"))
    if "formula" in node and "rollup" in node:
        fact = f'field "{name}": both a formula and a rollup'
        problems.append(
            Problem(node.key_place("rollup"), "F103", fact, "write one of them; a formula may hold the sum")
        )


def _title(tree: Tree, fields: dict[str, Field], problems: list[Problem]) -> str:
    """The field that names a record; empty where none offers itself, which `link` judges."""
    said = tree.get("title")
    if said is not None:
        chosen: dict[str, str] = said if isinstance(said, Tree) else {"en": said}
        for name in chosen.values():
            if name not in fields:
                fact = f'title "{name}" is no field'
                problems.append(
                    Problem(tree.value_place("title"), "L202", fact, remedy_for(name, tree.get("fields"), fields))
                )
        return chosen.get("en") or next(iter(chosen.values()))
    for name in ("name", "title", "number", "code"):
        if name in fields and fields[name].kind.value_type == "text":
            return name
    return ""


def _lifecycle(tree: Tree, problems: list[Problem]) -> Lifecycle | None:
    states = {}
    for name, node in ordered(tree["states"], problems):
        locks = node.get("locks", ())
        states[name] = State(
            name, label(node.get("label"), name), node.get("color"), ("*",) if locks == "all" else tuple(locks)
        )
    if not states:
        problems.append(Problem(tree.key_place("states"), "L207", "a lifecycle without states", "name at least one"))
        return None
    initial = tree.get("initial", next(iter(states)))
    transitions = {}
    for name, node in ordered(tree.get("transitions"), problems):
        source = node["from"]
        sources = (source,) if isinstance(source, str) else tuple(source)
        transitions[name] = Transition(
            name=name,
            label=label(node.get("label"), name),
            source=sources,
            target=node["to"],
            roles=full_names(node.get("roles")),
            icon=node.get("icon"),
            color=node.get("color"),
            confirm=optional_label(node.get("confirm")),
        )
        for key, used in (("from", sources), ("to", (node["to"],))):
            for state in used:
                if state not in states:
                    fact = f'transition "{name}": no state "{state}"'
                    problems.append(
                        Problem(node.value_place(key), "L207", fact, remedy_for(state, tree["states"], states))
                    )
    if initial not in states:
        fact = f'lifecycle: no state "{initial}"'
        problems.append(Problem(tree.value_place("initial"), "L207", fact, remedy_for(initial, tree["states"], states)))
    return Lifecycle(tree["field"], initial, states, transitions)


def _state_field(lifecycle: Lifecycle, declared: Field | None, tree: Tree, problems: list[Problem]) -> Field:
    """The field that keeps the state: as declared, or made; its options are the states."""
    states = {state.name: Option(state.name, state.label, state.color) for state in lifecycle.states.values()}
    if declared is None:
        return Field(
            name=lifecycle.field,
            type="choice",
            label=Label({"en": "Status", "zh": "状态"}),
            options=states,
            default=lifecycle.initial,
            required=True,
            index=True,
        )
    if declared.type != "choice":
        node = tree["fields"][declared.name]
        fact = f'field "{declared.name}" keeps the lifecycle\'s state and is of type {declared.type}'
        problems.append(Problem(node.value_place("type"), "L207", fact, "make it a choice, or leave it out"))
        return declared
    settings = {key: value for key, value in declared.settings.items() if key != "choices"}
    return replace(declared, options=states, settings=settings, default=lifecycle.initial, required=True, index=True)


def _columns_of(tree: Tree, key: str, fields: dict[str, Field], problems: list[Problem]) -> dict[str, tuple[str, ...]]:
    """Named combinations of fields: unique constraints, indexes."""
    found = {}
    noun = "unique constraint" if key == "unique" else "index"
    for name, names in (tree.get(key) or {}).items():
        for index, field in enumerate(names):
            place = names.marks[index].value
            if field not in fields and field not in SYSTEM_FIELDS:
                remedy = remedy_for(field, tree.get("fields"), fields)
                problems.append(Problem(place, "L202", f'{noun} "{name}": no field "{field}"', remedy))
            elif field in fields and len(column_names(fields[field])) != 1:
                fact = f'{noun} "{name}": field "{field}" of type {fields[field].type} has not exactly one column'
                problems.append(Problem(place, "F105", fact, "leave it out"))
        found[name] = tuple(names)
    return found


def _check_columns(tree: Tree, fields: dict[str, Field], problems: list[Problem]) -> None:
    """Column names are short enough and distinct, and what one field names within the record exists."""
    seen: dict[str, str] = {}
    for field in fields.values():
        place = tree["fields"].key_place(field.name) if field.name in tree.get("fields", {}) else tree.place
        for column in column_names(field):
            other = seen.setdefault(column, field.name)
            if (
                other != field.name
                or len(column) > LONGEST_COLUMN
                or (column in SYSTEM_FIELDS and field.name not in SYSTEM_FIELDS)
            ):
                fact = f'field "{field.name}": its column "{column}" is too long, or taken by "{other}"'
                problems.append(Problem(place, "F107", fact, "choose another name"))
        node = tree.get("fields", {}).get(field.name)
        for setting in field.kind.settings:
            value = field.settings.get(setting.name)
            if setting.resolve == "field" and isinstance(value, dict) and value.get("field", field.name) not in fields:
                fact = f'field "{field.name}": no field "{value["field"]}"'
                remedy = remedy_for(value["field"], tree.get("fields"), fields)
                problems.append(Problem(node.value_place(setting.name), "L202", fact, remedy))
        if node is not None:
            for setting_name, fact, remedy in field.kind.check(field):
                problems.append(
                    Problem(node.value_place(setting_name), "F103", f'field "{field.name}": {fact}', remedy)
                )
