"""Defaults: what a new record begins with.

In: an entity, what was sent for it. Out: values for all its fields: those of the definition, with words such as
current_user and today made into values, the first state of its lifecycle, and None for the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from ...metamodel.invalid import Invalid
from ...metamodel.manifest import Entity, Field
from ..query.words import resolved
from .scope import Scope


def defaults(scope: Scope, entity: Entity, sent: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The values of a new record for the fields that were not sent. A field that was sent empty stays empty."""
    given = sent or {}
    values: dict[str, Any] = {}
    for name, known in entity.fields.items():
        if name not in given and known.type != "related":
            values[name] = [] if known.type in ("lines", "many") else default(scope, known)
    life = entity.lifecycle
    if life is not None and values.get(life.field, given.get(life.field)) is None:
        values[life.field] = life.initial
    return values


def default(scope: Scope, known: Field) -> Any:
    """The default of one field as a Python value."""
    if known.default is None or known.computed:
        return None
    value = resolved(known, known.default, scope.actor, scope.moment)
    if known.type == "datetime" and isinstance(value, date) and not isinstance(value, datetime):
        value = scope.moment.start(value)
    try:
        return known.kind.input(known, value)
    except Invalid:  # a definition that was checked has none; one of an older release might
        return None
