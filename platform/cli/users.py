"""The verbs of the `sartor` command about users: `sartor user add`, `list`, `passwd`, `grant`, `revoke`, `deactivate`.

In: names, roles, passwords. Out: users in the control database. They say and refuse what the screens do.
"""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import click

from ...metamodel.problem import suggestion
from ..company_setup import Setup
from ..demo_users import PLATFORM_ROLES
from ..identity import IdentityError, User
from ..storage.company import NoCompany
from .server import open_database, sentences

ROLE = "ROLE"
company_option = click.option("--company", metavar="NAME", help="The company; may be left out where there is only one.")
stdin_option = click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def user() -> None:
    """Add, list and change the people who can sign in.

    SARTOR_DATABASE_URL or SARTOR_DATA say where they are kept; the demo's are in var/demo.

    Example: sartor user add ann --name "Ann Lee" --email ann@example.com --role crm.sales
    """


@user.command()
@click.argument("username")
@click.option("--name", help="The full name. [default: the user name]")
@click.option("--email", help="The email address. [default: USERNAME@localhost]")
@click.option("--role", "roles", metavar=ROLE, multiple=True, help="A role in the company; may be said several times.")
@click.option("--admin", is_flag=True, help="Make a platform admin, who may do everything everywhere.")
@click.option("--language", type=click.Choice(["en", "zh"]), help="The language of the screens.")
@company_option
@stdin_option
def add(
    username: str,
    name: str | None,
    email: str | None,
    roles: tuple[str, ...],
    admin: bool,
    language: str | None,
    company: str | None,
    password_stdin: bool,
) -> None:
    """Add a user. Asks for a password; where nobody can be asked, makes one up and prints it.

    Example: sartor user add ann --name "Ann Lee" --email ann@example.com --role crm.sales --role oa.employee
    """
    with _setup() as setup:
        granted = {_company(setup, company): _known_roles(setup, company, roles)} if roles else None
        password, made = _password(username, from_stdin=password_stdin)
        setup.directory.add_user(
            username, password, name or username, email or f"{username}@localhost", granted, admin, language
        )
        click.echo(f"{username} can sign in" + (f" with the password {password}" if made else "."))


@user.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print the users as JSON.")
def list_(as_json: bool) -> None:
    """List all users with their roles.

    Example: sartor user list --json
    """
    with _setup() as setup:
        users = setup.directory.list_users()
        if as_json:
            click.echo(json.dumps([_as_json(one) for one in users], ensure_ascii=False, indent=2))
            return
        for one in users:
            roles = ", ".join(f"{company}/{role}" for company, own in sorted(one.roles.items()) for role in sorted(own))
            marks = "platform admin" if one.is_platform_admin else ""
            shown = ", ".join(part for part in (marks, roles, "" if one.active else "deactivated") if part)
            click.echo(f"{one.username:16} {one.name:24} {one.email:32} {shown}".rstrip())


@user.command()
@click.argument("username")
@stdin_option
def passwd(username: str, password_stdin: bool) -> None:
    """Give a user a new password; their sessions and tokens end.

    Example: sartor user passwd ann
    """
    with _setup() as setup:
        setup.directory.user(username)
        password, made = _password(username, from_stdin=password_stdin)
        setup.directory.set_password(username, password)
        click.echo(f"{username} has a new password" + (f": {password}" if made else "."))


@user.command()
@click.argument("username")
@click.argument("roles", metavar=ROLE, nargs=-1, required=True)
@company_option
def grant(username: str, roles: tuple[str, ...], company: str | None) -> None:
    """Give a user roles in a company.

    Example: sartor user grant ann crm.sales_manager oa.approver --company acme
    """
    with _setup() as setup:
        known = setup.directory.user(username)
        name = _company(setup, company)
        for role in _known_roles(setup, company, roles):
            setup.roles.grant(known, name, role)
        click.echo(f"{username} has {', '.join(roles)} in {name}.")


@user.command()
@click.argument("username")
@click.argument("roles", metavar=ROLE, nargs=-1, required=True)
@company_option
def revoke(username: str, roles: tuple[str, ...], company: str | None) -> None:
    """Take roles from a user.

    Example: sartor user revoke ann crm.sales_manager --company acme
    """
    with _setup() as setup:
        known = setup.directory.user(username)
        name = _company(setup, company)
        for role in roles:
            if role not in known.roles_in(name):
                remedy = suggestion(role, known.roles_in(name))
                raise click.ClickException(f"{username} does not have the role {role} in {name}; {remedy}")
            setup.roles.revoke(known, name, role)
        click.echo(f"{username} no longer has {', '.join(roles)} in {name}.")


@user.command()
@click.argument("username")
def deactivate(username: str) -> None:
    """Refuse a user from now on. Nothing of theirs is deleted.

    Example: sartor user deactivate ann
    """
    with _setup() as setup:
        setup.directory.deactivate(username)
        click.echo(f"{username} can no longer sign in.")


@user.command()
@click.argument("username")
def activate(username: str) -> None:
    """Let a deactivated user in again.

    Example: sartor user activate ann
    """
    with _setup() as setup:
        setup.directory.activate(username)
        click.echo(f"{username} can sign in again.")


@contextmanager
def _setup() -> Iterator[Setup]:
    with sentences():
        setup = Setup(open_database())
        setup.prepare()
        try:
            yield setup
        except IdentityError as error:
            raise click.ClickException("\n".join(str(fault) for fault in error.faults)) from None


def _company(setup: Setup, company: str | None) -> str:
    names = setup.releases.companies.names()
    if company is None:
        if len(names) == 1:
            return names[0]
        known = f"Name one with --company: {', '.join(names)}" if names else "`sartor serve` in its folder makes one"
        raise click.UsageError(f"There are {len(names)} companies. {known}.")
    if company not in names:
        raise click.ClickException(f"There is no company {company}; {suggestion(company, names)}")
    return company


def _known_roles(setup: Setup, company: str | None, roles: Sequence[str]) -> Sequence[str]:
    """The roles, if the company has them all."""
    name = _company(setup, company)
    try:
        known = {*setup.releases.current(name).manifest.roles, *PLATFORM_ROLES}
    except NoCompany:
        known = set(PLATFORM_ROLES)
    for role in roles:
        if role not in known:
            raise click.ClickException(f"There is no role {role} in {name}; {suggestion(role, known)}")
    return roles


def _password(username: str, *, from_stdin: bool) -> tuple[str, bool]:
    """A password, and whether it was made up here."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n"), False
    if sys.stdin.isatty():
        asked: str = click.prompt(f"Password for {username}", hide_input=True, confirmation_prompt=True)
        return asked, False
    return secrets.token_urlsafe(12), True


def _as_json(one: User) -> dict[str, object]:
    return {
        "username": one.username,
        "name": one.name,
        "email": one.email,
        "active": one.active,
        "platform_admin": one.is_platform_admin,
        "language": one.language,
        "roles": {company: sorted(roles) for company, roles in sorted(one.roles.items())},
    }
