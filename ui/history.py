"""The history of a record in words.

In: audit entries as the records service gives them (only what the person may read), the visit. Out: events for the
page: who, when, through which channel, and each changed field before and after. Rows of the record tell which row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..metamodel.invalid import N_, Invalid
from ..metamodel.manifest import Entity, Field
from ..metamodel.system_fields import SYSTEM
from ..platform.query.paths import own_field
from ..platform.records.audit import AuditEntry
from .cells import EMPTY, Cell, Cells
from .visit import Visit

ACTIONS = {
    "create": N_("created this"),
    "update": N_("changed this"),
    "delete": N_("deleted this"),
}
ROW_ACTIONS = {"create": N_("added a row"), "update": N_("changed a row"), "delete": N_("removed a row")}
ICONS = {"create": "plus", "update": "edit", "delete": "trash"}
CHANNELS = {
    "form": "",
    "api": N_("through the API"),
    "import": N_("by import"),
    "setup": N_("at set-up"),
    "demo": N_("as demo data"),
    "cli": N_("from the command line"),
}


@dataclass(frozen=True)
class Event:
    """One change. `rows` are (label, before, after); of a creation only what was said is shown."""

    who: str
    what: str
    icon: str
    at: datetime
    when: str
    ago: str
    channel: str
    created: bool
    line: str  # which row of the record, where it is about one
    rows: tuple[tuple[str, Cell, Cell], ...]


def timeline(visit: Visit, entity: Entity, entries: Sequence[AuditEntry]) -> list[Event]:
    """The events of a record, newest first. Names of users and records are fetched once for all of them."""
    names = _names(visit, entity, entries)
    people = visit.records.scope.people.names({entry.user_id for entry in entries if entry.user_id is not None})
    return [_event(visit, entity, entry, names, people) for entry in entries]


def _event(
    visit: Visit, entity: Entity, entry: AuditEntry, names: Mapping[tuple[str, int], str], people: Mapping[int, str]
) -> Event:
    own = entry.entity == entity.name
    definition = visit.manifest.entities.get(entry.entity)
    what = _what(visit, definition, entry.action, own=own)
    rows = []
    for name in dict.fromkeys((*entry.before, *entry.after)):
        known = own_field(definition, name) if definition is not None else None
        if known is None or name in SYSTEM or known.type in ("lines", "related"):
            continue
        before, after = (_cell(visit, known, values.get(name), names) for values in (entry.before, entry.after))
        if before != after:
            rows.append((visit.text(known.label), before, after))
    who = people.get(entry.user_id) if entry.user_id is not None else None
    return Event(
        who=who or entry.username,
        what=what,
        icon=ICONS.get(entry.action, "arrows-exchange") if own else "list-details",
        at=entry.at,
        when=visit.format.moment(entry.at),
        ago=visit.format.ago(entry.at),
        channel=visit.say(said) if (said := CHANNELS.get(entry.channel, "")) else "",
        created=entry.action == "create",
        line="" if own else names.get((entry.entity, entry.record), ""),
        rows=tuple(rows),
    )


def _what(visit: Visit, definition: Entity | None, action: str, *, own: bool) -> str:
    if action.startswith("transition:") and definition is not None and definition.lifecycle is not None:
        step = definition.lifecycle.transitions.get(action.partition(":")[2])
        label = visit.text(step.label) if step is not None else action.partition(":")[2]
        return visit.say(N_("took the step “{step}”"), step=label)
    words = ACTIONS if own else ROW_ACTIONS
    return visit.say(words.get(action, N_("changed this")))


def _cell(visit: Visit, known: Field, value: Any, names: Mapping[tuple[str, int], str]) -> Cell:
    """A value from the audit, which keeps them as JSON, drawn as everywhere."""
    if value is None:
        return EMPTY
    try:
        parsed = known.kind.input(known, value)
    except (Invalid, KeyError, TypeError, ValueError):  # the field was of another type then
        return Cell("text", str(value))
    of = _target(known, parsed)
    labels: Any = None
    if of is not None:
        keys = parsed if isinstance(parsed, list) else [parsed["id"] if isinstance(parsed, Mapping) else parsed]
        texts = [names.get((of, key), f"#{key}") for key in keys]
        labels = texts if isinstance(parsed, list) else texts[0]
    return Cells(visit).cell(known, {known.name: parsed, "$labels": {known.name: labels}})


def _target(known: Field, value: Any) -> str | None:
    if known.type in ("ref", "department", "many"):
        return str(known.settings["of"])
    if known.type == "user":
        return "user"
    return str(value["entity"]) if known.type == "any_ref" and isinstance(value, Mapping) else None


def _names(visit: Visit, entity: Entity, entries: Sequence[AuditEntry]) -> dict[tuple[str, int], str]:
    wanted: dict[str, set[int]] = {}
    for entry in entries:
        definition = visit.manifest.entities.get(entry.entity)
        if entry.entity != entity.name and definition is not None:
            wanted.setdefault(entry.entity, set()).add(entry.record)
        for values in (entry.before, entry.after):
            for name, value in values.items():
                known = own_field(definition, name) if definition is not None else None
                of = _target(known, value) if known is not None and value is not None else None
                if of is not None:
                    for one in value if isinstance(value, list) else [value]:
                        key = one["id"] if isinstance(one, Mapping) else one
                        if isinstance(key, int):
                            wanted.setdefault(of, set()).add(key)
    names: dict[tuple[str, int], str] = {}
    people = visit.records.scope.people.names(wanted.pop("user", set()))
    names |= {("user", key): name for key, name in people.items()}
    scope = visit.records.scope
    with scope.database.read(scope.company) as connection:
        for of, ids in wanted.items():
            names |= {(of, key): label for key, label in scope.labels.of(connection, of, ids).items()}
    return names
