"""Find and read the folders of definitions: packages and companies.

In: folders. Out: layers, each with its own header and its documents by kind and name, and what is wrong with the files.
A layer is read as it stands; what it says together with others is told by `merge`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from .place import Place
from .problem import Problem, suggestion
from .reading import read_file
from .shape_terms import FOLDERS, KINDS, NAME, NAME_RULE
from .tree import Tree

ENDINGS = (".yaml", ".yml", ".json")
HEADERS = ("package", "company")


@dataclass(frozen=True, slots=True)
class Document:
    """One definition file: `name` is full (`crm.customer`); `extends` tells an overlay from a definition of its own."""

    kind: str
    name: str
    extends: bool
    layer: str
    file: str
    tree: Tree = field(compare=False, repr=False)

    @property
    def place(self) -> Place:
        return self.tree.place


@dataclass(frozen=True, slots=True)
class Layer:
    """A package (`kind` is package) or a company (company) as read from its folder."""

    kind: str
    name: str
    folder: Path
    header: Tree
    documents: tuple[Document, ...]
    problems: tuple[Problem, ...]


class Reader:
    """Reads layers, and reads a file again only when its time or size has changed."""

    def __init__(self) -> None:
        self._files: dict[tuple[str, str], tuple[tuple[int, int], Tree | None, list[Problem]]] = {}
        self._documents: dict[int, Document] = {}

    def package_name(self, folder: Path) -> str | None:
        """The name of the package in a folder; None where there is no package, or its header cannot be read."""
        path = _header_path(folder, "package")
        header = self._read(path, _shown(path, Path.cwd()), folder.name)[0] if path is not None else None
        name = header.get("package") if header is not None else None
        return name if isinstance(name, str) else None

    def layer(self, folder: Path, root: Path | None = None) -> tuple[Layer | None, list[Problem]]:
        """The layer in a folder, or why there is none. `root` is what file names are shown relative to."""
        root = root or Path.cwd()
        kind = next((kind for kind in HEADERS if _header_path(folder, kind) is not None), "")
        header_path = _header_path(folder, kind)
        if header_path is None:
            fact = "the folder holds neither company.yaml nor package.yaml"
            return None, [
                Problem(Place(_shown(folder, root), 1, 1), "P109", fact, "`sartor init` makes one to start from")
            ]
        header, problems = self._read(header_path, _shown(header_path, root), folder.name)
        if header is None:
            return None, list(problems)
        name = header.get(kind)
        if not isinstance(name, str):
            fact = f"{header_path.name} lacks the {kind}'s name"
            return None, [*problems, Problem(header.place, "P109", fact, f"write `{kind}: {folder.name}` at its top")]
        if name != folder.name:  # only now is it known as what its values are to be marked
            header = self._read(header_path, _shown(header_path, root), name)[0] or header
        documents: dict[tuple[str, str], Document] = {}
        found = list(problems)
        for folder_kind, path in _definition_files(folder, found, root):
            shown = _shown(path, root)
            tree, problems = self._read(path, shown, name)
            found.extend(problems)
            if tree is None:
                continue
            document = self._document(tree, folder_kind, path.stem, name, shown, found)
            if document is None:
                continue
            other = documents.setdefault((document.kind, document.name), document)
            if other is not document:
                fact = f'{document.kind} "{document.name}" stands in {other.file} too'
                found.append(Problem(tree.place, "P104", fact, "put both into one file"))
        return Layer(kind, name, folder, header, tuple(documents.values()), tuple(found)), []

    def _read(self, path: Path, shown: str, layer: str) -> tuple[Tree | None, list[Problem]]:
        key = (shown, layer)
        try:
            status = path.stat()
            stamp = (status.st_mtime_ns, status.st_size)
        except OSError:
            stamp = (0, -1)
        known = self._files.get(key)
        if known and known[0] == stamp:
            return known[1], known[2]
        tree, problems = read_file(path, shown, layer)
        self._files[key] = (stamp, tree, problems)
        return tree, problems

    def _document(
        self, tree: Tree, kind: str, stem: str, layer: str, shown: str, problems: list[Problem]
    ) -> Document | None:
        """The document in a tree; the same tree gives the same document, so that later stages can tell what changed."""
        known = self._documents.get(id(tree))
        if known is not None and known.tree is tree:
            return known
        document = _identify(tree, kind, stem, layer, shown, problems)
        if document is not None and not any(problem.place.file == shown for problem in problems):
            self._documents[id(tree)] = document
        return document


def _header_path(folder: Path, kind: str) -> Path | None:
    return next((path for ending in ENDINGS if kind and (path := folder / f"{kind}{ending}").is_file()), None)


def _identify(tree: Tree, kind: str, stem: str, layer: str, shown: str, problems: list[Problem]) -> Document | None:
    extends = "extends" in tree
    key = "extends" if extends else kind
    name = tree.get(key)
    if not isinstance(name, str):
        other = next((word for word in KINDS if word in tree), None)
        if other is not None and not extends:
            fact = f"a {other} in the folder {KINDS[kind]}/"
            problems.append(Problem(tree.key_place(other), "P103", fact, f"move it to {KINDS[other]}/"))
        else:
            fact = "the file says neither what it defines nor what it extends"
            problems.append(Problem(tree.place, "P101", fact, f"write `{kind}: {stem}` at its top"))
        return None
    said = tree.get("kind", kind)
    if extends and said != kind:
        problems.append(
            Problem(
                tree.value_place("kind"),
                "P103",
                f'kind "{said}" in the folder {KINDS[kind]}/',
                f"move it to {KINDS.get(str(said), 'its folder')}/",
            )
        )
        return None
    if name.rpartition(".")[2] != stem:
        fact = f'{kind} "{name}" in a file named "{stem}"'
        problems.append(Problem(tree.value_place(key), "P103", fact, f"name the file {name.rpartition('.')[2]}.yaml"))
    if extends and "." not in name:
        problems.append(
            Problem(
                tree.value_place(key), "P105", f'"{name}" names no package', f"write it in full, such as crm.{name}"
            )
        )
        return None
    if not extends and "." in name:
        problems.append(
            Problem(
                tree.value_place(key),
                "S105",
                f'"{name}" has a dot',
                "the package's name is put before it; leave it out",
            )
        )
        return None
    if not extends and not re.fullmatch(NAME, name):
        problems.append(Problem(tree.value_place(key), "S105", f'{kind} "{name}": no name', NAME_RULE))
        return None
    return Document(kind, name if extends else f"{layer}.{name}", extends, layer, shown, tree)


def _definition_files(folder: Path, problems: list[Problem], root: Path) -> Iterable[tuple[str, Path]]:
    """Definition files of a layer, in the order of their names, with the kind that their folder says."""
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if not entry.is_dir() or entry.name.startswith((".", "_")):
            continue
        files = sorted(
            (file for file in os.scandir(entry.path) if file.is_file() and file.name.endswith(ENDINGS)),
            key=lambda file: file.name,
        )
        kind = FOLDERS.get(entry.name)
        if kind is None:
            if files:
                place = Place(_shown(Path(files[0].path), root), 1, 1)
                fact = f'definitions in the folder "{entry.name}"'
                problems.append(Problem(place, "P102", fact, suggestion(entry.name, FOLDERS)))
            continue
        for file in files:
            yield kind, Path(file.path)


def _shown(path: Path, root: Path) -> str:
    try:
        return path.relative_to(root).as_posix()
    except ValueError:
        return path.as_posix()


def find_folders(folder: Path) -> list[Path]:
    """The folders of packages and companies at or below a folder, in the order of their paths."""
    found = []
    for current, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "_")))
        if any(f"{kind}{ending}" in files for kind in HEADERS for ending in ENDINGS):
            found.append(Path(current))
            folders.clear()
    return found
