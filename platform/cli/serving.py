"""The verbs of the `sartor` command that serve: `serve` and `demo`.

In: a company's folder, an address, and from the front door the function that makes the app. Out: a running server.
A definition with any fault never reaches the database: the release in force is served on.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import click
import sqlalchemy as sa

from ...metamodel.problem import DefinitionError
from ..company_setup import Setup
from ..data.records import DataFault
from ..demo_users import DemoUser, demo_users
from ..schema.bringing import SchemaRefused
from ..storage.company import REGISTRY
from ..storage.database import Database
from .definitions import company_folder
from .server import CreateApp, address, free_port, open_database, run, sentences

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "acme"
DEMO_DATA = "var/demo"
MOST_SHOWN = 4

host_option = click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
port_option = click.option("--port", type=click.IntRange(1, 65535), help="The port to listen on. [default: 8080]")


def serving_commands(create_app: CreateApp) -> list[click.Command]:
    """The verbs, which serve what `create_app` makes."""

    @click.command()
    @click.option("--company", metavar="NAME|DIR", help="The company's folder; without it, the current one.")
    @host_option
    @port_option
    def serve(company: str | None, host: str, port: int | None) -> None:
        """Serve a company: check its definitions, put them in force, bring the tables, load the data.

        Without a company's folder, the companies that the database holds are served. The first start adds a user
        `admin` and prints the password. SARTOR_DATABASE_URL chooses PostgreSQL, SARTOR_DATA the folder for data.

        \b
        Examples: sartor serve
                  sartor serve --company examples/acme --port 9000
        """
        with sentences():
            chosen = free_port(host, port or 8080)
            database = open_database()
            setup = Setup(database, click.echo)
            try:
                folder: Path | None = company_folder(company)
            except click.UsageError:
                if company is not None:
                    raise
                folder = None
            _bring(setup, folder)
            password = setup.first_admin()
            lines = [""]
            if password is not None:
                lines += [f"The first user is {password.username}, with the password {password.password}", ""]
            _serve(
                create_app, database, host, chosen, [*lines, f"Serving at {address(host, chosen)} (Ctrl-C stops it)"]
            )

    @click.command()
    @host_option
    @port_option
    @click.option("--reset", is_flag=True, help="Begin anew: delete the demo's data first. Asks before it does.")
    @click.option("--yes", is_flag=True, help="Do not ask.")
    @click.option("--company", metavar="NAME|DIR", help="Another company than Acme, with samples and a demo.yaml.")
    def demo(host: str, port: int | None, reset: bool, yes: bool, company: str | None) -> None:
        """Serve an example company with believable data, and print who can sign in.

        Data lies in ./var/demo, or where SARTOR_DATA says, or in the database of SARTOR_DATABASE_URL. It is made on the
        first start and kept.

        \b
        Examples: sartor demo
                  sartor demo --port 9000 --reset
        """
        with sentences():
            folder = company_folder(company) if company else EXAMPLE
            if not folder.is_dir():
                raise click.ClickException("The example company is not installed here. Name one with --company.")
            chosen = free_port(host, port)
            database = open_database(DEMO_DATA)
            setup = Setup(database, click.echo)
            manifest = setup.compile(folder)
            users = demo_users(folder, manifest)
            if reset:
                _reset(database, manifest.company.name, ask=not yes)
            set_up_demo(setup, folder)
            label = manifest.company.label.text("en")
            lines = ["", f"{label} is served at {address(host, chosen)} (Ctrl-C stops it)", "", *_logins(setup, users)]
            _serve(create_app, database, host, chosen, lines)

    return [serve, demo]


def set_up_demo(setup: Setup, folder: Path) -> None:
    """Bring a company with its data, its demo users and its demo records; what is there is kept."""
    manifest = setup.compile(folder)
    users = demo_users(folder, manifest)
    release = setup.publish(manifest)
    setup.add_users(release.company, users)
    setup.load_data(release)
    setup.load_samples(release)
    setup.tidy(release)


def _bring(setup: Setup, folder: Path | None) -> None:
    """Put the definitions in the folder in force. Where they are faulty, what is in force is served on, if there is."""
    if folder is None:
        setup.prepare()
        if not setup.releases.companies.names():
            raise click.UsageError(
                "No company.yaml in this folder, and no company in the database. Make one: sartor init shop"
            )
        return
    try:
        release = setup.publish(setup.compile(folder))
    except (DefinitionError, SchemaRefused) as error:
        click.echo(str(error), err=True)
        names = setup.releases.companies.names()
        if not names:
            raise SystemExit(1) from None
        click.echo(f"Nothing was changed. What is in force is served on: {', '.join(names)}.", err=True)
        setup.prepare()
        return
    setup.tidy(release)
    try:
        setup.load_data(release)
    except DataFault as error:
        click.echo(f"The data was not loaded: {error}", err=True)


def _serve(create_app: CreateApp, database: Database, host: str, port: int, lines: list[str]) -> None:
    app = create_app(database)

    def ready() -> None:
        for line in lines:
            click.echo(line)
        sys.stdout.flush()

    run(app, host, port, ready)


def _logins(setup: Setup, users: dict[str, DemoUser]) -> list[str]:
    """Who can sign in, with passwords that are still those of the demo."""
    there = setup.usernames()
    lines = ["Sign in as"]
    for name, user in list(users.items())[:MOST_SHOWN]:
        same = name in there and setup.directory.password_is(there[name], user.password)
        about = f"   {user.about.text('en')}" if user.about is not None else ""
        lines.append(f"  {name:8} {user.password if same else '(password changed)':20}{about}")
    if len(users) > MOST_SHOWN:
        lines.append(f"  and {len(users) - MOST_SHOWN} more: {', '.join(list(users)[MOST_SHOWN:])}")
    return [*lines, ""]


def _reset(database: Database, company: str, *, ask: bool) -> None:
    """Delete a company with all its records; on SQLite the users of the folder as well."""
    place = database.url.render_as_string(hide_password=True)
    if ask and not click.confirm(f"Delete the company {company} with all its records in {place}?"):
        raise click.Abort
    steps: dict[str, Callable[[Database, str], None]] = {"sqlite": _remove_files, "postgresql": _drop_schema}
    database.close()
    steps[database.dialect](database, company)
    shutil.rmtree(database.data / "files" / company, ignore_errors=True)


def _remove_files(database: Database, company: str) -> None:
    for file in (Path(database.url.database or ""), database.file(company)):
        for ending in ("", "-wal", "-shm"):
            Path(f"{file}{ending}").unlink(missing_ok=True)


def _drop_schema(database: Database, company: str) -> None:
    with database.control_write() as connection:
        connection.execute(sa.schema.DropSchema(company, cascade=True, if_exists=True))
        if sa.inspect(connection).has_table(REGISTRY.name):
            connection.execute(sa.delete(REGISTRY).where(REGISTRY.c.name == company))
