"""The users of a demo: `demo.yaml` beside a company's `company.yaml`.

In: the folder. Out: DemoUsers by name, or the problems of the file with their places. No other command reads the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..metamodel.manifest import Label, Manifest
from ..metamodel.problem import DefinitionError, Problem, suggestion
from ..metamodel.reading import read_file
from ..metamodel.tree import Items, Tree

FILE = "demo.yaml"
PLATFORM_ROLES = ("admin", "business_admin")  # these every company has
KNOWN = ("name", "email", "roles", "password", "language", "platform_admin", "about")


@dataclass(frozen=True, slots=True)
class DemoUser:
    """A person who can sign in at the demo; everybody may know the password."""

    name: str
    email: str
    password: str
    roles: tuple[str, ...] = ()
    platform_admin: bool = False
    language: str | None = None
    about: Label | None = None


def demo_users(folder: Path, manifest: Manifest) -> dict[str, DemoUser]:
    """The users that the folder's demo.yaml names; none where there is no such file. Raises DefinitionError."""
    path = folder / FILE
    if not path.is_file():
        return {}
    tree, found = read_file(path, path.as_posix(), manifest.company.name)
    problems = list(found)
    users: dict[str, DemoUser] = {}
    if tree is not None:
        password = tree.get("password")
        for name, node in tree.trees("users"):
            users[name] = _user(node, name, password, manifest, problems)
        if not users:
            problems.append(Problem(tree.place, "S104", f"{FILE} names no users", "write `users: {ann: {name: …}}`"))
    if problems:
        raise DefinitionError(problems)
    return users


def _user(node: Tree, name: str, password: Any, manifest: Manifest, problems: list[Problem]) -> DemoUser:
    who = f'user "{name}"'
    problems += [
        Problem(node.key_place(key), "S101", f'{who}: no property "{key}"', suggestion(key, KNOWN))
        for key in node
        if key not in KNOWN
    ]
    problems += [
        Problem(node.place, "S104", f'{who}: "{key}" is missing', f"write `{key}: …`")
        for key in ("name", "email")
        if not isinstance(node.get(key), str)
    ]
    secret = node.get("password", password)
    if not isinstance(secret, str):
        problems.append(Problem(node.place, "S104", f"{who} has no password", "write `password: …` for all or for one"))
    roles = node.get("roles") or ()
    known = {*manifest.roles, *PLATFORM_ROLES}
    if isinstance(roles, Items):
        for role, mark in zip(roles, roles.marks, strict=True):
            if role not in known:
                problems.append(Problem(mark.value, "L204", f'{who}: no role "{role}"', suggestion(str(role), known)))
    about = node.get("about")
    return DemoUser(
        name=str(node.get("name")),
        email=str(node.get("email")),
        password=str(secret),
        roles=tuple(map(str, roles)),
        platform_admin=node.get("platform_admin") is True,
        language=node.get("language"),
        about=Label(dict(about)) if isinstance(about, dict) else Label({"*": str(about)}) if about else None,
    )
