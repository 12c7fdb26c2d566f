"""Options: what a reference may be set to, for look-ups that fetch while a person types.

In: an entity, one of its fields (ref, department, many, any_ref, user), a text. Out: at most so many (id, label,
hint), found by the same compiler as every list, so that nobody is offered what they may not read.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from ...metamodel.invalid import N_
from ...metamodel.manifest import Condition, Entity, Field, SortKey
from ..query.paths import unknown
from ..query.query import Query
from .errors import Fault, Rejected
from .scope import Scope

MOST = 100
Option = tuple[Any, str, str]


class Options:
    """Look-ups for one actor."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def find(self, entity: Entity, name: str, text: str, limit: int, values: Collection[Any] | None) -> list[Option]:
        """Options whose names contain the text; with `values`, the labels of just these, in their order."""
        field = entity.fields.get(name)
        if field is None or self.scope.access.field(entity.name, name) == "none":
            raise Rejected([unknown(name, name)])
        limit = max(1, min(limit, MOST))
        if field.type == "user":
            return self._users(text, limit, values)
        if field.type == "any_ref":
            return self._any(field, text, limit, values)
        if field.type in ("ref", "department", "many"):
            where = field.settings.get("where") or {}
            return self._records(field.settings["of"], where, text, limit, values)
        raise Rejected([Fault(name, "no_options", N_("{label} is not chosen from records."), {"label": field.label})])

    def _users(self, text: str, limit: int, values: Collection[Any] | None) -> list[Option]:
        if values is None:
            return list(self.scope.people.find(text, self.scope.company, limit))
        names = self.scope.people.names([key for key in values if isinstance(key, int)])
        return [(key, names.get(key) or f"#{key}", "") for key in values]

    def _any(self, field: Field, text: str, limit: int, values: Collection[Any] | None) -> list[Option]:
        """Of each entity in turn; an id is {"entity", "id"}, the hint says the entity."""
        found: list[Option] = []
        for name in field.settings["of"]:
            if values is not None:
                ids = [value["id"] for value in values if isinstance(value, dict) and value.get("entity") == name]
                options = self._records(name, {}, text, limit, ids) if ids else []
            else:
                options = self._records(name, {}, text, max(1, limit // len(field.settings["of"])), None)
            kind = self.scope.manifest.entities[name].label.text(self.scope.actor.language)
            found.extend(({"entity": name, "id": key}, label, hint or kind) for key, label, hint in options)
        return found

    def _records(
        self, name: str, where: dict[str, Any], text: str, limit: int, values: Collection[Any] | None
    ) -> list[Option]:
        scope = self.scope
        entity = scope.manifest.entities[name]
        if values is not None:
            ids = [key for key in values if isinstance(key, int) and not isinstance(key, bool)]
            with scope.database.read(scope.company) as connection:
                labels = scope.labels.of(connection, name, ids)
            return [(key, labels[key], "") for key in ids]
        if not scope.access.can(name, "read"):
            return []
        title = next(iter(scope.labels.titles(entity)), None)
        hint = self._hint(entity)
        fields = tuple(field.name for field in (title, hint) if field is not None)
        sort = (SortKey(title.name),) if title is not None and title.kind.sortable else ()
        # `where` comes from the definition, not from the person, so their access to its fields is not asked for
        query = Query(search=text, sort=sort, fields=fields, limit=limit)
        rows = self._rows(entity, query, where)
        with scope.database.read(scope.company) as connection:
            labels = scope.labels.of(connection, name, [row["id"] for row in rows])
        shown = hint.kind if hint is not None else None
        return [
            (row["id"], labels[row["id"]], str(shown.output(hint, row[hint.name]) or "") if shown and hint else "")
            for row in rows
        ]

    def _rows(self, entity: Entity, query: Query, where: dict[str, Any]) -> Sequence[dict[str, Any]]:
        compiler = self.scope.compiler
        fixed = tuple(Condition(name, "eq", value) for name, value in where.items())
        listing = compiler.listing(entity, query, fixed=fixed)
        with self.scope.database.read(self.scope.company) as connection:
            return [listing.shape.record(row) for row in connection.execute(listing.statement)][: query.limit]

    def _hint(self, entity: Entity) -> Field | None:
        """A second field that tells records of the same name apart: the first other one that searching looks into."""
        titles = (entity.title, entity.title_in(self.scope.actor.language))
        others = [field for field in self.scope.compiler.searched(entity) if field.name not in titles]
        return others[0] if others else None
