"""What goes wrong is told: a database that cannot serve, uploads that are too large, queries that mean nothing."""

from __future__ import annotations

import io
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from sartor.platform.storage.database import Database
from sartor.tests.ui_house import Site, build

LIST = "/workshop/workshop/customer"


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Site]:
    """A workshop of its own, to be broken."""
    built = build(Database(f"sqlite:///{tmp_path / 'control.db'}"))
    yield built
    built.database.close()


@pytest.mark.slow
def test_a_locked_database_is_told_and_what_was_typed_is_not_saved(own: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = own.visitor()
    visitor.get(f"{LIST}/new")
    with own.database.engine("workshop").connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=100")
    own.database.close()
    monkeypatch.setattr("sartor.platform.storage.database.BUSY_SECONDS", 0.2)
    lock = sqlite3.connect(own.database.file("workshop"), isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    answer = visitor.post(f"{LIST}/new", {"name": "Waiting"})
    lock.execute("ROLLBACK")
    lock.close()
    assert answer.status_code == 503
    assert "The database is busy. Nothing was changed; please try again." in answer.text
    assert answer.headers["Retry-After"]
    assert visitor.post(f"{LIST}/new", {"name": "Waiting"}).status_code == 303


def test_a_database_file_that_is_gone_is_told(own: Site) -> None:
    visitor = own.visitor()
    assert visitor.get(LIST).status_code == 200
    own.database.close()
    own.database.file("workshop").write_bytes(b"no database at all" * 100)
    for leftover in own.database.file("workshop").parent.glob("workshop.db-*"):
        leftover.unlink()
    answer = visitor.get(LIST)
    assert answer.status_code == 503
    assert "cannot be read" in answer.text
    assert "Traceback" not in answer.text


def test_an_unknown_company_is_told_apart_neither_from_a_foreign_one(own: Site) -> None:
    visitor = own.visitor()
    unknown = visitor.get("/elsewhere/workshop/customer")
    foreign = own.visitor("nobody").get(LIST)
    assert (unknown.status_code, foreign.status_code) == (404, 404)
    assert "There is nothing here" in unknown.text
    assert "There is nothing here" in foreign.text


@pytest.mark.parametrize(
    ("name", "content", "field", "status", "told"),
    [
        ("big.txt", b"x" * 1_100_000, "file", 422, "at most 1 MB"),
        ("script.svg", b"<svg/>", "image", 422, "takes only these kinds of file"),
        ("fake.png", b"MZ", "image", 422, "not what its name says"),
        ("any.txt", b"x", "text", 422, "There is no field"),
    ],
)
def test_an_upload_that_does_not_fit_is_refused_with_a_sentence(
    site: Site, name: str, content: bytes, field: str, status: int, told: str
) -> None:
    visitor = site.visitor()
    visitor.get(f"{LIST}/new")
    visitor.headers = {"Accept": "application/json"}
    answer = visitor.post(f"/workshop/workshop/specimen/upload/{field}", {"file": (io.BytesIO(content), name)})
    assert (answer.status_code, told in answer.json["message"]) == (status, True), answer.text


def test_htmx_gets_the_sentence_alone_and_a_stranger_the_way_to_sign_in(site: Site) -> None:
    visitor = site.visitor()
    visitor.headers = {"HX-Request": "true"}
    answer = visitor.get(f"{LIST}?w.level.gte=a")
    assert (answer.status_code, answer.mimetype) == (422, "text/plain")
    assert answer.text == "Level cannot be filtered this way."
    stranger = site.app.test_client().get(LIST, headers={"HX-Request": "true"})
    assert stranger.status_code == 401
    assert "/login/" in stranger.headers["HX-Redirect"]


@pytest.mark.parametrize(
    "query",
    [
        "w.credit_limit.gte=many",
        "w.since.between=x&w.since.between=y",
        "w.nothing.eq=1",
        "w.discount.eq=1e400",
        "w.owner.in=%00",
        "sort=nothing",
        "sort=a,b,c,d,e,f,g",
        "after=%FF",
        "before=x&after=y",
        "w.name.contains=" + "x" * 5000,
        "q=" + "%25_" * 100,
    ],
)
def test_no_address_of_a_list_is_a_fault_of_the_server(site: Site, query: str) -> None:
    visitor = site.visitor()
    for view in ("", "/count", "/totals", "/filter", "/export.csv"):
        assert visitor.get(f"{LIST}{view}?{query}").status_code in (200, 404, 422), view


@pytest.mark.parametrize(
    "form",
    [
        {"name": ["a", "b"], "level": "zzz", "owner": "x", "credit_limit": "1e99", "since": "tomorrow"},
        {"name": "\x00", "address.city": "x" * 300, "active": "maybe"},
        {"__was": "{", "__version": "x", "pick.name": "theirs"},
        {"__was": "[1]", "name": "x" * 3000, "email": "x", "phone": "x", "website": "x"},
    ],
)
def test_no_form_is_a_fault_of_the_server(site: Site, form: dict[str, object]) -> None:
    customer = site.create("customer", name="Battered")
    visitor = site.visitor()
    visitor.get(f"{LIST}/new")
    for target in (f"{LIST}/new", f"{LIST}/{customer['id']}/edit"):
        assert visitor.post(target, form).status_code in (303, 409, 422), target


def test_rows_that_a_form_makes_up_are_refused_at_their_place(site: Site) -> None:
    customer = site.create("customer", name="Rows made up")
    visitor = site.visitor()
    visitor.get("/workshop/workshop/order/new")
    rows = {
        "lines": "",
        "lines.__rows": ["a", "b", "<script>"],
        "lines.a.id": "9999",
        "lines.a.qty": "x",
        "lines.b.item": "77777",
    }
    answer = visitor.post(
        "/workshop/workshop/order/new", {"customer": str(customer["id"]), "date": "2026-01-01", **rows}
    )
    assert answer.status_code == 422
    assert "Quantity must be a number." in answer.text
    assert "<script>" not in answer.text.partition("<main")[2]
