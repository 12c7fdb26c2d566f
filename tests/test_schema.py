"""Tables follow the definitions: what is added, adapted, kept and refused, on both databases."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from sartor.metamodel.codes import CODES
from sartor.metamodel.manifest import Entity, Field, Manifest
from sartor.platform.columns import fold
from sartor.platform.database import Database
from sartor.platform.schema import SchemaRefused, bring
from sartor.platform.snapshot import snapshot
from sartor.platform.tables import Tables
from sartor.tests.manifests import entity, field, lines, manifest

NOW = datetime(2026, 1, 31, tzinfo=UTC)
D = Decimal


class House:
    """One company's tables, brought from manifest to manifest."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.manifest: Manifest | None = None
        self.tables = Tables(manifest(), database.schema("acme"))

    def bring(self, *entities: Entity) -> list[str]:
        """Bring the tables to these entities; the manifest before stays in force where that is refused."""
        wanted = manifest(entities)
        tables = Tables(wanted, self.database.schema("acme"))
        with self.database.change("acme") as connection:
            said = bring(connection, tables, self.manifest)
        self.manifest, self.tables = wanted, tables
        return said

    def refuse(self, *entities: Entity) -> list[str]:
        """The reasons why this is refused; nothing may have changed."""
        before = self.snapshot()
        with pytest.raises(SchemaRefused) as caught:
            self.bring(*entities)
        assert self.snapshot() == before
        assert {problem.code for problem in caught.value.problems} <= set(CODES)
        return [str(problem) for problem in caught.value.problems]

    def snapshot(self) -> object:
        with self.database.read("acme") as connection:
            return snapshot(connection, self.database.schema("acme"))

    def put(self, name: str, /, **values: Any) -> int:
        table = self.tables.of(name)
        whole = {"version": 1, "created_at": NOW, "updated_at": NOW} | values
        for column in table.c:
            if column.info.get("shadow"):
                whole[column.name] = fold(values.get(column.info["field"]))
        with self.database.write("acme") as connection:
            return int(connection.execute(sa.insert(table), whole).inserted_primary_key[0])  # type: ignore[index]

    def values(self, name: str, *columns: str) -> list[Any]:
        table = self.tables.of(name)
        with self.database.read("acme") as connection:
            found = connection.execute(sa.select(*(table.c[column] for column in columns)).order_by(table.c.id)).all()
        return [row[0] if len(columns) == 1 else tuple(row) for row in found]


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> Iterator[House]:
    database = Database(database_url, data=tmp_path)
    yield House(database)
    database.close()


def customer(*fields: Field | str, **given: Any) -> Entity:
    return entity("crm.customer", field("name", required=True), *fields, **given)


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


def test_a_removed_field_is_kept_out_of_sight_and_comes_back(house: House) -> None:
    house.bring(customer(field("fax", required=True), "note"))
    house.put("crm.customer", name="A", fax="123")
    assert house.bring(customer("note")) == ["crm.customer.fax: no longer a field; its values are kept, out of sight"]
    assert house.bring(customer("note")) == []
    house.put("crm.customer", name="B")
    assert house.bring(customer("fax", "note")) == []
    assert house.values("crm.customer", "name", "fax") == [("A", "123"), ("B", None)]


def test_a_removed_reference_holds_no_deletion_back(house: House) -> None:
    region = entity("crm.region", "name")
    house.bring(customer(field("region", "ref", of="crm.region", required=True)), region)
    house.put("crm.customer", name="A", region=house.put("crm.region", name="North"))
    house.bring(customer(), region)
    with house.database.write("acme") as connection:
        connection.execute(sa.delete(house.tables.of("crm.region")))
    assert house.values("crm.customer", "name") == ["A"]
    house.bring(customer(field("region", "ref", of="crm.region")), region)
    assert house.values("crm.customer", "region") == [None]


def test_a_removed_entity_is_kept_holds_nothing_back_and_comes_back(house: House) -> None:
    visit = entity("crm.visit", field("customer", "ref", of="crm.customer", required=True), "note")
    house.bring(customer(), visit)
    house.put("crm.visit", customer=house.put("crm.customer", name="A"), note="n")
    assert house.bring(customer()) == ["crm.visit: no longer an entity; 1 record kept, out of sight"]
    with house.database.write("acme") as connection:
        connection.execute(sa.delete(house.tables.of("crm.customer")))
    assert "[D102]" in house.refuse(customer(), visit)[0]
    optional = entity("crm.visit", field("customer", "ref", of="crm.customer"), "note")
    house.bring(customer(), optional)
    assert house.values("crm.visit", "customer", "note") == [(None, "n")]


