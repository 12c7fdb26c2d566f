"""Rendering: whole pages, and parts of them for htmx.

In: a template and its values. Out: HTML. What every template may use (sentences, icons, the frame) is given here once.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, flash, g, render_template, request
from flask_wtf.csrf import generate_csrf

from ..platform.language import translate
from .house import house
from .shell import THEMES, shell


def page(template: str, **values: Any) -> str:
    """A page, or a part of one, for the present visit."""
    return render_template(template, visit=g.get("visit"), **values)


def is_partial() -> bool:
    """Whether htmx asks for the part that changes, and not for a whole page."""
    return "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers


def say(message: str, **params: Any) -> str:
    """A sentence of ours in the reader's language."""
    return translate(message, shell().language, **params)


def count_of(one: str, many: str, count: int, **params: Any) -> str:
    """A sentence about a number of things, in the reader's language."""
    return say(one if count == 1 else many, count=count, **params)


def tell(message: str, category: str = "success", **params: Any) -> None:
    """Show a sentence at the top of the next page."""
    flash(say(message, **params), category)


def install(app: Flask) -> None:
    """Give every template what it may use."""
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        _=say, gettext=say, _n=count_of, shell=shell, csrf=generate_csrf, themes=THEMES, identity_urls=_urls
    )


def _urls() -> dict[str, str]:
    identity = house().identity
    return {
        "profile": identity.profile_url(),
        "language": identity.language_url(),
        "logout": identity.logout_url(),
        "users": identity.users_url(),
        "login": identity.login_url(),
    }
