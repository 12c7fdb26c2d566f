"""Contracts: what one set of roles finds in one release, put together once and kept for its requests.

In: a release and an access. Out: paths, writers, schemas and the OpenAPI document that go with them. A new release
replaces those of the old one. Knows nothing of who asks.
"""

from __future__ import annotations

import gzip
import hashlib
from collections import OrderedDict
from functools import cached_property

from ...rules.access import Access
from ..query.paths import Paths
from ..storage.release import Release
from .openapi import document
from .output import Writers
from .schemas import Schemas

MOST_ROLE_SETS = 200


class Contract:
    """What one access means in one release."""

    def __init__(self, release: Release, access: Access) -> None:
        self.release = release
        self.access = access
        self._documents: dict[str, bytes] = {}

    @cached_property
    def paths(self) -> Paths:
        return self.release.paths(self.access)

    @cached_property
    def writers(self) -> Writers:
        return Writers(self.paths)

    @cached_property
    def schemas(self) -> Schemas:
        return Schemas(self.access)

    @cached_property
    def mark(self) -> str:
        """A short text that differs where the same record may look different: another release, another set of roles."""
        roles = "\n".join((str(self.access.everything), *sorted(self.access.roles)))
        return f"{self.release.rev:x}.{hashlib.sha256(roles.encode()).hexdigest()[:6]}"

    def document(self, language: str) -> bytes:
        """The OpenAPI document, as JSON, compressed by gzip: that of a large company has millions of characters."""
        found = self._documents.get(language)
        if found is None:
            whole = document(self.release, self.access, self.schemas, language)
            found = self._documents[language] = gzip.compress(whole, compresslevel=6, mtime=0)
        return found


class Contracts:
    """The contracts of all companies, those of the releases in force."""

    def __init__(self) -> None:
        self._of: dict[str, tuple[Release, OrderedDict[Access, Contract]]] = {}

    def of(self, release: Release, access: Access) -> Contract:
        """The contract of this access."""
        kept = self._of.get(release.company)
        if kept is None or kept[0] is not release:
            kept = self._of[release.company] = (release, OrderedDict())
        contract = kept[1].get(access)
        if contract is None:
            contract = kept[1][access] = Contract(release, access)
            while len(kept[1]) > MOST_ROLE_SETS:
                kept[1].popitem(last=False)
        return contract
