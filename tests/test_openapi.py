"""The OpenAPI document: is it one, does it tell only what its reader may know, does the API keep to it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from sartor.tests import postgresql
from sartor.tests.api_house import BASE, House, house

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = 3  # of each operation, each way; a longer run is one number away


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(f"sqlite:///{tmp_path_factory.mktemp('openapi') / 'control.db'}") as whole:
        whole.reset()
        yield whole


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def target(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    if request.param == "sqlite":
        yield request.getfixturevalue("home")
    else:
        server: postgresql.Server = request.getfixturevalue("postgresql_server")
        files = tmp_path_factory.mktemp("openapi-files")
        with server.database() as url, house(url, data=files) as whole:
            whole.reset()
            yield whole


def document(home: House, user: str) -> dict[str, Any]:
    answer = home.call(user, "GET", "/openapi.json")
    assert answer.status_code == 200
    found: dict[str, Any] = json.loads(answer.text)
    return found


@pytest.mark.parametrize("user", ["sara", "rita", "bob", "ada"])
def test_the_document_is_openapi_3_1(home: House, user: str) -> None:
    errors = list(OpenAPIV31SpecValidator(document(home, user)).iter_errors())
    assert not errors


def test_what_a_user_may_not_read_is_nowhere_in_their_document(home: House) -> None:
    text = home.call("sara", "GET", "/openapi.json").text
    assert '"cost' not in text
    assert "xqzv" not in text
    assert "crm.unit" not in text
    assert '"cost' in home.call("bob", "GET", "/openapi.json").text
    reader = document(home, "rita")
    assert {path for path in reader["paths"] if not path.startswith("/crm/customer")} == {
        "/",
        "/openapi.json",
        "/files",
        "/files/{id}",
    }
    assert set(reader["paths"]["/crm/customer"]) == {"get"}
    assert "/crm/customer/bulk" not in reader["paths"]


def test_every_parameter_that_a_list_takes_is_in_the_document(home: House) -> None:
    found = document(home, "bob")
    shared = found["components"]["parameters"]
    for name, entity in home.release.manifest.entities.items():
        listed = found["paths"][f"/{name.replace('.', '/')}"]["get"]["parameters"]
        names = {shared[one["$ref"].split("/")[-1]]["name"] if "$ref" in one else one["name"] for one in listed}
        for field in entity.fields.values():
            for op in field.kind.operators:
                bare = op == "eq" and field.name != "limit"
                assert (field.name if bare else f"{field.name}.{op}") in names


def test_the_document_is_sent_once_for_each_release(home: House) -> None:
    first = home.call("sara", "GET", "/openapi.json")
    again = home.call("sara", "GET", "/openapi.json", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert home.call("bob", "GET", "/openapi.json").headers["ETag"] != first.headers["ETag"]
    chinese = home.call("sara", "GET", "/openapi.json", headers={"Accept-Language": "zh"})
    assert chinese.headers["ETag"] != first.headers["ETag"]
    small = home.call("sara", "GET", "/openapi.json", headers={"Accept-Encoding": "gzip"})
    assert small.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(small.data) == first.data


@pytest.mark.slow
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.name.lower())
def test_the_api_answers_whatever_its_document_allows_and_keeps_to_it(target: House, mode: GenerationMode) -> None:
    called = attack(target, mode, EXAMPLES)
    assert called > 100


def attack(home: House, mode: GenerationMode, examples: int) -> int:
    """Call every operation with generated requests, valid or spoilt; how many calls that were."""
    credentials = {"Authorization": f"Bearer {home.keys['bob']}"}
    schema = schemathesis.openapi.from_wsgi(f"{BASE}/openapi.json", home.app, headers=credentials)
    called = 0
    for result in schema.get_all_operations():
        operation = result.ok()
        known: dict[str, Any] = {}
        if operation.method in ("patch", "delete"):
            known["headers"] = {"If-Match": "*"}
        if "{id}" in operation.path and "files" not in operation.path:
            known["path_parameters"] = {"id": 1}

        def call(case: Any) -> None:
            nonlocal called
            called += 1
            case.validate_response(case.call(headers=credentials), checks=CHECKS)

        for parts in ({}, known) if known else ({},):
            strategy = operation.as_strategy(mode, **parts)
            with suppress(Unsatisfiable):  # an operation without anything that could be spoilt
                bounded(examples)(given(case=strategy)(call))()
    return called


def bounded(examples: int) -> settings:
    return settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
