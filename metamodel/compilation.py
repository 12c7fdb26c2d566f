"""Compile a company: from folders of definitions to its manifest, or to all that is wrong.

In: a company's folder and the folders in which packages are looked for. Out: a Compilation. The stages are
read -> merge -> check -> build -> link; of an object whose files did not change since the last time, the first four are
not done again. Expressions are checked by `rules`, which builds on this.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from .build import build_choices, build_company, build_data, build_package, build_role, build_samples
from .build_entity import build_entity
from .build_views import build_form, build_list, build_menu
from .check import check
from .layer import Document, Layer, Reader
from .link import link
from .linking import Built
from .manifest import Company, Label, Manifest
from .merge import merge
from .packages import Shelf, resolve, version_problems
from .problem import Problem, has_errors, suggestion
from .reserved import is_taken
from .tree import Tree

BUNDLED = Path(__file__).resolve().parent.parent / "definitions"
BUILDERS: dict[str, Callable[[str, Tree, list[Problem]], Any]] = {
    "entity": build_entity,
    "choices": build_choices,
    "list": build_list,
    "form": build_form,
    "role": build_role,
    "menu": build_menu,
    "data": build_data,
    "samples": build_samples,
}


@dataclass(frozen=True, slots=True)
class Compilation:
    """What came of compiling: the manifest if there is one, problems by place, each object's tree with its marks."""

    manifest: Manifest | None
    problems: tuple[Problem, ...]
    trees: dict[tuple[str, str], Tree] = field(default_factory=dict, repr=False)


class Compiler:
    """Compiles companies; keeps what it read and built, so that the next compilation does only what changed."""

    def __init__(self, search: Sequence[Path] = (BUNDLED,)) -> None:
        self._search = tuple(search)
        self._reader = Reader()
        self._objects: dict[tuple[str, str], tuple[tuple[Document, ...], Built, tuple[Problem, ...]]] = {}

    def company(self, folder: Path) -> Compilation:
        """Compile the company in a folder. Packages are looked for in its own `packages/` first."""
        own, problems = self._reader.layer(folder)
        if own is None:
            return Compilation(None, tuple(sorted(problems)))
        shelf = Shelf(self._reader, (folder / "packages", *self._search))
        layers, found = resolve(own.header, "packages" if own.kind == "company" else "requires", shelf)
        return self._compile([*layers, own], [*shelf.problems, *found])

    def packages(self, folders: Iterable[Path]) -> Compilation:
        """Compile packages by themselves, together with what they require."""
        layers: list[Layer] = []
        problems: list[Problem] = []
        read = [self._reader.layer(folder) for folder in folders]
        shelf = Shelf(self._reader, (*(layer.folder for layer, _ in read if layer is not None), *self._search))
        for layer, found in read:
            problems.extend(found)
            if layer is not None:
                required, missing = resolve(layer.header, "requires", shelf)
                problems.extend((*shelf.problems, *missing))
                layers.extend(one for one in (*required, layer) if one not in layers)
        return self._compile(layers, problems)

    def _compile(self, layers: list[Layer], problems: list[Problem]) -> Compilation:
        found = list(problems)
        for layer in layers:
            found.extend(layer.problems)
            found.extend(check(layer.kind, layer.name, layer.header))
            found.extend(version_problems(layer))
        found.extend(_name_problems(layers))
        headers_sound = not has_errors(found)
        packages = (
            {layer.name: build_package(layer.header) for layer in layers if layer.kind == "package"}
            if headers_sound
            else {}
        )
        company = Company("company", Label({"*": "Company"}))
        for layer in layers:
            if layer.kind == "company" and headers_sound:
                company = build_company(layer.header)
                found.extend(_settings_problems(company, layer.header))
        objects: dict[str, dict[str, Built]] = {}
        for documents in _gather(layers, found):
            built, own = self._build(documents)
            objects.setdefault(built.kind, {})[built.name] = built
            found.extend(own)
        manifest, linked = link(company, packages, objects)
        found.extend(linked)
        unique = tuple(sorted(set(found)))
        trees = {(kind, built.name): built.tree for kind, named in objects.items() for built in named.values()}
        trees |= {(layer.kind, layer.name): layer.header for layer in layers}
        return Compilation(None if has_errors(unique) else manifest, unique, trees)

    def _build(self, documents: tuple[Document, ...]) -> tuple[Built, tuple[Problem, ...]]:
        key = (documents[0].kind, documents[0].name)
        known = self._objects.get(key)
        if (
            known is not None
            and len(known[0]) == len(documents)
            and all(a is b for a, b in zip(known[0], documents, strict=True))
        ):
            return known[1], known[2]
        kind, name = key
        tree, problems = merge(kind, documents)
        problems.extend(check(kind, name, tree))
        value = None if has_errors(problems) else BUILDERS[kind](name, tree, problems)
        built = Built(kind, name, tree, value, tuple(document.layer for document in documents))
        self._objects[key] = (documents, built, tuple(problems))
        return built, tuple(problems)


def _gather(layers: list[Layer], problems: list[Problem]) -> list[tuple[Document, ...]]:
    """The documents about each object, lowest layer first; those that extend nothing are reported as orphans."""
    about: dict[tuple[str, str], list[Document]] = {}
    for layer in layers:
        for document in layer.documents:
            key = (document.kind, document.name)
            if not document.extends:
                about.setdefault(key, []).append(document)
            elif key in about:
                about[key].append(document)
            else:
                names = [name for kind, name in about if kind == document.kind]
                fact = f'{document.kind} "{document.name}" is extended here and does not exist'
                place = document.tree.value_place("extends")
                problems.append(Problem(place, "P105", fact, suggestion(document.name, names), warning=True))
    return [tuple(documents) for documents in about.values()]


def _name_problems(layers: list[Layer]) -> Iterator[Problem]:
    """A name that would hide an address, or be hidden by one; two layers of one name, whose objects would be one."""
    first: dict[str, Layer] = {}
    for layer in layers:
        place, remedy = layer.header.value_place(layer.kind), f"name the {layer.kind} differently"
        if is_taken(layer.kind, layer.name):
            fact = f'{layer.kind} "{layer.name}": the system uses this name'
            yield Problem(place, "P114", fact, remedy)
        other = first.setdefault(layer.name, layer)
        if other is not layer:
            fact = f'{layer.kind} "{layer.name}": the {other.kind} in {other.header.place.file} has this name'
            yield Problem(place, "P114", fact, remedy)


def _settings_problems(company: Company, header: Tree) -> list[Problem]:
    settings = header.get("settings")
    problems = []
    if isinstance(settings, Tree):
        if company.time_zone not in available_timezones():
            fact = f'company "{company.name}": no time zone "{company.time_zone}"'
            problems.append(
                Problem(
                    settings.value_place("time_zone"),
                    "S103",
                    fact,
                    suggestion(company.time_zone, available_timezones()),
                )
            )
        if company.language not in company.languages:
            fact = f'company "{company.name}": its language "{company.language}" is not among its languages'
            problems.append(
                Problem(settings.value_place("language"), "S103", fact, suggestion(company.language, company.languages))
            )
    return problems
