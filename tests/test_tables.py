"""The tables of a manifest: columns, keys, references and indexes, as the databases then hold them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from sartor.metamodel.manifest import Column, ListView, Manifest, SortKey
from sartor.platform.schema.bringing import bring
from sartor.platform.storage.columns import fold
from sartor.platform.storage.database import Database
from sartor.platform.storage.identifiers import identifier
from sartor.platform.storage.tables import Tables
from sartor.tests.manifests import entity, field, label, lifecycle, lines, manifest

NOW = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)
SYSTEM: dict[str, Any] = {"version": 1, "created_at": NOW, "updated_at": NOW}


@pytest.fixture
def database(database_url: str, tmp_path: Path) -> Iterator[Database]:
    database = Database(database_url, data=tmp_path)
    yield database
    database.close()


def build(database: Database, whole: Manifest) -> Tables:
    tables = Tables(whole, database.schema("acme"))
    with database.change("acme") as connection:
        bring(connection, tables)
    return tables


def put(database: Database, table: sa.Table, **values: Any) -> Any:
    """Insert one row and return its id."""
    own = SYSTEM if "version" in table.c else {}
    with database.write("acme") as connection:
        result = connection.execute(sa.insert(table), own | values)
        return result.inserted_primary_key[0]  # type: ignore[index] # inserted by Core


def rows(database: Database, table: sa.Table, *columns: str) -> list[tuple[Any, ...]]:
    with database.read("acme") as connection:
        chosen = [table.c[name] for name in columns] or [table]
        return [tuple(row) for row in connection.execute(sa.select(*chosen).order_by(*table.primary_key))]


def sales() -> Manifest:
    status, life = lifecycle("draft sent", "send: draft > sent")
    line_field, owner = lines("crm.quote", "crm.quote_line", "quote")
    return manifest(
        [
            entity("crm.customer", field("name", required=True, search=True), field("number", unique=True)),
            entity(
                "crm.quote",
                field("title", required=True),
                field("customer", "ref", of="crm.customer", required=True),
                field("backup", "ref", of="crm.customer", on_delete="clear"),
                field("salesman", "user"),
                field("file", "file"),
                field("tags", "many", of="crm.tag"),
                field("place", "geo_point"),
                field("about", "any_ref", of=["crm.customer"]),
                line_field,
                status,
                lifecycle=life,
                unique={"title_per_customer": ("title", "customer")},
                indexes={"by_salesman": ("salesman", "created_at")},
            ),
            entity("crm.quote_line", field("quote", "ref", of="crm.quote"), field("amount", "money"), owner=owner),
            entity("crm.tag", "name"),
        ]
    )


def test_an_entity_has_system_columns_and_a_column_for_each_stored_field() -> None:
    tables = Tables(sales(), None)
    system = ["id", "version", "created_at", "created_by", "updated_at", "updated_by"]
    assert list(tables.of("crm.customer").c.keys()) == [*system, "name", "name_fold", "number"]
    assert list(tables.of("crm.quote").c.keys()) == [
        *system,
        *("title", "customer", "backup", "salesman", "file", "place_lat", "place_lon", "about_entity", "about_id"),
        "status",
    ]
    assert list(tables.of("crm.quote_line").c.keys()) == [*system, "position", "quote", "amount"]
    assert list(tables.link("crm.quote", "tags").c.keys()) == ["owner", "target", "position"]


def test_a_table_is_built_when_asked_for_and_once_by_many_threads() -> None:
    tables = Tables(sales(), "acme")
    assert "acme.crm_quote" not in tables.metadata.tables
    found: list[sa.Table] = []
    start = threading.Barrier(8)

    def ask() -> None:
        start.wait()
        found.append(tables.of("crm.quote"))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(map(id, found))) == 1


def test_an_unknown_entity_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        Tables(sales(), None).of("crm.nothing")


def test_records_get_ids_that_are_never_given_twice(database: Database) -> None:
    tag = build(database, sales()).of("crm.tag")
    first = put(database, tag, name="a")
    last = put(database, tag, name="b")
    with database.write("acme") as connection:
        connection.execute(sa.delete(tag).where(tag.c.id == last))
    assert put(database, tag, name="c") > last > first


def test_required_fields_are_required_by_the_database_too(database: Database) -> None:
    customer = build(database, sales()).of("crm.customer")
    with pytest.raises(sa.exc.IntegrityError):
        put(database, customer, number="1")


def test_a_unique_field_takes_a_value_once_and_emptiness_often(database: Database) -> None:
    customer = build(database, sales()).of("crm.customer")
    for _ in range(2):
        put(database, customer, name="A", name_fold="a", number=None)
    put(database, customer, name="A", name_fold="a", number="1")
    with pytest.raises(sa.exc.IntegrityError):
        put(database, customer, name="B", name_fold="b", number="1")


def test_several_columns_may_be_unique_together(database: Database) -> None:
    tables = build(database, sales())
    customers = [put(database, tables.of("crm.customer"), name=n, name_fold=fold(n)) for n in "AB"]
    quote = tables.of("crm.quote")
    for customer in customers:
        put(database, quote, title="Q", customer=customer, status="draft")
    with pytest.raises(sa.exc.IntegrityError):
        put(database, quote, title="Q", customer=customers[0], status="draft")


def test_deleting_what_is_referred_to_is_held_back_or_clears_or_takes_along(database: Database) -> None:
    tables = build(database, sales())
    customer, quote, line = (tables.of(f"crm.{name}") for name in ("customer", "quote", "quote_line"))
    used, backup = (put(database, customer, name=n, name_fold=fold(n)) for n in "AB")
    order = put(database, quote, title="Q", customer=used, backup=backup, status="draft")
    put(database, line, quote=order, position=1, amount=Decimal("1.50"))
    link, tag = tables.link("crm.quote", "tags"), put(database, tables.of("crm.tag"), name="t")
    put(database, link, owner=order, target=tag, position=1)
    with pytest.raises(sa.exc.IntegrityError), database.write("acme") as connection:
        connection.execute(sa.delete(customer).where(customer.c.id == used))
    with database.write("acme") as connection:
        connection.execute(sa.delete(customer).where(customer.c.id == backup))
    assert rows(database, quote, "customer", "backup") == [(used, None)]
    with database.write("acme") as connection:
        connection.execute(sa.delete(quote))
    assert rows(database, line) == rows(database, link) == []


def test_a_reference_to_a_record_or_file_that_does_not_exist_is_refused(database: Database) -> None:
    tables = build(database, sales())
    customer = put(database, tables.of("crm.customer"), name="A", name_fold="a")
    for wrong in ({"customer": 999}, {"customer": customer, "file": "0" * 32}):
        with pytest.raises(sa.exc.IntegrityError):
            put(database, tables.of("crm.quote"), title="Q", status="draft", **wrong)


def test_users_live_elsewhere_and_are_plain_numbers(database: Database) -> None:
    tables = build(database, sales())
    customer = put(database, tables.of("crm.customer"), name="A", name_fold="a", created_by=77)
    put(database, tables.of("crm.quote"), title="Q", customer=customer, salesman=123, status="draft")
    assert rows(database, tables.of("crm.quote"), "salesman") == [(123,)]


def test_entities_may_refer_to_each_other_in_a_circle_and_to_themselves(database: Database) -> None:
    whole = manifest(
        [
            entity(
                "oa.department",
                "name",
                field("manager", "ref", of="oa.employee"),
                field("parent", "ref", of="oa.department"),
            ),
            entity("oa.employee", "name", field("department", "ref", of="oa.department", required=True)),
        ]
    )
    tables = build(database, whole)
    department, employee = tables.of("oa.department"), tables.of("oa.employee")
    sales_ = put(database, department, name="Sales")
    ann = put(database, employee, name="Ann", department=sales_)
    with database.write("acme") as connection:
        connection.execute(sa.update(department).values(manager=ann, parent=sales_))
    with pytest.raises(sa.exc.IntegrityError), database.write("acme") as connection:
        connection.execute(sa.delete(employee))


def test_owned_rows_that_refer_to_each_other_go_with_their_owner(database: Database) -> None:
    line_field, owner = lines("erp.bom", "erp.bom_line", "bom")
    parts = entity(
        "erp.bom_line", field("bom", "ref", of="erp.bom"), field("under", "ref", of="erp.bom_line"), owner=owner
    )
    tables = build(database, manifest([entity("erp.bom", "name", line_field), parts]))
    bom, line = tables.of("erp.bom"), tables.of("erp.bom_line")
    whole = put(database, bom, name="Bike")
    first = put(database, line, bom=whole, position=1)
    put(database, line, bom=whole, position=2, under=first)
    with database.write("acme") as connection:
        connection.execute(sa.delete(bom))
    assert rows(database, line) == []


def indexes(table: sa.Table) -> dict[str, list[str]]:
    return {str(index.name): [column.name for column in index.columns] for index in table.indexes}


def test_references_owners_states_and_creation_are_indexed() -> None:
    tables = Tables(sales(), None)
    assert indexes(tables.of("crm.customer")) == {
        "ix_crm_customer_created_at": ["created_at", "id"],
        "ix_crm_customer_name_fold": ["name_fold", "id"],
        "ux_crm_customer_number": ["number"],
    }
    assert indexes(tables.of("crm.quote")) == {
        "ix_crm_quote_created_at": ["created_at", "id"],
        "ix_crm_quote_title": ["title", "id"],
        "ix_crm_quote_customer": ["customer", "id"],
        "ix_crm_quote_backup": ["backup", "id"],
        "ix_crm_quote_salesman": ["salesman", "id"],
        "ix_crm_quote_file": ["file", "id"],
        "ix_crm_quote_status": ["status", "id"],
        "uq_crm_quote_title_per_customer": ["title", "customer"],
        "nx_crm_quote_by_salesman": ["salesman", "created_at"],
    }
    assert indexes(tables.of("crm.quote_line")) == {"ix_crm_quote_line_quote": ["quote", "position"]}
    assert indexes(tables.link("crm.quote", "tags")) == {"ix_crm_quote__tags_target": ["target"]}


def test_a_list_is_indexed_in_its_order_up_to_what_may_be_empty() -> None:
    customer = entity(
        "crm.customer", field("since", "date", required=True), field("name", required=True, search=True), "note"
    )

    def view(name: str, *paths: str) -> ListView:
        keys = tuple(SortKey(path.lstrip("-"), path.startswith("-")) for path in paths)
        return ListView(name, "crm.customer", label(name), (Column("name"),), keys)

    views = [view("crm.customer", "-since", "name"), view("crm.notes", "note"), view("crm.newest", "-created_at")]
    tables = Tables(manifest([customer], lists={each.name: each for each in views}), None)
    orders = {name: columns for name, columns in indexes(tables.of("crm.customer")).items() if name.startswith("sx_")}
    assert orders == {"sx_crm_customer_crm_customer": ["since", "name_fold", "id"]}


def test_sqlite_pages_a_list_by_its_index_alone(sqlite_url: str, tmp_path: Path) -> None:
    database = Database(sqlite_url, data=tmp_path)
    customer = build(database, sales()).of("crm.customer")
    place = sa.tuple_(customer.c.name_fold, customer.c.id) > sa.tuple_("m", 7)
    page = sa.select(customer).where(place).order_by(customer.c.name_fold, customer.c.id).limit(50)
    text = str(page.compile(database.engine("acme"), compile_kwargs={"literal_binds": True}))
    with database.read("acme") as connection:
        steps = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}")]
    assert len(steps) == 1, steps
    assert "USING INDEX ix_crm_customer_name_fold (" in steps[0]


def test_long_texts_are_not_indexed_as_titles() -> None:
    tables = Tables(manifest([entity("oa.note", field("body", "long_text", search=True))]), None)
    assert list(indexes(tables.of("oa.note"))) == ["ix_oa_note_created_at"]


def test_names_fit_postgresql_are_distinct_and_the_same_every_time() -> None:
    long = "a" * 40
    names = [identifier("ix", long, long, suffix) for suffix in ("one", "two")]
    assert [len(name) for name in names] == [63, 63]
    assert len(set(names)) == 2
    assert names[0] == identifier("ix", long, long, "one")
    assert identifier("ix", "short") == "ix_short"


def test_the_longest_names_work_on_both_databases(database: Database) -> None:
    p, e, f = "p" * 40, "e" * 40, "f" * 40
    whole = manifest(
        [
            entity(
                f"{p}.{e}",
                field(f, search=True, unique=True),
                field("r" * 40, "ref", of=f"{p}.{e}"),
                field("m" * 40, "many", of=f"{p}.{e}"),
                unique={"u" * 40: (f, "r" * 40)},
            )
        ]
    )
    tables = build(database, whole)
    assert all(len(table.name) <= 63 for table in tables.metadata.tables.values())
    first = put(database, tables.of(f"{p}.{e}"), **{f: "x"})
    put(database, tables.link(f"{p}.{e}", "m" * 40), owner=first, target=first, position=1)
    with pytest.raises(sa.exc.IntegrityError):
        put(database, tables.of(f"{p}.{e}"), **{f: "x"})


def test_words_of_sql_are_names_like_others(database: Database) -> None:
    whole = manifest([entity("shop.order", field("select", required=True), field("group", "integer"), "user", "from")])
    table = build(database, whole).of("shop.order")
    put(database, table, **{"select": "a", "group": 1, "user": "b", "from": "c"})
    assert rows(database, table, "select", "group", "user", "from") == [("a", 1, "b", "c")]
