"""When somebody else saved first: both versions side by side.

In: a Conflict, the record as it stands now, the form that was sent. Out: a page with a row for each field that the two
differ in, on which one picks per field and saves again; everything else of the form is carried along.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from ..metamodel.manifest import Entity
from ..platform.records.errors import Conflict
from .cells import Cells
from .controls import Control, Grid
from .form_layout import Entry, Layout
from .form_state import carried, sent, shown
from .pages import page
from .visit import Visit


@dataclass(frozen=True)
class Difference:
    """A field in two versions. `both`: each of the two changed it."""

    name: str
    label: str
    mine: tuple[str, ...]
    theirs: tuple[str, ...]
    both: bool


def conflict_page(
    visit: Visit, entity: Entity, conflict: Conflict, theirs: Mapping[str, Any], form: MultiDict[str, str]
) -> str:
    """The page on which the two versions are brought together."""
    layout = Entry(visit, entity, theirs, new=False).layout()
    was, now, present = carried(form), sent(layout, form), shown(layout)
    changed = [name for name in now if was.get(name, "?") != now[name] and now[name] != present.get(name)]
    foreign = [name for name in present if name in was and was[name] != present[name] and name not in changed]
    mine = Entry(visit, entity, {**theirs, **conflict.mine}, new=False, sent=form).layout()
    fields = {item.name: item for item in layout.items if isinstance(item, (Control, Grid))}
    return page(
        "form/conflict.html",
        entity=entity,
        record=theirs,
        title=Cells(visit).title(entity, theirs),
        differences=list(_differences(visit, layout, mine, changed, was, present)),
        foreign=[fields[name].label for name in foreign if name in fields],
        carried=[(name, value) for name, value in form.items(multi=True) if _is_carried(name)],
        who=(theirs.get("$labels") or {}).get("updated_by"),
        when=visit.format.ago(theirs["updated_at"]) if theirs.get("updated_at") else "",
    )


def _is_carried(name: str) -> bool:
    return not name.startswith("pick.") and name not in ("csrf_token", "__version", "then")


def _differences(
    visit: Visit, theirs: Layout, mine: Layout, changed: list[str], was: Mapping[str, str], present: Mapping[str, str]
) -> Iterator[Difference]:
    own = {item.name: item for item in mine.items if isinstance(item, (Control, Grid))}
    for item in theirs.items:
        if isinstance(item, (Control, Grid)) and item.name in changed:
            both = was.get(item.name) != present.get(item.name)
            yield Difference(item.name, item.label, _told(visit, own[item.name]), _told(visit, item), both)


def _told(visit: Visit, item: Control | Grid) -> tuple[str, ...]:
    """A field in words, as its inputs hold it."""
    if isinstance(item, Grid):
        return tuple(
            " · ".join(text for control in row.controls for text in _told(visit, control)) for row in item.rows
        )
    if item.cell is not None:
        return (item.cell.text,) if item.cell.text else ()
    if item.options:
        return tuple(label for _, label in item.options)
    if item.files:
        return tuple(one.text for one in item.files)
    labels = item.field.options or {}
    texts = [text for text in item.values if text]
    named = [visit.text(labels[text].label) if text in labels else text for text in texts]
    return tuple(f"{text} {item.beside}".strip() for text in named)
