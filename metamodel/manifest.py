"""The manifest: what everything at run time reads.

In: nothing; these are the shapes that `link` fills. Out: immutable values that can be written as JSON and read back
without the sources. References are resolved to full names (`crm.customer`), defaults are filled in.
Knows nothing of databases or screens.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from .fields.base import FieldType

FORMAT = 1
SYSTEM_FIELDS = ("id", "version", "created_at", "created_by", "updated_at", "updated_by", "position")
ACTIONS = ("read", "create", "update", "delete", "export", "import", "transition")


class Label(msgspec.Struct, frozen=True, omit_defaults=True):
    """A text in several languages. The language `*` stands for every language."""

    texts: dict[str, str]

    def text(self, language: str) -> str:
        """The text in this language, else the one for all, else English, else any."""
        texts = self.texts
        return texts.get(language) or texts.get("*") or texts.get("en") or next(iter(texts.values()), "")


class Option(msgspec.Struct, frozen=True, omit_defaults=True):
    """One option of a choice."""

    name: str
    label: Label
    color: str | None = None


class Field(msgspec.Struct, frozen=True, dict=True, omit_defaults=True):
    """A field of an entity. `settings` holds what belongs to its type, with defaults filled in and names resolved."""

    name: str
    type: str
    label: Label
    settings: dict[str, Any] = {}
    options: dict[str, Option] | None = None
    default: Any = None
    formula: str | None = None
    required: bool = False
    unique: bool = False
    search: bool = False
    index: bool = False
    readonly: bool = False
    hidden: bool = False
    help: Label | None = None
    placeholder: Label | None = None
    was: str | None = None

    @cached_property
    def kind(self) -> FieldType:
        """The field type, which answers how values look, are stored and are edited."""
        from .fields import TYPES

        return TYPES[self.type]

    @property
    def computed(self) -> bool:
        """Whether its value comes from a formula and is never written by hand."""
        return self.formula is not None


class Owner(msgspec.Struct, frozen=True, omit_defaults=True):
    """For owned child rows: the owning entity, the ref field in the child, the lines field in the owner."""

    entity: str
    by: str
    field: str


class State(msgspec.Struct, frozen=True, omit_defaults=True):
    """A state of a lifecycle. `locks` names the fields that cannot change in it; `*` stands for all."""

    name: str
    label: Label
    color: str | None = None
    locks: tuple[str, ...] = ()


class Transition(msgspec.Struct, frozen=True, omit_defaults=True):
    """A named step between states. `roles` are full names; empty means whoever may transition the entity."""

    name: str
    label: Label
    source: tuple[str, ...]
    target: str
    roles: tuple[str, ...] = ()
    icon: str | None = None
    color: str | None = None
    confirm: Label | None = None


class Lifecycle(msgspec.Struct, frozen=True, omit_defaults=True):
    """The states of a record, kept in one field of it."""

    field: str
    initial: str
    states: dict[str, State]
    transitions: dict[str, Transition]


class Entity(msgspec.Struct, frozen=True, dict=True, omit_defaults=True):
    """A kind of record. `name` is full (`crm.customer`)."""

    name: str
    label: Label
    plural: Label
    title: str
    fields: dict[str, Field]
    titles: dict[str, str] = {}
    icon: str | None = None
    description: Label | None = None
    owner: Owner | None = None
    lifecycle: Lifecycle | None = None
    unique: dict[str, tuple[str, ...]] = {}
    indexes: dict[str, tuple[str, ...]] = {}
    was: str | None = None

    def title_in(self, language: str) -> str:
        """The field that names a record to readers of a language; where it is empty, `title` names it."""
        return self.titles.get(language, self.title)

    @property
    def package(self) -> str:
        return self.name.partition(".")[0]

    @property
    def short(self) -> str:
        return self.name.partition(".")[2]

    @property
    def table(self) -> str:
        """The name of its table within the company's schema."""
        return self.name.replace(".", "_")

    @cached_property
    def lines(self) -> dict[str, Field]:
        """Fields that hold owned rows."""
        return {name: field for name, field in self.fields.items() if field.type == "lines"}


class Condition(msgspec.Struct, frozen=True, omit_defaults=True):
    """`field op value` of a list's fixed or quick filter. Special words stay words: `current_user`, `today-30d`."""

    field: str
    op: str
    value: Any


class Column(msgspec.Struct, frozen=True, omit_defaults=True):
    """A column of a list: a field of the entity, or one hop through a reference (`customer.level`)."""

    path: str
    label: Label | None = None
    width: int | None = None
    total: str | None = None


class SortKey(msgspec.Struct, frozen=True, omit_defaults=True):
    """Order by one field."""

    path: str
    descending: bool = False


class QuickFilter(msgspec.Struct, frozen=True, omit_defaults=True):
    """A filter shown as a button above a list."""

    name: str
    label: Label
    where: tuple[Condition, ...]


class ListView(msgspec.Struct, frozen=True, omit_defaults=True):
    """A list of an entity's records. The one named as its entity is the default."""

    name: str
    entity: str
    label: Label
    columns: tuple[Column, ...]
    sort: tuple[SortKey, ...] = ()
    filters: dict[str, QuickFilter] = {}
    where: tuple[Condition, ...] = ()


