"""`sartor demo`: an example company, ready to be tried out by each of its people."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from sartor.metamodel.manifest import Manifest
from sartor.metamodel.problem import DefinitionError
from sartor.platform.cli.serving import EXAMPLE, set_up_demo
from sartor.platform.company_setup import Setup
from sartor.platform.demo_users import demo_users
from sartor.platform.query.query import Query
from sartor.platform.records.actor import Actor
from sartor.platform.records.people import People
from sartor.platform.records.records import Records
from sartor.platform.storage.database import Database
from sartor.platform.storage.release import Release
from sartor.tests.command_house import ROOT, Visitor, free_port, run, serving
from sartor.tests.postgresql import Server

pytestmark = pytest.mark.slow


@dataclass
class Acme:
    """The example company as the demo sets it up."""

    database: Database
    setup: Setup
    lines: list[str]

    @property
    def release(self) -> Release:
        return self.setup.releases.current("acme")

    @property
    def manifest(self) -> Manifest:
        return self.release.manifest

    def records(self, username: str) -> Records:
        user = self.setup.directory.user(username)
        actor = Actor(user.id, username, user.roles_in("acme"), user.is_platform_admin, "form")
        return Records(self.database, self.release, actor, people=People(self.setup.directory))

    def rows(self, entity: str) -> list[dict[str, Any]]:
        table = self.release.tables.of(entity)
        with self.database.read("acme") as connection:
            return [dict(row) for row in connection.execute(sa.select(table)).mappings()]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def acme(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Acme]:
    """Set up once for all tests here, on each database."""
    folder = tmp_path_factory.mktemp("demo")
    if request.param == "sqlite":
        yield from _acme(f"sqlite:///{folder / 'control.db'}", folder)
    else:
        server: Server = request.getfixturevalue("postgresql_server")
        with server.database() as url:
            yield from _acme(url, folder)


def _acme(url: str, folder: Path) -> Iterator[Acme]:
    database = Database(url, data=folder)
    lines: list[str] = []
    setup = Setup(database, lines.append)
    set_up_demo(setup, EXAMPLE)
    yield Acme(database, setup, lines)
    database.close()


def test_the_demo_has_a_company_full_of_records(acme: Acme) -> None:
    counts = {name: len(acme.rows(name)) for name in acme.manifest.entities}
    assert counts["crm.customer"] >= 250
    assert sum(counts.values()) >= 5000
    for name in ("crm.contact", "crm.opportunity", "crm.follow_up", "erp.sales_order", "erp.sales_invoice"):
        assert counts[name] >= 100, name
    for name in ("oa.leave_request", "oa.expense_claim", "oa.task", "erp.purchase_order", "acme.sample_shipment"):
        assert counts[name] >= 40, name
    assert counts["oa.employee"] == 60


def test_documents_stand_in_all_their_stages(acme: Acme) -> None:
    def states(entity: str) -> set[str]:
        return {row["status"] for row in acme.rows(entity)}

    assert states("crm.opportunity") >= {"open", "won", "lost"}
    assert states("crm.quote") >= {"draft", "sent", "accepted", "declined"}
    assert states("erp.sales_order") >= {"draft", "approved", "partly_delivered", "delivered", "closed"}
    assert states("oa.leave_request") >= {"submitted", "approved", "finished", "rejected"}
    assert states("oa.expense_claim") >= {"draft", "submitted", "approved", "paid"}
    stages = {row["stage"] for row in acme.rows("crm.opportunity")}
    assert len(stages) >= 6


def test_the_money_adds_up_from_lines_to_customers(acme: Acme) -> None:
    lines: dict[int, Decimal] = {}
    for row in acme.rows("erp.sales_invoice_line"):
        lines[row["sales_invoice"]] = lines.get(row["sales_invoice"], Decimal(0)) + row["gross_amount"]
    received: dict[int, Decimal] = {}
    for row in acme.rows("erp.receipt_allocation"):
        received[row["sales_invoice"]] = received.get(row["sales_invoice"], Decimal(0)) + row["amount"]
    billed: dict[int, Decimal] = {}
    for invoice in acme.rows("erp.sales_invoice"):
        assert invoice["gross_amount"] == lines[invoice["id"]]
        assert invoice["received_amount"] == received.get(invoice["id"], 0)
        assert invoice["balance"] == invoice["gross_amount"] - invoice["received_amount"]
        assert (invoice["balance"] == 0) == (invoice["status"] == "paid")
        billed[invoice["customer"]] = billed.get(invoice["customer"], Decimal(0)) + invoice["gross_amount"]
    for customer in acme.rows("crm.customer"):
        assert customer["billed"] == billed.get(customer["id"], 0)
        assert customer["outstanding"] == customer["billed"] - customer["paid"]
    plans: dict[int, Decimal] = {}
    for plan in acme.rows("crm.receivable_plan"):
        plans[plan["contract"]] = plans.get(plan["contract"], Decimal(0)) + plan["amount"]
    for contract in acme.rows("crm.contract"):
        assert contract["planned"] == plans.get(contract["id"], 0)
        assert contract["id"] not in plans or plans[contract["id"]] == contract["total"]


def test_deliveries_and_receipts_are_what_the_orders_say(acme: Acme) -> None:
    delivered: dict[int, Decimal] = {}
    for row in acme.rows("erp.delivery_line"):
        delivered[row["sales_order_line"]] = delivered.get(row["sales_order_line"], Decimal(0)) + row["qty"]
    orders = {row["id"]: row for row in acme.rows("erp.sales_order")}
    for line in acme.rows("erp.sales_order_line"):
        assert line["delivered_qty"] == delivered.get(line["id"], 0)
        full = line["delivered_qty"] == line["qty"]
        assert full == (orders[line["sales_order"]]["status"] in ("delivered", "closed"))


def test_a_sales_person_creates_edits_and_deletes_an_account_of_theirs(acme: Acme) -> None:
    sam = acme.records("sam")
    made = sam.create("crm.customer", {"name": "Corner Shop", "industry": "retail", "export_licence": "el-1"})
    assert made["export_licence"] == "EL-1"
    assert sam.create("crm.contact", {"name": "Joe", "customer": made["id"]})["owner"] == made["owner"]
    changed = sam.update("crm.customer", made["id"], {"phone": "+1 415 555 0100"}, version=made["version"])
    sam.delete("crm.customer", made["id"], version=changed["version"])
    assert sam.page("crm.customer", Query(search="Corner Shop")).records == []


def test_a_new_quote_is_valid_for_thirty_days_in_the_companys_own_currency_and_department(acme: Acme) -> None:
    quote, request = acme.records("sam").defaults("crm.quote"), acme.records("sam").defaults("oa.leave_request")
    assert (quote["valid_until"] - quote["date"]).days == 30
    assert quote["currency"] == "CNY"
    (employee,) = [row for row in acme.rows("oa.employee") if row["user"] == acme.setup.directory.user("sam").id]
    assert request["department"] == employee["department"] is not None


def test_each_of_the_people_sees_what_their_roles_say(acme: Acme) -> None:
    can = {name: acme.records(name).scope.access for name in ("admin", "bea", "sam", "ann", "xin")}
    assert can["bea"].can("erp.payment", "delete")
    assert not can["sam"].can("erp.payment", "read")
    assert can["ann"].may("oa.leave_request", "approve")
    assert not can["sam"].may("oa.leave_request", "approve")
    assert can["sam"].field("crm.product", "cost") == "none"
    assert can["xin"].field("crm.customer", "export_licence") == "write"
    assert can["xin"].field("crm.customer", "credit_limit") == "none"


def test_every_list_of_every_entity_opens_with_its_quick_filters(acme: Acme) -> None:
    bea = acme.records("bea")
    for view in acme.manifest.lists.values():
        for where in (view.where, *(quick.where for quick in view.filters.values())):
            fields = tuple(column.path for column in view.columns)
            bea.page(view.entity, Query(where=where, sort=view.sort, fields=fields, limit=2))


def test_setting_up_again_changes_nothing(acme: Acme) -> None:
    before = {name: len(acme.rows(name)) for name in acme.manifest.entities}
    rev = acme.release.rev
    acme.lines.clear()
    set_up_demo(acme.setup, EXAMPLE)
    assert {name: len(acme.rows(name)) for name in acme.manifest.entities} == before
    assert acme.release.rev == rev
    assert [line for line in acme.lines if "new" in line] == []


def test_the_first_start_says_what_it_does(acme: Acme, tmp_path: Path) -> None:
    lines: list[str] = []
    database = Database(f"sqlite:///{tmp_path / 'control.db'}")
    setup = Setup(database, lines.append)
    release = setup.publish(setup.compile(EXAMPLE))
    setup.load_data(release)
    database.close()
    assert any(line.startswith("Release 1 of acme is in force") for line in lines)
    assert any(line.startswith("Data of acme: ") for line in lines)


def test_a_role_that_does_not_exist_in_demo_yaml_is_a_problem_with_its_place(acme: Acme, tmp_path: Path) -> None:
    (tmp_path / "demo.yaml").write_text(
        "password: secret words\nusers:\n  sam: {name: Sam, email: sam@x.example, roles: [crm.sails]}\n"
        "  bob: {nam: Bob}\n"
    )
    with pytest.raises(DefinitionError) as caught:
        demo_users(tmp_path, acme.manifest)
    text = str(caught.value)
    assert 'demo.yaml:3:50: user "sam": no role "crm.sails"; did you mean "crm.sales"?' in text
    assert 'user "bob": no property "nam"; did you mean "name"?' in text
    assert 'user "bob": "email" is missing' in text


def test_the_command_serves_the_demo_and_its_printed_people_can_sign_in(tmp_path: Path) -> None:
    with serving(tmp_path, ["demo", "--port", str(free_port())]) as server:
        for name in ("admin", "bea", "sam", "ann"):
            assert f"  {name:8} acme-demo" in server.text
            person = Visitor(server.url)
            person.sign_in(name, "acme-demo")
            assert person.open("/acme/crm/customer")[0] == 200
        status, page = person.open("/acme/crm/customer")
        assert "Accounts" in page
        assert "Export licence" in page
        program = Visitor(server.url)
        program.get_token("sam", "acme-demo")
        status, text = program.open("/api/v1/acme/crm/customer?limit=1")
        assert status == 200, text
        assert "export_licence" in json.loads(text)["records"][0]
        assert program.open("/api/v1/acme/erp/payment")[0] == 403

        other = run(tmp_path, "user", "list", SARTOR_DATA="var/demo")
        assert "acme/acme.trader" in other.stdout
    with serving(tmp_path, ["demo"]) as server:
        assert "new" not in server.text.partition("Acme Trading is served")[0]
    again = run(tmp_path, "demo", "--reset", "--port", str(free_port()), given="n\n")
    assert again.returncode == 1
    assert "Delete the company acme with all its records in sqlite:" in again.stdout
    assert (tmp_path / "var" / "demo" / "companies" / "acme.db").exists()


def test_the_example_reaches_the_wheel() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert '"examples/**/*"' in text
