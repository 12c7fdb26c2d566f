"""Write the reference pages from the product itself: definitions from the metamodel, verbs from the command.

In: the field types, the shapes, the problem codes, the command. Out: docs/reference/*.md; with --check nothing is
written, and exit code 1 says which page has drifted. Knows nothing of the guides, which people write.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from sartor.__main__ import main as command
from sartor.metamodel.codes import CODES
from sartor.metamodel.fields import TYPES
from sartor.metamodel.fields.base import FieldType
from sartor.metamodel.shape_terms import KINDS
from sartor.metamodel.shapes import COMMON, SHAPES

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "reference"
NOTE = "<!-- Written by `make docs` from the metamodel; change it there. -->\n"
STAGES = {
    "R": "Reading a file",
    "S": "Shape of a definition",
    "P": "Packages, companies, layers",
    "F": "Fields",
    "L": "Links between objects",
    "X": "Expressions",
    "D": "Data that is there already",
}
Schema = Mapping[str, Any]


def main(arguments: list[str]) -> int:
    """Write the pages, or compare them."""
    drifted = drift()
    if "--check" in arguments:
        for path in drifted:
            print(f"{path}: differs from the metamodel; run `make docs`", file=sys.stderr)
        return 1 if drifted else 0
    for path, text in drifted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        print(f"docs: wrote {path.relative_to(FOLDER.parent.parent)}")
    return 0


def drift() -> dict[Path, str]:
    """The pages whose file is missing or says something else, with what it should say."""
    pages = {
        "fields.md": fields(),
        "definitions.md": definitions(),
        "problems.md": problems(),
        "commands.md": commands(),
    }
    wanted = {FOLDER / name: NOTE + "\n" + "\n".join(lines).rstrip() + "\n" for name, lines in pages.items()}
    return {
        path: text for path, text in wanted.items() if not path.exists() or path.read_text(encoding="utf-8") != text
    }


def fields() -> Iterator[str]:
    """The page of field types."""
    yield from ("# Field types", "", "A field stands under `fields:` of its entity, keyed by its name.", "")
    yield from ("## Settings of every field", "", *table(COMMON, required=("type",)), "")
    for name in sorted(TYPES):
        yield from field(TYPES[name])


def field(kind: FieldType) -> Iterator[str]:
    """One field type."""
    yield from (f"## {kind.name}", "", kind.doc, "")
    if kind.example:
        yield from ("```yaml", kind.example, "```", "")
    if kind.json_doc:
        yield from (f"In JSON: {code(kind.json_doc)}", "")
    yield from (f"Filters: {', '.join(f'`{operator}`' for operator in kind.operators) or 'none'}.", "")
    if kind.settings:
        yield from ("| Setting | Value | Default | Meaning |", "|---|---|---|---|")
        for setting in kind.settings:
            given = "required" if setting.required else literal(setting.default)
            yield f"| `{setting.name}` | {cell(value(setting.shape))} | {given} | {cell(setting.doc)} |"
        yield ""


def definitions() -> Iterator[str]:
    """The page of the kinds of definition."""
    yield from ("# Definitions", "", "One object a file. The folder says its kind, the file's name is its name.", "")
    for kind, shape in SHAPES.items():
        place = f"{KINDS[kind]}/NAME.yaml" if kind in KINDS else f"{kind}.yaml"
        yield from (f"## {kind}", "", f"{shape.get('description', '')} File: `{place}`.".strip(), "")
        yield from properties(shape, f"{kind}: ")


def properties(shape: Schema, path: str) -> Iterator[str]:
    """An object's properties, and below it a table for each kind of node inside."""
    yield from (*table(shape["properties"], required=shape.get("required", ())), "")
    for name, inner in shape["properties"].items():
        node = inner.get("additionalProperties") or inner
        here = f"{path}{name}."
        if not isinstance(node, Mapping):
            continue
        below = f"{here}NAME." if inner.get("additionalProperties") else here
        objects = [choice for choice in (node, *node.get("anyOf", ())) if "properties" in choice]
        for choice in objects:
            yield from (f"### {below.rstrip('.')}", "", *properties(choice, below))


def problems() -> Iterator[str]:
    """The page of problem codes."""
    yield from ("# Problems", "", "What `sartor check` reports, by the code at the end of its line.", "")
    for letter, stage in STAGES.items():
        yield from (f"## {stage}", "")
        for number, doc in CODES.items():
            if number.startswith(letter):
                yield from (f"### {number}", "", doc, "")


def commands() -> Iterator[str]:
    """The page of the command's verbs: what each prints for `--help`."""
    yield from ("# The sartor command", "")
    yield from ("Exit codes: 0 fine, 1 problems found, 2 wrong use. Every verb prints this with `--help`.", "")
    for path, verb in verbs(command, ("sartor",)):
        # a verb keeps the help option of the first context that asks, so this one has the command's own settings
        settings = command.context_settings | {"max_content_width": 100, "terminal_width": 100}
        context = click.Context(verb, info_name=" ".join(path), **settings)
        yield from (f"## {' '.join(path)}", "", "```", verb.get_help(context), "```", "")


def verbs(group: click.Command, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every verb with its words, groups before their members."""
    if not isinstance(group, click.Group):
        return
    context = click.Context(group)
    for name in group.list_commands(context):
        verb = group.get_command(context, name)
        if verb is not None:
            yield (*path, name), verb
            yield from verbs(verb, (*path, name))


def table(shapes: Mapping[str, Schema], required: tuple[str, ...] = ()) -> Iterator[str]:
    """Properties as a table, the required ones said to be so."""
    yield from ("| Property | Value | Meaning |", "|---|---|---|")
    for name, shape in shapes.items():
        meaning = ("Required. " if name in required else "") + shape.get("description", "")
        yield f"| `{name}` | {cell(value(shape))} | {cell(meaning)} |"


def value(shape: Schema) -> str:
    """What may stand there, in a few words."""
    if "$ref" in shape:
        name = shape["$ref"].rsplit("/", 1)[1]
        return {"field": "a [field](fields.md)", "label": "label", "options": "options"}.get(name, name)
    if "const" in shape:
        return literal(shape["const"])
    if "enum" in shape:
        return ", ".join(literal(item) for item in shape["enum"])
    if "anyOf" in shape:
        return " or ".join(dict.fromkeys(value(choice) for choice in shape["anyOf"]))
    kind = shape.get("type")
    if isinstance(kind, list):
        return " or ".join(kind)
    if kind == "array":
        return f"list of {value(shape['items'])}" if "items" in shape else "list"
    if kind == "object":
        return f"{plural(shape['x-kind'])} by name" if "x-kind" in shape else "mapping"
    if kind in ("integer", "number"):
        word = "whole number" if kind == "integer" else "number"
        low, high = shape.get("minimum"), shape.get("maximum")
        return word + (f" from {low}" if low is not None else "") + (f" to {high}" if high is not None else "")
    return {"string": "text", "boolean": "true or false"}.get(str(kind), "any value")


def literal(item: Any) -> str:
    """A value as YAML writes it; nothing for none."""
    if item is None:
        return ""
    return f"`{str(item).lower() if isinstance(item, bool) else item}`"


def plural(noun: str) -> str:
    """Several of them."""
    return noun + ("es" if noun.endswith(("s", "x", "ch")) else "s")


def code(text: str) -> str:
    """A value in code quotes; what is said about it in brackets stays outside."""
    sample, _, rest = text.partition(" (")
    return f"`{sample}`" + (f" ({rest}" if rest else "")


def cell(text: str) -> str:
    """Text that may stand in a table."""
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
