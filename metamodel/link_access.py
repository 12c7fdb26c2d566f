"""Link roles and menus.

In: the built roles and menus and the linked entities. Out: roles whose grants name entities one by one, menus whose
entries lead somewhere.
"""

from __future__ import annotations

from msgspec.structs import replace

from .build_views import NO_LABEL
from .linking import Built, Linking
from .manifest import Grant, ListView, Menu, MenuItem, Role
from .problem import suggestion
from .tree import Tree


def link_roles(linking: Linking) -> dict[str, Role]:
    """All roles, with wildcards expanded; of several grants for an entity the most specific wins per property."""
    roles = {}
    for built in linking.built("role"):
        role: Role = built.value
        who = f'role "{built.name}"'
        for name in role.includes:
            mark = built.tree.marks["includes"]
            linking.require(name, who, mark.value, mark.layer)
            if name not in linking.known("role"):
                linking.report(mark.value, "L204", f'{who}: no role "{name}"', suggestion(name, linking.known("role")))
        roles[built.name] = replace(role, grants=_grants(linking, built, role, who))
    _check_circles(linking, roles)
    return roles


def _completed(wide: dict[str, Grant], exact: dict[str, Grant], silent: set[str]) -> dict[str, Grant]:
    """Of a wildcard and an exact grant, the exact one; what it is silent about, it takes from the wildcard."""
    completed = {target: Grant(wide[target].actions, exact[target].fields) for target in silent if target in wide}
    return wide | exact | completed


def _grants(linking: Linking, built: Built, role: Role, who: str) -> dict[str, Grant]:
    written = built.tree.get("grants", Tree())
    wide: dict[str, Grant] = {}
    exact: dict[str, Grant] = {}
    for target, grant in role.grants.items():
        mark = written.marks[target]
        package, _, short = target.partition(".")
        if short == "*":
            names = [name for name in linking.known("entity") if name.startswith(f"{package}.")]
            if not names:
                known = sorted({name.partition(".")[0] for name in linking.known("entity")})
                linking.report(
                    mark.key, "L201", f'{who}: no package "{package}" with entities', suggestion(package, known)
                )
            wide.update(dict.fromkeys(names, grant))
            continue
        entity = linking.entity(target, who, mark.key, mark.layer)
        for name in grant.fields if entity is not None else ():
            if entity is not None and name not in entity.fields:
                place = written[target]["fields"].key_place(name)
                linking.report(
                    place, "L202", f'{who}: no field "{name}" in {target}', linking.field_remedy(entity, name)
                )
        exact[target] = grant
    silent = {target for target in exact if "actions" not in written[target]}
    return _completed(wide, exact, silent)


def _check_circles(linking: Linking, roles: dict[str, Role]) -> None:
    for start, role in roles.items():
        pending = list(role.includes)
        seen: set[str] = set()
        while pending:
            name = pending.pop()
            if name == start:
                place = linking.objects["role"][start].tree.value_place("includes")
                linking.report(place, "L211", f'role "{start}" includes itself', "remove one of the inclusions")
                break
            if name not in seen and name in roles:
                seen.add(name)
                pending.extend(roles[name].includes)


def link_menus(linking: Linking, lists: dict[str, ListView]) -> tuple[Menu, ...]:
    """All declared menus, in the order of their packages, the company's own last."""
    order = {name: index for index, name in enumerate(linking.packages)}
    menus = []
    for built in sorted(linking.built("menu"), key=lambda built: (order.get(built.layers[0], len(order)), built.name)):
        items = _items(linking, built.value.items, built.tree["items"], lists)
        menus.append(replace(built.value, items=items))
    return tuple(menus)


def _items(
    linking: Linking, items: tuple[MenuItem, ...], tree: Tree, lists: dict[str, ListView]
) -> tuple[MenuItem, ...]:
    linked = []
    for item in items:
        node = tree[item.name]
        who = f'menu item "{item.name}"'
        text = item.label
        inner: tuple[MenuItem, ...] = ()
        entity_name = item.entity
        if item.items:
            inner = _items(linking, item.items, node["items"], lists)
        elif item.entity is None and item.list is None:
            linking.report(
                tree.key_place(item.name), "S104", f"{who}: neither an entity nor items", "write `entity: …`"
            )
        if item.list is not None:
            mark = node.marks["list"]
            linking.require(item.list, who, mark.value, mark.layer)
            view = lists.get(item.list)
            if view is None and item.list not in linking.known("list"):
                linking.report(
                    mark.value, "L204", f'{who}: no list "{item.list}"', suggestion(item.list, linking.known("list"))
                )
            if view is not None:
                entity_name = entity_name or view.entity
                text = view.label if text is NO_LABEL else text
        if item.entity is not None:
            mark = node.marks["entity"]
            entity = linking.entity(item.entity, who, mark.value, mark.layer)
            if entity is not None and entity.owner is not None:
                fact = f'{who}: "{item.entity}" are rows of {entity.owner.entity}'
                linking.report(mark.value, "L213", fact, "open their owner's list")
            if entity is not None and text is NO_LABEL:
                text = entity.plural
        linked.append(replace(item, label=text, items=inner, entity=entity_name))
    return tuple(linked)
