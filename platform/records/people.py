"""People: the names of users beside records.

In: the directory of users (it lives in the control database, with the identity room). Out: names by user id, kept for
a short while because every list shows them, and users found by a text. Knows nothing of roles, passwords or sessions.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

KEPT_SECONDS = 30.0
MOST_KEPT = 20_000


class Person(Protocol):
    """What is asked of a user here."""

    @property
    def id(self) -> int: ...
    @property
    def username(self) -> str: ...
    @property
    def name(self) -> str: ...


class UserDirectory(Protocol):
    """What is asked of the identity room."""

    def get_users(self, ids: Collection[int], /) -> Mapping[int, Person]:
        """The users of these ids; unknown ids are left out."""
        ...

    def find_users(self, text: str = "", company: str | None = None, limit: int = 20) -> Sequence[Person]:
        """Active users whose name contains the text."""
        ...


class People:
    """Names of users, remembered for half a minute. One for a process and directory; shared by all threads."""

    def __init__(self, directory: UserDirectory) -> None:
        self.directory = directory
        self._lock = threading.Lock()
        self._names: dict[int, tuple[float, str]] = {}

    def names(self, ids: Collection[int]) -> dict[int, str]:
        """The names of these users by id, in at most one query; unknown ids are left out."""
        now = time.monotonic()
        found: dict[int, str] = {}
        missing: list[int] = []
        for key in set(ids):
            kept = self._names.get(key)
            if kept is not None and kept[0] > now:
                found[key] = kept[1]
            else:
                missing.append(key)
        if missing:
            fresh = {key: person.name or person.username for key, person in self.directory.get_users(missing).items()}
            with self._lock:
                if len(self._names) > MOST_KEPT:
                    self._names.clear()
                self._names.update({key: (now + KEPT_SECONDS, name) for key, name in fresh.items()})
            found |= fresh
        return found

    def usernames(self, ids: Collection[int]) -> dict[int, str]:
        """The user names of these users, as they sign in, in one query; unknown ids are left out."""
        return {key: person.username for key, person in self.directory.get_users(ids).items()}

    def find(self, text: str, company: str, limit: int) -> list[tuple[int, str, str]]:
        """Users for a look-up: (id, name, user name)."""
        return [
            (person.id, person.name or person.username, person.username)
            for person in self.directory.find_users(text, company, limit)
        ]
