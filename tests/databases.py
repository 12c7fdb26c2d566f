"""Fixtures: an empty database for each test, on SQLite and on PostgreSQL.

`database_url` runs a test once on each; `sqlite_url` and `postgresql_url` are for a test that is about one of them.
PostgreSQL is started by the first test that asks, once per pytest process.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sartor.tests import postgresql


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[postgresql.Server]:
    """The PostgreSQL of this pytest process."""
    with postgresql.server() as server:
        yield server


@pytest.fixture
def postgresql_url(postgresql_server: postgresql.Server) -> Iterator[str]:
    """The address of a new, empty PostgreSQL database."""
    with postgresql_server.database() as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The address of a SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'sartor.sqlite'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The address of a new, empty database: the test runs once on SQLite and once on PostgreSQL."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url
