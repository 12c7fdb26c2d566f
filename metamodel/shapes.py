"""The shape of every kind of definition, as JSON Schema (2020-12).

In: the field types. Out: one schema a kind. They are the check that every definition passes, what `sartor schema`
publishes for editors, and what the definition reference is generated from. `x-kind` names what a node is called.
"""

from __future__ import annotations

from typing import Any

from .fields import TYPES
from .manifest import ACTIONS

Schema = dict[str, Any]

NAME = "^[a-z][a-z0-9_]{0,39}$"
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


def _object(properties: dict[str, Schema], required: tuple[str, ...] = (), doc: str = "", **more: Any) -> Schema:
    schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return schema | ({"required": list(required)} if required else {}) | ({"description": doc} if doc else {}) | more


def _named(node: Schema, kind: str, doc: str, *, bare: bool = False) -> Schema:
    """Named nodes: a mapping by name; `bare`: a list of names will do, where nodes have no properties of their own."""
    mapping: Schema = {"type": "object", "additionalProperties": node, "x-kind": kind}
    return mapping | {"description": doc, "propertyNames": {"pattern": PATH if bare else NAME}, "x-bare": bare}


def _text(doc: str, pattern: str | None = None, most: int = 500) -> Schema:
    return {"type": "string", "description": doc, "maxLength": most, "minLength": 1} | (
        {"pattern": pattern} if pattern else {}
    )


def _flag(doc: str) -> Schema:
    return {"type": "boolean", "description": doc}


def _names(doc: str, pattern: str = PATH) -> Schema:
    return {"type": "array", "items": {"type": "string", "pattern": pattern}, "uniqueItems": True, "description": doc}


def _label(doc: str) -> Schema:
    return {"$ref": "#/$defs/label", "description": doc}


ORDER = {
    "after": _text("The node that this one follows; otherwise the written order holds.", PATH),
    "before": _text("The node that this one precedes.", PATH),
}
ICON = _text("The name of a Tabler outline icon.", "^[a-z0-9-]{1,40}$")
COLOR = {"enum": list(COLORS), "description": "The colour of its badge."}
WAS = _text("Its former name: its data moves along, and overlays that use that name still hit.", NAME)
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
            "propertyNames": {"pattern": "^[a-z]{2}(_[A-Z]{2})?$"},
            "additionalProperties": {"type": "string", "minLength": 1, "maxLength": 2000},
            "minProperties": 1,
        },
    ],
}
OPTION: Schema = {
    "anyOf": [
        {"type": "string", "minLength": 1},
        _object(
            {
                "label": _label("What people see."),
                "color": COLOR,
                "after": _text("The option that this one follows; otherwise the written order holds.", OPTION_NAME),
                "before": _text("The option that this one precedes.", OPTION_NAME),
            },
            ("label",),
        ),
        LABEL["anyOf"][1],
    ]
}
OPTIONS: Schema = _named(OPTION, "option", "The options by name: `{label, color}`, or the label alone.") | {
    "propertyNames": {"pattern": OPTION_NAME},
    "minProperties": 1,
}

COMMON: dict[str, Schema] = {
    "type": {"enum": sorted(TYPES), "description": "The field type."},
    "label": _label("What people call it; made from its name where it is left out."),
    "help": _label("A sentence below the control."),
    "placeholder": _label("Shown in the empty control."),
    "required": _flag("Whether a record cannot be saved without it."),
    "unique": _flag("Whether no two records may have the same value."),
    "default": {
        "description": "The value of a new record: a literal, or `current_user`, `current_department`, `today`, `now`."
    },
    "search": _flag("Whether the search box finds it."),
    "index": _flag("Whether the database keeps an index for filters on it."),
    "readonly": _flag("Whether no one writes it by hand."),
    "hidden": _flag("Whether forms and lists leave it out; its data is kept."),
    "formula": _text("An expression that gives its value, computed at every save.", most=2000),
    "rollup": _text(
        "An expression over the record's own rows, such as `sum(for l in lines return l.amount)`.", most=2000
    ),
    "was": WAS,
    **ORDER,
}


def field_schema(type_name: str) -> Schema:
    """The schema of a field of one type."""
    kind = TYPES[type_name]
    properties = dict(COMMON)
    for setting in kind.settings:
        properties[setting.name] = {"description": setting.doc, **setting.shape}
    return _object(properties, ("type",), kind.doc)


