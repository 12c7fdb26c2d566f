"""Names of things in the database.

In: parts of a name. Out: a name that fits both databases, the same for the same parts. Knows nothing of what it names.
"""

from __future__ import annotations

import hashlib

LONGEST = 63  # bytes: PostgreSQL cuts what is longer, silently


def identifier(*parts: str) -> str:
    """The parts joined by underscores; a name that would be too long ends in a hash of the whole."""
    name = "_".join(parts)
    if len(name.encode()) <= LONGEST:
        return name
    return f"{name[: LONGEST - 11]}_{hashlib.sha256(name.encode()).hexdigest()[:10]}"
