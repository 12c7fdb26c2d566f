"""The manual of samples holds: its company compiles and is filled, and no rule is left out."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import sartor
from sartor.platform.company_setup import Setup
from sartor.platform.samples.samples import load_samples
from sartor.platform.storage.database import Database
from sartor.rules.sample_rules import BESIDE, INSIDE, SETTINGS

MANUAL = (Path(sartor.__file__).parent / "docs" / "samples.md").read_text(encoding="utf-8")


def test_the_company_of_the_manual_compiles_and_its_records_are_made(sqlite_url: str, tmp_path: Path) -> None:
    for name, content in re.findall(r"```yaml file=(\S+)\n(.*?)```", MANUAL, flags=re.DOTALL):
        path = tmp_path / "bakery" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    database = Database(sqlite_url, data=tmp_path)
    setup = Setup(database)
    release = setup.publish(setup.compile(tmp_path / "bakery"))
    setup.load_data(release)
    counts = load_samples(database, release, setup.directory, {}, now=datetime(2026, 3, 31, 4, 0, tzinfo=UTC))
    database.close()
    assert counts["bakery.customer"] == 20
    assert counts["bakery.order"] > 40


def test_the_manual_has_a_heading_for_every_rule_and_names_every_setting() -> None:
    assert {word for word in BESIDE if f"### `{word}`" not in MANUAL} == set()
    assert {word for word in SETTINGS if f"`{word}: " not in MANUAL} == set()
    assert {word for words in INSIDE.values() for word in words if f"{word}:" not in MANUAL} == set()