LIFECYCLE = _object(
    {
        "field": _text("The field that keeps the state; it comes into being where it is not declared.", NAME),
        "initial": _text("The state of a new record; otherwise the first.", NAME),
        "states": _named(
            _object(
                {
                    "label": _label("What people call the state."),
                    "color": COLOR,
                    "locks": {
                        "description": "Fields that cannot change in this state; `all` stands for every field.",
                        "anyOf": [{"const": "all"}, {"type": "array", "items": {"type": "string", "pattern": NAME}}],
                    },
                    **ORDER,
                }
            ),
            "state",
            "The states, in order.",
        ),
        "transitions": _named(
            _object(
                {
                    "from": {
                        "description": "The state, or the states, that it leads out of.",
                        "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}],
                    },
                    "to": _text("The state that it leads to.", NAME),
                    "label": _label("What the button says."),
                    "icon": ICON,
                    "color": COLOR,
                    "roles": _names("Only these roles may do it.", FULL_NAME),
                    "confirm": _label("A question that is asked first."),
                    **ORDER,
                },
                ("from", "to"),
            ),
            "transition",
            "The steps between states, as buttons.",
        ),
    },
    ("field", "states"),
    "The states of a record and the steps between them.",
)

ENTITY = _object(
    {
        "label": _label("What people call one record."),
        "plural": _label("What people call several; used for lists and menus."),
        "description": _label("A sentence that says what it is."),
        "icon": ICON,
        "title": _text(
            "The field that names a record in links and search; else `name`, `title`, `number` or `code`.", NAME
        ),
        "lines_of": _object(
            {"entity": _text("The owning entity.", FULL_NAME), "by": _text("The ref field to it.", NAME)},
            ("entity", "by"),
            "For owned rows: their owner, said here for the reader; the owner's `lines` field decides.",
        ),
        "fields": _named({"$ref": "#/$defs/field"}, "field", "The fields, in the order in which people think of them."),
        "unique": _named(
            _names("The columns."), "unique constraint", "Combinations of fields that occur only once, by name."
        ),
        "indexes": _named(_names("The columns."), "index", "Indexes over several fields, by name."),
        "lifecycle": LIFECYCLE,
        "was": WAS,
    },
    (),
    "A kind of record: its fields, its states, what is unique.",
)
CHOICES = _object(
    {"label": _label("What people call the set."), "options": OPTIONS},
    ("options",),
    "A set of options that several fields share.",
)
LIST = _object(
    {
        "of": _text("The entity.", FULL_NAME),
        "label": _label("The title; the entity's plural where it is left out."),
        "columns": _named(
            _object(
                {
                    "label": _label("The heading; the field's label where it is left out."),
                    "width": {"type": "integer", "minimum": 40, "maximum": 1000, "description": "Pixels."},
                    "total": {"enum": ["sum", "min", "max", "avg"], "description": "Shown below the column."},
                    **ORDER,
                }
            ),
            "column",
            "The columns: fields, or one hop through a reference (`customer.level`).",
            bare=True,
        ),
        "sort": _names("The order: `field`, or `-field` for descending.", "^-?" + PATH[1:]),
        "filters": _named(
            _object({"label": _label("The button."), "where": WHERE, **ORDER}, ("where",)),
            "filter",
            "Quick filters, as buttons.",
        ),
        "where": WHERE | {"description": "Conditions that always hold in this list."},
    },
    ("of", "columns"),
    "A view of an entity's records. The one that has its entity's name is the default.",
)
FORM = _object(
    {
        "of": _text("The entity.", FULL_NAME),
        "tabs": _named(_object({"label": _label("The tab's title."), **ORDER}), "tab", "The tabs, in order."),
        "sections": _named(
            _object(
                {
                    "label": _label("The section's title."),
                    "tab": _text("The tab that it is on; the first where it is left out.", NAME),
                    "columns": {"type": "integer", "minimum": 1, "maximum": 3, "description": "Columns of controls."},
                    "collapsed": _flag("Whether it is closed at first."),
                    "fields": _named(
                        _object(
                            {
                                "span": {
                                    "type": "integer",
                                    "minimum": 1,
                                    "maximum": 3,
                                    "description": "Columns it takes.",
                                },
                                "label": _label("Another label, here only."),
                                "help": _label("Another help text, here only."),
                                "readonly": _flag("Whether it is shown and not edited here."),
                                "columns": _names("For rows and sub-lists: the fields shown.", NAME),
                                **ORDER,
                            }
                        ),
                        "form field",
                        "The fields, in order.",
                        bare=True,
                    ),
                    **ORDER,
                },
                ("fields",),
            ),
            "section",
            "The sections, in order.",
        ),
    },
    ("of", "sections"),
    "How a record is shown and edited. The one that has its entity's name is the default.",
)
ROLE = _object(
    {
        "label": _label("What people call the role."),
        "description": _label("A sentence that says whom it is for."),
        "includes": _names("Other roles whose grants come along.", FULL_NAME),
        "grants": {
            "type": "object",
            "x-kind": "grant",
            "description": "What the role may do, by entity; `crm.*` stands for all entities of a package.",
            "propertyNames": {"pattern": r"^[a-z][a-z0-9_]{0,39}(\.([a-z][a-z0-9_]{0,39}|\*))?$"},
            "additionalProperties": _object(
                {
                    "actions": {
                        "type": "array",
                        "items": {"enum": [*ACTIONS, "all"]},
                        "uniqueItems": True,
                        "description": "The actions granted.",
                    },
                    "fields": {
                        "type": "object",
                        "propertyNames": {"pattern": NAME},
                        "additionalProperties": {"enum": ["none", "read", "write"]},
                        "description": "Fields with narrower rights than the actions give: `none`, `read` or `write`.",
                    },
                }
            ),
        },
    },
    (),
    "A role and what it may do. What no role grants is forbidden.",
)


