"""A newcomer's first minutes: from an empty folder to a working company, without touching Python."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from sartor.tests.command_house import Server, Visitor, environment, free_port, run, serving

pytestmark = pytest.mark.slow

BIKE = """\
entity: bike
fields:
  name: {type: text, required: true, search: true}
  price: {type: money, min: 0}
  color: {type: choice, choices: {red: Red, blue: Blue}}
"""
FAULTY = BIKE.replace("money", "mony")
SECOND = BIKE + "  built_on: {type: date}\n"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """What `sartor init shop` makes, with an entity of five lines."""
    done = run(tmp_path, "init", "shop")
    assert done.returncode == 0, done.stderr
    assert len(BIKE.splitlines()) == 5
    (tmp_path / "shop" / "entities" / "bike.yaml").write_text(BIKE)
    return tmp_path / "shop"


def password(server: Server) -> str:
    found = re.search(r"The first user is admin, with the password (\S+)", server.text)
    assert found, server.text
    return found[1]


def test_five_lines_give_a_list_a_form_and_an_api(shop: Path, database_url: str) -> None:
    more = {"SARTOR_DATABASE_URL": database_url} if database_url.startswith("postgresql") else {}
    with serving(shop, ["serve", "--port", str(free_port())], **more) as server:
        secret = password(server)
        person = Visitor(server.url)
        person.sign_in("admin", secret)
        status, page = person.open("/shop/shop/bike")
        assert status == 200
        assert "Bike" in page
        status, page = person.open("/shop/shop/bike/new")
        assert status == 200
        assert all(f'name="{name}"' in page for name in ("name", "price", "color"))

        program = Visitor(server.url)
        program.get_token("admin", secret)
        status, text = program.open(
            "/api/v1/shop/shop/bike", body={"name": "Tourer", "price": "1299.00", "color": "red"}
        )
        assert status == 201, text
        made = json.loads(text)
        assert made["price"] == "1299.00"
        status, text = program.open("/api/v1/shop/shop/bike", body={"price": "-1"})
        assert status in (400, 422), text
        assert {"name", "price"} <= {fault["field"] for fault in json.loads(text)["errors"]}, text

        status, page = person.open("/shop/shop/bike")
        assert "Tourer" in page
        assert person.open(f"/shop/shop/bike/{made['id']}")[0] == 200

    with serving(shop, ["serve", "--port", str(free_port())], **more) as server:
        assert "password" not in server.text, "the password is told once"
        again = Visitor(server.url)
        again.sign_in("admin", secret)
        assert "Tourer" in again.open("/shop/shop/bike")[1]


def test_a_field_added_later_is_there_after_the_next_start_and_a_fault_never_reaches_the_database(shop: Path) -> None:
    port = str(free_port())
    with serving(shop, ["serve", "--port", port]) as server:
        secret = password(server)
    (shop / "entities" / "bike.yaml").write_text(FAULTY)
    with serving(shop, ["serve", "--port", port]) as server:
        assert 'entities/bike.yaml:4:17: field "price": unknown type "mony"; did you mean "money"?' in server.text
        assert "Nothing was changed. What is in force is served on: shop." in server.text
        person = Visitor(server.url)
        person.sign_in("admin", secret)
        assert 'name="price"' in person.open("/shop/shop/bike/new")[1]
    (shop / "entities" / "bike.yaml").write_text(SECOND)
    with serving(shop, ["serve", "--port", port]) as server:
        assert 'new field "built_on"' in server.text or "built_on" in server.text
        person = Visitor(server.url)
        person.sign_in("admin", secret)
        assert 'name="built_on"' in person.open("/shop/shop/bike/new")[1]


def test_faulty_definitions_at_the_first_start_are_told_and_nothing_is_served(shop: Path) -> None:
    (shop / "entities" / "bike.yaml").write_text(FAULTY)
    done = run(shop, "serve", "--port", str(free_port()))
    assert done.returncode == 1
    assert 'unknown type "mony"' in done.stderr
    assert "Traceback" not in done.stderr


def test_companies_in_the_database_are_served_from_any_folder(shop: Path, tmp_path: Path) -> None:
    data = str(shop / "var")
    with serving(shop, ["serve", "--port", str(free_port())]) as server:
        secret = password(server)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with serving(elsewhere, ["serve", "--port", str(free_port())], SARTOR_DATA=data) as server:
        person = Visitor(server.url)
        person.sign_in("admin", secret)
        assert person.open("/shop/shop/bike")[0] == 200


def test_a_folder_without_a_company_and_an_empty_database_is_wrong_use(tmp_path: Path) -> None:
    done = run(tmp_path, "serve", "--port", str(free_port()))
    assert done.returncode == 2
    assert "sartor init shop" in done.stderr


def test_a_port_that_is_taken_is_told_at_once(shop: Path) -> None:
    port = free_port()
    with serving(shop, ["serve", "--port", str(port)]):
        done = run(shop, "serve", "--port", str(port))
    assert done.returncode == 1
    assert f"Port {port} is taken." in done.stderr


@pytest.mark.parametrize(
    ("url", "code", "sentence"),
    [
        ("postgresql://nobody@127.0.0.1:1/none", 1, "The database cannot be reached."),
        ("mysql://localhost/x", 2, "the database must be PostgreSQL, or a SQLite file"),
        ("not an address", 2, "SARTOR_DATABASE_URL:"),
    ],
)
def test_a_database_that_cannot_be_used_is_told_in_a_sentence(shop: Path, url: str, code: int, sentence: str) -> None:
    done = run(shop, "serve", "--port", str(free_port()), SARTOR_DATABASE_URL=url)
    assert (done.returncode, "Traceback" in done.stderr) == (code, False), done.stderr
    assert sentence in done.stderr


def test_a_data_folder_that_cannot_be_written_is_told_in_a_sentence(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    done = run(shop, "serve", "--port", str(free_port()), SARTOR_DATA=str(tmp_path / "file" / "data"))
    assert (done.returncode, "Traceback" in done.stderr) == (1, False), done.stderr
    assert "tell an administrator" in done.stderr


def test_the_tests_do_not_lead_to_somebodys_own_data() -> None:
    assert not [name for name in environment() if name.startswith("SARTOR_")]
