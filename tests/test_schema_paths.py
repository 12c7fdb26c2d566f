"""Whatever way tables came about, they are those that the definitions want; and what is refused changes nothing."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from sartor.metamodel.fields import TYPES
from sartor.metamodel.manifest import Entity, Field
from sartor.platform.schema.bringing import SchemaRefused
from sartor.platform.storage.database import Database
from sartor.tests import postgresql
from sartor.tests.manifests import entity, field, lines
from sartor.tests.schema_house import House

SETTINGS = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
KINDS = ("text", "text", "long_text", "integer", "decimal", "decimal", "date", "ref", "user", "geo_point")
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # these files need not survive a power cut
FLAGS = st.fixed_dictionaries({}, optional={name: st.just(True) for name in ("required", "unique", "index", "search")})


@st.composite
def fields(draw: st.DrawFn, name: str) -> Field:
    kind = draw(st.sampled_from(KINDS))
    given_: dict[str, Any] = draw(FLAGS)
    if kind in ("text", "long_text"):
        given_["max"] = draw(st.sampled_from([3, 20, 300]))
    elif kind == "decimal":
        given_["precision"], given_["scale"] = draw(st.sampled_from([(18, 2), (18, 4), (9, 2), (5, 0)]))
    elif kind == "ref":
        given_["of"] = draw(st.sampled_from(["m.a", "m.b"]))
        given_["on_delete"] = draw(st.sampled_from(["restrict", "cascade"]))
    if kind in ("text", "integer") and draw(st.booleans()):
        given_["default"] = {"text": "x", "integer": 7}[kind]
    if not TYPES[kind].searchable:
        given_.pop("search", None)
    return field(name, kind, **given_)


@st.composite
def packages(draw: st.DrawFn) -> tuple[Entity, ...]:
    """Two entities that may refer to each other, and a third that may be the lines of the first, or not be there."""
    wholes = []
    for name in ("m.a", "m.b"):
        names = draw(st.sets(st.sampled_from(["one", "two", "three", "four"]), min_size=1))
        wholes.append(entity(name, *(draw(fields(each)) for each in sorted(names))))
    third = draw(st.sampled_from(["absent", "plain", "owned", "many"]))
    if third in ("plain", "owned"):
        lines_field, owner = lines("m.a", "m.c", "a")
        owned = third == "owned"
        child = entity("m.c", field("a", "ref", of="m.a"), "note", owner=owner if owned else None)
        if owned:
            wholes[0] = entity("m.a", *wholes[0].fields.values(), lines_field)
        wholes.append(child)
    elif third == "many":
        wholes[0] = entity("m.a", *wholes[0].fields.values(), field("tags", "many", of="m.b"))
    return tuple(wholes)


@contextmanager
def house(url: str, folder: Path) -> Iterator[House]:
    database = Database(url, data=folder)
    try:
        yield House(database)
    finally:
        database.close()


def wanted_part(made: House, fresh: House) -> tuple[object, object]:
    """Both snapshots, of the tables and columns that a fresh company has."""
    full: Any = made.snapshot()
    want: Any = fresh.snapshot()
    parts = []
    for source in (full, want):
        tables = {}
        for name, table in want.items():
            columns = {key: source[name].columns[key] for key in table.columns}
            references = {key: source[name].references[key] for key in table.references}
            extra = set(source[name].references) - set(table.references)
            assert not extra & set(table.columns), "a column refers to something that nobody wants"
            indexes = source[name].indexes.items()
            own = {key: index for key, index in indexes if all(part in table.columns for part in index[1])}
            tables[name] = (columns, references, own)
        parts.append(tables)
    return parts[0], parts[1]


def put_rows(made: House, counter: Iterator[int]) -> None:
    """A row in every entity whose required fields can be filled without thinking."""
    for whole in made.manifest.entities.values() if made.manifest is not None else ():
        values: dict[str, Any] = {"position": 1} if whole.owner is not None else {}
        for each in whole.fields.values():
            number = next(counter)
            text = str(number)[-3:]
            simple = {"text": text, "long_text": text, "integer": number, "decimal": Decimal(number), "user": number}
            if each.type in simple:
                values[each.name] = simple[each.type]
        try:
            made.put(whole.name, **values)
        except sa.exc.IntegrityError:
            event("a row could not be filled in")


def walk(url: str, folder: Path, fresh_url: str, path: list[tuple[Entity, ...]], *, rows: bool) -> None:
    counter = itertools.count(1)
    with house(url, folder / "made") as made, house(fresh_url, folder / "fresh") as fresh:
        for step in path:
            try:
                before = made.snapshot() if made.manifest is not None else None
                made.bring(*step)
            except SchemaRefused:
                event("refused")
                assert made.snapshot() == before
            else:
                assert made.bring(*step) == []
                event("brought")
            if rows:
                put_rows(made, counter)
        assert made.manifest is not None
        fresh.bring(*made.manifest.entities.values())
        present, wanted = wanted_part(made, fresh)
        assert present == wanted
        for whole in made.manifest.entities.values():  # and all rows can be read as what they are now
            made.values(whole.name, *made.tables.of(whole.name).c.keys())


@SETTINGS
@given(st.lists(packages(), min_size=2, max_size=4), st.booleans())
def test_every_way_leads_to_the_same_tables_on_sqlite(path: list[tuple[Entity, ...]], rows: bool) -> None:
    with TemporaryDirectory(dir=MEMORY) as name:
        folder = Path(name)
        walk(f"sqlite:///{folder}/a.db", folder, f"sqlite:///{folder}/b.db", path, rows=rows)


@pytest.mark.slow
@settings(SETTINGS, max_examples=6)
@given(st.lists(packages(), min_size=2, max_size=3), st.booleans())
def test_every_way_leads_to_the_same_tables_on_postgresql(
    postgresql_server: postgresql.Server, path: list[tuple[Entity, ...]], rows: bool
) -> None:
    with (
        TemporaryDirectory(dir=MEMORY) as name,
        postgresql_server.database() as url,
        postgresql_server.database() as fresh_url,
    ):
        walk(url, Path(name), fresh_url, path, rows=rows)
