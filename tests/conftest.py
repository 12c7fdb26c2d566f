"""The fixtures that every test may use."""

import pytest

pytest_plugins = ["sartor.tests.databases", "sartor.tests.pages", "sartor.tests.record_house", "sartor.tests.ui_house"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="rewrite the golden cases with what the commands print now")
