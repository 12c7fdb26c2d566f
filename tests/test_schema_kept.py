"""What definitions no longer name or name anew is kept; a change of tables happens wholly or not at all."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa

from sartor.metamodel.manifest import Entity
from sartor.platform.schema.bringing import bring
from sartor.platform.storage.database import Database
from sartor.platform.storage.tables import Tables
from sartor.tests.manifests import entity, field, lines, manifest
from sartor.tests.schema_house import NOW, House, customer

D = Decimal


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> Iterator[House]:
    database = Database(database_url, data=tmp_path)
    yield House(database)
    database.close()


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

    monkeypatch.setattr("sartor.platform.schema.bringing.missing_indexes", break_down)
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
