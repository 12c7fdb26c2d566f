"""The page about the API: its examples are run, and nothing that the API knows is missing from it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import sartor
from sartor.platform.api.openapi_parts import REFUSALS
from sartor.platform.api.query import WORDS
from sartor.platform.query.query import OPERATORS
from sartor.tests.api_house import House, house
from sartor.tests.test_api import differences

PAGE = (Path(sartor.__file__).parent / "docs" / "api.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```http\n(.*?)\n(\d{3})\n```(?:\n```json\n(.*?)\n```)?", PAGE, flags=re.DOTALL)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with house(f"sqlite:///{tmp_path_factory.mktemp('docs') / 'control.db'}") as whole:
        yield whole


@pytest.mark.parametrize(
    ("asked", "status", "answered"), EXAMPLES, ids=[example[0].split("\n")[0] for example in EXAMPLES]
)
def test_an_example_is_answered_as_the_page_says(home: House, asked: str, status: str, answered: str) -> None:
    home.reset()
    head, _, body = asked.partition("\n\n")
    (method, url), *lines = (line.split(" ", 1) for line in head.split("\n"))
    headers = {name.removesuffix(":"): value for name, value in lines}
    answer = home.call("sara", method, url, headers=headers, data=body.encode() or None)
    assert answer.status_code == int(status), answer.text
    if answered:
        assert not list(differences(json.loads(answered), answer.json)), answer.text


def test_the_page_has_examples() -> None:
    assert len(EXAMPLES) >= 9
    assert PAGE.count("```http") == len(EXAMPLES)


def test_every_parameter_operator_and_status_is_on_the_page() -> None:
    for word in (*WORDS, *OPERATORS):
        assert f"`{word}`" in PAGE, word
    for status, _ in REFUSALS.values():
        assert f"| {status} |" in PAGE, status
