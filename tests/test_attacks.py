"""What somebody might try against the API, on both databases. Each of these once went through, or must never."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from sartor.platform.records.audit import AuditEntry
from sartor.tests import manifests as made
from sartor.tests import postgresql
from sartor.tests.api_house import House, definitions, house

DEEP = "[" * 50_000 + "]" * 50_000
NESTED = '{"a":' * 3_000 + "1" + "}" * 3_000
EXTREMES: tuple[Any, ...] = (
    None, True, 0, -1, 1.5, "", [], {}, [None], [[]], {"a": 1}, "+-5", "--5", "+", "5" * 5000, "-" + "9" * 30,
    10**30,
    "1e5", "1E400", "0x10", "NaN", "a\0b", "é" * 3000, "ß" * 200, "&" * 100_000, "a." * 250,
    "0001-01-01", "9999-12-31",
    "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00",
    "23:59:60", "99999999:00", "P999999W", "javascript:alert(1)", "http://[", {"entity": "crm.customer", "id": 10**20},
    {"entity": "nope", "id": 1}, {"lat": "NaN", "lon": 0}, [10**20], "0" * 32, [{"id": 10**20}], [{"id": "+-1"}],
)  # fmt: skip


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def home(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    roles = [
        made.role("crm.writer", crm__order=("read create"), crm__customer="read"),
        made.role("crm.blind", crm__order=("read")),
    ]
    plan = definitions()
    plan = msgspec.structs.replace(plan, roles=plan.roles | {role.name: role for role in roles})
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('attacks') / 'control.db'}"
        with house(url, plan) as whole:
            yield peopled(whole)
    else:
        server: postgresql.Server = request.getfixturevalue("postgresql_server")
        with server.database() as url, house(url, plan, data=tmp_path_factory.mktemp("files")) as whole:
            yield peopled(whole)


def peopled(whole: House) -> House:
    for name, role in (("wren", "crm.writer"), ("bill", "crm.blind")):
        user = whole.identity.add_user(name, "correct horse", name, f"{name}@example.com", {"acme": [role]})
        whole.ids[name], whole.keys[name] = user.id, str(whole.identity.keys.create(user.id, "tests", None).secret)
    return whole


@pytest.fixture
def fresh(home: House) -> House:
    home.reset()
    return home


def test_no_value_of_any_field_is_a_fault_of_the_server(fresh: House) -> None:
    fields = fresh.release.manifest.entities["lab.sample"].fields
    for name in fields:
        rows = [{"name": f"{name} {number}", name: value} for number, value in enumerate(EXTREMES)]
        created = fresh.call("bob", "POST", "/lab/sample/bulk", json={"create": rows, "atomic": False})
        assert created.status_code == 200, (name, created.text)
        assert {result["status"] for result in created.json["results"]} <= {201, 422}, name
        for value in EXTREMES if name != "limit" else ():
            text = value if isinstance(value, str) else json.dumps(value)
            if len(text) < 6000:
                found = fresh.call("bob", "GET", "/lab/sample", query_string={name: text, "limit": 1})
                assert found.status_code in (200, 400), (name, text[:40], found.text)
    everything = fresh.call("bob", "GET", "/lab/sample?limit=500&labels=true")
    assert everything.status_code == 200


@pytest.mark.parametrize("body", [DEEP, NESTED, "", "null", '{"username":"\\ud800"}', "[" * 200_000])
def test_signing_in_with_any_body_is_answered(home: House, body: str) -> None:
    answer = home.call(None, "POST", "/api/v1/security/login", data=body, headers={"Content-Type": "application/json"})
    assert 400 <= answer.status_code < 500


def test_who_may_create_and_not_change_creates_with_rows(fresh: House) -> None:
    body = {"customer": 1, "lines": [{"item": "screw", "qty": "2", "price": "1.50"}]}
    done = fresh.call("wren", "POST", "/crm/order", json=body)
    assert done.status_code == 201, done.text
    assert done.json["total"] == "3.00"
    assert len(done.json["lines"]) == 1
    bulk = fresh.call("wren", "POST", "/crm/order/bulk", json={"create": [body]})
    assert bulk.status_code == 200, bulk.text
    assert fresh.call("wren", "PATCH", "/crm/order/2", json={"lines": []}, headers={"If-Match": "*"}).status_code == 403
    row = {"order": 1, "item": "more", "qty": 1}
    assert fresh.call("wren", "POST", "/crm/order_line", json=row).status_code == 403


def test_rows_cannot_be_taken_from_another_record(fresh: House) -> None:
    other = fresh.call("sara", "POST", "/crm/order", json={"customer": 2, "lines": [{"item": "mine", "qty": 1}]}).json
    stolen = fresh.call(
        "sara", "PATCH", f"/crm/order/{other['id']}", json={"lines": [{"id": 1}]}, headers={"If-Match": "*"}
    )
    assert stolen.status_code == 422
    moved = fresh.call("sara", "PATCH", "/crm/order_line/1", json={"order": other["id"]}, headers={"If-Match": "*"})
    assert moved.status_code in (200, 422)
    assert fresh.call("sara", "GET", "/crm/order_line/1").json["order"] == 1


@pytest.mark.parametrize("name", ["id", "version", "created_at", "created_by", "updated_at", "updated_by", "total"])
def test_what_the_system_sets_cannot_be_sent(fresh: House, name: str) -> None:
    value = "2020-01-01T00:00:00Z" if name.endswith("_at") else 77
    sent = {"customer": 1, name: value}
    before = fresh.call("sara", "GET", "/crm/order/1").json
    fresh.call("sara", "POST", "/crm/order", json=sent)
    fresh.call("sara", "PATCH", "/crm/order/1", json=sent, headers={"If-Match": "*"})
    for record in fresh.call("sara", "GET", "/crm/order").json["records"]:
        assert record.get(name) != value
    assert fresh.call("sara", "GET", "/crm/order/1").json["created_at"] == before["created_at"]


def test_a_step_needs_its_role(fresh: House) -> None:
    assert fresh.call("wren", "POST", "/crm/order/1/transitions/confirm").status_code == 403
    assert fresh.call("sara", "POST", "/crm/order/1/transitions/confirm").status_code == 200
    assert fresh.call("sara", "POST", "/crm/order/1/transitions/finish").status_code == 403


@pytest.mark.parametrize(
    "query",
    [
        "customer.name=Acme",
        "sort=customer.name",
        "fields=customer.name",
        "expand=customer",
        "totals=customer.credit.sum",
    ],
)
def test_nothing_of_a_forbidden_entity_is_reached_through_a_reference(fresh: House, query: str) -> None:
    answer = fresh.call("bill", "GET", f"/crm/order?{query}")
    assert answer.status_code in (400, 422)
    assert "Acme" not in answer.text


def test_a_forbidden_record_has_no_label_and_is_no_option(fresh: House) -> None:
    answer = fresh.call("bill", "GET", "/crm/order?labels=true")
    assert answer.json["records"][0]["$labels"]["customer"] == "#1"
    assert fresh.call("bill", "GET", "/crm/order/options/customer").json == {"options": []}


def test_a_forbidden_field_is_the_same_as_none(fresh: House) -> None:
    for query in ("{}=1", "{}.gt=1", "sort={}", "fields={}", "totals={}.sum", "expand={}"):
        hidden = fresh.call("sara", "GET", "/crm/customer?" + query.format("cost"))
        unknown = fresh.call("sara", "GET", "/crm/customer?" + query.format("c0st"))
        assert hidden.status_code == unknown.status_code == 400
        assert [one["code"] for one in hidden.json["errors"]] == [one["code"] for one in unknown.json["errors"]]
    sent = {"name": "x", "cost": "1"}
    assert fresh.call("sara", "POST", "/crm/customer", json=sent).json["errors"][0]["code"] == "unknown_field"
    assert "cost" not in json.dumps(fresh.call("sara", "GET", "/openapi.json").json)


def test_a_record_that_was_never_noted_has_an_empty_history(fresh: House) -> None:
    answer = fresh.call("sara", "GET", "/crm/customer/1/history")
    assert (answer.status_code, answer.json) == (200, {"entries": []})
    assert fresh.call("sara", "GET", "/crm/customer/999/history").status_code == 404
    assert fresh.call("bob", "GET", "/crm/customer/999/history").status_code == 404
    entries: list[AuditEntry] = fresh.records("ada").history("crm.customer", 1)
    assert entries == []


@pytest.mark.parametrize(
    ("name", "content"), [("page.html", b"<script>alert(1)</script>"), ("image.svg", b"<svg onload='alert(1)'/>")]
)
def test_an_uploaded_page_is_never_served_as_one(fresh: House, name: str, content: bytes) -> None:
    sent = {"file": (io.BytesIO(content), name, "text/html")}
    stored = fresh.call("sara", "POST", "/files", data=sent).json
    answer = fresh.call("sara", "GET", f"/files/{stored['id']}")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert answer.mimetype == "application/octet-stream"
    assert fresh.call("bob", "GET", f"/files/{stored['id']}").status_code == 404
