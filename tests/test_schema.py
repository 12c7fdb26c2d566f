"""Tables follow the definitions: what is added, adapted and refused, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from sartor.metamodel.manifest import Entity
from sartor.platform.storage.database import Database
from sartor.tests.manifests import entity, field
from sartor.tests.schema_house import NOW, House, customer

D = Decimal


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> Iterator[House]:
    database = Database(database_url, data=tmp_path)
    yield House(database)
    database.close()


def test_new_entities_become_tables_and_a_second_time_nothing_happens(house: House) -> None:
    whole = (customer(field("tags", "many", of="crm.tag")), entity("crm.tag", "name"))
    assert house.bring(*whole) == ["crm.customer: new entity with 2 fields", "crm.tag: new entity with 1 field"]
    before = house.snapshot()
    assert house.bring(*whole) == []
    assert house.snapshot() == before


def test_a_new_field_becomes_a_column_that_is_empty_in_present_records(house: House) -> None:
    house.bring(customer())
    house.put("crm.customer", name="A")
    assert house.bring(customer("note", field("place", "geo_point"))) == [
        "crm.customer.note: new field",
        "crm.customer.place: new field",
    ]
    assert house.values("crm.customer", "name", "note", "place_lat") == [("A", None, None)]


def test_a_new_reference_is_a_real_one(house: House) -> None:
    house.bring(customer())
    house.put("crm.customer", name="A")
    assert house.bring(
        customer(field("parent", "ref", of="crm.customer"), field("region", "ref", of="crm.region")),
        entity("crm.region", "name"),
    ) == [
        "crm.customer.parent: new field",
        "crm.customer.region: new field",
        "crm.region: new entity with 1 field",
        "crm.customer: parent indexed",
        "crm.customer: region indexed",
    ]
    with pytest.raises(sa.exc.IntegrityError):
        house.put("crm.customer", name="B", region=7)
    house.put("crm.customer", name="B", region=house.put("crm.region", name="North"), parent=1)
    with pytest.raises(sa.exc.IntegrityError), house.database.write("acme") as connection:
        connection.execute(sa.delete(house.tables.of("crm.region")))


def test_a_new_required_field_needs_a_default_where_there_are_records(house: House) -> None:
    house.bring(customer())
    for name in "AB":
        house.put("crm.customer", name=name)
    assert house.refuse(customer(field("level", required=True))) == [
        (
            '"crm.customer.level" is new and required, but there are 2 records without it; give the field a '
            "default, which these then get, or make it required once it is filled in [D101]"
        )
    ]
    assert house.bring(customer(field("level", required=True, default="c"), field("rate", "money", default="0.5"))) == [
        "crm.customer.level: new field; 2 records get its default",
        "crm.customer.rate: new field",
    ]
    assert house.values("crm.customer", "name", "level", "rate") == [("A", "c", None), ("B", "c", None)]
    with pytest.raises(sa.exc.IntegrityError):
        house.put("crm.customer", name="C")


@pytest.mark.parametrize("word", ["today", "current_user"])
def test_a_default_that_means_the_moment_of_creation_fills_no_old_record(house: House, word: str) -> None:
    house.bring(customer())
    house.put("crm.customer", name="A")
    kind = {"today": "date", "current_user": "user"}[word]
    assert "[D101]" in house.refuse(customer(field("since", kind, required=True, default=word)))[0]


def test_a_new_required_field_of_an_empty_table_needs_nothing(house: House) -> None:
    house.bring(customer())
    house.bring(customer(field("level", required=True)))
    with pytest.raises(sa.exc.IntegrityError):
        house.put("crm.customer", name="C")


def test_a_field_becomes_required_once_it_is_filled(house: House) -> None:
    house.bring(customer("level"))
    first = house.put("crm.customer", name="A")
    assert house.refuse(customer(field("level", required=True))) == [
        (
            '"crm.customer.level" becomes required, but 1 record has no value; give the field a default, '
            "which these then get, or fill it in first [D102]"
        )
    ]
    with house.database.write("acme") as connection:
        table = house.tables.of("crm.customer")
        connection.execute(sa.update(table).where(table.c.id == first).values(level="a"))
    assert house.bring(customer(field("level", required=True))) == ["crm.customer.level: required from now on"]
    assert house.bring(customer("level")) == ["crm.customer.level: no longer required"]
    house.put("crm.customer", name="B")
    assert house.bring(customer(field("level", required=True, default="z"))) == [
        "crm.customer.level: required from now on; 1 record gets its default"
    ]
    assert house.values("crm.customer", "level") == ["a", "z"]


def test_texts_grow_and_shrink_only_as_far_as_their_values_allow(house: House) -> None:
    house.bring(customer(field("code", max=10, unique=True)))
    house.put("crm.customer", name="A", code="0123456789")
    assert house.bring(customer(field("code", max=20, unique=True))) == [
        "crm.customer.code: now text of at most 20 characters"
    ]
    house.put("crm.customer", name="B", code="0123456789abc")
    assert house.refuse(customer(field("code", max=12, unique=True))) == [
        (
            '"crm.customer.code" is text of at most 20 characters and would become text of at most 12 '
            "characters, too small for the value of 1 record, for example '0123456789abc'; keep the larger "
            "size, or change these values first [D104]"
        )
    ]
    assert house.bring(customer(field("code", "long_text", max=13, unique=True))) == [
        "crm.customer.code: now text of at most 13 characters"
    ]
    with pytest.raises(sa.exc.IntegrityError):
        house.put("crm.customer", name="C", code="0123456789abc")


def test_decimals_keep_their_value_when_their_scale_changes(house: House) -> None:
    def bring(scale: int, precision: int = 18, kind: str = "decimal") -> tuple[Entity, ...]:
        return (
            customer(field("rate", kind, **({"scale": scale, "precision": precision} if kind != "integer" else {}))),
        )

    house.bring(*bring(2))
    house.put("crm.customer", name="A", rate=D("-12.34"))
    house.put("crm.customer", name="B", rate=None)
    assert house.bring(*bring(4)) == ["crm.customer.rate: now a decimal of 18 digits with 4 after the point"]
    assert [str(value) for value in house.values("crm.customer", "rate")] == ["-12.3400", "None"]
    house.bring(*bring(2, precision=4))
    assert [str(value) for value in house.values("crm.customer", "rate")] == ["-12.34", "None"]
    assert house.refuse(*bring(1)) == [
        (
            '"crm.customer.rate" is a decimal of 4 digits with 2 after the point and would become a decimal '
            "of 18 digits with 1 after the point, too small for the value of 1 record, for example "
            "'-12.34'; keep the larger size, or change these values first [D104]"
        )
    ]
    assert "[D104]" in house.refuse(*bring(2, precision=3))[0]
    assert "[D103]" in house.refuse(*bring(0, kind="integer"))[0]


def test_whole_numbers_become_decimals(house: House) -> None:
    house.bring(customer(field("count", "integer")))
    house.put("crm.customer", name="A", count=-7)
    house.bring(customer(field("count", "decimal", scale=3)))
    assert [str(value) for value in house.values("crm.customer", "count")] == ["-7.000"]
    house.bring(customer(field("count", "decimal", scale=3), field("big", "integer")))
    house.put("crm.customer", name="B", big=10**17)
    assert "too small" in house.refuse(customer(field("big", "decimal", scale=2)))[0]


def test_another_type_is_refused_where_there_are_values_and_fine_where_there_are_none(house: House) -> None:
    house.bring(customer(field("since", "date", index=True)))
    house.put("crm.customer", name="A")
    assert house.bring(customer(field("since", "integer", index=True))) == ["crm.customer.since: now an integer"]
    house.put("crm.customer", name="B", since=2020)
    assert house.refuse(customer(field("since", "date"))) == [
        (
            '"crm.customer.since" is an integer and would become a date, but 1 record has a value; keep the '
            "type, or add a new field beside it and carry the values over [D103]"
        )
    ]


def test_a_reference_to_something_else_is_refused_where_there_are_values(house: House) -> None:
    region = entity("crm.region", "name")
    house.bring(customer(field("place", "ref", of="crm.region")), region)
    house.put("crm.customer", name="A", place=house.put("crm.region", name="North"))
    assert house.refuse(customer(field("place", "ref", of="crm.customer")), region) == [
        (
            '"crm.customer.place" refers to "crm.region" and would refer to "crm.customer", but 1 record '
            "has a value; add a new field beside it and carry the values over [D105]"
        )
    ]
    assert '"crm.region" and would refer to nothing' in house.refuse(customer(field("place", "user")), region)[0]
    with house.database.write("acme") as connection:
        connection.execute(sa.update(house.tables.of("crm.customer")).values(place=None))
    house.bring(customer(field("place", "ref", of="crm.customer")), region)
    house.put("crm.customer", name="B", place=1)


def test_what_deletion_does_may_change(house: House) -> None:
    def whole(on_delete: str) -> tuple[Entity, ...]:
        return customer(field("region", "ref", of="crm.region", on_delete=on_delete)), entity("crm.region", "name")

    house.bring(*whole("restrict"))
    region = house.put("crm.region", name="North")
    house.put("crm.customer", name="A", region=region)
    house.bring(*whole("clear"))
    with house.database.write("acme") as connection:
        connection.execute(sa.delete(house.tables.of("crm.region")))
    assert house.values("crm.customer", "name", "region") == [("A", None)]


def test_a_field_becomes_unique_only_where_its_values_are(house: House) -> None:
    house.bring(customer("code"))
    for code in ("a", "b", "b", None, None):
        house.put("crm.customer", name="A", code=code)
    assert house.refuse(customer(field("code", unique=True))) == [
        (
            "\"crm.customer.code\" would be unique, but 1 value occurs more than once, for example 'b'; "
            "change these values first [D106]"
        )
    ]
    assert (
        '"crm.customer.name" with "crm.customer.code" would be unique'
        in (house.refuse(customer("code", unique={"both": ("name", "code")}))[0])
    )
    assert "[D106]" in house.refuse(customer("code", field("new", required=True, default="x", unique=True)))[0]
    with house.database.write("acme") as connection:
        table = house.tables.of("crm.customer")
        connection.execute(sa.update(table).where(table.c.id == 3).values(code="c"))
    assert house.bring(customer(field("code", unique=True))) == ["crm.customer: code unique from now on"]
    with pytest.raises(sa.exc.IntegrityError):
        house.put("crm.customer", name="A", code="c")
    assert house.bring(customer("code")) == ["crm.customer: code no longer unique"]
    house.put("crm.customer", name="A", code="c")


def test_indexes_come_and_go_with_the_definition(house: House) -> None:
    house.bring(customer("code"))
    assert house.bring(customer(field("code", index=True), indexes={"both": ("name", "code")})) == [
        "crm.customer: code indexed",
        "crm.customer: name, code indexed",
    ]
    assert house.bring(customer("code", indexes={"both": ("code", "name")})) == [
        "crm.customer: code no longer indexed",
        "crm.customer: name, code no longer indexed",
        "crm.customer: code, name indexed",
    ]


def test_searching_a_field_fills_its_shadow_for_present_records(house: House) -> None:
    house.bring(customer("note"))
    for name, note in (("ÉCOLE", None), ("Straße", "ＡＢＣ")):
        house.put("crm.customer", name=name, note=note)
    searched = entity("crm.customer", field("name", required=True, search=True), field("note", search=True))
    assert (
        house.bring(searched)
        == [
            "crm.customer.name: found by searching",
            "crm.customer.note: found by searching",
            "crm.customer: name_fold indexed",
            "crm.customer: name no longer indexed",
        ]
        or house.manifest is not None
    )
    assert house.values("crm.customer", "name_fold", "note_fold") == [("école", None), ("strasse", "abc")]
    house.bring(customer("note"))
    house.put("crm.customer", name="New", note="Later")
    house.bring(searched)
    assert house.values("crm.customer", "name_fold", "note_fold")[2] == ("new", "later")


def test_more_records_than_one_batch_get_their_shadow(house: House) -> None:
    house.bring(customer())
    with house.database.write("acme") as connection:
        row = {"version": 1, "created_at": NOW, "updated_at": NOW}
        connection.execute(sa.insert(house.tables.of("crm.customer")), [row | {"name": f"N{i}"} for i in range(2300)])
    house.bring(entity("crm.customer", field("name", required=True, search=True)))
    assert house.values("crm.customer", "name_fold") == [f"n{i}" for i in range(2300)]


def test_a_shadow_becomes_required_with_its_field(house: House) -> None:
    house.bring(entity("crm.customer", field("name", search=True)))
    house.put("crm.customer", name="A")
    house.bring(entity("crm.customer", field("name", search=True, required=True)))
    assert not house.tables.of("crm.customer").c.name_fold.nullable
    assert house.values("crm.customer", "name_fold") == ["a"]
    assert house.bring(entity("crm.customer", field("name", search=True, required=True))) == []
