"""What the roles of the standard packages and of the example leave open by mistake."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import sartor
from sartor.metamodel.compilation import Compiler
from sartor.metamodel.manifest import Manifest
from sartor.rules.access import Access
from sartor.rules.compilation import compile_company

ACME = Path(sartor.__file__).resolve().parent / "examples" / "acme"


@pytest.fixture(scope="module")
def acme() -> Manifest:
    compilation = compile_company(Compiler(), ACME)
    assert compilation.manifest is not None, compilation.problems
    return compilation.manifest


def hidden_but_in_rows(manifest: Manifest, role: str) -> Iterator[str]:
    access = Access(manifest, {role})
    for name in access.entities("read"):
        entity = manifest.entities[name]
        for lines in entity.lines.values():
            row = manifest.entities[lines.settings["of"]]
            for field in row.fields.values():
                above = entity.fields.get(field.name)
                told = access.can(row.name, "read") and access.field(row.name, field.name) != "none"
                amount = above is not None and above.type == field.type == "money"
                if amount and told and access.field(name, field.name) == "none":
                    yield f"{role}: {name}.{field.name} is hidden, and {row.name}.{field.name} is not"


def test_an_amount_that_is_hidden_of_a_document_is_hidden_of_its_rows(acme: Manifest) -> None:
    assert [line for role in acme.roles for line in hidden_but_in_rows(acme, role)] == []
