"""The front door: the `sartor` command.

It alone may import from every room; the verbs themselves live in the rooms that do their work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .platform.cli import definitions as cli_definitions

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

    from .platform.storage.database import Database

VERSION_TEXT = "sartor {version}"
LATE = ("serve", "demo", "user")  # these load SQLAlchemy and Flask, which the others can do without


class Verbs(click.Group):
    """The verbs; those that take long to load are loaded when they are asked for."""

    def list_commands(self, context: click.Context) -> list[str]:
        """The names of all verbs."""
        return sorted({*super().list_commands(context), *LATE})

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """One verb."""
        if name in LATE and name not in self.commands:
            from .platform.cli import serving as cli_serving
            from .platform.cli import users as cli_users

            for late in (*cli_serving.serving_commands(_create_app), cli_users.user):
                self.add_command(late)
        return super().get_command(context, name)


def _create_app(database: Database) -> WSGIApplication:
    from .ui.app import create_app

    return create_app(database)


@click.group("sartor", cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
def main() -> None:
    """Sartor tailors a company's OA, CRM and ERP from definitions, without code.

    Exit codes: 0 fine, 1 problems found, 2 wrong use.

    Example: sartor init shop && cd shop && sartor serve
    """


@main.command()
def version() -> None:
    """Print the version.

    Example: sartor version
    """
    from . import __version__

    click.echo(VERSION_TEXT.format(version=__version__))


for command in (
    cli_definitions.check,
    cli_definitions.compile_,
    cli_definitions.explain_,
    cli_definitions.schema,
    cli_definitions.init,
):
    main.add_command(command)

if __name__ == "__main__":
    main(prog_name="sartor")
