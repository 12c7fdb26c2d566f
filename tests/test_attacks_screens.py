"""What somebody might try against the screens, on both databases and without a browser."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine
from sqlalchemy import text as sql

from sartor.platform.storage.database import Database
from sartor.tests import postgresql
from sartor.tests.identity_house import Browser
from sartor.tests.ui_house import PASSWORD, WORKSHOP, Site, build

AT = "/workshop/workshop"
NO_STORE = ("no-store", "no-store, no-cache, must-revalidate, max-age=0")
HUGE = "9" * 5000
BEYOND = "9" * 19
TEXTS = (HUGE, BEYOND, "a\0b", "9999-12-31T23:59", "+-5", "[[" * 5000)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("screens")
    if request.param == "sqlite":
        yield prepared(Database(f"sqlite:///{folder / 'control.db'}"), folder)
    else:
        server: postgresql.Server = request.getfixturevalue("postgresql_server")
        with server.database() as url:
            database = Database(url, folder)
            yield prepared(database, folder)
            database.close()


def prepared(database: Database, folder: Path) -> Site:
    """The workshop, with a list whose conditions name what a clerk may not read."""
    definitions = folder / "workshop"
    for path in WORKSHOP.rglob("*.yaml"):
        copy = definitions / path.relative_to(WORKSHOP)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    (definitions / "lists" / "customer_cheap.yaml").write_text(
        "list: customer_cheap\nof: customer\nlabel: {en: Bargains, zh: 优惠}\n"
        "where: {discount: {gt: 0.1}}\ncolumns: [name]\n"
    )
    (definitions / "lists" / "customer_sorted.yaml").write_text(
        "list: customer_sorted\nof: customer\nlabel: {en: Sorted, zh: 排序}\ncolumns: [name]\nsort: [discount]\n"
        "filters: {cheap: {label: {en: Cheap, zh: 便宜}, where: {discount: {gt: 0.5}}}}\n"
    )
    site = build(database, definitions)
    item = site.create("item", name="Bolt", price="1.20")
    customer = site.create("customer", name="Acme", discount="0.2")
    lines = [{"item": item["id"], "qty": "1", "unit_price": "1"}]
    site.create("order", customer=customer["id"], date="2026-01-01", lines=lines)
    return site


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text[:12] or "nothing")
def test_no_form_is_a_fault_of_the_server_whatever_is_sent(site: Site, text: str) -> None:
    visitor = site.visitor()
    for entity in ("customer", "order", "specimen"):
        fields = site.releases.current("workshop").manifest.entities[f"workshop.{entity}"].fields
        sent: dict[str, object] = {}
        for name, field in fields.items():
            sent[name] = text
            if field.type == "lines":
                sent |= {
                    f"{name}.__rows": ["a", "b"],
                    f"{name}.a.id": text,
                    f"{name}.a.item": text,
                    f"{name}.b.qty": text,
                }
            if field.type == "address":
                sent |= {f"{name}.country": text, f"{name}.street": text}
        for path in ("new", "1/edit"):
            answer = visitor.post(f"{AT}/{entity}/{path}", {**sent, "__version": text, "__was": text})
            assert answer.status_code < 500, (entity, path)
        one_by_one = [{name: value} for name, value in sent.items() if "." not in name]
        for sent_alone in one_by_one if entity == "specimen" else ():
            assert visitor.post(f"{AT}/{entity}/new", {"name": "x", **sent_alone}).status_code < 500, sent_alone
    for path, sent in (
        ("customer/delete", {"ids": [text]}),
        ("customer/1/delete", {"version": text or "77"}),
        ("customer/1/transition/win", {"version": text or "77"}),
        ("customer/preferences", {"size": text, "columns": [text], "density": text}),
    ):
        assert visitor.post(f"{AT}/{path}", sent).status_code < 500, path


@pytest.mark.parametrize("text", [text for text in TEXTS if len(text) < 6000], ids=lambda text: text[:12] or "nothing")
def test_no_address_is_a_fault_of_the_server(site: Site, text: str) -> None:
    visitor = site.visitor()
    for field in ("name", "owner", "since", "active", "created_at", "credit_limit", "level", "address", "nope"):
        for op in ("eq", "in", "between", "empty", "contains"):
            query = {f"w.{field}.{op}": ["2026-01-01", text, "abcdefghij"]}
            assert visitor.get(f"{AT}/customer", query_string=query).status_code < 500, (field, op)
    for name in ("customer", "date", "copy", "then"):
        assert visitor.get(f"{AT}/order/new", query_string={name: text}).status_code < 500, name
    assert visitor.get(f"{AT}/order", query_string={"w.customer.in": text}).status_code < 500
    assert visitor.get(f"{AT}/order", query_string={"after": text, "sort": text, "f": text}).status_code < 500


def test_bytes_that_are_no_text_in_an_address_are_answered(site: Site) -> None:
    visitor = site.visitor()
    answer = visitor.client.get(f"{AT}/order/1", environ_overrides={"QUERY_STRING": "q=\xff\xfe"})
    assert answer.status_code == 200


def test_a_moment_at_the_end_of_the_calendar_does_not_break_the_list(site: Site) -> None:
    visitor = site.visitor()
    fields = site.releases.current("workshop").manifest.entities["workshop.specimen"].fields
    moments = [name for name, one in fields.items() if one.type == "datetime"]
    assert moments
    for text in ("9999-12-31T23:59", "0001-01-01T00:00", "9999-12-30T00:00", "0001-01-03T00:00"):
        visitor.post(f"{AT}/specimen/new", {"name": f"at {text}", **dict.fromkeys(moments, text)})
    assert visitor.get(f"{AT}/specimen").status_code == 200
    assert visitor.get(f"{AT}/specimen/export.csv").status_code == 200


def test_a_list_whose_conditions_tell_of_hidden_fields_is_not_there(site: Site) -> None:
    boss, clerk = site.visitor("ann"), site.visitor("carl")
    assert "Bargains" in boss.get(f"{AT}/customer").text
    assert boss.get(f"{AT}/customer?list=workshop.customer_cheap").status_code == 200
    assert "Bargains" not in clerk.get(f"{AT}/customer").text
    assert clerk.get(f"{AT}/customer?list=workshop.customer_cheap").status_code == 404
    plain = clerk.get(f"{AT}/customer?list=workshop.customer_sorted&f=cheap")
    assert plain.status_code == 200
    assert "Cheap" not in plain.text


def test_every_write_of_somebody_known_by_a_cookie_needs_a_token(site: Site) -> None:
    visitor = site.visitor("ada")
    for rule in site.app.url_map.iter_rules():
        methods = (rule.methods or set()) & {"POST", "PATCH", "PUT", "DELETE"}
        if rule.endpoint.endswith((".login", "TokenApi.refresh")):
            continue
        values = {"company": "workshop", "package": "workshop", "entity": "customer", "record_id": 1, "id": "1"}
        values |= {name: "1" for name in rule.arguments if name not in values}
        address = rule.rule
        for name, value in values.items():
            address = re.sub(rf"<(?:[^:<>]+:)?{name}>", str(value), address)
        for method in methods:
            answer = visitor.client.open(address, method=method, json={})
            assert answer.status_code == 400, (method, address, answer.status_code)


def test_every_answer_is_guarded(site: Site) -> None:
    visitor = site.visitor()
    pages = ("/login/", "/", "/workshop/", f"{AT}/customer", f"{AT}/customer/1", f"{AT}/customer/77",
             "/api/v1/workshop/", f"{AT}/customer/export.csv", "/healthz", "/nowhere", "/profile/",
             f"{AT}/order/options/customer")  # fmt: skip
    for path in pages:
        headers = visitor.get(path).headers
        assert "script-src 'self'" in headers["Content-Security-Policy"], path
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] in ("private, no-cache", *NO_STORE), path


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example/", "/\\evil.example", "\t//evil", "javascript:1"]
)
def test_nobody_is_sent_elsewhere(site: Site, target: str) -> None:
    visitor = site.visitor()
    for path in ("/-/theme", "/profile/language"):
        answer = visitor.post(path, {"theme": "dark", "language": "en", "next": target})
        place = answer.headers.get("Location", "")
        assert place.startswith(("/", "http://localhost/")), place
        assert not place.startswith("//"), place


def test_what_is_written_into_a_field_is_shown_and_never_run(site: Site) -> None:
    evil = "\"'><script>alert(1)</script>{{7*7}}<img src=x onerror=alert(1)>"
    made = site.create("customer", name=evil[:100], note=evil)
    visitor = site.visitor()
    for path in (
        "customer?q=script",
        f"customer/{made['id']}",
        f"customer/{made['id']}/edit",
        f"customer/{made['id']}/history",
    ):
        text = visitor.get(f"{AT}/{path}").text
        assert "<script>alert" not in text, path
        assert "<img src=x" not in text, path
        assert "&lt;script&gt;" in text or "\\u003cscript" in text, path


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "＝", "＋", "－", "＠"])
def test_no_cell_of_an_export_begins_as_a_formula(site: Site, start: str) -> None:
    site.create("customer", name=f"{start}cmd|' /C calc'!A0")
    text = site.visitor().get(f"{AT}/customer/export.csv").text
    cells = [cell.strip('"') for line in text.splitlines() for cell in line.split(",")]
    assert not [cell for cell in cells if "cmd|" in cell and not cell.startswith("'")]


def test_fingerprints_that_were_tampered_with_are_left_out(site: Site) -> None:
    visitor = site.visitor()
    for was in ("[" * 50_000 + "]" * 50_000, json.dumps([1]), "null", "{"):
        visitor.get(f"{AT}/customer/1/edit")
        answer = visitor.post(f"{AT}/customer/1/edit", {"__was": was, "__version": "1", "name": "Acme"})
        assert answer.status_code < 500


def test_a_language_that_does_not_exist_is_told_to_the_admin(site: Site) -> None:
    visitor = site.visitor("ada")
    visitor.get("/security/users/add")
    answer = visitor.post("/security/users/add", {"username": "eve", "name": "Eve", "email": "eve@x.example",
                                                  "password": "correct horse", "language": "xx"})  # fmt: skip
    assert answer.status_code == 422
    assert "xx" in answer.text


def test_a_database_that_is_lost_during_a_sign_in_is_told(postgresql_server: postgresql.Server, tmp_path: Path) -> None:
    """Flask-AppBuilder asks the database by itself there."""
    with postgresql_server.database() as url:
        database = Database(url, tmp_path)
        site = build(database)
        told = []
        for _ in range(4):
            visitor = Browser(site.app.test_client())
            visitor.get("/login/")
            lose_connections(database)
            told.append(visitor.post("/login/", {"username": "ann", "password": PASSWORD}).status_code)
        assert set(told) <= {302, 503}
        assert 503 in told
        assert site.visitor().get(f"{AT}/customer").status_code == 200
        database.close()


def lose_connections(database: Database) -> None:
    """End every connection but the one that asks."""
    with create_engine(database.url, poolclass=NullPool).connect() as connection:
        connection.execute(
            sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
