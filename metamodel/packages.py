"""Which packages a company uses, in which order.

In: a company's (or package's) header and the layers that can be had. Out: layers, required ones before those that
require them, or what is missing, in the wrong version, or going round in a circle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from .layer import Layer, Reader, find_folders
from .problem import Problem, suggestion
from .tree import Tree


class Shelf:
    """The packages that can be had: those in the folders searched, the first of a name found winning.

    Only their headers are read at first; a package is read as a whole when it is taken.
    """

    def __init__(self, reader: Reader, folders: Sequence[Path]) -> None:
        self._reader = reader
        self._folders: dict[str, Path] = {}
        self.problems: list[Problem] = []
        for folder in folders:
            for package in find_folders(folder) if folder.is_dir() else ():
                name = reader.package_name(package)
                if name is not None:
                    self._folders.setdefault(name, package)

    def take(self, name: str) -> Layer | None:
        """The layer of a package; None where there is none, or where its header is faulty."""
        folder = self._folders.get(name)
        if folder is None:
            return None
        layer, problems = self._reader.layer(folder)
        self.problems.extend(problems)
        return layer

    def names(self) -> list[str]:
        """The names of all packages on the shelf."""
        return sorted(self._folders)


def resolve(header: Tree, key: str, shelf: Shelf) -> tuple[list[Layer], list[Problem]]:
    """The layers that a header asks for under `key`, and all that those require, lowest first."""
    order: list[Layer] = []
    problems: list[Problem] = []
    trail: list[str] = []

    def visit(wanted: Mapping[str, object], tree: Tree, who: str) -> None:
        for name, spec in wanted.items():
            place = tree.value_place(name)
            if name in trail:
                circle = " → ".join([*trail[trail.index(name) :], name])
                problems.append(
                    Problem(place, "P108", f"packages require each other in a circle: {circle}", "remove one")
                )
                continue
            layer = shelf.take(name)
            if layer is None:
                remedy = suggestion(name, shelf.names()) if shelf.names() else "put it into the folder packages/"
                problems.append(
                    Problem(
                        tree.key_place(name), "P106", f'{who} requires the package "{name}", which is not there', remedy
                    )
                )
                continue
            problem = _version_problem(layer, str(spec), who)
            if problem is not None:
                problems.append(Problem(place, *problem))
            if layer not in order:
                trail.append(name)
                inner = layer.header.get("requires")
                if isinstance(inner, Tree):
                    visit(inner, inner, f'package "{name}"')
                trail.pop()
                if layer not in order:
                    order.append(layer)

    wanted = header.get(key)
    if isinstance(wanted, Tree):
        visit(
            wanted,
            wanted,
            f'{"company" if "company" in header else "package"} "{header.get("company") or header.get("package")}"',
        )
    return order, problems


def _version_problem(layer: Layer, spec: str, who: str) -> tuple[str, str, str] | None:
    try:
        wanted = SpecifierSet("" if spec.strip() in ("*", "any") else spec)
    except InvalidSpecifier:
        return "P112", f'"{spec}" is no range of versions', "write it such as `>=1.2,<2`"
    try:
        version = Version(str(layer.header.get("version", "")))
    except InvalidVersion:
        return None  # reported where the package is read
    if version not in wanted:
        return "P107", f"{who} requires {layer.name} {spec}; {version} is there", "change the range, or the package"
    return None


def version_problems(layer: Layer) -> list[Problem]:
    """What is wrong with a package's own version."""
    version = layer.header.get("version")
    if layer.kind != "package" or version is None:
        return []
    try:
        Version(str(version))
    except InvalidVersion:
        place = layer.header.value_place("version")
        return [Problem(place, "P112", f'"{version}" is no version', "write it such as 1.2.0")]
    return []
