"""The verbs of the `sartor` command that read definitions and touch no database.

In: folders of definitions. Out: problems, manifests, explanations and schemas on standard output. Exit codes: 0 fine,
1 problems found, 2 wrong use.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import click

from ...metamodel.compilation import BUNDLED, Compilation, Compiler
from ...metamodel.explaining import explain
from ...metamodel.layer import find_folders
from ...metamodel.problem import DefinitionError, Problem, has_errors
from ...metamodel.reserved import is_taken
from ...metamodel.schema import published
from ...metamodel.shape_terms import KINDS
from ...metamodel.shapes import SHAPES
from ...rules.compilation import compile_company, compile_packages


def company_folder(name: str | None) -> Path:
    """The folder of a company: a path, a name below `.` or `examples/`, or the current folder; else wrong use."""
    for candidate in [Path(name), Path("examples") / name, Path("companies") / name] if name else [Path()]:
        if any((candidate / f"company.{ending}").is_file() for ending in ("yaml", "yml", "json")):
            return candidate
    if name:
        raise click.UsageError(f"No company at {name!r}: neither that folder nor examples/{name} holds a company.yaml.")
    raise click.UsageError("No company.yaml in this folder. Name one with --company, or make one: sartor init shop")


def report(problems: Sequence[Problem], *, as_json: bool) -> None:
    """Print problems, and end with exit code 1 where one is more than a warning."""
    if as_json:
        click.echo(json.dumps([problem.as_json() for problem in problems], ensure_ascii=False, indent=2))
    else:
        for problem in problems:
            click.echo(str(problem))
    if has_errors(problems):
        raise SystemExit(1)


def compiled(company: str | None) -> Compilation:
    """The compilation of a company; prints problems to standard error, and ends with exit code 1 where it fails."""
    compilation = compile_company(Compiler(), company_folder(company))
    for problem in compilation.problems:
        click.echo(str(problem), err=True)
    if compilation.manifest is None:
        raise SystemExit(1)
    return compilation


@click.command()
@click.argument("folders", nargs=-1, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the problems as JSON.")
def check(folders: tuple[Path, ...], as_json: bool) -> None:
    """Check packages and companies: print every problem with its place and remedy.

    FOLDERS hold packages or companies, at any depth; without them, the current folder. All is well: nothing is printed.

    Example: sartor check definitions examples/acme
    """
    found = [path for folder in folders or (Path(),) for path in find_folders(folder)]
    if not found:
        raise click.UsageError("No company.yaml and no package.yaml in " + ", ".join(map(str, folders or (Path(),))))
    companies = [
        path for path in found if not any((path / f"package.{end}").is_file() for end in ("yaml", "yml", "json"))
    ]
    packages = [path for path in found if path not in companies]
    compiler = Compiler((*dict.fromkeys(path.parent for path in packages), BUNDLED))
    problems: set[Problem] = set()
    if packages:
        problems.update(compile_packages(compiler, packages).problems)
    for path in companies:
        problems.update(compile_company(compiler, path).problems)
    report(sorted(problems), as_json=as_json)


@click.command("compile")
@click.option("--company", metavar="NAME|DIR", help="The company; without it, the current folder.")
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="Write here, not to standard output."
)
def compile_(company: str | None, output: Path | None) -> None:
    """Compile a company's definitions into its manifest, the JSON that everything at run time reads.

    Example: sartor compile --company acme -o manifest.json
    """
    manifest = compiled(company).manifest
    assert manifest is not None  # noqa: S101  (compiled() has ended the command otherwise)
    text = json.dumps(json.loads(manifest.to_json()), ensure_ascii=False, indent=1) + "\n"
    if output is None:
        click.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")


@click.command("explain")
@click.argument("path")
@click.option("--company", metavar="NAME|DIR", help="The company; without it, the current folder.")
@click.option("--json", "as_json", is_flag=True, help="Print the explanation as JSON.")
def explain_(path: str, company: str | None, as_json: bool) -> None:
    """Say what a part of the definitions is, which layer, file and line set each property, and what that replaced.

    PATH names an entity or a part of it; other kinds begin with their kind and a colon.

    \b
    Examples: sartor explain crm.customer.fields.tax_number --company acme
              sartor explain list:crm.customer.columns --company acme
    """
    compilation = compile_company(Compiler(), company_folder(company))
    try:
        explanations = explain(compilation, path)
    except DefinitionError as error:
        click.echo(str(error), err=True)
        raise SystemExit(1) from None
    if as_json:
        click.echo(json.dumps([one.as_json() for one in explanations], ensure_ascii=False, indent=2))
        return
    for one in explanations:
        click.echo(f"{one.path}: {json.dumps(one.value, ensure_ascii=False)}")
        click.echo(f"    set by {one.mark.layer} in {one.mark.file}:{one.mark.key_line}")
        for value, mark in one.replaced:
            shown = json.dumps(value, ensure_ascii=False)
            click.echo(f"    replaced {shown}, set by {mark.layer} in {mark.file}:{mark.key_line}")


@click.command()
@click.argument("kind", required=False, type=click.Choice(sorted(SHAPES)))
@click.option(
    "-o", "--output", type=click.Path(file_okay=False, path_type=Path), help="Write one file a kind into this folder."
)
def schema(kind: str | None, output: Path | None) -> None:
    """Print the JSON Schema of a kind of definition, or write those of all kinds into a folder.

    \b
    Examples: sartor schema entity
              sartor schema -o .sartor/schema
    """
    if (kind is None) == (output is None):
        raise click.UsageError("Name a kind to print its schema, or a folder with -o for all of them.")
    if kind is not None:
        click.echo(json.dumps(published(kind), ensure_ascii=False, indent=2))
        return
    assert output is not None  # noqa: S101  (one of the two is given)
    write_schemas(output)
    click.echo(f"{len(SHAPES)} schemas written to {output}")


def write_schemas(folder: Path) -> None:
    """Write the schema of every kind into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for kind in sorted(SHAPES):
        text = json.dumps(published(kind), ensure_ascii=False, indent=2) + "\n"
        (folder / f"{kind}.schema.json").write_text(text, encoding="utf-8")


