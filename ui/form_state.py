"""What a form held when it was shown, so that only what a person changed is saved.

In: the layout of a form, or what it sent. Out: a short fingerprint for each field, carried along in the form; and by
comparing them, the fields that this person changed and those that somebody else changed meanwhile. So nobody writes
an old value over a newer one only because their form showed it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence

from werkzeug.datastructures import MultiDict

from .controls import Control, Grid, is_sent, row_keys, sent_texts
from .form_layout import Layout

WAS = "__was"


def fingerprint(texts: Iterable[str]) -> str:
    """A fingerprint of what the inputs of a field hold. Empty inputs at the end say nothing."""
    kept = [text.replace("\r\n", "\n").strip() for text in texts]
    while kept and not kept[-1]:
        kept.pop()
    return hashlib.sha256(json.dumps(kept).encode()).hexdigest()[:12] if kept else ""


def shown(layout: Layout) -> dict[str, str]:
    """The fingerprints of all that a form shows to be edited."""
    found: dict[str, str] = {}
    for item in layout.items:
        if isinstance(item, Control) and item.cell is None:
            found[item.name] = fingerprint(item.values)
        elif isinstance(item, Grid) and item.blank is not None:
            found[item.name] = fingerprint(_grid_texts(item))
    return found


def _grid_texts(grid: Grid) -> Iterable[str]:
    for row in grid.rows:
        yield f"#{row.id or ''}"
        for control in row.controls:
            if control.cell is None:
                yield f"{control.field.name}={fingerprint(control.values)}"


def sent(layout: Layout, form: MultiDict[str, str]) -> dict[str, str]:
    """The fingerprints of what a form sent, for the fields of its layout."""
    found: dict[str, str] = {}
    for item in layout.items:
        if isinstance(item, Control) and item.cell is None and is_sent(form, item.name, item.field):
            found[item.name] = fingerprint(sent_texts(form, item.name, item.field))
        elif isinstance(item, Grid) and item.blank is not None and item.name in form:
            found[item.name] = fingerprint(_sent_grid(item, item.blank.controls, form))
    return found


def _sent_grid(grid: Grid, controls: Sequence[Control], form: MultiDict[str, str]) -> Iterable[str]:
    free = [control.field for control in controls if control.cell is None]
    for key in row_keys(form, grid.name):
        yield f"#{form.get(f'{grid.name}.{key}.id', '')}"
        for head in free:
            name = f"{grid.name}.{key}.{head.name}"
            if is_sent(form, name, head):
                yield f"{head.name}={fingerprint(sent_texts(form, name, head))}"


def carried(form: MultiDict[str, str]) -> dict[str, str]:
    """The fingerprints that came back with the form; empty where somebody tampered with them."""
    try:
        known = json.loads(form.get(WAS, "{}"))
    except (ValueError, RecursionError):
        return {}
    return {str(name): str(value) for name, value in known.items()} if isinstance(known, dict) else {}
