"""Accounts that a worker has read before, as long as nothing about any user has changed.

In: an account statement and its parameters. Out: the account. One cheap query each time: the stamp, which the database
itself replaces whenever users, roles, groups, keys or ended sessions change, whoever changes them (see `tables.py`).
So what one worker changes is in force on the others at their next request, and the query that joins eight tables
runs once for each account and change instead of once for each request.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from sqlalchemy.engine import Engine

from .accounts import Account, accounts_from
from .transactions import glance, reading

MOST = 10_000
_STAMP = "SELECT stamp FROM sartor_identity WHERE id = 1"


class Remembered:
    """The accounts that one worker remembers."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._kept: dict[Hashable, tuple[int, Account]] = {}

    def account(self, key: Hashable, statement: Any, **parameters: Any) -> Account | None:
        """The account that the statement finds. `key` tells it from what other statements and parameters find."""
        stamp: int = glance(self._engine, _STAMP)  # first: what is read after it is at least as new
        kept = self._kept.get(key)
        if kept is not None and kept[0] == stamp:
            return kept[1]
        with reading(self._engine) as connection:
            found = accounts_from(connection.execute(statement, parameters))
        if not found:
            return None
        if len(self._kept) >= MOST:
            self._kept.clear()
        self._kept[key] = (stamp, found[0])
        return found[0]