COMPANY_FILE = """\
company: {name}
label: {label}
packages: {{}}        # such as {{crm: ">=1,<2"}}; `sartor check` says what is there
settings: {{languages: [en, zh], language: en, currency: CNY, time_zone: {zone}}}
"""
EDITOR_FILE = """\
{{
  "yaml.schemas": {{
{entries}
  }}
}}
"""


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
def init(folder: Path) -> None:
    """Make a new company project: a folder with company.yaml, folders for definitions, and schemas for your editor.

    Example: sartor init shop
    """
    name = folder.resolve().name.lower().replace("-", "_")
    if not name.isascii() or not name.isidentifier() or name.startswith("_") or len(name) > 40:
        raise click.UsageError(
            f"{folder.resolve().name!r} cannot be a company's name: use letters, digits and underscores, such as shop."
        )
    if is_taken("company", name):
        raise click.UsageError(f"{name!r} is a name that the system uses. Choose another folder.")
    if any(path.is_file() for path in (folder, *folder.resolve().parents)):
        raise click.UsageError(f"{folder} is a file, or lies below one. Choose another folder.")
    if folder.exists() and any(folder.iterdir()):
        raise click.UsageError(f"{folder} is there and not empty. Choose another folder.")
    for kind_folder in KINDS.values():
        (folder / kind_folder).mkdir(parents=True, exist_ok=True)
    label = name.replace("_", " ").capitalize()
    text = COMPANY_FILE.format(name=name, label=label, zone=_local_zone())
    (folder / "company.yaml").write_text(text, encoding="utf-8")
    (folder / ".gitignore").write_text("var/\n", encoding="utf-8")
    write_schemas(folder / ".sartor" / "schema")
    entries = [f'    ".sartor/schema/{kind}.schema.json": "{place}/*.yaml"' for kind, place in sorted(KINDS.items())]
    entries.append('    ".sartor/schema/company.schema.json": "company.yaml"')
    (folder / ".vscode").mkdir()
    (folder / ".vscode" / "settings.json").write_text(EDITOR_FILE.format(entries=",\n".join(entries)), encoding="utf-8")
    click.echo(f"Made {folder}. Next, describe what your company keeps, in {folder}/entities/bike.yaml:")
    click.echo("\n  entity: bike\n  fields:\n    name: {type: text, required: true}\n    price: {type: money}\n")
    click.echo(f"Then: cd {folder} && sartor serve")


def _local_zone() -> str:
    """The time zone of this machine, as far as it says; else UTC."""
    zone = os.environ.get("TZ", "")
    if not zone:
        link = Path("/etc/localtime")
        zone = str(link.resolve()).partition("zoneinfo/")[2] if link.is_symlink() else ""
    from zoneinfo import available_timezones

    return zone if zone in available_timezones() else "UTC"
