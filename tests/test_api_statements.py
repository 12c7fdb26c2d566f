"""How many statements the API sends: as many for a thousand records and entities as for one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sartor.metamodel.manifest import Manifest
from sartor.platform.records.records import Operation
from sartor.tests import manifests as made
from sartor.tests import postgresql
from sartor.tests.api_house import House, definitions, house

ADDRESSES = (
    "/",
    "/crm/customer",
    "/crm/customer?limit=100&labels=true&count=true",
    "/crm/customer?search=c&sort=-name&level=c",
    "/crm/order?limit=100&expand=customer,lines&labels=true",
    "/crm/order/1?expand=customer&labels=true",
    "/crm/customer/1",
    "/crm/order/1/history",
    "/crm/order/options/customer?q=c",
)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'control.db'}"
    else:
        server: postgresql.Server = request.getfixturevalue("postgresql_server")
        with server.database() as address:
            yield address


def counts(home: House) -> dict[str, int]:
    found: dict[str, int] = {}
    for address in ADDRESSES:
        assert home.call("sara", "GET", address).status_code == 200  # whatever is kept for a while is kept now
        with home.statements() as seen:
            home.call("sara", "GET", address)
        found[address] = len(seen)
    return found


def larger(manifest: Manifest, more: int) -> Manifest:
    entities = dict(manifest.entities)
    for number in range(more):
        name = f"crm.other_{number}"
        entities[name] = made.entity(name, made.field("name"), made.field("customer", "ref", of="crm.customer"))
    return made.manifest(entities, roles=manifest.roles.values())


def test_statements_grow_neither_with_records_nor_with_entities(url: str, tmp_path: Path) -> None:
    with house(url, data=tmp_path / "files") as home:
        home.reset()
        home.call(
            "sara", "PATCH", "/crm/order/1", json={"due": None}, headers={"If-Match": "*"}
        )  # so that it has a history
        before = counts(home)
        home.releases.publish(larger(definitions(), 60), "test", "more entities")
        assert counts(home) == before
        customers = [Operation("create", values={"name": f"c{n}", "owner": 1 + n % 4}) for n in range(150)]
        orders = [
            Operation("create", values={"customer": 1 + n, "lines": [{"item": "x", "qty": n}]}) for n in range(90)
        ]
        home.records().many("crm.customer", customers, atomic=True)
        home.records().many("crm.order", orders, atomic=True)
        assert counts(home) == before


def test_a_plain_list_takes_at_most_three_statements(url: str, tmp_path: Path) -> None:
    with house(url, data=tmp_path / "files") as home:
        home.reset()
        home.call("sara", "GET", "/crm/customer")
        with home.statements() as seen:
            home.call("sara", "GET", "/crm/customer")
        assert len(seen) <= 3, "\n".join(seen)
