"""`sartor user …`: people are added, listed and changed from the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from sartor.metamodel.manifest import Manifest
from sartor.platform.cli.users import user
from sartor.platform.company_setup import Setup
from sartor.platform.storage.database import Database
from sartor.tests import manifests as m

Run = Callable[..., Result]


def company(name: str) -> Manifest:
    roles = [m.role("crm.sales", crm__customer="read"), m.role("crm.boss", crm__customer="all")]
    return m.manifest([m.entity("crm.customer", "name")], company=name, roles=roles)


@pytest.fixture
def run(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a verb against a database that holds the company acme."""
    monkeypatch.setenv("SARTOR_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("SARTOR_DATA", str(tmp_path))
    database = Database()
    Setup(database).publish(company("acme"))
    database.close()

    def call(*words: str, given: str = "") -> Result:
        return CliRunner().invoke(user, list(words), input=given)

    return call


def users(run: Run) -> dict[str, Any]:
    return {one["username"]: one for one in json.loads(run("list", "--json").output)}


def add(run: Run, *more: str) -> Result:
    return run("add", "ann", "--name", "Ann Lee", "--email", "ann@acme.example", *more)


def test_a_user_is_added_with_roles_and_a_password_that_is_made_up_and_told(run: Run) -> None:
    done = add(run, "--role", "crm.sales", "--role", "business_admin")
    assert done.exit_code == 0, done.output
    password = done.output.split()[-1]
    ann = users(run)["ann"]
    assert ann == {
        "username": "ann",
        "name": "Ann Lee",
        "email": "ann@acme.example",
        "active": True,
        "platform_admin": False,
        "language": None,
        "roles": {"acme": ["business_admin", "crm.sales"]},
    }
    directory = Setup(Database()).directory
    assert directory.password_is(directory.user("ann").id, password)


def test_a_password_comes_from_standard_input_and_is_not_printed(run: Run) -> None:
    done = run("add", "ann", "--admin", "--language", "zh", "--password-stdin", given="correct horse\n")
    assert (done.exit_code, done.output) == (0, "ann can sign in.\n")
    directory = Setup(Database()).directory
    assert directory.password_is(directory.user("ann").id, "correct horse")
    assert users(run)["ann"]["platform_admin"] is True
    assert users(run)["ann"]["language"] == "zh"


def test_the_list_tells_names_and_roles(run: Run) -> None:
    add(run, "--role", "crm.sales")
    run("add", "bob", "--admin")
    lines = run("list").output.splitlines()
    assert [line.split()[0] for line in lines] == ["ann", "bob"]
    assert "acme/crm.sales" in lines[0]
    assert "platform admin" in lines[1]


def test_roles_are_given_and_taken(run: Run) -> None:
    add(run)
    assert run("grant", "ann", "crm.sales", "crm.boss").output == "ann has crm.sales, crm.boss in acme.\n"
    assert users(run)["ann"]["roles"] == {"acme": ["crm.boss", "crm.sales"]}
    assert run("revoke", "ann", "crm.sales").exit_code == 0
    assert users(run)["ann"]["roles"] == {"acme": ["crm.boss"]}


def test_a_new_password_ends_the_old_one(run: Run) -> None:
    add(run)
    assert run("passwd", "ann", "--password-stdin", given="battery staple\n").exit_code == 0
    directory = Setup(Database()).directory
    assert directory.password_is(directory.user("ann").id, "battery staple")


def test_a_user_is_refused_and_let_in_again(run: Run) -> None:
    add(run)
    assert run("deactivate", "ann").output == "ann can no longer sign in.\n"
    assert users(run)["ann"]["active"] is False
    assert run("activate", "ann").exit_code == 0
    assert users(run)["ann"]["active"] is True


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["add", "ann", "--role", "crm.sails"], 'There is no role crm.sails in acme; did you mean "crm.sales"?'),
        (["add", "ann", "--email", "nowhere"], "Enter an email address such as ann@example.com."),
        (["add", "a b"], "A user name has 1 to 64 letters"),
        (["grant", "nobody", "crm.sales"], 'There is no user "nobody".'),
        (["passwd", "nobody"], 'There is no user "nobody".'),
        (["deactivate", "nobody"], 'There is no user "nobody".'),
        (["grant", "old", "crm.sales", "--company", "acne"], 'There is no company acne; did you mean "acme"?'),
        (["revoke", "old", "crm.boss"], 'old does not have the role crm.boss in acme; did you mean "crm.sales"?'),
        (["deactivate", "old"], "This is the last active platform admin."),
        (["add", "OLD"], 'The user name "OLD" is taken.'),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence_and_changes_nothing(
    run: Run, words: list[str], sentence: str
) -> None:
    run("add", "old", "--admin", "--role", "crm.sales")
    before = users(run)
    done = run(*words)
    assert done.exit_code == 1
    assert sentence in done.output
    assert users(run) == before


def test_a_short_password_is_refused(run: Run) -> None:
    done = run("add", "ann", "--password-stdin", given="short\n")
    assert done.exit_code == 1
    assert "A password has at least 8 and at most 128 characters." in done.output


def test_with_two_companies_one_has_to_be_named(run: Run) -> None:
    Setup(Database()).publish(company("branch"))
    done = add(run, "--role", "crm.sales")
    assert done.exit_code == 2
    assert "There are 2 companies. Name one with --company: acme, branch." in done.output
    assert add(run, "--role", "crm.sales", "--company", "branch").exit_code == 0
    assert users(run)["ann"]["roles"] == {"branch": ["crm.sales"]}


def test_every_verb_has_help_with_an_example(run: Run) -> None:
    for verb in ("add", "list", "passwd", "grant", "revoke", "deactivate", "activate"):
        assert "Example: sartor user" in run(verb, "--help").output
