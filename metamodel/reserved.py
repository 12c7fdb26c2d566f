"""Names that a company or a package cannot have, because something else has them already.

In: a name. Out: why not. A company's name is a schema, a file and the first part of addresses; a package's name is the
part after it in the addresses of the API. Knows neither databases nor routes: tests hold this list against them.
"""

from __future__ import annotations

COMPANIES = frozenset(
    {
        # schemas of databases, files of operating systems
        "public", "information_schema", "control", "citus", "columnar", "postgres", "template0", "template1",
        "con", "prn", "aux", "nul", *(f"{device}{number}" for device in ("com", "lpt") for number in range(1, 10)),
        # first parts of addresses
        "api", "static", "login", "logout", "admin", "auth", "profile", "security", "saml", "healthz",
    }
)  # fmt: skip
COMPANY_PREFIXES = ("pg_", "sartor", "citus_")
PACKAGES = frozenset({"files"})  # /api/v1/<company>/files is where files are uploaded


def is_taken(kind: str, name: str) -> bool:
    """Whether the name of a company or a package is used by the system."""
    if kind == "package":
        return name in PACKAGES
    return name in COMPANIES or name.startswith(COMPANY_PREFIXES)
