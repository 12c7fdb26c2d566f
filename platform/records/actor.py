"""Who acts, and through which channel.

In: what the identity room knows of a user in one company. Out: one immutable value that the records service, access
and audit read. Knows nothing of sessions, passwords or requests.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

CHANNELS = ("form", "api", "import", "setup", "demo", "cli")
TRUSTED = frozenset({"setup", "demo"})


@dataclass(frozen=True)
class Actor:
    """A user (or, without an id, the system) at work in one company."""

    user_id: int | None
    username: str
    roles: frozenset[str] = frozenset()
    admin: bool = False
    channel: str = "api"
    language: str = "en"
    find_department: Callable[[], int | None] | None = field(default=None, compare=False, repr=False)

    @property
    def department(self) -> int | None:
        """The department that the user works in; looked up only where somebody asks."""
        return self.find_department() if self.find_department is not None else None

    @property
    def trusted(self) -> bool:
        """Whether it loads shipped data: it may then set read-only fields, given numbers and states, as no person
        may.
        """
        return self.admin and self.channel in TRUSTED

    @staticmethod
    def system(channel: str = "setup", language: str = "en") -> Actor:
        """The platform itself, for data that ships with definitions."""
        return Actor(None, "system", frozenset(), True, channel, language)
