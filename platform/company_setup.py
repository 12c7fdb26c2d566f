"""Setting up a company: definitions in, a working company out.

In: a company's folder, the database. Out: its release in force, its data loaded, its users there. Each step is skipped
where there is nothing to do, and says in one line what it did. `sartor serve`, `sartor demo` and tests begin here.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..metamodel.compilation import Compiler
from ..metamodel.manifest import Manifest
from ..metamodel.problem import DefinitionError
from ..rules.compilation import compile_company
from .data.loading import Counts, load_data
from .demo_users import PLATFORM_ROLES, DemoUser
from .files.files import remove_orphans
from .identity import Directory, IdentityError, Roles, prepare
from .samples.samples import load_samples
from .storage.database import Database
from .storage.release import Release, Releases

ADMIN = "admin"
MOST_SHOWN = 5  # sentences about changes of tables


@dataclass(frozen=True, slots=True)
class Password:
    """A password that was made up just now, for a user who is new."""

    username: str
    password: str


class Setup:
    """Sets up companies in one database. `say` hears a line for each step."""

    def __init__(self, database: Database, say: Callable[[str], None] = lambda _: None) -> None:
        self.database = database
        self.releases = Releases(database)
        self.directory = Directory(database.control)
        self.roles = Roles(database.control)
        self._say = say
        self._compiler = Compiler()
        self._prepared = False

    def prepare(self) -> None:
        """Create the tables of users and roles where they are missing."""
        if not self._prepared:
            prepare(self.database.control)
            self._prepared = True

    def compile(self, folder: Path) -> Manifest:
        """The manifest of the company in a folder. Raises DefinitionError with all problems."""
        compilation = compile_company(self._compiler, folder)
        if compilation.manifest is None:
            raise DefinitionError(compilation.problems)
        return compilation.manifest

    def publish(self, manifest: Manifest, author: str = "sartor") -> Release:
        """Put the manifest in force, if it is not. Raises SchemaRefused, Unavailable."""
        started = time.perf_counter()
        release = self.releases.publish(manifest, author, "Published from the company's folder")
        offered = {*release.manifest.roles, *PLATFORM_ROLES}
        self.prepare()
        if not offered <= self.roles.known().get(release.company, frozenset()):
            self.roles.offer(release.company, offered)
        # At the first release everything is new; afterwards people want to know what has changed.
        shown = release.changes[:MOST_SHOWN] if release.rev > 1 else ()
        for sentence in shown:
            self._say(f"  {sentence}")
        if len(release.changes) > len(shown) > 0:
            self._say(f"  … and {len(release.changes) - len(shown)} more changes of tables")
        self._say(f"Release {release.rev} of {release.company} is in force ({_seconds(started)}).")
        return release

    def load_data(self, release: Release) -> Counts:
        """Load the data that comes with the definitions. Raises DataFault, Unavailable."""
        started = time.perf_counter()
        counts = load_data(self.database, release, self.directory, self.usernames())
        if counts.created or counts.updated or counts.kept:
            kept = f", {counts.kept} kept as people have changed them" if counts.kept else ""
            self._say(
                f"Data of {release.company}: {counts.created} records new, {counts.updated} brought up to date"
                f"{kept} ({_seconds(started)})."
            )
        return counts

    def load_samples(self, release: Release) -> dict[str, int]:
        """Make the demo records that are missing. Raises SampleFault, DataFault, Unavailable."""
        started = time.perf_counter()
        counts = load_samples(self.database, release, self.directory, self.usernames())
        if counts:
            self._say(f"Demo records of {release.company}: {sum(counts.values())} new ({_seconds(started)}).")
        return counts

    def tidy(self, release: Release) -> None:
        """Remove uploaded files that no record came to hold. Raises Unavailable."""
        gone = remove_orphans(self.database, release)
        if gone:
            self._say(f"Files of {release.company}: {gone} removed that no record holds.")

    def usernames(self) -> dict[str, int]:
        """The ids of all users by their names."""
        self.prepare()
        return {user.username: user.id for user in self.directory.list_users()}

    def first_admin(self) -> Password | None:
        """Where there is no user at all, add a platform admin with a password made up now."""
        self.prepare()
        if self.directory.count_users():
            return None
        password = secrets.token_urlsafe(12)
        try:
            self.directory.add_user(ADMIN, password, "Administrator", f"{ADMIN}@localhost", platform_admin=True)
        except IdentityError:
            if self.directory.count_users():  # another process was faster, and has told its password
                return None
            raise
        return Password(ADMIN, password)

    def add_users(self, company: str, users: Mapping[str, DemoUser]) -> None:
        """Add the users who are missing; those who are there are left as they are."""
        self.prepare()
        there = self.usernames()
        for name, user in users.items():
            if name in there:
                continue
            roles = {company: user.roles} if user.roles else None
            about = (user.name, user.email, roles, user.platform_admin, user.language)
            try:
                self.directory.add_user(name, user.password, *about)
            except IdentityError:
                if name not in self.usernames():  # else another process was faster
                    raise


def _seconds(started: float) -> str:
    return f"{time.perf_counter() - started:.1f} s"
