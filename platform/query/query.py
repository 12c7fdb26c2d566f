"""Queries: what a reader asks for, and what comes back.

In: conditions, search words, sort keys, paths of fields, a cursor, from any channel. Out: Query and Page, the two
values that the records service takes and gives. Knows nothing of SQL; `query_compiler` alone turns a Query into
statements.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...metamodel.invalid import N_
from ...metamodel.manifest import Condition, SortKey
from ..records.errors import Fault, Rejected

__all__ = ["Condition", "Page", "Query", "SortKey", "conditions", "sort_keys"]

OPERATORS = ("eq", "ne", "lt", "lte", "gt", "gte", "contains", "starts", "in", "not_in", "empty", "between")
MOST_RECORDS = 500
MOST_CONDITIONS = 50
MOST_SORT_KEYS = 5
MOST_EXPANDED = 8
COUNTED = 10_000


@dataclass(frozen=True)
class Query:
    """What to read of one entity. All conditions must hold; paths go at most one hop (`customer.level`).

    `fields` None means every readable field except owned rows; `expand` names refs, many, lines and files whose
    records come along. `after` and `before` are cursors of an earlier page with the same sort. `totals` are (path,
    sum|avg|min|max|count).
    """

    where: tuple[Condition, ...] = ()
    search: str = ""
    sort: tuple[SortKey, ...] = ()
    fields: tuple[str, ...] | None = None
    expand: tuple[str, ...] = ()
    limit: int = 50
    after: str | None = None
    before: str | None = None
    count: bool = False
    totals: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Page:
    """Some records in order, and how to go on.

    `next` and `previous` are cursors or None at the ends. `count` is there where it was asked for; beyond 10,000 the
    counting stops and `count_is_minimum` is true. `totals` go over all records that match: by path a value, or by
    path and currency (unit) where a field of the record names that.
    """

    records: list[dict[str, Any]]
    next: str | None = None
    previous: str | None = None
    count: int | None = None
    count_is_minimum: bool = False
    totals: dict[str, Any] = field(default_factory=dict)


def conditions(where: Mapping[str, Any]) -> tuple[Condition, ...]:
    """Conditions from the shape that definitions and the API share.

    `{"level": "a"}` equals, `{"level": ["a", "b"]}` one of, `{"amount": {"gte": 1000, "lt": 5000}}` by operators.
    Raises Rejected for an operator that does not exist.
    """
    found: list[Condition] = []
    for path, said in where.items():
        if isinstance(said, Mapping) and said and set(said) <= set(OPERATORS):
            found.extend(Condition(path, op, value) for op, value in said.items())
        elif isinstance(said, Mapping) and not {"entity", "id"} >= set(said):
            raise Rejected([Fault(path, "unknown_operator", N_("There is no such way to filter."))])
        elif isinstance(said, (list, tuple)):
            found.append(Condition(path, "in", list(said)))
        else:
            found.append(Condition(path, "eq", said))
    return tuple(found)


def sort_keys(keys: Iterable[str]) -> tuple[SortKey, ...]:
    """Sort keys from texts: `name` ascending, `-created_at` descending."""
    return tuple(SortKey(key.removeprefix("-"), key.startswith("-")) for key in keys if key.strip("- "))
