"""The house stays in order: who may import whom, what is shipped, what files are called and how long they grow."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("metamodel", "rules", "platform", "ui")  # each may import from itself and from those to its left
LONGEST = 400
VAGUE = {"util", "utils", "helper", "helpers", "common", "manager", "managers", "misc", "base2"}
# put together here, so that this file does not name them either
REGISTRIES = ["py" + "pi.org", "python" + "hosted.org", "npm" + "js.org", "yarn" + "pkg.com", "deb.deb" + "ian.org"]


def committed() -> list[Path]:
    """Every file that is or would be committed."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def product() -> list[Path]:
    """The Python files that are shipped."""
    rooms = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]
    return [ROOT / "__init__.py", *(path for path in [ROOT / "__main__.py"] if path.exists()), *rooms]


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def wrong_imports(source: str, place: tuple[str, ...]) -> Iterator[str]:
    """What a product module imports against the rules. `place` is its path inside sartor: ("rules", "access")."""
    room = place[0]
    reachable = ROOMS if room not in ROOMS else ROOMS[: ROOMS.index(room) + 1]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                # `import platform` is the standard library's
                if alias.name.partition(".")[0] in {"sartor", "metamodel", "rules", "ui"}:
                    yield f"line {node.lineno}: import {alias.name}; inside the product import relatively"
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            if (node.module or "").partition(".")[0] in {"sartor", "metamodel", "rules", "ui"}:
                yield f"line {node.lineno}: from {node.module}; inside the product import relatively"
        elif isinstance(node, ast.ImportFrom):
            if node.level > len(place):
                yield f"line {node.lineno}: reaches out of the package"
                continue
            home = place[: len(place) - node.level]
            target = (*home, *(node.module or "").split(".")) if node.module else home
            for reached in [target[0]] if target else [alias.name for alias in node.names]:
                if reached in ROOMS and reached not in reachable:
                    yield f"line {node.lineno}: {room} imports from {reached}, which stands to its right"


@pytest.mark.parametrize("path", product(), ids=shown)
def test_imports_run_one_way_through_the_rooms(path: Path) -> None:
    place = path.relative_to(ROOT).with_suffix("").parts
    faults = list(wrong_imports(path.read_text(encoding="utf-8"), place))
    assert not faults, f"{shown(path)}: " + "; ".join(faults)


@pytest.mark.parametrize(
    ("source", "place", "allowed"),
    [
        ("from ..metamodel.problem import Problem", ("rules", "access"), True),
        ("from ..platform.records import get", ("rules", "access"), False),
        ("from ...ui import pages", ("metamodel", "fields", "text"), False),
        ("from .. import ui", ("platform", "store"), False),
        ("from .. import __version__", ("platform", "store"), True),
        ("def f():\n    from ..ui.forms import Form", ("platform", "store"), False),
        ("from .base import FieldType", ("metamodel", "fields", "text"), True),
        ("from ...ui import pages", ("platform", "store"), False),
        ("import sartor.rules", ("ui", "forms"), False),
        ("from metamodel.problem import Problem", ("ui", "forms"), False),
        ("import platform", ("ui", "forms"), True),
        ("from .ui.forms import Form", ("__main__",), True),
    ],
)
def test_the_import_rule_tells_right_from_wrong(source: str, place: tuple[str, ...], allowed: bool) -> None:
    assert (list(wrong_imports(source, place)) == []) is allowed


def test_every_folder_of_the_product_is_named_in_pyproject_and_so_reaches_the_wheel() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    folders = {path.parent.relative_to(ROOT).parts for room in ROOMS for path in (ROOT / room).rglob("*.py")}
    rooms = {(room,) for room in ROOMS}
    assert sorted(settings["tool"]["setuptools"]["packages"]) == sorted(
        ".".join(("sartor", *parts)) for parts in {(), *rooms, *folders}
    )


def test_every_library_that_the_product_imports_is_a_declared_dependency_with_a_pin() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    declared = {canonicalize_name(Requirement(line).name) for line in settings["project"]["dependencies"]}
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = {canonicalize_name(Requirement(line).name) for line in pins if not line.startswith("#")}
    owners = packages_distributions()
    imported = {
        name.partition(".")[0]
        for path in product()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom) and node.level == 0
            else []
        )
    } - set(sys.stdlib_module_names)
    used = {canonicalize_name(owners[module][0]) if module in owners else module for module in imported}
    assert used <= declared, f"add these to pyproject.toml: {sorted(used - declared)}"
    assert declared <= pinned, f"add these to constraints.txt: {sorted(declared - pinned)}"


def test_platform_has_no_init_file_which_would_hide_the_standard_librarys_platform() -> None:
    assert not (ROOT / "platform" / "__init__.py").exists()


def test_only_the_version_and_the_front_door_stand_at_the_root() -> None:
    assert {path.name for path in ROOT.glob("*.py")} <= {"__init__.py", "__main__.py"}


def test_file_names_say_what_is_inside() -> None:
    vague = [shown(path) for path in committed() if path.suffix == ".py" and VAGUE & set(path.stem.split("_"))]
    assert not vague, f"name these after the things inside: {vague}"


def test_every_product_module_says_what_it_is_for() -> None:
    silent = [shown(path) for path in product() if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))]
    assert not silent, f"without a docstring: {silent}"


def test_no_python_file_grows_out_of_sight() -> None:
    lengths = {path: path.read_text(encoding="utf-8").count("\n") for path in committed() if path.suffix == ".py"}
    long = {shown(path): length for path, length in lengths.items() if length > LONGEST}
    assert not long, f"longer than {LONGEST} lines; look for the second thing the file is about: {long}"


def test_no_committed_file_names_the_host_of_a_package_registry() -> None:
    named = [
        f"{shown(path)}: {host}"
        for path in committed()
        for host in REGISTRIES
        if host.encode() in path.read_bytes()  # pictures too
    ]
    assert not named, f"installers know their registries; take these out: {named}"


@pytest.mark.parametrize("page", [path for path in [ROOT / "ARCHITECTURE.md"] if path.exists()], ids=shown)
def test_every_path_that_the_architecture_page_names_exists(page: Path) -> None:
    quoted = re.findall(r"`([^`\s]+)`", page.read_text(encoding="utf-8"))
    paths = [text for text in quoted if re.fullmatch(r"[\w.*-]+(/[\w.*-]*)+|\w+\.py|[A-Z]+\.md", text)]
    missing = [path for path in paths if not list(ROOT.glob(path.rstrip("/")))]
    assert not missing, f"{page.name} names what is not there: {missing}"
