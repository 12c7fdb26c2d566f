"""Link entities: shared choices filled in, owners of rows found, and every name that a field says exists.

In: the built entities. Out: linked entities in the linking, or problems.
"""

from __future__ import annotations

import re

from msgspec.structs import replace

from .invalid import Invalid
from .linking import Built, Linking
from .manifest import Entity, Field, Option, Owner
from .place import Place
from .problem import suggestion
from .tree import Tree, remedy_for

DEFAULT_WORDS = {
    "current_user": ("user",),
    "current_department": ("department", "ref"),
    "today": ("date",),
    "now": ("datetime",),
}
DAYS_FROM_TODAY = re.compile(r"today[+-]\d{1,4}d")
OWN_CURRENCY = "company_currency"  # known when a company is linked, so that no one has to look it up later


def link_entities(linking: Linking) -> None:
    """Link all entities."""
    tables: dict[str, str] = {}
    owners = _owners(linking)
    for built in linking.built("entity"):
        entity: Entity = built.value
        fields = _completed(linking, built)
        title = entity.title
        if not title:
            title = next((f.name for f in fields.values() if f.kind.value_type == "text"), "")
            if not title and entity.name in owners:
                title = next(iter(fields), "")
            if not title and fields:
                fact = f'entity "{entity.name}": no field names its records'
                linking.report(built.tree.place, "F108", fact, "add a text field `name`, or say `title: …`")
        if not fields:
            fact = f'entity "{entity.name}": no fields'
            linking.report(built.tree.place, "F108", fact, "add at least a field `name: {type: text}`")
        other = tables.setdefault(entity.table, entity.name)
        if other != entity.name:
            fact = f'entity "{entity.name}" would share the table of "{other}"'
            linking.report(built.tree.place, "L212", fact, "rename one of them")
        if len(entity.table) > 58:
            fact = f'entity "{entity.name}": its table\'s name "{entity.table}" is longer than 58 characters'
            linking.report(built.tree.place, "F107", fact, "choose a shorter name")
        owner = owners.get(entity.name)
        if fields is not entity.fields or title != entity.title or owner is not None:
            entity = replace(entity, fields=fields, title=title, owner=owner)
        linking.entities[entity.name] = entity
    for built in linking.built("entity"):
        _check_references(linking, built, linking.entities[built.name])


def _completed(linking: Linking, built: Built) -> dict[str, Field]:
    """The entity's fields with what other objects say: shared options, and the company's currency as a default."""
    changed: dict[str, Field] = {}
    for name, one in built.value.fields.items():
        if one.default == OWN_CURRENCY and one.type in ("choice", "text"):
            one = changed[name] = replace(one, default=linking.company.currency)
        shared = one.settings.get("choices")
        if not isinstance(shared, str) or one.options is not None:
            continue
        place, layer = _setting_place(built, name, "choices")
        linking.require(shared, f'field "{name}"', place, layer)
        found = linking.known("choices").get(shared)
        if found is None:
            remedy = suggestion(shared, linking.known("choices"))
            linking.report(place, "L203", f'field "{name}": no set of choices "{shared}"', remedy)
        options: dict[str, Option] = found.value if found is not None and found.value is not None else {}
        changed[name] = replace(one, options=options)
    return {name: changed.get(name, one) for name, one in built.value.fields.items()} if changed else built.value.fields


def _owners(linking: Linking) -> dict[str, Owner]:
    """Which entities are owned rows, and by whom."""
    owners: dict[str, Owner] = {}
    for built in linking.built("entity"):
        for one in built.value.lines.values():
            child = one.settings.get("of")
            if child in owners:
                place, _ = _setting_place(built, one.name, "of")
                fact = f'field "{one.name}": "{child}" is owned by {owners[child].entity} already'
                linking.report(place, "L206", fact, "give each owner rows of an entity of their own")
            elif child is not None and "by" in one.settings:
                owners[child] = Owner(built.name, one.settings["by"], one.name)
    return owners


def _setting_place(built: Built, name: str, setting: str) -> tuple[Place, str]:
    """Where a setting of a field stands, and in which layer."""
    fields = built.tree.get("fields")
    if not isinstance(fields, Tree) or name not in fields:
        return built.tree.place, built.layers[0]
    node = fields[name]
    mark = node.marks.get(setting) or fields.marks[name]
    return (mark.value if setting in node.marks else mark.key), mark.layer