def _menu_items(inner: Schema | None) -> Schema:
    properties = {
        "label": _label("What the entry says; the list's title where it is left out."),
        "icon": ICON,
        "entity": _text("The entity whose list it opens.", FULL_NAME),
        "list": _text("Another list than the default.", FULL_NAME),
        **ORDER,
    }
    if inner:
        properties["items"] = inner
    return _named(_object(properties), "menu item", "The entries: lists, or groups of lists.")


MENU = _object(
    {"label": _label("The menu's title."), "icon": ICON, "items": _menu_items(_menu_items(None))},
    ("items",),
    "The menu of a package or company.",
)
DATA = _object(
    {
        "of": _text("The entity.", FULL_NAME),
        "records": {
            "type": "object",
            "x-kind": "record",
            "description": "Records by external id: field values; a reference names the external id of its record.",
            "propertyNames": {"pattern": "^[a-zA-Z0-9][a-zA-Z0-9_.-]{0,79}$"},
            "additionalProperties": {"type": "object"},
        },
    },
    ("of", "records"),
    "Records that ship with a package or a company.",
)
SAMPLES = _object(
    {
        "of": _text("The entity.", FULL_NAME),
        "count": {"type": "integer", "minimum": 1, "maximum": 1_000_000, "description": "How many records."},
        "fields": {
            "type": "object",
            "description": "How each field's value is made.",
            "propertyNames": {"pattern": NAME},
        },
        "settings": {"type": "object", "description": "Settings of the generator."},
    },
    ("of", "count", "fields"),
    "How to make believable demo records.",
)
PACKAGE = _object(
    {
        "package": _text("The package's name; it prefixes the names of its objects.", NAME),
        "version": _text("Its version, such as 1.2.0."),
        "label": _label("What people call it."),
        "description": _label("A sentence that says what it is for."),
        "icon": ICON,
        "requires": {
            "type": "object",
            "propertyNames": {"pattern": NAME},
            "additionalProperties": {"type": "string"},
            "description": "The packages whose objects it names, with ranges of versions (`>=1.2,<2`).",
        },
    },
    ("package", "version", "label"),
    "A package of definitions.",
)
COMPANY = _object(
    {
        "company": _text("The company's name: its place in URLs and its database schema.", NAME),
        "label": _label("What people call it."),
        "packages": {
            "type": "object",
            "propertyNames": {"pattern": NAME},
            "additionalProperties": {"type": "string"},
            "description": "The packages that it uses, with ranges of versions.",
        },
        "settings": _object(
            {
                "languages": {
                    "type": "array",
                    "items": {"enum": ["en", "zh"]},
                    "minItems": 1,
                    "description": "Languages offered.",
                },
                "language": {"enum": ["en", "zh"], "description": "The language of who has chosen none."},
                "currency": _text("Its currency, an ISO 4217 code.", "^[A-Z]{3}$"),
                "time_zone": _text("An IANA time zone, such as Asia/Shanghai."),
                "country": _text("An ISO 3166 code.", "^[A-Z]{2}$"),
                "week_start": {"enum": ["monday", "sunday", "saturday"], "description": "The first day of a week."},
            },
            doc="Languages, currency, time zone.",
        ),
    },
    ("company", "label"),
    "A company: its packages, its settings, its overlay.",
)

SHAPES: dict[str, Schema] = {
    "entity": ENTITY,
    "choices": CHOICES,
    "list": LIST,
    "form": FORM,
    "role": ROLE,
    "menu": MENU,
    "data": DATA,
    "samples": SAMPLES,
    "package": PACKAGE,
    "company": COMPANY,
}
DEFS: dict[str, Schema] = {"label": LABEL, "options": OPTIONS}
