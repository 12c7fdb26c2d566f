"""Turn the trees of lists, forms and menus into what screens are made from.

In: merged trees whose shapes are sound. Out: ListView, Form, Menu as far as they follow from their own trees.
"""

from __future__ import annotations

from .build import conditions, label, optional_label
from .manifest import Column, Form, FormField, Label, ListView, Menu, MenuItem, QuickFilter, Section, SortKey, Tab
from .merge import ordered
from .problem import Problem
from .tree import Tree

NO_LABEL = Label({})  # `link` puts the entity's name in its place


def build_list(name: str, tree: Tree, problems: list[Problem]) -> ListView:
    """A list view."""
    return ListView(
        name=name,
        entity=tree.marks["of"].full(tree["of"]),
        label=label(tree["label"]) if "label" in tree else NO_LABEL,
        columns=tuple(
            Column(path, optional_label(node.get("label")), node.get("width"), node.get("total"))
            for path, node in ordered(tree["columns"], problems)
        ),
        sort=tuple(sort_key(text) for text in tree.get("sort", ())),
        filters={
            key: QuickFilter(key, label(node.get("label"), key), conditions(node["where"]))
            for key, node in ordered(tree.get("filters"), problems)
        },
        where=conditions(tree.get("where")),
    )


def sort_key(text: str) -> SortKey:
    """`-created_at`: by creation, newest first."""
    return SortKey(text.removeprefix("-"), text.startswith("-"))


def build_form(name: str, tree: Tree, problems: list[Problem]) -> Form:
    """A form."""
    tabs = tuple(Tab(key, label(node.get("label"), key)) for key, node in ordered(tree.get("tabs"), problems))
    sections = []
    for key, node in ordered(tree["sections"], problems):
        fields = tuple(
            FormField(
                name=field,
                span=inner.get("span", 1),
                label=optional_label(inner.get("label")),
                help=optional_label(inner.get("help")),
                readonly=inner.get("readonly", False),
                columns=tuple(inner.get("columns", ())),
            )
            for field, inner in ordered(node["fields"], problems)
        )
        sections.append(
            Section(
                name=key,
                label=optional_label(node.get("label")),
                fields=fields,
                tab=node.get("tab"),
                columns=node.get("columns", 2),
                collapsed=node.get("collapsed", False),
            )
        )
    return Form(name, tree.marks["of"].full(tree["of"]), tuple(sections), tabs)


def build_menu(name: str, tree: Tree, problems: list[Problem]) -> Menu:
    """A menu."""
    return Menu(name, label(tree.get("label"), name), tree.get("icon"), _items(tree["items"], problems))


def _items(tree: Tree, problems: list[Problem]) -> tuple[MenuItem, ...]:
    return tuple(
        MenuItem(
            name=name,
            label=label(node["label"]) if "label" in node else NO_LABEL,
            icon=node.get("icon"),
            entity=node.marks["entity"].full(node["entity"]) if "entity" in node else None,
            list=node.marks["list"].full(node["list"]) if "list" in node else None,
            items=_items(node["items"], problems) if "items" in node else (),
        )
        for name, node in ordered(tree, problems)
    )