def test_removed_owned_rows_go_with_their_owner_still(house: House) -> None:
    line_field, owner = lines("crm.customer", "crm.contact", "customer")
    contact = entity("crm.contact", field("customer", "ref", of="crm.customer"), "name", owner=owner)
    house.bring(customer(line_field), contact)
    house.put("crm.contact", customer=house.put("crm.customer", name="A"), position=1, name="Bob")
    contacts = house.tables.of("crm.contact")
    house.bring(customer())
    with house.database.write("acme") as connection:
        connection.execute(sa.delete(house.tables.of("crm.customer")))
        assert connection.execute(sa.select(contacts)).all() == []


def test_records_that_become_owned_rows_get_a_position(house: House) -> None:
    plain = entity("crm.contact", field("customer", "ref", of="crm.customer"), "name")
    house.bring(customer(), plain)
    house.put("crm.contact", customer=house.put("crm.customer", name="A"), name="Bob")
    line_field, owner = lines("crm.customer", "crm.contact", "customer")
    house.bring(customer(line_field), msgspec.structs.replace(plain, owner=owner))
    assert house.values("crm.contact", "position") == [0]
    house.bring(customer(), plain)
    house.put("crm.contact", name="Stray")


def test_a_renamed_field_keeps_its_values_references_and_shadow(house: House) -> None:
    def whole(name: str, region: str, tags: str, was: bool) -> tuple[Entity, ...]:
        def old(word: str) -> str | None:
            return word if was else None

        return (
            customer(
                field(name, search=True, unique=True, was=old("phone")),
                field(region, "ref", of="crm.region", was=old("region")),
                field(tags, "many", of="crm.region", was=old("tags")),
            ),
            entity("crm.region", "name"),
        )

    house.bring(*whole("phone", "region", "tags", was=False))
    house.put("crm.customer", name="A", phone="ＡBC", region=house.put("crm.region", name="North"))
    with house.database.write("acme") as connection:
        connection.execute(
            sa.insert(house.tables.link("crm.customer", "tags")), {"owner": 1, "target": 1, "position": 1}
        )
        sequence = house.tables.system.sequence
        connection.execute(sa.insert(sequence), {"entity": "crm.customer", "field": "phone", "period": "", "last": 7})
    said = house.bring(*whole("telephone", "area", "labels", was=True))
    assert said[:3] == [
        "crm.customer.phone: renamed to telephone",
        "crm.customer.region: renamed to area",
        "crm.customer.tags: renamed to labels",
    ]
    assert house.values("crm.customer", "telephone", "telephone_fold", "area") == [("ＡBC", "abc", 1)]
    with house.database.read("acme") as connection:
        assert connection.execute(sa.select(house.tables.link("crm.customer", "labels"))).all() == [(1, 1, 1)]
        assert connection.execute(sa.select(sequence.c.field)).scalars().all() == ["telephone"]
    assert house.bring(*whole("telephone", "area", "labels", was=True)) == []
    with pytest.raises(sa.exc.IntegrityError):
        house.put("crm.customer", name="B", telephone="ＡBC")
    with pytest.raises(sa.exc.IntegrityError):
        house.put("crm.customer", name="B", area=99)


def test_a_renamed_entity_keeps_its_records_lines_history_and_what_refers_to_it(house: House) -> None:
    def whole(name: str, was: str | None) -> tuple[Entity, ...]:
        line_field, owner = lines(name, "crm.contact", "customer")
        return (
            entity(name, "name", line_field, field("tags", "many", of="crm.tag"), was=was),
            entity("crm.contact", field("customer", "ref", of=name), "name", owner=owner),
            entity("crm.tag", "name", field("about", "any_ref", of=[name])),
        )

    house.bring(*whole("crm.client", None))
    client = house.put("crm.client", name="A")
    house.put("crm.contact", customer=client, name="Bob", position=1)
    tag = house.put("crm.tag", name="t", about_entity="crm.client", about_id=client)
    with house.database.write("acme") as connection:
        link = {"owner": client, "target": tag, "position": 1}
        connection.execute(sa.insert(house.tables.link("crm.client", "tags")), link)
        connection.execute(
            sa.insert(house.tables.system.external_id), {"entity": "crm.client", "name": "a", "record": client}
        )
    assert house.bring(*whole("crm.customer", "client"))[0] == "crm.client: renamed to crm.customer"
    assert house.values("crm.customer", "name") == ["A"]
    assert house.values("crm.tag", "about_entity") == ["crm.customer"]
    with house.database.read("acme") as connection:
        assert connection.execute(sa.select(house.tables.link("crm.customer", "tags"))).all() == [(client, tag, 1)]
        assert connection.execute(sa.select(house.tables.system.external_id.c.entity)).scalars().all() == [
            "crm.customer"
        ]
    assert house.bring(*whole("crm.customer", "client")) == []
    with house.database.write("acme") as connection:
        connection.execute(sa.delete(house.tables.of("crm.customer")))
    assert house.values("crm.contact", "name") == []


