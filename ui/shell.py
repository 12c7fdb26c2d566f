"""The frame around every page: menus, breadcrumbs, languages, theme.

In: the visit, if there is one. Out: what the base template shows. Menus come from the manifest in memory, filtered by
access: no query, however many entities there are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import g, request, session, url_for
from werkzeug.exceptions import HTTPException

from ..metamodel.manifest import ListView, MenuItem
from ..platform.identity.user import LANGUAGES, User
from ..platform.storage.unavailable import Unavailable
from .house import house
from .visit import Visit, enter

THEMES = ("auto", "light", "dark")
THEME_COOKIE = "sartor_theme"


@dataclass(frozen=True)
class Entry:
    """A line of the menu: a link, or a group of them."""

    name: str
    label: str
    icon: str | None
    href: str | None = None
    current: bool = False
    items: tuple[Entry, ...] = ()
    view: ListView | None = None

    def leaves(self) -> Iterator[Entry]:
        """The links in it, at any depth."""
        for item in self.items:
            yield from item.leaves() if item.items else (item,)


@dataclass(frozen=True)
class Shell:
    """What the base template needs. `visit` is None on pages outside any company."""

    user: User | None
    visit: Visit | None
    menus: tuple[Entry, ...]
    language: str
    theme: str
    languages: dict[str, str]

    @property
    def here(self) -> str:
        """The address of this page, to come back to."""
        return request.full_path.rstrip("?") if request.method == "GET" else request.path


def shell() -> Shell:
    """The frame of this page; made once a request."""
    known: Shell | None = g.get("shell")
    if known is None:
        known = g.shell = _make()
    return known


def _make() -> Shell:
    identity = house().identity
    theme = request.cookies.get(THEME_COOKIE, "auto")
    try:
        user, visit, language = identity.current_user(), _visit(), identity.language()
    except Unavailable:  # the page that says so needs a frame too
        user, visit, language = None, None, str(request.accept_languages.best_match(list(LANGUAGES)) or "en")
    menus = tuple(menu_entries(visit)) if visit is not None else ()
    return Shell(user, visit, menus, language, theme if theme in THEMES else "auto", dict(LANGUAGES))


def _visit() -> Visit | None:
    """The visit of this page; on a page about the person, the company they came from."""
    visit: Visit | None = g.get("visit")
    if visit is None and isinstance(company := session.get("company"), str):
        try:
            return enter(company)
        except (HTTPException, Unavailable):
            session.pop("company", None)
    return visit


def menu_entries(visit: Visit) -> Iterator[Entry]:
    """The menus as this person sees them, without what they may not read."""
    for menu in visit.manifest.menus:
        items = tuple(_entries(visit, menu.items))
        if items:
            current = any(item.current for item in items)
            yield Entry(menu.name, visit.text(menu.label), menu.icon, None, current, items)


def _entries(visit: Visit, items: tuple[MenuItem, ...]) -> Iterator[Entry]:
    for item in items:
        if item.items:
            inner = tuple(_entries(visit, item.items))
            if inner:
                current = any(entry.current for entry in inner)
                yield Entry(item.name, visit.text(item.label), item.icon, None, current, inner)
        elif item.entity is not None and visit.access.can(item.entity, "read"):
            entity = visit.manifest.entities[item.entity]
            named = item.list if item.list != item.entity else None
            href = list_url(visit.company, item.entity, named)
            view = visit.manifest.lists.get(item.list or item.entity)
            if view is not None and not visit.may_ask(item.entity, view.where):
                if item.list:
                    continue
                view = None  # the entity has other lists
            label, icon = visit.text(item.label), item.icon or entity.icon
            yield Entry(item.name, label, icon, href, _is_here(item, named), view=view)


def _is_here(item: MenuItem, named: str | None) -> bool:
    args: dict[str, Any] = request.view_args or {}
    here = f"{args.get('package')}.{args.get('entity')}"
    asked = request.args.get("list") or None
    return here == item.entity and asked == named


def list_url(company: str, entity: str, named: str | None = None) -> str:
    """The address of a list."""
    package, _, short = entity.partition(".")
    # put together by hand: a page has hundreds of these, and the names need no quoting
    address = f"{request.script_root}/{company}/{package}/{short}"
    return f"{address}?list={named}" if named else address


def entity_url(company: str, entity: str, view: str, **params: Any) -> str:
    """The address of a view of an entity."""
    package, _, short = entity.partition(".")
    return url_for(view, company=company, package=package, entity=short, **params)


def record_url(company: str, entity: str, record_id: int) -> str:
    """The address of a record."""
    return f"{list_url(company, entity)}/{record_id}"
