"""What all field types share.

A field type is one file with one class. It answers, in this order: settings, columns, input, output, control,
operators. In: a Field of the manifest and values from JSON, forms, files or the database. Out: Python values, JSON
values, or Invalid.
Knows which kind of column it wants, but nothing of SQL; names its form control, but nothing of HTML.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from ..invalid import N_, Invalid
from ..manifest import Field

EQUALITY = ("eq", "ne", "in", "not_in", "empty")
ORDERED = (*EQUALITY, "lt", "lte", "gt", "gte", "between")
TEXTUAL = (*ORDERED, "contains", "starts")
CHECKED_ON_SIZE = 1_000_000
WHOLE = re.compile(r"[+-]?[0-9]{1,19}")


@dataclass(frozen=True, slots=True)
class Column:
    """A column that a field wants. `kind` is one of: text, integer, decimal, boolean, date, datetime, time, json,
    reference (to the record of entity `target`), file (to a stored file), user.

    `suffix` is appended to the field's name (`_lat`); `length` counts characters; `precision` and `scale` count digits.
    """

    kind: str
    suffix: str = ""
    length: int | None = None
    precision: int = 18
    scale: int = 0
    target: str | None = None
    on_delete: str = "restrict"


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting of a field type, as the schema and the reference page describe it.

    `shape` is a JSON Schema; `default` is filled in; `resolve` says what a name in it refers to: entity, entities,
    choices, field (of this entity), by (a ref field of the entity in `of`), target_fields (of that entity).
    """

    name: str
    shape: Mapping[str, Any]
    doc: str
    default: Any = None
    required: bool = False
    resolve: str | None = None


class FieldType:
    """The base of all field types. Subclasses are stateless; one instance of each is registered."""

    name: ClassVar[str]
    doc: ClassVar[str]
    settings: ClassVar[tuple[Setting, ...]] = ()
    example: ClassVar[str] = ""  # YAML of one field, shown and checked in the reference page
    json_doc: ClassVar[str] = ""  # how a value looks in JSON
    value_type: ClassVar[str | None] = None  # type in expressions: text, decimal, integer, boolean, date, datetime, …
    control: ClassVar[str] = "text"  # the form control, and the way to show a value
    operators: ClassVar[tuple[str, ...]] = EQUALITY
    sortable: ClassVar[bool] = True
    searchable: ClassVar[bool] = False
    may_be_required: ClassVar[bool] = True
    may_be_unique: ClassVar[bool] = False
    stored: ClassVar[bool] = True  # False: no column in the entity's own table

    def check(self, field: Field) -> list[tuple[str, str, str]]:
        """Faults in the settings beyond their shape: (setting, fact, remedy). Called at compile time."""
        return []

    def columns(self, field: Field) -> tuple[Column, ...]:
        """The columns in the entity's table; empty for what lives elsewhere."""
        return ()

    def input(self, field: Field, value: Any) -> Any:
        """The Python value of what came from JSON, a form, a file or a filter. None stays None; "" is None.

        Raises Invalid with a sentence that names the field as `{label}`.
        """
        if value is None or value == "":
            return None
        return self.parse(field, value)

    def parse(self, field: Field, value: Any) -> Any:
        """As `input`, for a value that is not empty."""
        raise NotImplementedError

    def operand(self, field: Field, value: Any) -> Any:
        """The value to compare with in a filter: as `input`, but without the limits on what may be saved."""
        return self.input(field, value)

    def output(self, field: Field, value: Any) -> Any:
        """The JSON value of a Python value as `input` and `join` give it."""
        return value

    def split(self, field: Field, value: Any) -> dict[str, Any]:
        """Column values by column name, for saving."""
        return {field.name: value}

    def join(self, field: Field, row: Mapping[str, Any]) -> Any:
        """The Python value from a row's column values."""
        return row[field.name]

    def json_schema(self, field: Field) -> dict[str, Any]:
        """The JSON Schema (2020-12) of a value in the API, without null."""
        return {"type": "string"}


def column_names(field: Field) -> tuple[str, ...]:
    """The names of a field's columns in its entity's table."""
    return tuple(field.name + column.suffix for column in field.kind.columns(field))


def as_text(value: Any) -> str:
    """A text, or Invalid. Control characters other than line ends and tabs are refused: no database keeps NUL."""
    if not isinstance(value, str):
        raise Invalid("not_text", N_("{label} must be a text."))
    if any(character < " " and character not in "\n\r\t" for character in value):
        raise Invalid("control_character", N_("{label} contains a character that cannot be stored."))
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise Invalid("control_character", N_("{label} contains a character that cannot be stored.")) from None
    return value


def as_integer(value: Any, *, message: str = N_("{label} must be a whole number.")) -> int:
    """A whole number within 64 bits, from a number or its decimal text; Invalid otherwise (true and 1.5 are none)."""
    if isinstance(value, str):
        text = value.strip()
        if WHOLE.fullmatch(text):
            value = int(text)
    if isinstance(value, bool) or not isinstance(value, int) or not -(2**63) <= value < 2**63:
        raise Invalid("not_integer", message)
    return value


def within(value: Any, low: Any, high: Any, show: Callable[[Any], str] = str) -> None:
    """Raises Invalid where a value lies outside its limits (None: no limit)."""
    if low is not None and value < low:
        raise Invalid("too_small", N_("{label} must be at least {min}."), min=show(low))
    if high is not None and value > high:
        raise Invalid("too_large", N_("{label} must be at most {max}."), max=show(high))