def test_all_reasons_come_at_once(house: House) -> None:
    house.bring(customer("code", field("since", "date")))
    for _ in range(2):
        house.put("crm.customer", name="A", code="x", since=NOW.date())
    assert [
        reason[-6:]
        for reason in house.refuse(
            customer(field("code", unique=True), field("since", "integer"), field("new", required=True))
        )
    ] == ["[D101]", "[D103]", "[D106]"]


def test_many_changes_of_one_table_at_once(house: House) -> None:
    """On SQLite such a table is written anew: rows, ids, references to it and from it, and the used ids stay."""
    region = entity("crm.region", "name")
    house.bring(
        customer(
            field("code", max=5),
            field("rate", "decimal", scale=2),
            field("fax", required=True),
            field("parent", "ref", of="crm.customer"),
        ),
        region,
        entity("crm.visit", field("customer", "ref", of="crm.customer", on_delete="cascade")),
    )
    first = house.put("crm.customer", name="A", code="a", rate=D("1.25"), fax="1")
    second = house.put("crm.customer", name="B", code="b", rate=D("2.50"), fax="2", parent=first)
    house.put("crm.visit", customer=second)
    last = house.put("crm.customer", name="C", fax="3")
    with house.database.write("acme") as connection:
        table = house.tables.of("crm.customer")
        connection.execute(sa.delete(table).where(table.c.id == last))
    house.bring(
        customer(
            field("code", max=9, required=True, default="z", search=True),
            field("rate", "decimal", scale=4, required=True),
            field("parent", "ref", of="crm.customer", on_delete="clear"),
            field("region", "ref", of="crm.region"),
            field("level", "integer", required=True, default=3),
        ),
        region,
        entity("crm.visit", field("customer", "ref", of="crm.customer", on_delete="cascade")),
    )
    assert house.values("crm.customer", "id", "code", "code_fold", "rate", "parent", "region", "level") == [
        (first, "a", "a", D("1.25"), None, None, 3),
        (second, "b", "b", D("2.50"), first, None, 3),
    ]
    assert house.values("crm.visit", "customer") == [second]
    assert house.put("crm.customer", name="D", code="d", rate=D(0), level=1) > last
    with house.database.write("acme") as connection:
        table = house.tables.of("crm.customer")
        connection.execute(sa.delete(table).where(table.c.id == second))
    assert house.values("crm.visit", "customer") == []
    with pytest.raises(sa.exc.IntegrityError):
        house.put("crm.customer", name="E", code="e", rate=D(0), level=1, parent=999)


def test_two_processes_that_start_together_do_not_clash(house: House) -> None:
    url, data = house.database.url.render_as_string(hide_password=False), house.database.data
    whole = [entity(f"crm.e{number}", field("name", unique=True)) for number in range(8)]
    start, failures = threading.Barrier(3), []
    said: list[list[str]] = []

    def serve() -> None:
        database = Database(url, data=data)
        try:
            start.wait()
            with database.change("acme") as connection:
                said.append(bring(connection, Tables(manifest(whole), database.schema("acme"))))
        except Exception as failure:  # noqa: BLE001 - shown below
            failures.append(failure)
        finally:
            database.close()

    threads = [threading.Thread(target=serve) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert sorted(len(sentences) for sentences in said) == [0, 0, 8]


def test_a_failure_in_the_middle_leaves_everything_as_it_was(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.bring(customer("note"))
    house.put("crm.customer", name="A", note="n")
    before = house.snapshot()

    def break_down(*_: object) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr("sartor.platform.schema.missing_indexes", break_down)
    with pytest.raises(RuntimeError, match="power cut"):
        house.bring(
            customer(field("note", max=300), field("level", required=True, default="c")), entity("crm.new", "a")
        )
    assert house.snapshot() == before
    assert house.values("crm.customer", "name", "note") == [("A", "n")]


def test_a_rebuild_outside_a_change_of_tables_is_refused(sqlite_url: str) -> None:
    house = House(Database(sqlite_url))
    house.bring(customer("note"))
    house.put("crm.customer", name="A", note="n")
    tables = Tables(manifest([customer(field("note", max=300))]), None)
    with pytest.raises(RuntimeError, match=r"within Database\.change"), house.database.write("acme") as connection:
        bring(connection, tables)