def _check_references(linking: Linking, built: Built, entity: Entity) -> None:
    for one in entity.fields.values():
        _check_settings(linking, built, entity, one)
        keeps_state = entity.lifecycle is not None and entity.lifecycle.field == one.name
        if one.default is not None and not keeps_state:
            _check_default(linking, built, one)
    said = built.tree.get("lines_of")
    if isinstance(said, Tree) and (entity.owner is None or not entity.owner.entity.endswith(said["entity"])):
        fact = f'entity "{entity.name}": {said["entity"]} has no `lines` field that owns it'
        linking.report(built.tree.key_place("lines_of"), "L205", fact, "add one there, or remove `lines_of`")
    for step in entity.lifecycle.transitions.values() if entity.lifecycle else ():
        node = built.tree["lifecycle"]["transitions"][step.name]
        for role in step.roles:
            mark = node.marks["roles"]
            linking.require(role, f'transition "{step.name}"', mark.value, mark.layer)
            if role not in linking.known("role"):
                fact = f'transition "{step.name}": no role "{role}"'
                linking.report(mark.value, "L204", fact, suggestion(role, linking.known("role")))
    _check_locks(linking, built, entity)


def _check_settings(linking: Linking, built: Built, entity: Entity, one: Field) -> None:
    """What the settings of a field name: an entity, its field that refers back, its fields."""
    who = f'field "{one.name}"'
    target: Entity | None = None
    for setting in one.kind.settings:
        value = one.settings.get(setting.name)
        if value is None or setting.resolve is None:
            continue
        place, layer = _setting_place(built, one.name, setting.name)
        if setting.resolve == "entity":
            target = linking.entity(value, who, place, layer)
            if target is not None and target.owner is not None and one.type in ("many", "related"):
                linking.report(place, "L213", f'{who}: "{value}" are rows of {target.owner.entity}', "use `lines`")
        elif setting.resolve == "entities":
            for name in value:
                linking.entity(name, who, place, layer)
        elif setting.resolve == "by" and target is not None:
            refs = [f.name for f in target.fields.values() if f.settings.get("of") == entity.name]
            if value not in refs or target.fields[value].type not in ("ref", "department"):
                fact = f'{who}: "{value}" of {target.name} is no ref to {entity.name}'
                added = "" if refs else f"add it to {target.name}"
                nodes = linking.known("entity")[target.name].tree.get("fields")
                linking.report(place, "L205", fact, remedy_for(value, nodes, refs, added))
        elif setting.resolve == "target_fields" and target is not None:
            for name in value:
                if name not in target.fields:
                    fact = f'{who}: no field "{name}" in {target.name}'
                    linking.report(place, "L202", fact, linking.field_remedy(target, name))
        elif setting.resolve == "field" and isinstance(value, dict) and "owner" in value:
            owner = linking.entities.get(entity.owner.entity) if entity.owner else None
            if entity.owner is None or (owner is not None and value["owner"] not in owner.fields):
                fact = f'{who}: no owner with a field "{value["owner"]}"'
                known = (
                    linking.field_remedy(owner, value["owner"]) if owner else "own rows have owners; write {field: …}"
                )
                linking.report(place, "L202", fact, known)


def _check_locks(linking: Linking, built: Built, entity: Entity) -> None:
    for state in entity.lifecycle.states.values() if entity.lifecycle else ():
        for name in state.locks:
            if name != "*" and name not in entity.fields:
                place = built.tree["lifecycle"]["states"][state.name].value_place("locks")
                remedy = linking.field_remedy(entity, name)
                linking.report(place, "L202", f'state "{state.name}": no field "{name}"', remedy)


def _check_default(linking: Linking, built: Built, one: Field) -> None:
    place, _ = _setting_place(built, one.name, "default")
    if one.computed:
        fact = f'field "{one.name}": a default beside a formula'
        linking.report(place, "F106", fact, "remove one of them")
        return
    word = one.default if isinstance(one.default, str) else ""
    if one.type in DEFAULT_WORDS.get("today" if DAYS_FROM_TODAY.fullmatch(word) else word, ()):
        return
    if one.type in ("ref", "department", "user", "many", "any_ref", "lines", "related", "file", "image", "signature"):
        words = [word for word, kinds in DEFAULT_WORDS.items() if one.type in kinds]
        fact = f'field "{one.name}": type {one.type} cannot have the default "{one.default}"'
        linking.report(place, "F106", fact, f"known: {', '.join(words)}" if words else "remove it")
        return
    if one.options == {}:
        return  # the missing options have been reported
    try:
        one.kind.input(one, one.default)
    except Invalid as invalid:
        why = str(invalid).replace("{label}", one.name).rstrip(".")
        remedy = "correct it"
        if one.options:
            said = one.default if isinstance(one.default, list) else [one.default]
            wrong = next((name for name in said if isinstance(name, str) and name not in one.options), "")
            why = f'"{wrong}" is no option' if wrong else why
            remedy = linking.option_remedy(built.name, one, wrong) if wrong else remedy
        fact = f'field "{one.name}": its default is not acceptable: {why}'
        linking.report(place, "F106", fact, remedy)
