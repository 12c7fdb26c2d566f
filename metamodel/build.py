"""Turn one checked tree into the values of the manifest: what all kinds share, and the small kinds.

In: a merged tree whose shape is sound, and its full name. Out: structs in which names are full. Whether those names
exist is not asked here but in `link`, so that an object whose files did not change need not be built again.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from .manifest import (
    ACTIONS,
    Company,
    Condition,
    DataSet,
    Grant,
    Label,
    Option,
    Package,
    Role,
    SampleSet,
)
from .merge import ordered
from .problem import Problem
from .tree import Items, Tree


def full_names(names: Any) -> tuple[str, ...]:
    """A list of names, each in full."""
    return tuple(mark.full(name) for name, mark in zip(names or (), names.marks if names else (), strict=True))


def plain(value: Any) -> Any:
    """A value as JSON has it: no trees; decimals, and whole numbers beyond 64 bits, as exact texts."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, Decimal) or (isinstance(value, int) and not -(2**63) <= value < 2**63):
        return str(value)
    return value


def label(value: Any, name: str = "") -> Label:
    """A label; where there is none, one made from a name (`tax_number`: Tax number)."""
    if isinstance(value, dict):
        return Label(dict(value))
    if isinstance(value, str):
        return Label({"*": value})
    words = name.rpartition(".")[2].replace("_", " ")
    return Label({"*": words[:1].upper() + words[1:]})


def optional_label(value: Any) -> Label | None:
    """A label, or None where there is none."""
    return None if value is None else label(value)


def options(tree: Tree, problems: list[Problem]) -> dict[str, Option]:
    """The options of a choice, in order."""
    return {
        name: Option(name, label(node.get("label"), name), node.get("color")) for name, node in ordered(tree, problems)
    }


def conditions(tree: Any) -> tuple[Condition, ...]:
    """The conditions of a `where`."""
    found: list[Condition] = []
    for path, value in (tree or {}).items():
        if isinstance(value, Tree):
            found.extend(Condition(path, operator, plain(operand)) for operator, operand in value.items())
        elif isinstance(value, Items):
            found.append(Condition(path, "in", plain(value)))
        else:
            found.append(Condition(path, "eq", plain(value)))
    return tuple(found)


def build_choices(_name: str, tree: Tree, problems: list[Problem]) -> dict[str, Option]:
    """A shared set of choices."""
    return options(tree["options"], problems)


def build_role(name: str, tree: Tree, problems: list[Problem]) -> Role:
    """A role; its grants still hold wildcards. Merging has put the names of their entities in full."""
    grants: dict[str, Grant] = {}
    for target, node in tree.trees("grants"):
        if "." not in target:
            mark = tree["grants"].marks[target]
            fact = f'role "{name}": "{target}" and "{mark.full(target)}" are the same'
            problems.append(Problem(mark.key, "R103", fact, "join them"))
        written = node.get("actions", ())
        actions = ACTIONS if "all" in written else tuple(action for action in ACTIONS if action in written)
        grants[target] = Grant(actions, plain(node.get("fields", {})))
    return Role(name, label(tree.get("label"), name), grants, full_names(tree.get("includes")))


def build_data(name: str, tree: Tree, _problems: list[Problem]) -> DataSet:
    """A data set."""
    return DataSet(name, tree.marks["of"].full(tree["of"]), plain(tree["records"]))


def build_samples(name: str, tree: Tree, _problems: list[Problem]) -> SampleSet:
    """A sample set."""
    entity = tree.marks["of"].full(tree["of"])
    return SampleSet(name, entity, tree["count"], plain(tree["fields"]), plain(tree.get("settings", {})))


def build_package(tree: Tree) -> Package:
    """A package's header."""
    return Package(
        tree["package"],
        str(tree["version"]),
        label(tree.get("label")),
        tree.get("icon"),
        plain(tree.get("requires", {})),
    )


def build_company(tree: Tree) -> Company:
    """A company's header. The languages default to English and Chinese, the zone to UTC."""
    settings = plain(tree.get("settings", {}))
    languages = tuple(settings.pop("languages", ("en", "zh")))
    settings.setdefault("language", languages[0])
    return Company(name=tree["company"], label=label(tree.get("label")), languages=languages, **settings)
