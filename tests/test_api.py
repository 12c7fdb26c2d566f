"""The API, by scenarios, on both databases; and what a table of scenarios cannot say."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from sartor.metamodel.manifest import Manifest
from sartor.tests import postgresql
from sartor.tests.api_house import House, house
from sartor.tests.api_scenarios import ANY, SCENARIOS, Scenario


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def home(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    if request.param == "sqlite":
        with house(f"sqlite:///{tmp_path_factory.mktemp('api') / 'control.db'}") as whole:
            yield whole
    else:
        server: postgresql.Server = request.getfixturevalue("postgresql_server")
        files = tmp_path_factory.mktemp("api-files")
        with server.database() as url, house(url, data=files) as whole:
            yield whole


@pytest.fixture
def fresh(home: House) -> House:
    home.reset()
    return home


def differences(expected: Any, found: Any, path: str = "") -> Iterator[str]:
    """Where an answer is not what was expected of it."""
    if expected is ANY:
        return
    if isinstance(expected, Mapping):
        if not isinstance(found, Mapping):
            yield f"{path}: {found!r} is no object"
            return
        for name, inner in expected.items():
            if name not in found:
                yield f"{path}.{name} is not there"
            else:
                yield from differences(inner, found[name], f"{path}.{name}")
    elif isinstance(expected, list):
        if not isinstance(found, list) or len(found) != len(expected):
            yield f"{path}: {found!r} is no list of {len(expected)}"
            return
        for index, inner in enumerate(expected):
            yield from differences(inner, found[index], f"{path}.{index}")
    elif expected != found or type(expected) is not type(found):
        yield f"{path}: {found!r} is not {expected!r}"


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name[:60])
def test_scenario(fresh: House, scenario: Scenario) -> None:
    sent: dict[str, Any] = {"headers": scenario.headers}
    if scenario.body is not None:
        sent["data"] = scenario.body
    elif scenario.json is not None:
        sent["json"] = scenario.json
    answer = fresh.call(scenario.user, scenario.method, scenario.url, **sent)
    assert answer.status_code == scenario.status, answer.text
    if scenario.status >= 400:
        assert answer.mimetype == "application/problem+json"
        assert answer.json is not None
        assert answer.json["status"] == scenario.status
        assert {"type", "title", "detail", "code"} <= set(answer.json)
    elif scenario.status != 204:
        assert answer.mimetype == "application/json"
    if scenario.has is not None:
        assert not list(differences(scenario.has, answer.json)), answer.text
    for name, value in scenario.replies.items():
        assert name in answer.headers
        assert value is ANY or answer.headers[name] == value
    for text in scenario.lacks:
        assert f'"{text}"' not in answer.text
    assert sorted(fresh.audit()) == sorted(scenario.audit)


def test_a_cached_record_is_not_sent_again_until_it_or_its_look_changes(fresh: House) -> None:
    first = fresh.call("sara", "GET", "/crm/customer/1")
    tag = {"If-None-Match": first.headers["ETag"]}
    again = fresh.call("sara", "GET", "/crm/customer/1", headers=tag)
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    # with what is not in its version, it is sent all the same
    assert fresh.call("sara", "GET", "/crm/customer/1?labels=true", headers=tag).status_code == 200
    # who reads more gets another tag
    assert fresh.call("bob", "GET", "/crm/customer/1", headers=tag).status_code == 200
    changed = fresh.call(
        "sara", "PATCH", "/crm/customer/1", json={"name": "A"}, headers={"If-Match": tag["If-None-Match"]}
    )
    assert changed.status_code == 200
    assert fresh.call("sara", "GET", "/crm/customer/1", headers=tag).status_code == 200


def test_pages_go_forth_and_back_by_cursor(fresh: House) -> None:
    fresh.records().many("crm.customer", [operation(f"C{n:02}") for n in range(10)], atomic=True)
    seen: list[str] = []
    after, pages = "", 0
    while True:
        page = fresh.call("sara", "GET", f"/crm/customer?sort=-name&limit=4{after}").json
        assert page is not None
        seen += [record["name"] for record in page["records"]]
        pages += 1
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert pages == 4
    assert seen == ["Gamma", *[f"C{n:02}" for n in reversed(range(10))], "Béta", "Acme"]
    back = fresh.call("sara", "GET", f"/crm/customer?sort=-name&limit=4&before={page['previous']}").json
    assert back is not None
    assert [record["name"] for record in back["records"]] == seen[8:12]


def operation(name: str) -> Any:
    from sartor.platform.records.records import Operation

    return Operation("create", values={"name": name})


def test_a_hidden_field_and_a_field_that_is_not_there_are_refused_with_the_same_words(fresh: House) -> None:
    def said(name: str) -> list[str]:
        answers = [
            fresh.call("sara", "GET", f"/lab/sample?{name}=1"),
            fresh.call("sara", "GET", f"/lab/sample?sort={name}"),
            fresh.call("sara", "GET", f"/lab/sample?fields={name}"),
            fresh.call("sara", "GET", f"/lab/sample?totals={name}.sum"),
            fresh.call("sara", "GET", f"/lab/sample?expand={name}"),
            fresh.call("sara", "GET", f"/lab/sample/options/{name}"),
            fresh.call("sara", "POST", "/lab/sample", json={"name": "x", name: 1}),
            fresh.call("sara", "PATCH", "/lab/sample/1", json={name: 1}, headers={"If-Match": "*"}),
        ]
        return [f"{answer.status_code} {answer.text.replace(name, '?')}" for answer in answers]

    assert said("xqzv") == said("vzqx")


def test_files_are_uploaded_named_by_a_record_and_read_by_who_may_read_it(fresh: House) -> None:
    def upload(content: bytes, name: str, **more: str) -> Any:
        return fresh.call("sara", "POST", "/files", data={"file": (io.BytesIO(content), name), **more})

    made = upload(b"hello", "a b.txt", entity="lab.sample", field="a_file")
    assert made.status_code == 201
    assert made.json | {"id": ""} == {"id": "", "name": "a b.txt", "size": 5, "mime": "text/plain"}
    assert fresh.call("bob", "GET", made.headers["Location"]).status_code == 404  # still its uploader's alone
    held = fresh.call("sara", "POST", "/lab/sample", json={"name": "Held", "a_file": made.json["id"]})
    assert held.status_code == 201
    assert held.json["a_file"] == made.json
    read = fresh.call("bob", "GET", made.headers["Location"])
    assert (read.status_code, read.data) == (200, b"hello")
    assert read.headers["Content-Disposition"] == 'attachment; filename="a b.txt"'
    assert "sandbox" in read.headers["Content-Security-Policy"]
    part = fresh.call("bob", "GET", made.headers["Location"], headers={"Range": "bytes=1-2"})
    assert (part.status_code, part.data) == (206, b"el")
    assert fresh.call("bob", "GET", made.headers["Location"], headers={"Range": "bytes=9-"}).status_code == 416
    assert fresh.call("rita", "GET", made.headers["Location"]).status_code == 404
    large = upload(b"x" * 2000, "a.txt", entity="lab.sample", field="a_file")
    assert (large.status_code, large.json["errors"][0]["code"]) == (422, "file_too_large")
    wrong = upload(b"x", "a.exe", entity="lab.sample", field="a_file")
    assert (wrong.status_code, wrong.json["errors"][0]["code"]) == (422, "file_type")
    assert upload(b"x", "a.txt", entity="lab.sample", field="xqzv").status_code == 422
    assert upload(b"x", "a.txt", entity="lab.nothing", field="xqzv").status_code == 404


EVERY_VALUE: dict[str, tuple[Any, Any, Any]] = {  # type: (what JSON says, what a form says, what is answered)
    "text": ("x", " x ", "x"),
    "long_text": ("a\nb", "a\nb", "a\nb"),
    "rich_text": ("<p>a<script>b</script></p>", "<p>a</p>", "<p>a</p>"),
    "integer": (12, "12", 12),
    "decimal": ("1.5", "1.500", "1.500"),
    "money": ("12.5", "12.50", "12.50"),
    "percent": ("0.125", "0.1250", "0.1250"),
    "quantity": (3, "3", "3.000"),
    "boolean": (True, "on", True),
    "date": ("2026-01-31", "2026-01-31", "2026-01-31"),
    "datetime": ("2026-01-31T09:30:00+08:00", "2026-01-31T01:30:00Z", "2026-01-31T01:30:00Z"),
    "time": ("09:30:00", "09:30", "09:30:00"),
    "duration": ("PT1H30M", "1:30", "PT1H30M"),
    "choice": ("red", "red", "red"),
    "choices": (["visit", "mail"], ["mail", "visit"], ["mail", "visit"]),
    "ref": (1, "1", 1),
    "any_ref": ({"entity": "crm.customer", "id": 1}, "crm.customer/1", {"entity": "crm.customer", "id": 1}),
    "many": ([2, 1], "2,1", [2, 1]),
    "email": ("ann@example.com", "ann@example.com", "ann@example.com"),
    "phone": ("+86 21 5555", "+86 21 5555", "+86 21 5555"),
    "url": ("https://example.com", "example.com", "https://example.com"),
    "address": ({"city": "Paris"}, {"city": " Paris ", "street": ""}, {"city": "Paris"}),
    "geo_point": ({"lat": "31.2", "lon": "121.4737"}, "31.2, 121.4737", {"lat": "31.200000", "lon": "121.473700"}),
    "json": ({"a": [1, 1.5, None]}, '{"a": [1, 1.5, null]}', {"a": [1, 1.5, None]}),
    "color": ("#1F6FEB", "#1f6feb", "#1f6feb"),
    "rating": (4, "4", 4),
    "department": (1, "1", 1),
    "lines": ([{"label_text": "p", "weight": "1.5"}], [{"label_text": " p", "weight": "1.50"}], ANY),
    "user": (1, "1", 1),
}  # fmt: skip


def test_a_record_by_json_and_by_texts_as_a_form_sends_them_is_the_same(fresh: House) -> None:
    def sent(which: int, name: str) -> dict[str, Any]:
        return {"name": name, **{f"a_{kind}": values[which] for kind, values in EVERY_VALUE.items()}}

    by_json = fresh.call("bob", "POST", "/lab/sample", json=sent(0, "json"))
    by_text = fresh.call("bob", "POST", "/lab/sample", json=sent(1, "text"))
    assert by_json.status_code == by_text.status_code == 201, by_json.text + by_text.text
    own = ("id", "name", "created_at", "updated_at", "a_sequence", "a_lines")
    one, other = ({key: value for key, value in answer.json.items() if key not in own} for answer in (by_json, by_text))
    assert one == other
    assert not list(differences({f"a_{kind}": values[2] for kind, values in EVERY_VALUE.items()}, by_json.json))
    assert [row["weight"] for row in by_json.json["a_lines"]] == ["1.50"]
    # and what was answered can be sent back as it is
    again = fresh.call(
        "bob", "PATCH", f"/lab/sample/{by_json.json['id']}", json=by_json.json, headers={"If-Match": '"1"'}
    )
    assert (again.status_code, again.json["version"]) == (200, 1), again.text


def test_marshmallow_and_the_compiled_writer_give_the_same_json(fresh: House) -> None:
    values = {"name": "every", **{f"a_{kind}": said[0] for kind, said in EVERY_VALUE.items()}}
    made = fresh.call("bob", "POST", "/lab/sample", json=values)
    from sartor.platform.api.schemas import Schemas

    records = fresh.records("bob")
    record = records.get("lab.sample", made.json["id"])
    schema = Schemas(records.scope.access).of("lab.sample")
    dumped = {name: value for name, value in schema.dump(record).items() if not name.startswith("$")}
    assert json.loads(json.dumps(dumped)) == fresh.call("bob", "GET", f"/lab/sample/{made.json['id']}").json


def test_every_filter_that_a_field_type_offers_works(fresh: House) -> None:
    values = {"name": "every", **{f"a_{kind}": said[0] for kind, said in EVERY_VALUE.items()}}
    assert fresh.call("bob", "POST", "/lab/sample", json=values).status_code == 201
    entity = fresh.release.manifest.entities["lab.sample"]
    texts = {
        "text": "x",
        "url": "https://example.com",
        "choices": "mail",
        "many": "1",
        "lines": "",
        "geo_point": "",
        "address": "Paris",
        "json": "",
    }
    for kind, said in EVERY_VALUE.items():
        field = entity.fields[f"a_{kind}"]
        text = texts.get(kind, said[1])
        for op in field.kind.operators:
            value = {"empty": "false", "between": f"{text},{text}", "in": f"{text},{text}"}.get(op, text)
            query = {f"{field.name}.{op}": value, "name": "every"}
            answer = fresh.call("bob", "GET", "/lab/sample", query_string=query)
            assert answer.status_code == 200, f"{query}: {answer.text}"
            hit = len(answer.json["records"])
            misses = op in ("ne", "not_in", "lt", "gt")
            assert hit == (0 if misses else 1), f"{query}: {answer.text}"


def test_a_release_without_the_field_is_served_from_the_next_request_on(sqlite_url: str) -> None:
    from sartor.tests.api_house import definitions

    with house(sqlite_url) as home:
        home.reset()
        assert "code" in home.call("sara", "GET", "/crm/customer/1").json
        before: Manifest = definitions()
        customer = before.entities["crm.customer"]
        fields = {name: field for name, field in customer.fields.items() if name != "code"}
        import msgspec

        smaller = msgspec.structs.replace(customer, fields=fields)
        after = msgspec.structs.replace(before, entities={**before.entities, "crm.customer": smaller})
        home.releases.publish(after, "test", "without code")
        assert "code" not in home.call("sara", "GET", "/crm/customer/1").json
        assert home.call("sara", "GET", "/crm/customer?code=A1").status_code == 400


def test_a_signed_in_browser_needs_the_csrf_token_for_writes_and_a_token_needs_none(fresh: House) -> None:
    fresh.app.config["WTF_CSRF_ENABLED"] = True
    browser = fresh.app.test_client()
    with browser.session_transaction() as session, fresh.app.test_request_context():
        from flask import session as flask_session

        fresh.identity.credentials.begin_session(fresh.ids["sara"])
        session.update(flask_session)
        session["_user_id"] = str(fresh.ids["sara"])
    assert browser.get("/api/v1/acme/crm/customer").status_code == 200
    refused = browser.post("/api/v1/acme/crm/customer", json={"name": "x"})
    assert (refused.status_code, refused.mimetype) == (400, "application/problem+json")
    assert refused.json is not None
    assert refused.json["code"] == "csrf"
    with fresh.app.test_request_context():
        from flask import g
        from flask import session as flask_session
        from flask_wtf.csrf import generate_csrf

        token = generate_csrf()
        raw = flask_session["csrf_token"]
        g.pop("csrf_token", None)
    with browser.session_transaction() as session:
        session["csrf_token"] = raw
    assert (
        browser.post("/api/v1/acme/crm/customer", json={"name": "x"}, headers={"X-CSRFToken": token}).status_code == 201
    )


@pytest.mark.parametrize("which", ["of the company", "of the users"])
def test_a_damaged_database_is_told_with_503_and_not_with_500(sqlite_url: str, which: str) -> None:
    with house(sqlite_url) as home:
        home.reset()
        control = Path(str(home.database.control.url.database))
        file = home.database.file("acme") if which == "of the company" else control
        home.database.close()
        file.write_bytes(b"this is no database" * 1000)
        for suffix in ("-wal", "-shm"):
            file.with_name(file.name + suffix).unlink(missing_ok=True)
        answer = home.call("sara", "GET", "/crm/customer")
        assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
