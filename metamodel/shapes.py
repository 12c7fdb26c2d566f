"""The shape of every kind of definition, as JSON Schema (2020-12).

In: the field types. Out: one schema a kind. They are the check that every definition passes, what `sartor schema`
publishes for editors, and what the definition reference is generated from.
"""

from __future__ import annotations

from .fields import TYPES
from .manifest import ACTIONS
from .shape_terms import (
    COLOR,
    FULL_NAME,
    ICON,
    LANGUAGE,
    NAME,
    OPTIONS,
    ORDER,
    PATH,
    WAS,
    WHERE,
    Schema,
    flag,
    label,
    mapping,
    named,
    names,
    text,
)

COMMON: dict[str, Schema] = {
    "type": {"enum": sorted(TYPES), "description": "The field type."},
    "label": label("What people call it; made from its name where it is left out."),
    "help": label("A sentence below the control."),
    "placeholder": label("Shown in the empty control."),
    "required": flag("Whether a record cannot be saved without it."),
    "unique": flag("Whether no two records may have the same value."),
    "default": {
        "description": "The value of a new record: a literal, or `current_user`, `current_department`, `today` "
        "(or `today+30d`), `now`, `company_currency`."
    },
    "search": flag("Whether the search box finds it."),
    "index": flag("Whether the database keeps an index for filters on it."),
    "readonly": flag("Whether no one writes it by hand."),
    "hidden": flag("Whether forms and lists leave it out; its data is kept."),
    "formula": text("An expression that gives its value, computed at every save.", most=2000),
    "rollup": text(
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
    return mapping(properties, ("type",), kind.doc)


LIFECYCLE = mapping(
    {
        "field": text("The field that keeps the state; it comes into being where it is not declared.", NAME),
        "initial": text("The state of a new record; otherwise the first.", NAME),
        "states": named(
            mapping(
                {
                    "label": label("What people call the state."),
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
        "transitions": named(
            mapping(
                {
                    "from": {
                        "description": "The state, or the states, that it leads out of.",
                        "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}],
                    },
                    "to": text("The state that it leads to.", NAME),
                    "label": label("What the button says."),
                    "icon": ICON,
                    "color": COLOR,
                    "roles": names("Only these roles may do it.", FULL_NAME),
                    "confirm": label("A question that is asked first."),
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

ENTITY = mapping(
    {
        "label": label("What people call one record."),
        "plural": label("What people call several; used for lists and menus."),
        "description": label("A sentence that says what it is."),
        "icon": ICON,
        "title": {
            "description": "The field that names a record in links and search, or one a language "
            "(`{en: name, zh: name_zh}`); else `name`, `title`, `number` or `code`.",
            "anyOf": [
                {"type": "string", "pattern": NAME},
                {
                    "type": "object",
                    "propertyNames": {"pattern": LANGUAGE},
                    "additionalProperties": {"type": "string", "pattern": NAME},
                    "minProperties": 1,
                },
            ],
        },
        "lines_of": mapping(
            {"entity": text("The owning entity.", FULL_NAME), "by": text("The ref field to it.", NAME)},
            ("entity", "by"),
            "For owned rows: their owner, said here for the reader; the owner's `lines` field decides.",
        ),
        "fields": named({"$ref": "#/$defs/field"}, "field", "The fields, in the order in which people think of them."),
        "unique": named(
            names("The columns."), "unique constraint", "Combinations of fields that occur only once, by name."
        ),
        "indexes": named(names("The columns."), "index", "Indexes over several fields, by name."),
        "lifecycle": LIFECYCLE,
        "was": WAS,
    },
    (),
    "A kind of record: its fields, its states, what is unique.",
)
CHOICES = mapping(
    {"label": label("What people call the set."), "options": OPTIONS},
    ("options",),
    "A set of options that several fields share.",
)
LIST = mapping(
    {
        "of": text("The entity.", FULL_NAME),
        "label": label("The title; the entity's plural where it is left out."),
        "columns": named(
            mapping(
                {
                    "label": label("The heading; the field's label where it is left out."),
                    "width": {"type": "integer", "minimum": 40, "maximum": 1000, "description": "Pixels."},
                    "total": {"enum": ["sum", "min", "max", "avg"], "description": "Shown below the column."},
                    **ORDER,
                }
            ),
            "column",
            "The columns: fields, or one hop through a reference (`customer.level`).",
            bare=True,
        ),
        "sort": names("The order: `field`, or `-field` for descending.", "^-?" + PATH[1:]),
        "filters": named(
            mapping({"label": label("The button."), "where": WHERE, **ORDER}, ("where",)),
            "filter",
            "Quick filters, as buttons.",
        ),
        "where": WHERE | {"description": "Conditions that always hold in this list."},
    },
    ("of", "columns"),
    "A view of an entity's records. The one that has its entity's name is the default.",
)
FORM = mapping(
    {
        "of": text("The entity.", FULL_NAME),
        "tabs": named(mapping({"label": label("The tab's title."), **ORDER}), "tab", "The tabs, in order."),
        "sections": named(
            mapping(
                {
                    "label": label("The section's title."),
                    "tab": text("The tab that it is on; the first where it is left out.", NAME),
                    "columns": {"type": "integer", "minimum": 1, "maximum": 3, "description": "Columns of controls."},
                    "collapsed": flag("Whether it is closed at first."),
                    "fields": named(
                        mapping(
                            {
                                "span": {
                                    "type": "integer",
                                    "minimum": 1,
                                    "maximum": 3,
                                    "description": "Columns it takes.",
                                },
                                "label": label("Another label, here only."),
                                "help": label("Another help text, here only."),
                                "readonly": flag("Whether it is shown and not edited here."),
                                "columns": names("For rows and sub-lists: the fields shown.", NAME),
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
ROLE = mapping(
    {
        "label": label("What people call the role."),
        "description": label("A sentence that says whom it is for."),
        "includes": names("Other roles whose grants come along.", FULL_NAME),
        "grants": {
            "type": "object",
            "x-kind": "grant",
            "description": "What the role may do, by entity; `crm.*` stands for all entities of a package.",
            "propertyNames": {"pattern": r"^[a-z][a-z0-9_]{0,39}(\.([a-z][a-z0-9_]{0,39}|\*))?$"},
            "additionalProperties": mapping(
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
        "label": label("What the entry says; the list's title where it is left out."),
        "icon": ICON,
        "entity": text("The entity whose list it opens.", FULL_NAME),
        "list": text("Another list than the default.", FULL_NAME),
        **ORDER,
    }
    if inner:
        properties["items"] = inner
    return named(mapping(properties), "menu item", "The entries: lists, or groups of lists.")


MENU = mapping(
    {"label": label("The menu's title."), "icon": ICON, "items": _menu_items(_menu_items(None))},
    ("items",),
    "The menu of a package or company.",
)
DATA = mapping(
    {
        "of": text("The entity.", FULL_NAME),
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
SAMPLES = mapping(
    {
        "of": text("The entity.", FULL_NAME),
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
PACKAGE = mapping(
    {
        "package": text("The package's name; it prefixes the names of its objects.", NAME),
        "version": text("Its version, such as 1.2.0."),
        "label": label("What people call it."),
        "description": label("A sentence that says what it is for."),
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
COMPANY = mapping(
    {
        "company": text("The company's name: its place in URLs and its database schema.", NAME),
        "label": label("What people call it."),
        "packages": {
            "type": "object",
            "propertyNames": {"pattern": NAME},
            "additionalProperties": {"type": "string"},
            "description": "The packages that it uses, with ranges of versions.",
        },
        "settings": mapping(
            {
                "languages": {
                    "type": "array",
                    "items": {"enum": ["en", "zh"]},
                    "minItems": 1,
                    "description": "Languages offered.",
                },
                "language": {"enum": ["en", "zh"], "description": "The language of who has chosen none."},
                "currency": text("Its currency, an ISO 4217 code.", "^[A-Z]{3}$"),
                "time_zone": text("An IANA time zone, such as Asia/Shanghai."),
                "country": text("An ISO 3166 code.", "^[A-Z]{2}$"),
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
