"""What follows from an entity alone: a list, a form, a menu entry.

In: linked entities. Out: what nobody declared, so that an entity of five lines is enough to work with.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from .manifest import (
    Column,
    Company,
    Entity,
    Field,
    Form,
    FormField,
    Label,
    ListView,
    Menu,
    MenuItem,
    Package,
    Section,
    SortKey,
)

MOST_COLUMNS = 7
WIDE = ("long_text", "rich_text", "lines", "related", "json", "address", "signature")
NOT_IN_LISTS = (*WIDE, "many", "file", "color")


def derive_list(entity: Entity) -> ListView:
    """A list: what names the record, its number, its state, then fields in their order, and when it was changed."""
    shown = [field for field in entity.fields.values() if field.type not in NOT_IN_LISTS and not field.hidden]
    state = entity.lifecycle.field if entity.lifecycle else None

    def rank(field: Field) -> int:
        if field.name == entity.title:
            return 0
        if field.type == "sequence":
            return 1
        if field.required or field.name == state:
            return 2
        return 3

    chosen = sorted(shown, key=rank)[:MOST_COLUMNS]
    names = [field.name for field in sorted(chosen, key=lambda field: (rank(field) > 1, shown.index(field)))]
    return ListView(
        name=entity.name,
        entity=entity.name,
        label=entity.plural,
        columns=tuple(Column(name) for name in [*names, "updated_at"]),
        sort=(SortKey("id", descending=True),),
    )


def derive_form(entity: Entity) -> Form:
    """A form: short fields in two columns, then each wide field in a section of its own."""
    shown = [field for field in entity.fields.values() if not field.hidden]
    short = tuple(FormField(field.name) for field in shown if field.type not in WIDE)
    sections = [Section("main", None, short)] if short else []
    wide = (field for field in shown if field.type in WIDE)
    sections.extend(Section(field.name, field.label, (FormField(field.name),), columns=1) for field in wide)
    return Form(entity.name, entity.name, tuple(sections))


def derive_menus(
    menus: tuple[Menu, ...], entities: Mapping[str, Entity], packages: Mapping[str, Package], company: Company
) -> tuple[Menu, ...]:
    """The menus, with entries for entities that no menu reaches; a package or company without a menu gets one."""
    reached = {item.entity for menu in menus for item in menu.walk()}
    missing: dict[str, list[Entity]] = {}
    for entity in entities.values():
        if entity.owner is None and entity.name not in reached:
            missing.setdefault(entity.package, []).append(entity)
    completed = list(menus)
    for package, lost in missing.items():
        items = tuple(MenuItem(entity.short, entity.plural, entity.icon, entity.name) for entity in lost)
        index = next((i for i, menu in enumerate(completed) if menu.name.partition(".")[0] == package), None)
        if index is not None:
            completed[index] = replace(completed[index], items=completed[index].items + items)
        else:
            own = packages.get(package)
            name = own.label if own else company.label if package == company.name else Label({"*": package})
            completed.append(Menu(f"{package}.{package}", name, own.icon if own else "building", items))
    return tuple(completed)
