"""The reference pages say what the metamodel says, and their examples are right."""

from __future__ import annotations

import re

import click
import pytest
import yaml
from jsonschema import Draft202012Validator

from sartor.__main__ import main
from sartor.metamodel.codes import CODES
from sartor.metamodel.fields import TYPES
from sartor.metamodel.shape_terms import DEFS
from sartor.metamodel.shapes import COMMON, SHAPES, field_schema
from sartor.tools import reference


def headings(page: str) -> list[str]:
    return re.findall(r"^#+ (.+)$", (reference.FOLDER / page).read_text(encoding="utf-8"), re.MULTILINE)


def test_the_reference_pages_have_not_drifted_from_the_metamodel() -> None:
    assert sorted(path.name for path in reference.drift()) == [], "run `make docs`"


def test_a_page_that_was_changed_by_hand_is_noticed(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(reference, "FOLDER", tmp_path / "docs" / "reference")
    assert reference.main([]) == 0
    assert reference.main(["--check"]) == 0
    (reference.FOLDER / "fields.md").write_text("something else")
    assert reference.main(["--check"]) == 1
    assert "fields.md: differs from the metamodel; run `make docs`" in capsys.readouterr().err


def test_every_field_type_and_every_setting_has_its_place() -> None:
    assert set(TYPES) <= set(headings("fields.md"))
    page = (reference.FOLDER / "fields.md").read_text(encoding="utf-8")
    for name in COMMON:
        assert f"| `{name}` |" in page
    for kind in TYPES.values():
        section = page.split(f"\n## {kind.name}\n", 1)[1].split("\n## ", 1)[0]
        assert [setting.name for setting in kind.settings if f"| `{setting.name}` |" not in section] == []


def test_every_kind_of_definition_and_every_problem_code_has_its_heading() -> None:
    assert set(SHAPES) <= set(headings("definitions.md"))
    assert set(CODES) <= set(headings("problems.md"))


VERBS = [(" ".join(path), verb) for path, verb in reference.verbs(main, ("sartor",))]


@pytest.mark.parametrize(("words", "verb"), VERBS, ids=[words for words, _ in VERBS])
def test_every_verb_has_its_heading_and_help_with_an_example(words: str, verb: click.Command) -> None:
    assert words in headings("commands.md")
    assert f"Example: {words}" in (verb.help or "") or f"Examples: {words}" in (verb.help or "")


@pytest.mark.parametrize("name", sorted(TYPES))
def test_the_example_of_a_field_type_is_a_valid_field_of_that_type(name: str) -> None:
    assert TYPES[name].doc, "a type says what it is"
    example = yaml.safe_load(TYPES[name].example)
    ((field, settings),) = example.items()
    assert settings["type"] == name, field
    faults = Draft202012Validator(field_schema(name) | {"$defs": DEFS}).iter_errors(settings)
    assert [fault.message for fault in faults] == []