class FormField(msgspec.Struct, frozen=True, omit_defaults=True):
    """A field on a form. `columns` names what a child grid or sub-list shows."""

    name: str
    span: int = 1
    label: Label | None = None
    help: Label | None = None
    readonly: bool = False
    columns: tuple[str, ...] = ()


class Section(msgspec.Struct, frozen=True, omit_defaults=True):
    """A titled group of fields on a form, in one to three columns."""

    name: str
    label: Label | None
    fields: tuple[FormField, ...]
    tab: str | None = None
    columns: int = 2
    collapsed: bool = False


class Tab(msgspec.Struct, frozen=True, omit_defaults=True):
    """A tab of a form."""

    name: str
    label: Label


class Form(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a record is shown and edited. The one named as its entity is the default."""

    name: str
    entity: str
    sections: tuple[Section, ...]
    tabs: tuple[Tab, ...] = ()


class Grant(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a role may do with one entity: actions, and per field `none`, `read` or `write`."""

    actions: tuple[str, ...]
    fields: dict[str, str] = {}


class Role(msgspec.Struct, frozen=True, omit_defaults=True):
    """A role. `grants` name entities and actions one by one; `includes` names the roles whose grants come along."""

    name: str
    label: Label
    grants: dict[str, Grant]
    includes: tuple[str, ...] = ()


class MenuItem(msgspec.Struct, frozen=True, omit_defaults=True):
    """An entry of a menu: a list of an entity, or a group of entries."""

    name: str
    label: Label
    icon: str | None = None
    entity: str | None = None
    list: str | None = None
    items: tuple[MenuItem, ...] = ()


class Menu(msgspec.Struct, frozen=True, omit_defaults=True):
    """The menu of a package."""

    name: str
    label: Label
    icon: str | None
    items: tuple[MenuItem, ...]

    def walk(self) -> Iterator[MenuItem]:
        """All entries, groups before their members."""
        for item in self.items:
            yield item
            yield from item.items


class DataSet(msgspec.Struct, frozen=True, omit_defaults=True):
    """Records that ship with a definition; the keys are external ids within the entity."""

    name: str
    entity: str
    records: dict[str, dict[str, Any]]


class SampleSet(msgspec.Struct, frozen=True, omit_defaults=True):
    """How to generate believable demo records of one entity; read by the demo only."""

    name: str
    entity: str
    count: int
    fields: dict[str, Any]
    settings: dict[str, Any] = {}


class Package(msgspec.Struct, frozen=True, omit_defaults=True):
    """A package that a company uses."""

    name: str
    version: str
    label: Label
    icon: str | None = None
    requires: dict[str, str] = {}


class Company(msgspec.Struct, frozen=True, omit_defaults=True):
    """A company: its name is its database schema and its place in URLs."""

    name: str
    label: Label
    languages: tuple[str, ...] = ("en", "zh")
    language: str = "en"
    currency: str = "CNY"
    time_zone: str = "UTC"
    country: str | None = None
    week_start: str = "monday"


class Staff(msgspec.Struct, frozen=True):
    """Where it stands which user works in which department: an entity, its `user` and its `department` field."""

    entity: str
    user: str
    department: str


class Manifest(msgspec.Struct, frozen=True, dict=True, omit_defaults=True):
    """Everything that a company's definitions say, linked. Read with `from_json`, written with `to_json`."""

    company: Company
    packages: dict[str, Package]
    entities: dict[str, Entity]
    lists: dict[str, ListView]
    forms: dict[str, Form]
    roles: dict[str, Role]
    menus: tuple[Menu, ...]
    data: tuple[DataSet, ...] = ()
    samples: tuple[SampleSet, ...] = ()
    format: int = FORMAT

    def to_json(self) -> bytes:
        """The manifest as JSON bytes; equal manifests give equal bytes."""
        return msgspec.json.encode(self)

    @staticmethod
    def from_json(source: bytes) -> Manifest:
        """Read what `to_json` wrote. Raises ValueError where it is no manifest of this format."""
        return msgspec.json.decode(source, type=Manifest)

    @cached_property
    def lists_of(self) -> dict[str, tuple[ListView, ...]]:
        """Lists by entity, the default one first."""
        found: dict[str, list[ListView]] = {}
        for view in self.lists.values():
            views = found.setdefault(view.entity, [])
            views.insert(0 if view.name == view.entity else len(views), view)
        return {entity: tuple(views) for entity, views in found.items()}

    @cached_property
    def staff(self) -> Staff | None:
        """The first entity that names a user once only, and a department: what `current_department` looks up."""
        for entity in self.entities.values():
            users = [field.name for field in entity.fields.values() if field.type == "user" and field.unique]
            departments = [field.name for field in entity.fields.values() if field.type == "department"]
            if users and departments:
                return Staff(entity.name, users[0], departments[0])
        return None

    @cached_property
    def referrers(self) -> dict[str, tuple[tuple[str, str], ...]]:
        """Which fields refer to an entity: entity -> ((referring entity, field), …)."""
        found: dict[str, list[tuple[str, str]]] = {}
        for entity in self.entities.values():
            for field in entity.fields.values():
                if field.type in ("ref", "department"):
                    found.setdefault(field.settings["of"], []).append((entity.name, field.name))
        return {entity: tuple(fields) for entity, fields in found.items()}
