"""Query strings: what a list is asked for, as a Query.

    ?level=a&amount.gte=1000&owner.in=1,2&due.between=2026-01-01,2026-02-01&customer.level=a&tags.empty=true
    &search=acme&sort=-created_at,name&fields=name,customer.name&expand=customer&limit=20&after=…&count=true

In: the parameters of a request, an entity, the paths that the actor may read. Out: a Query, and for each condition the
parameter that it came from, so that a fault found later still names what the client sent. A name followed by an
operator is a filter even where the bare name is a word of its own: a field `limit` is reached by `limit.eq`. Knows
nothing of SQL; what a value means is decided by the field.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any

from werkzeug.datastructures import MultiDict

from ...metamodel.invalid import N_
from ...metamodel.manifest import SYSTEM_FIELDS, Condition, Entity
from ..query.paths import Paths
from ..query.query import MOST_RECORDS, OPERATORS, Query, sort_keys
from ..records.errors import Fault, Rejected
from .body import clean
from .problem import Problem, bad_query

WORDS = ("sort", "fields", "expand", "search", "limit", "after", "before", "count", "labels", "totals")
SHOWING = ("fields", "expand", "labels")
FLAGS = {"true": True, "1": True, "false": False, "0": False}
LISTED = ("sort", "fields", "expand", "totals")
LISTS = ("in", "not_in", "between")
MOST_PARAMETERS = 100
REPEATED = N_("{name} can be said only once.")
NO_PARAMETER = (
    "unknown_parameter",
    N_("There is no parameter “{name}”."),
    N_("There is no parameter “{name}”; did you mean “{near}”?"),
)
NO_FIELD = (
    "unknown_field",
    N_("There is no field “{name}”."),
    N_("There is no field “{name}”; did you mean “{near}”?"),
)


@dataclass(frozen=True)
class Asked:
    """A Query, whether labels are wanted, and the parameter behind each path."""

    query: Query
    labels: bool = False
    origins: dict[str, str] = field(default_factory=dict)

    def problem(self, rejected: Rejected) -> Problem:
        """What was wrong with the query, naming the parameters as they were sent."""
        return bad_query([replace(fault, path=self.origins.get(fault.path, fault.path)) for fault in rejected.faults])


def asked_of_list(parameters: MultiDict[str, str], entity: Entity, paths: Paths) -> Asked:
    """What the parameters of a list ask for. Raises Problem (400) with every fault at its parameter."""
    faults: list[Fault] = []
    _few(parameters)
    words, rest = _apart(parameters, WORDS, faults)
    where: list[Condition] = []
    origins: dict[str, str] = {}
    for name in rest:
        found = _condition(name, parameters.getlist(name), entity, paths)
        if isinstance(found, Fault):
            faults.append(found)
        else:
            where.append(found)
            origins[found.field] = name if origins.get(found.field, name) == name else found.field
    given = _Words(words, faults)
    totals = tuple(_total(one) for one in given.texts("totals"))
    query = Query(
        where=tuple(where),
        search=words.get("search", ""),
        sort=sort_keys(given.texts("sort")),
        fields=given.texts("fields") if "fields" in words else None,
        expand=given.texts("expand"),
        limit=given.number("limit", 50, MOST_RECORDS),
        after=words.get("after") or None,
        before=words.get("before") or None,
        count=given.flag("count"),
        totals=totals,
    )
    origins |= _origins(entity, paths, query, faults)
    labels = given.flag("labels")
    if faults:
        raise bad_query(faults)
    return Asked(query, labels, origins)


def asked_of_record(parameters: MultiDict[str, str], entity: Entity, paths: Paths) -> Asked:
    """What the parameters of a single record ask for: fields, expand, labels. Raises Problem (400)."""
    faults: list[Fault] = []
    _few(parameters)
    words, rest = _apart(parameters, SHOWING, faults)
    faults.extend(_unknown(name, SHOWING) for name in rest)
    given = _Words(words, faults)
    query = Query(fields=given.texts("fields") if "fields" in words else None, expand=given.texts("expand"))
    origins = _origins(entity, paths, query, faults)
    labels = given.flag("labels")
    if faults:
        raise bad_query(faults)
    return Asked(query, labels, origins)


def only(parameters: MultiDict[str, str], *known: str) -> None:
    """Refuse parameters that mean nothing here. Raises Problem (400)."""
    _few(parameters)
    faults: list[Fault] = []
    _, rest = _apart(parameters, known, faults)
    faults.extend(_unknown(name, known) for name in rest)
    if faults:
        raise bad_query(faults)


class _Words:
    """The parameters that are no filters, read; what is wrong with them is added to `faults`."""

    def __init__(self, words: dict[str, str], faults: list[Fault]) -> None:
        self._words = words
        self._faults = faults

    def texts(self, name: str) -> tuple[str, ...]:
        return tuple(text.strip() for text in self._words.get(name, "").split(",") if text.strip())

    def flag(self, name: str) -> bool:
        said = self._words.get(name, "false").lower()
        if said not in FLAGS:
            message = N_("{name} must be true or false.")
            self._faults.append(Fault(name, "not_boolean", message, {"name": name}))
        return FLAGS.get(said, False)

    def number(self, name: str, default: int, most: int) -> int:
        said = self._words.get(name)
        if said is None:
            return default
        if said.isascii() and said.isdecimal() and len(said) < 10 and 1 <= int(said) <= most:
            return int(said)
        message = N_("{name} must be a whole number from 1 to {max}.")
        self._faults.append(Fault(name, "bad_limit", message, {"name": name, "max": most}))
        return default


def _few(parameters: MultiDict[str, str]) -> None:
    if len(parameters) > MOST_PARAMETERS:
        message = N_("A request can have at most {max} parameters.")
        raise bad_query([Fault("", "too_many_parameters", message, {"max": MOST_PARAMETERS})])


def _apart(
    parameters: MultiDict[str, str], known: Sequence[str], faults: list[Fault]
) -> tuple[dict[str, str], list[str]]:
    """The parameters that are words, and the names of the others."""
    words: dict[str, str] = {}
    for name in known:
        said = parameters.getlist(name)
        if len(said) > 1 and name not in LISTED:
            faults.append(Fault(name, "repeated", REPEATED, {"name": name}))
        if said:
            words[name] = ",".join(said) if name in LISTED else said[0]
    return words, [name for name in parameters if name not in known]


def _condition(name: str, values: Sequence[str], entity: Entity, paths: Paths) -> Condition | Fault:
    path, dot, op = name.rpartition(".")
    if not dot or op not in OPERATORS or paths.target(entity, path) is None:
        path, op = name, "eq"
    target = paths.target(entity, path)
    if target is None:
        return _unknown(name, (*WORDS, *_names(entity, paths)))
    if op == "eq" and len(values) > 1:
        op = "in"
    value: Any = values[-1]
    if op in LISTS:
        # Commas part the values of one parameter; a parameter that is repeated says each value as it is.
        value = list(values) if len(values) > 1 else [part.strip() for part in values[0].split(",")]
    elif len(values) > 1:
        return Fault(clean(name), "repeated", REPEATED, {"name": clean(name)})
    return Condition(path, op, value)


def _origins(entity: Entity, paths: Paths, query: Query, faults: list[Fault]) -> dict[str, str]:
    """The parameter behind each path of `fields`, `expand`, `sort` and `totals`; unknown ones become faults."""
    found: dict[str, str] = {}
    named = {
        "fields": query.fields or (),
        "expand": query.expand,
        "sort": [key.path for key in query.sort],
        "totals": [path for path, _ in query.totals],
    }
    for parameter, names in named.items():
        for path in names:
            found[path] = parameter
            if paths.target(entity, path) is None:
                faults.append(_unknown(path, _names(entity, paths), parameter))
    return found


def _total(text: str) -> tuple[str, str]:
    path, _, function = text.rpartition(".")
    return (path, function) if path else (text, "sum")


def _names(entity: Entity, paths: Paths) -> Iterable[str]:
    """What may be named: the fields that the actor may read."""
    return (name for name in (*SYSTEM_FIELDS, *entity.fields) if paths.target(entity, name) is not None)


def _unknown(name: str, known: Iterable[str], parameter: str | None = None) -> Fault:
    """The fault of a name that means nothing: of a parameter, or of a field that the parameter names."""
    shown = clean(name)
    near = get_close_matches(shown, sorted(known), n=1)
    code, message, nearly = NO_PARAMETER if parameter is None else NO_FIELD
    params = {"name": shown, **({"near": near[0]} if near else {})}
    return Fault(clean(parameter or name), code, nearly if near else message, params)
