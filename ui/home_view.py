"""Where one begins: the choice of a company, the company's first page, what a person sets for all pages.

In: requests for `/`, `/<company>/` and `/-/…`. Out: pages, redirects, a cookie. The numbers on a company's first page
are fetched when it is there, a menu at a time, so that no large table holds it up.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Blueprint, jsonify, redirect, render_template, request, session, url_for

from ..metamodel.invalid import N_
from ..platform.identity.screen import safe_next, to_sign_in
from ..platform.identity.user import User
from ..platform.query.query import COUNTED, Query
from ..platform.records.errors import NotFound
from ..platform.storage.company import NoCompany
from .desk import desk
from .house import house
from .pages import page
from .recent import recent
from .shell import THEME_COOKIE, THEMES, Entry, shell
from .visit import Visit, present, visiting

blueprint = Blueprint("home", __name__)
YEAR = 365 * 24 * 3600
MOST_COMPANIES = 100


@blueprint.get("/")
def start() -> Any:
    """To the company one was in last, or the only one; else a choice."""
    user = house().identity.current_user()
    if user is None:
        return to_sign_in()
    names = companies_of(user)
    last = session.get("company")
    if last in names or len(names) == 1:
        return redirect(url_for("home.company", company=last if last in names else names[0]))
    return page("home/start.html", companies=named(names), frame=shell())


@blueprint.get("/-/choose")
def choose() -> Any:
    """All companies of this person."""
    user = house().identity.current_user()
    return to_sign_in() if user is None else page("home/start.html", companies=named(companies_of(user)))


@blueprint.get("/-/companies")
def companies() -> Any:
    """The menu that leads to other companies, fetched when it is opened."""
    user = house().identity.current_user()
    return (
        to_sign_in()
        if user is None
        else render_template("home/companies.html", companies=named(companies_of(user)), here=session.get("company"))
    )


def companies_of(user: User) -> list[str]:
    """The companies that a person may enter."""
    known = house().releases.companies.names()
    return known if user.is_platform_admin else [name for name in known if name in user.companies]


def named(names: list[str]) -> list[tuple[str, str]]:
    """Companies with what they are called."""
    found = []
    for name in names[:MOST_COMPANIES]:
        try:
            label = house().releases.current(name).manifest.company.label
        except NoCompany:
            continue
        found.append((name, label.text(shell().language)))
    return found


@blueprint.get("/<company:company>/")
@visiting
def company() -> Any:
    """The first page of a company: the desk of this person, and the menus."""
    return page("home/company.html", menus=shell().menus, greeting=greeting(present().format.hour()))


@blueprint.get("/<company:company>/-/desk")
@visiting
def desk_part() -> Any:
    """What waits for this person, what they did last and what is theirs, fetched when the first page is there."""
    visit = present()
    waiting, own = desk(visit)
    return render_template("home/desk.html", waiting=waiting, own=own, recent=recent(visit))


def greeting(hour: int) -> str:
    """A word for the time of day."""
    if hour < 12:
        return N_("Good morning, {name}")
    return N_("Good afternoon, {name}") if hour < 18 else N_("Good evening, {name}")


@blueprint.get("/<company:company>/-/menu/<name>")
@visiting
def menu(name: str) -> Any:
    """A menu of the first page with the numbers of its records, in one statement for all of them."""
    visit = present()
    known = next((entry for entry in shell().menus if entry.name == name), None)
    if known is None:
        raise NotFound("menu", name)
    return page("home/menu.html", menu=known, counts=counts(visit, known))


def counts(visit: Visit, menu: Entry) -> dict[str, str]:
    """By address, how many records the lists of a menu hold; beyond 10,000 nobody goes on counting."""
    scope = visit.records.scope
    views = {entry.href: entry.view for entry in menu.leaves() if entry.view is not None}
    statements = [
        scope.compiler.count(visit.manifest.entities[view.entity], Query(where=view.where)).scalar_subquery()
        for view in views.values()
    ]
    if not statements:
        return {}
    with scope.database.read(scope.company) as connection:
        row = connection.execute(sa.select(*statements)).one()
    return {
        str(href): visit.format.number(min(number, COUNTED)) + ("+" if number > COUNTED else "")
        for href, number in zip(views, row, strict=True)
    }


@blueprint.post("/-/theme")
def theme() -> Any:
    """Keep the choice between light and dark."""
    chosen = request.form.get("theme", "auto")
    wants_json = request.headers.get("Accept", "").startswith("application/json")
    response = jsonify(theme=chosen) if wants_json else redirect(safe_next(request.form.get("next")), 303)
    if chosen in THEMES:
        response.set_cookie(THEME_COOKIE, chosen, max_age=YEAR, samesite="Lax", secure=request.is_secure, httponly=True)
    return response


@blueprint.get("/healthz")
def healthy() -> Any:
    """Whether the server answers and reaches its database; for load balancers."""
    with house().database.control_read() as connection:
        connection.exec_driver_sql("SELECT 1")
    return jsonify(status="ok")
