"""The front door: the `sartor` command.

It alone may import from every room; the verbs themselves live in the rooms that do their work.
"""

from __future__ import annotations

import click

from .platform import cli_definitions

VERSION_TEXT = "sartor {version}"


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
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
