"""What all pages stand on, once a process.

In: the app. Out: the database, the releases, identity, preferences and static files behind one name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from flask import Flask, current_app

from ..platform.identity import Identity
from ..platform.records.people import People
from ..platform.storage.database import Database
from ..platform.storage.release import Releases
from .assets import Assets
from .preferences import Preferences

KEY = "sartor.house"


@dataclass(frozen=True)
class House:
    """The parts that live as long as the app."""

    database: Database
    releases: Releases
    identity: Identity
    people: People
    preferences: Preferences
    assets: Assets

    def install(self, app: Flask) -> None:
        """Let requests find it."""
        app.extensions[KEY] = self


def house() -> House:
    """The house of the app that answers this request."""
    return cast("House", current_app.extensions[KEY])
