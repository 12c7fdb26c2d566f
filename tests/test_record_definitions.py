"""Every list, look-up, field and form of the standard packages works on both databases, as a company's people use
it.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import sartor
from sartor.metamodel.compilation import Compiler
from sartor.metamodel.fields.file import File
from sartor.metamodel.manifest import Entity, Field, Manifest
from sartor.metamodel.system_fields import SYSTEM
from sartor.platform.query.query import Condition, Query, SortKey
from sartor.platform.records.errors import Rejected
from sartor.platform.records.records import Records
from sartor.rules.compilation import compile_company
from sartor.tests.record_house import House, build

pytestmark = pytest.mark.slow
ACME = Path(sartor.__file__).parent / "examples" / "acme"
# A value to compare with, as a person might type it.
TYPED: dict[str, Any] = {
    "text": "A%_é", "long_text": "a", "rich_text": "a", "integer": "7", "decimal": "1.005", "money": "10",
    "percent": "0.5", "quantity": "3", "boolean": "true", "date": "today-30d", "datetime": "today", "time": "09:30",
    "duration": "1:30", "ref": 1, "department": "current_department", "many": 1, "user": "current_user",
    "email": "a@example.com", "rating": 3, "phone": "+86 21 5555", "url": "https://example.com", "sequence": "SO",
    "color": "#ffffff", "address": "上海",
}  # fmt: skip
COUNTER = itertools.count()


@cache
def acme() -> Manifest:
    compilation = compile_company(Compiler(), ACME)
    assert compilation.manifest is not None, compilation.problems
    return compilation.manifest


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def company(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("acme")
    if request.param == "sqlite":
        house = build(f"sqlite:///{folder / 'control.db'}", folder, acme())
        yield house
        house.database.close()
        return
    with request.getfixturevalue("postgresql_server").database() as url:
        house = build(url, folder, acme())
        yield house
        house.database.close()


def operand(field: Field, op: str) -> Any:
    value = next(iter(field.options), None) if field.options else TYPED.get(field.type)
    if field.type == "any_ref":
        value = {"entity": field.settings["of"][0], "id": 1}
    if op == "empty":
        return True
    return [value, value] if op in ("in", "not_in", "between") else value


def test_every_list_with_every_quick_filter_answers(company: House) -> None:
    records = company.as_(department=1)
    for view in acme().lists.values():
        totals = tuple((column.path, column.total) for column in view.columns if column.total)
        fields = tuple(column.path for column in view.columns)
        for where in [(), *(quick.where for quick in view.filters.values())]:
            query = Query(
                where=(*view.where, *where), sort=view.sort, fields=fields, totals=totals, count=True, search="a é"
            )
            assert records.page(view.entity, query).count == 0, view.name


def test_every_field_can_be_filtered_by_each_of_its_operators_and_sorted_if_it_says_so(company: House) -> None:
    records = company.as_(department=1)
    for entity in acme().entities.values():
        fields = [*entity.fields.values(), *(field for field in SYSTEM.values() if field.name != "position")]
        where = [Condition(field.name, op, operand(field, op)) for field in fields for op in field.kind.operators]
        sortable = [field.name for field in fields if field.kind.sortable and field.kind.columns(field)]
        for start in range(0, max(len(where), len(sortable) * 10), 50):
            sort = tuple(SortKey(name, descending=True) for name in sortable[start // 10 : start // 10 + 5])
            records.page(entity.name, Query(where=tuple(where[start : start + 50]), sort=sort, fields=("id",)))


def test_every_reference_can_be_looked_up_and_every_title_read(company: House) -> None:
    for language in ("en", "zh"):
        records = company.as_(language=language)
        for entity in acme().entities.values():
            records.page(entity.name, Query(search="x"))
            for field in entity.fields.values():
                if field.type in ("ref", "department", "many", "any_ref", "user"):
                    records.options(entity.name, field.name, "a")


def filled(records: Records, entity: Entity, made: dict[str, int], depth: int = 0) -> dict[str, Any]:
    """Values for the fields that a new record must have; references to records that are made for it."""
    values: dict[str, Any] = {}
    for field in entity.fields.values():
        owned = entity.owner is not None and entity.owner.by == field.name
        needed = field.required or bool(field.type == "lines" and field.settings.get("min"))
        given = field.computed or owned or field.type == "sequence"
        if needed and not given and (field.default is None or field.type in ("user", "department")):
            values[field.name] = sample(records, field, made, depth)
    return values


def chosen(records: Records, field: Field, made: dict[str, int], depth: int) -> int:
    """A record that a reference may name, also where only records with some values may be chosen."""
    where = field.settings.get("where") or {}
    entity = field.settings["of"]
    if not where:
        return known(records, entity, made, depth)
    return int(records.create(entity, {**filled(records, acme().entities[entity], made, depth), **where})["id"])


def sample(records: Records, field: Field, made: dict[str, int], depth: int) -> Any:
    if field.type in ("ref", "department"):
        return chosen(records, field, made, depth + 1)
    if field.type == "lines":
        child = acme().entities[field.settings["of"]]
        return [filled(records, child, made, depth + 1) for _ in range(field.settings.get("min") or 1)]
    if field.type == "any_ref":
        return {"entity": field.settings["of"][0], "id": known(records, field.settings["of"][0], made, depth + 1)}
    if field.type == "many":
        return [known(records, field.settings["of"], made, depth + 1)]
    if field.options:
        return list(field.options)[next(COUNTER) % len(field.options)]
    if isinstance(field.kind, File):
        kept = records.store_file(f"a.{(field.kind.accepts(field) or ('txt',))[0]}", io.BytesIO(b"%PDF-"), None).id
        return [kept] if field.settings.get("multiple") else kept
    plain = {"user": 1, "date": "2026-04-01", "datetime": "2026-04-01T08:00:00Z", "boolean": True, "time": "09:30"}
    if field.type in plain:
        return plain[field.type]
    if field.type in ("integer", "decimal", "money", "percent", "quantity", "rating"):
        low, high = field.settings.get("min"), field.settings.get("max")
        return low if low is not None else 0 if high is None else min(high, 0)
    if field.type == "json":
        return {}
    texts = {"email": "a@example.com", "phone": "+86 21 5555 0000", "url": "https://example.com", "color": "#123456"}
    return texts.get(field.type, f"x{next(COUNTER)}")


def known(records: Records, entity: str, made: dict[str, int], depth: int) -> int:
    if entity not in made:
        assert depth < 12, entity
        definition = acme().entities[entity]
        values = filled(records, definition, made, depth)
        if definition.owner is not None:
            values[definition.owner.by] = known(records, definition.owner.entity, made, depth + 1)
        made[entity] = records.create(entity, values)["id"]
    return made[entity]


def test_a_record_of_every_entity_can_be_made_read_changed_stepped_and_deleted(company: House) -> None:
    records = company.as_(channel="setup")  # read-only fields may be required, for rules to fill in
    made: dict[str, int] = {}
    refused: dict[str, str] = {}
    for entity in acme().entities.values():
        if entity.owner is None:
            try:
                known(records, entity.name, made, 0)
            except Rejected as rejected:
                refused[entity.name] = str(rejected)
    assert refused == {}
    for name, id in made.items():
        if acme().entities[name].owner is not None:
            continue
        record = records.get(name, id)
        again = records.update(name, id, record, version=record["version"])
        assert again["version"] == record["version"], (name, "sent back as read, nothing changes")
        life = acme().entities[name].lifecycle
        for step in life.transitions.values() if life is not None else ():
            if record[life.field] in step.source:
                assert records.transition(name, id, step.name)[life.field] == step.target
                break
        assert records.history(name, id)
    assert records.label("crm.customer", made["crm.customer"])
