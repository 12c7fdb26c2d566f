"""Whose department `current_department` means: the one that the company's own records of its people say."""

from __future__ import annotations

from pathlib import Path

import pytest

from sartor.metamodel.compilation import Compiler
from sartor.metamodel.manifest import Condition
from sartor.platform.identity import prepare
from sartor.platform.query.query import Query
from sartor.platform.records.actor import Actor
from sartor.platform.records.records import Records
from sartor.platform.storage.database import Database
from sartor.platform.storage.release import Release, Releases
from sartor.rules.compilation import compile_company

FILES = {
    "company.yaml": "company: shop\nlabel: Shop\n",
    "entities/unit.yaml": "entity: unit\nfields: {name: {type: text, required: true}}\n",
    "entities/person.yaml": """entity: person
fields:
  name: {type: text}
  login: {type: user, unique: true}
  unit: {type: department, of: unit}
""",
    "entities/errand.yaml": """entity: errand
fields:
  name: {type: text}
  unit: {type: department, of: unit, default: current_department}
""",
}


@pytest.fixture
def shop(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Database, Release]:
    monkeypatch.setenv("SARTOR_DATA", str(tmp_path / "data"))
    for name, text in FILES.items():
        path = tmp_path / "shop" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    compilation = compile_company(Compiler(), tmp_path / "shop")
    assert compilation.manifest is not None, compilation.problems
    database = Database(database_url)
    prepare(database.control)
    return database, Releases(database).publish(compilation.manifest, "tests", "first")


def test_a_new_record_begins_with_the_department_of_who_makes_it(shop: tuple[Database, Release]) -> None:
    database, release = shop
    admin = Records(database, release, Actor(1, "admin", admin=True))
    sales, stock = (admin.create("shop.unit", {"name": name})["id"] for name in ("Sales", "Stock"))
    admin.create("shop.person", {"name": "Ann", "unit": sales})
    with database.write("shop") as connection:  # users are kept elsewhere; here their numbers are enough
        person = release.tables.of("shop.person")
        connection.execute(person.update().values(login=7))
        connection.execute(person.insert().values(name="Bob", login=8, unit=stock, version=1, **_stamps(connection)))
    ann, bob, carl = (Records(database, release, Actor(key, "x", admin=True)) for key in (7, 8, 9))
    assert ann.create("shop.errand", {"name": "a"})["unit"] == sales
    assert bob.create("shop.errand", {"name": "b"})["unit"] == stock
    assert carl.create("shop.errand", {"name": "c"})["unit"] is None
    mine = Query(where=(Condition("unit", "eq", "current_department"),))
    assert [record["name"] for record in bob.page("shop.errand", mine).records] == ["b"]


def test_where_the_company_keeps_no_people_there_is_no_department(shop: tuple[Database, Release]) -> None:
    database, release = shop
    assert release.manifest.staff is not None
    assert release.manifest.staff.entity == "shop.person"
    assert Records(database, release, Actor.system()).scope.actor.department is None


def _stamps(connection: object) -> dict[str, object]:
    from datetime import UTC, datetime

    return {"created_at": datetime.now(UTC), "updated_at": datetime.now(UTC)}
