"""Over all of the example company: explanations name true places, manifests are stable, published schemas fit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import sartor
from sartor.metamodel.compilation import Compilation, Compiler
from sartor.metamodel.explaining import Explanation, explain
from sartor.metamodel.manifest import Manifest
from sartor.metamodel.place import Mark
from sartor.metamodel.reading import read_bytes
from sartor.metamodel.schema import published
from sartor.metamodel.shape_terms import FOLDERS
from sartor.metamodel.tree import Tree
from sartor.rules.compilation import compile_company

ROOT = Path(sartor.__file__).parent
ACME = ROOT / "examples" / "acme"


@pytest.fixture(scope="module")
def acme() -> Compilation:
    return compile_company(Compiler(), ACME)


@cache
def lines(file: str) -> list[str]:
    return (ROOT / file).read_text(encoding="utf-8").splitlines()


def stands_there(key: str, mark: Mark) -> bool:
    """Whether a key stands where a mark says: the key itself, an item of a bare list, or the short form of a label."""
    rest = lines(mark.file)[mark.key_line - 1][mark.key_column - 1 :].lstrip("\"'")
    return any(rest.startswith(form) for form in (key, key.rpartition(".")[2]))


def all_paths(tree: Tree, path: str) -> list[str]:
    found = [path]
    for key, value in tree.items():
        found.extend(all_paths(value, f"{path}.{key}") if isinstance(value, Tree) else [f"{path}.{key}"])
    return found


def wrong_places(found: list[Explanation]) -> list[str]:
    wrong = []
    for one in found:
        key = one.path.rpartition(".")[2]
        for mark in (one.mark, *(mark for _, mark in one.replaced)):
            # what is written short (an option that is only its label, a role's `customer`) stands where its owner does
            owners = one.path.split(".")
            if not any(stands_there(name, mark) for name in (key, one.path, *owners[-2:])):
                wrong.append(f"{one.path}: {mark.file}:{mark.key_line}:{mark.key_column}")
    return wrong


def test_every_part_of_the_example_company_can_be_explained_and_stands_where_that_says(acme: Compilation) -> None:
    paths = 0
    for (kind, name), tree in acme.trees.items():
        for path in all_paths(tree, f"{kind}:{name}"):
            if kind != "entity" and path.count(".") > 2:
                continue  # the whole is explained below, and one path more for each step says nothing new
            found = explain(acme, path)
            paths += 1
            assert found or not any(tree.values()), path
        assert wrong_places(explain(acme, f"{kind}:{name}")) == []
    assert paths > 5_000


def test_the_layer_of_an_explanation_is_the_one_whose_folder_holds_its_file(acme: Compilation) -> None:
    for kind, name in acme.trees:
        for one in explain(acme, f"{kind}:{name}"):
            folder = "examples/acme" if one.mark.layer == "acme" else f"definitions/{one.mark.layer}"
            assert f"/{one.mark.file}".find(f"/{folder}/") >= 0, one


def test_what_an_overlay_changes_names_what_it_replaced(acme: Compilation) -> None:
    replaced = [one for kind, name in acme.trees for one in explain(acme, f"{kind}:{name}") if one.replaced]
    assert replaced
    assert {one.mark.layer for one in replaced} == {"acme"}
    assert all(mark.layer != "acme" for one in replaced for _, mark in one.replaced)


def test_the_manifest_of_the_example_company_survives_being_written(acme: Compilation) -> None:
    assert acme.manifest is not None
    again = Manifest.from_json(acme.manifest.to_json())
    assert again == acme.manifest
    assert again.to_json() == acme.manifest.to_json()


def test_compiling_prints_the_same_whatever_the_seed_of_hashes() -> None:
    command = [sys.executable, "-m", "sartor", "compile", "--company", str(ACME)]
    printed = {
        subprocess.run(
            command, capture_output=True, check=True, cwd=ROOT, env=os.environ | {"PYTHONHASHSEED": seed}
        ).stdout
        for seed in ("1", "2")
    }
    assert len(printed) == 1


def plain(value: Any) -> Any:
    return json.loads(json.dumps(value, default=lambda number: float(number) if isinstance(number, Decimal) else None))


@pytest.mark.parametrize("folder", [*sorted(FOLDERS), ""])
def test_the_published_schemas_accept_every_file_of_the_example_company(folder: str) -> None:
    validator = jsonschema.Draft202012Validator(published(FOLDERS[folder] if folder else "company"))
    for path in sorted((ACME / folder).glob("*.yaml")):
        if folder or path.name == "company.yaml":
            tree, problems = read_bytes(path.read_bytes(), path.name, "acme")
            assert tree is not None, problems
            assert [error.message for error in validator.iter_errors(plain(tree))] == [], path
