"""The query compiler: the only place where a Query becomes SQL.

In: a Query, the actor's access, one moment. Out: statements for the records of a page, their number and their totals.
Lists, filters, search, sorting, look-ups, counts and totals all pass here, so field access and row rules hold for all
of them: what a person may not read cannot be selected, filtered, sorted, searched or told from what does not exist.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, Select, and_, false, func, literal_column, or_, select

from ...metamodel.invalid import N_
from ...metamodel.manifest import Condition, Entity, Field, Manifest
from ...rules.access import Access
from ..records.actor import Actor
from ..records.errors import Fault, Rejected
from .conditions import Conditions
from .cursor import bad, decode, signature
from .order import Key, beyond, keys
from .paths import Paths, Target
from .query import COUNTED, MOST_CONDITIONS, MOST_RECORDS, Query
from .shape import Shape, shape, wanted
from .source import Source
from .text import contains, words
from .words import Moment

if TYPE_CHECKING:
    from ..storage.tables import Tables


@dataclass(frozen=True)
class Listing:
    """The statement of one page, and what its rows mean. It reads one row more than asked, to know whether more
    follow.
    """

    statement: Select[Any]
    shape: Shape
    order: tuple[Key, ...]
    places: tuple[int, ...]
    belongs: str
    backward: bool


class Compiler:
    """Compiles the queries of one actor at one moment."""

    def __init__(
        self,
        manifest: Manifest,
        tables: Tables,
        access: Access,
        actor: Actor,
        moment: Moment,
        dialect: str,
        paths: Paths | None = None,
    ) -> None:
        self.manifest = manifest
        self.tables = tables
        self.access = access
        self.actor = actor
        self.dialect = dialect
        self.paths = paths or Paths(manifest, access)
        self.conditions = Conditions(actor, moment)

    def source(self, entity: Entity) -> Source:
        """A fresh source to read the entity from."""
        return Source(self.manifest, self.tables, self.actor, entity)

    def listing(self, entity: Entity, query: Query, fixed: Sequence[Condition] = ()) -> Listing:
        """The records of one page. `fixed` conditions are the definition's own, and ask nobody's leave."""
        if not 0 <= query.limit <= MOST_RECORDS:
            message = N_("A page can have at most {max} records.")
            raise Rejected([Fault("limit", "bad_limit", message, {"max": MOST_RECORDS})])
        if query.after is not None and query.before is not None:
            raise Rejected([Fault("before", "two_cursors", N_("Ask for what comes after or before, not for both."))])
        source = self.source(entity)
        whole, chosen = self._chosen(source, query.fields)
        order = keys(source, self.paths, query.sort)
        places = tuple(whole.place(key.expression) for key in order)
        kinds = [key.kind for key in order]
        belongs = signature(entity.name, query.sort, kinds)
        condition = self.where(source, query.where, query.search)
        for one in fixed:
            own = Target(one.field, entity, entity.fields[one.field])
            condition = and_(condition, self.conditions.compile(source, own, one))
        backward = query.before is not None
        for where, cursor in (("after", query.after), ("before", query.before)):
            if cursor is not None:
                values = decode(belongs, kinds, cursor, where)
                if not all(key.holds(value) for key, value in zip(order, values, strict=True)):
                    raise bad(where)
                condition = and_(condition, beyond(order, values, backward))
        statement = self._select(source, whole, chosen).where(condition)
        statement = statement.order_by(*(key.clause(backward) for key in order)).limit(query.limit + 1)
        return Listing(statement, whole, order, places, belongs, backward)

    def records(self, entity: Entity, ids: Sequence[int], fields: Sequence[str] | None = None) -> tuple[Any, Shape]:
        """The statement and shape of these records, as far as they may be seen."""
        source = self.source(entity)
        whole, chosen = self._chosen(source, fields)
        key = source.table.c.id
        these = key == ids[0] if len(ids) == 1 else key.in_(ids)
        return self._select(source, whole, chosen).where(these, source.visible(entity, source.table)), whole

    def _chosen(self, source: Source, fields: Sequence[str] | None) -> tuple[Shape, tuple[Select[Any], int] | None]:
        """The shape of the fields; where all are asked for, with their selection, which is made once."""
        if fields is not None:
            return shape(source, wanted(source.entity, self.paths, fields)), None
        kept = self.paths.kept.get(source.entity.name)
        if kept is None or kept[2] is not source.table:
            whole = shape(source, wanted(source.entity, self.paths, None))
            kept = self.paths.kept[source.entity.name] = (whole, select(*whole.columns), source.table)
        whole, statement, _ = kept
        return replace(whole, columns=list(whole.columns)), (statement, len(whole.columns))

    @staticmethod
    def _select(source: Source, whole: Shape, chosen: tuple[Select[Any], int] | None) -> Select[Any]:
        """The selection of a shape that may have grown since, from a source that may have grown since."""
        if chosen is None:
            statement = select(*whole.columns)
        else:
            statement, columns = chosen
            if len(whole.columns) > columns:
                statement = statement.add_columns(*whole.columns[columns:])
        return statement if source.clause is source.table else statement.select_from(source.clause)

    def where(self, source: Source, conditions: Sequence[Condition] = (), search: str = "") -> ColumnElement[bool]:
        """The whole condition: what may be seen, what is asked for, what is searched for."""
        if len(conditions) > MOST_CONDITIONS:
            message = N_("A query can have at most {max} conditions.")
            raise Rejected([Fault("where", "too_many_conditions", message, {"max": MOST_CONDITIONS})])
        parts = [source.visible(source.entity, source.table)]
        faults: list[Fault] = []
        for condition in conditions:
            try:
                target = self.paths.required(source.entity, condition.field)
                parts.append(self.conditions.compile(source, target, condition))
            except Rejected as rejected:
                faults.extend(rejected.faults)
        if faults:
            raise Rejected(faults)
        fields = self.searched(source.entity)
        parts.extend(
            or_(false(), *(contains(source.table, field.name, word) for field in fields)) for word in words(search)
        )
        return and_(*parts)

    def searched(self, entity: Entity) -> list[Field]:
        """The fields that the search box looks into, as far as the actor may read them; the title, where none is
        named.
        """
        named = [field for field in entity.fields.values() if field.search and field.kind.searchable]
        if not named:
            titles = dict.fromkeys((entity.title_in(self.actor.language), entity.title))
            named = [
                entity.fields[name] for name in titles if name in entity.fields and entity.fields[name].kind.searchable
            ]
        return [field for field in named if self.access.field(entity.name, field.name) != "none"]

    def count(self, entity: Entity, query: Query) -> Select[Any]:
        """How many records match; it stops one beyond the number that is told exactly."""
        source = self.source(entity)
        condition = self.where(source, query.where, query.search)
        first = select(literal_column("1")).select_from(source.clause).where(condition).limit(COUNTED + 1).subquery()
        return select(func.count()).select_from(first)
