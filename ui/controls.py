"""Form controls: what a form shows for a field, and what its inputs send back.

In: fields, records or what a person has just sent, the visit. Out: Controls and Grids, which template macros draw; and
the values for the records service. A field has the same control in a form and in a row of a grid.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as holds
from typing import Any

from werkzeug.datastructures import MultiDict

from ..metamodel.fields.address import PARTS as ADDRESS
from ..metamodel.fields.file import byte_size
from ..metamodel.manifest import Entity, Field
from .cells import Cell, Cells
from .entry import entry_text, typed
from .shell import entity_url
from .visit import Visit

RECORDS = ("ref", "department", "user", "many", "any_ref")
SEVERAL = ("choices", "many")
FILES = ("file", "image", "signature")
LONG_CHOICE = 8  # options from which a choice can be searched
KEY = "__key__"


@dataclass
class Control:
    """One field of a form. `cell` is there in place of inputs where it cannot be edited."""

    name: str
    field: Field
    label: str
    values: list[str]
    help: str = ""
    placeholder: str = ""
    span: int = 1
    cell: Cell | None = None
    error: str = ""
    options: list[tuple[str, str]] = holds(default_factory=list)  # of a reference: those that are chosen
    remote: str | None = None
    beside: str = ""  # the currency, the unit
    files: list[Cell] = holds(default_factory=list)
    upload: str = ""

    @property
    def kind(self) -> str:
        return self.field.kind.control

    @property
    def id(self) -> str:
        """Its id in the page."""
        return f"f-{self.name.replace('.', '-')}"

    @property
    def value(self) -> str:
        return self.values[0] if self.values else ""

    @property
    def required(self) -> bool:
        return self.field.required and self.cell is None

    @property
    def searched(self) -> bool:
        """Whether a choice is long enough to be searched."""
        return len(self.field.options or {}) >= LONG_CHOICE

    @property
    def several(self) -> bool:
        return self.field.type in SEVERAL or bool(self.field.settings.get("multiple"))

    @property
    def accept(self) -> str:
        """File name endings, as a file input has them."""
        accepts = getattr(self.field.kind, "accepts", None)
        return ",".join(f".{one}" for one in accepts(self.field)) if accepts else ""

    @property
    def most_bytes(self) -> int:
        return byte_size(self.field.settings.get("max_size") or "20MB")

    @property
    def parts(self) -> list[tuple[str, str]]:
        """The parts of an address with their values."""
        return list(zip(ADDRESS, [*self.values, *([""] * len(ADDRESS))], strict=False))


@dataclass
class Row:
    """A row of a grid. `key` names its inputs; a row that was saved has an id."""

    key: str
    id: int | None
    controls: list[Control]
    error: str = ""


@dataclass
class Grid:
    """The owned rows of a record, as a table to edit. `blank` is the row that adding copies."""

    name: str
    field: Field
    label: str
    heads: list[Field]
    rows: list[Row]
    blank: Row | None
    help: str = ""
    error: str = ""
    span: int = 1

    @property
    def id(self) -> str:
        return f"f-{self.name.replace('.', '-')}"


class Controls:
    """Makes the controls of one form. `names` are labels of records that references name, by (field path, id)."""

    def __init__(self, visit: Visit, errors: Mapping[str, str] | None = None) -> None:
        self.visit = visit
        self.cells = Cells(visit)
        self.errors = dict(errors or {})

    def control(
        self,
        entity: Entity,
        known: Field,
        name: str,
        values: list[str],
        record: Mapping[str, Any],
        *,
        path: str,
        free: bool,
    ) -> Control:
        """The control of a field. `record` gives labels and files; `free` says whether it may be edited."""
        visit = self.visit
        made = Control(
            name,
            known,
            visit.text(known.label),
            values,
            help=visit.text(known.help),
            placeholder=visit.text(known.placeholder),
            error=self.errors.pop(path, ""),
        )
        if not free:
            made.cell = self.cells.cell(known, record)
            return made
        if known.type in RECORDS:
            made.remote = entity_url(visit.company, entity.name, "options.options", field=known.name)
            made.options = self._chosen(entity, known, values, record)
        elif known.type in FILES:
            made.upload = entity_url(visit.company, entity.name, "file.upload", field=known.name)
            known_files = record.get("$files") or {}
            made.files = [self.cells.file(key, known_files) for key in values if key]
        elif known.type == "money":
            made.beside = visit.format.currency_of(known, record) or ""
        elif known.type == "quantity":
            made.beside = visit.format.unit_of(known, record)
        elif known.type == "percent":
            made.beside = "%"
        return made

    def _chosen(
        self, entity: Entity, known: Field, values: Sequence[str], record: Mapping[str, Any]
    ) -> list[tuple[str, str]]:
        labels = (record.get("$labels") or {}).get(known.name)
        texts: Iterable[Any] = labels if isinstance(labels, list) else [labels]
        listed = list(texts)
        names = record.get("$names") or {}
        chosen = [one for one in values if one]
        found = []
        for index, one in enumerate(chosen):
            text = names.get((entity.name, known.name, one)) or (listed[index] if index < len(listed) else None)
            found.append((one, str(text or f"#{one}")))
        return found

    def values(self, known: Field, record: Mapping[str, Any]) -> list[str]:
        """What the inputs of a field hold for a record."""
        return entry_text(known, record.get(known.name), self.visit.format.zone)


def sent_texts(form: MultiDict[str, str], name: str, known: Field) -> list[str]:
    """What the inputs of a field sent, as they hold it."""
    if known.type == "address":
        return [form.get(f"{name}.{part}", "") for part in ADDRESS]
    texts = form.getlist(name)
    if known.type in SEVERAL or known.settings.get("multiple"):
        return [text for text in texts if text]
    return texts[-1:]


def is_sent(form: MultiDict[str, str], name: str, known: Field) -> bool:
    """Whether the form had inputs for this field."""
    return name in form or (known.type == "address" and f"{name}.{ADDRESS[0]}" in form)


def sent_value(form: MultiDict[str, str], name: str, known: Field, visit: Visit) -> Any:
    """What was sent for a field, as the records service takes it."""
    texts = sent_texts(form, name, known)
    if known.type == "address":
        return {part: text for part, text in zip(ADDRESS, texts, strict=True) if text.strip()} or None
    if known.type in SEVERAL or known.settings.get("multiple"):
        return texts
    return typed(known, texts[0].replace("\r\n", "\n"), visit.format.zone) if texts else None


def row_keys(form: MultiDict[str, str], name: str) -> list[str]:
    """The keys of a grid's rows, in their order on the page."""
    return [key for key in form.getlist(f"{name}.__rows") if key != KEY and key.isalnum()]


def sent_rows(form: MultiDict[str, str], name: str, heads: Sequence[Field], visit: Visit) -> list[dict[str, Any]]:
    """The rows of a grid, as the records service takes them."""
    rows = []
    for key in row_keys(form, name):
        at = f"{name}.{key}"
        row: dict[str, Any] = {
            head.name: sent_value(form, f"{at}.{head.name}", head, visit)
            for head in heads
            if is_sent(form, f"{at}.{head.name}", head)
        }
        if form.get(f"{at}.id"):
            row["id"] = form[f"{at}.id"]
        rows.append(row)
    return rows
