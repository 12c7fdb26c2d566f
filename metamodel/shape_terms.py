"""The words in which the shapes of definitions are said: names, labels, options, conditions, named nodes.

In: nothing. Out: parts of JSON Schema (2020-12), and functions that make them. `x-kind` says what a named node is
called, `x-bare` that a list of names stands for nodes without properties.
"""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]

NAME = "^[a-z][a-z0-9_]{0,39}$"
NAME_RULE = "use small letters, digits and underscores, beginning with a letter, at most 40"
LANGUAGE = "^[a-z]{2}(_[A-Z]{2})?$"
FULL_NAME = r"^[a-z][a-z0-9_]{0,39}(\.[a-z][a-z0-9_]{0,39})?$"
PATH = r"^[a-z][a-z0-9_]{0,43}(\.[a-z][a-z0-9_]{0,43})?$"
COLORS = (
    "blue", "azure", "indigo", "purple", "pink", "red", "orange", "yellow", "lime", "green", "teal", "cyan", "gray",
    "dark",
)  # fmt: skip
OPTION_NAME = "^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$"  # codes such as CNY are names of options too
OPERATORS = ("eq", "ne", "lt", "lte", "gt", "gte", "contains", "starts", "in", "not_in", "empty", "between")
FOLDERS = {
    "entities": "entity",
    "forms": "form",
    "lists": "list",
    "choices": "choices",
    "roles": "role",
    "menus": "menu",
    "data": "data",
    "samples": "samples",
}
KINDS = {kind: folder for folder, kind in FOLDERS.items()}


def mapping(properties: dict[str, Schema], required: tuple[str, ...] = (), doc: str = "", **more: Any) -> Schema:
    """A mapping with these properties and no others."""
    schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return schema | ({"required": list(required)} if required else {}) | ({"description": doc} if doc else {}) | more


def named(node: Schema, kind: str, doc: str, *, bare: bool = False) -> Schema:
    """Named nodes: a mapping by name; `bare`: a list of names will do, where nodes have no properties of their own."""
    nodes: Schema = {"type": "object", "additionalProperties": node, "x-kind": kind}
    return nodes | {"description": doc, "propertyNames": {"pattern": PATH if bare else NAME}, "x-bare": bare}


def text(doc: str, pattern: str | None = None, most: int = 500) -> Schema:
    """A text that is not empty."""
    return {"type": "string", "description": doc, "maxLength": most, "minLength": 1} | (
        {"pattern": pattern} if pattern else {}
    )


def flag(doc: str) -> Schema:
    """True or false."""
    return {"type": "boolean", "description": doc}


def names(doc: str, pattern: str = PATH) -> Schema:
    """A list of names, each once."""
    return {"type": "array", "items": {"type": "string", "pattern": pattern}, "uniqueItems": True, "description": doc}


def label(doc: str) -> Schema:
    """A text for people."""
    return {"$ref": "#/$defs/label", "description": doc}


ORDER = {
    "after": text("The node that this one follows; otherwise the written order holds.", PATH),
    "before": text("The node that this one precedes.", PATH),
}
ICON = text("The name of a Tabler outline icon.", "^[a-z0-9-]{1,40}$")
COLOR = {"enum": list(COLORS), "description": "The colour of its badge."}
WAS = text("Its former name: its data moves along, and overlays that use that name still hit.", NAME)
WHERE = {
    "type": "object",
    "description": "Conditions that all must hold: `field: value`, `field: [one, of]`, or `field: {operator: value}`.",
    "propertyNames": {"pattern": PATH},
    "additionalProperties": {
        "anyOf": [
            {"type": ["string", "number", "boolean"]},
            {"type": "array", "items": {"type": ["string", "number", "boolean"]}, "minItems": 1},
            {"type": "object", "propertyNames": {"enum": list(OPERATORS)}, "minProperties": 1},
        ]
    },
}

LABEL: Schema = {
    "description": "A text for people: the same in every language, or one a language (`{en: Customer, zh: 客户}`).",
    "anyOf": [
        {"type": "string", "minLength": 1, "maxLength": 2000},
        {
            "type": "object",
            "propertyNames": {"pattern": LANGUAGE},
            "additionalProperties": {"type": "string", "minLength": 1, "maxLength": 2000},
            "minProperties": 1,
        },
    ],
}
OPTION: Schema = {
    "anyOf": [
        {"type": "string", "minLength": 1},
        mapping(
            {
                "label": label("What people see."),
                "color": COLOR,
                "after": text("The option that this one follows; otherwise the written order holds.", OPTION_NAME),
                "before": text("The option that this one precedes.", OPTION_NAME),
            },
            ("label",),
        ),
        LABEL["anyOf"][1],
    ]
}
OPTIONS: Schema = named(OPTION, "option", "The options by name: `{label, color}`, or the label alone.") | {
    "propertyNames": {"pattern": OPTION_NAME},
    "minProperties": 1,
}
DEFS: dict[str, Schema] = {"label": LABEL, "options": OPTIONS}
