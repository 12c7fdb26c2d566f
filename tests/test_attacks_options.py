"""A definition that takes an option or a state away from under the records that have it, on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest

from sartor.platform.company_setup import Setup
from sartor.platform.records.actor import Actor
from sartor.platform.records.records import Records
from sartor.platform.schema.bringing import SchemaRefused
from sartor.platform.storage.database import Database

CASE = """entity: case
fields:
  name: {type: text, required: true}
  level: {type: choice, choices: {LEVELS}}
lifecycle:
  field: status
  initial: FIRST
  states: {STATES}
  transitions: {}
"""


def write(folder: Path, levels: str, states: str) -> Path:
    (folder / "entities").mkdir(parents=True, exist_ok=True)
    (folder / "company.yaml").write_text("company: shop\nlabel: Shop\n")
    options = ", ".join(f"{name}: {name.title()}" for name in levels.split())
    stages = ", ".join(f"{name}: {{label: {name.title()}}}" for name in states.split())
    text = CASE.replace("LEVELS", options).replace("{STATES}", "{" + stages + "}")
    text = text.replace("FIRST", states.split()[0])
    (folder / "entities" / "case.yaml").write_text(text)
    return folder


@pytest.mark.parametrize(
    ("levels", "states", "fact"),
    [
        ("low", "open shut", '"shop.case.level" loses the option "high", but 1 record has it'),
        ("low high", "begun", '"shop.case.status" loses the option "open", but 1 record has it'),
    ],
)
def test_an_option_that_records_have_cannot_be_taken_away(
    database_url: str, tmp_path: Path, levels: str, states: str, fact: str
) -> None:
    database = Database(database_url, tmp_path / "data")
    setup = Setup(database)
    folder = write(tmp_path / "shop", "low middle high", "open shut")
    release = setup.publish(setup.compile(folder))
    Records(database, release, Actor.system("tests")).create("shop.case", {"name": "A", "level": "high"})
    write(folder, levels, states)
    with pytest.raises(SchemaRefused) as refused:
        setup.publish(setup.compile(folder))
    assert f"{fact}; keep the option, or change these records first [D107]" in str(refused.value)
    assert setup.releases.current("shop").rev == 1
    write(folder, "low high", "open")  # nobody has these
    assert setup.publish(setup.compile(folder)).rev == 2
    database.close()
