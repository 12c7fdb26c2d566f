"""Who a person is to the rest of the house, and what may be said about a person.

In: plain values. Out: `User`, the names of roles, and the faults of a name, an email or a password as sentences.
Knows nothing of Flask, of tables, or of how somebody proved who they are.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as default
from types import MappingProxyType
from typing import Any

from ...metamodel.invalid import N_

PLATFORM_ADMIN = "Admin"
"""The role of Flask-AppBuilder that makes a platform admin."""

LANGUAGES: Mapping[str, str] = MappingProxyType({"en": "English", "zh": "中文"})
"""The languages of the platform's own texts, each named as its speakers name it."""

PASSWORD_LENGTH = (8, 128)
ROLE_NAME_LENGTH = 128

_COMPANY = re.compile(r"[a-z][a-z0-9_]{0,39}")
_ROLE = re.compile(r"[a-z][a-z0-9_]{0,39}(\.[a-z][a-z0-9_]{0,39})?")
_USERNAME = re.compile(r"[\w.@+-]{1,64}")
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,255}")
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


@dataclass(frozen=True, slots=True)
class User:
    """A person who can sign in. `roles` says which roles they have in which company."""

    id: int
    username: str
    name: str
    email: str
    active: bool
    language: str | None
    is_platform_admin: bool
    roles: Mapping[str, frozenset[str]] = default(default_factory=dict)

    def roles_in(self, company: str) -> frozenset[str]:
        """The names of their roles in this company; empty where they have none."""
        return self.roles.get(company, frozenset())

    @property
    def companies(self) -> tuple[str, ...]:
        """The companies in which they have a role, by name. A platform admin may enter the others too."""
        return tuple(sorted(self.roles))


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with what was asked: the field, and an English template with its parts."""

    field: str
    message: str
    params: Mapping[str, Any] = default(default_factory=dict)

    def __str__(self) -> str:
        return self.message.format(**self.params)


class IdentityError(Exception):
    """What was asked about users cannot be done; nothing was changed. `faults` say why, each at its field."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(" ".join(str(fault) for fault in self.faults))


def refuse(field: str, message: str, **params: Any) -> IdentityError:
    """The error with this one fault."""
    return IdentityError([Fault(field, message, params)])


def role_name(company: str, role: str) -> str:
    """The name of Flask-AppBuilder's role that gives `role` in `company`. Raises IdentityError on a bad name."""
    if not _COMPANY.fullmatch(company):
        raise refuse("company", N_('"{company}" cannot be the name of a company.'), company=company)
    if not _ROLE.fullmatch(role):
        raise refuse("role", N_('"{role}" cannot be the name of a role.'), role=role)
    return f"{company}/{role}"


def roles_by_company(names: Iterable[str]) -> dict[str, frozenset[str]]:
    """Roles of Flask-AppBuilder sorted into companies; those that belong to none are left out."""
    found: dict[str, set[str]] = {}
    for name in names:
        company, slash, role = name.partition("/")
        if slash:
            found.setdefault(company, set()).add(role)
    return {company: frozenset(roles) for company, roles in found.items()}


def display_name(first: str, last: str) -> str:
    """Both names as their language joins them: `Ann Lee`, and 王小明 with the family name first."""
    if first and last and _HAN.search(first) and _HAN.search(last):
        return last + first
    return f"{first} {last}".strip()


def split_name(name: str) -> tuple[str, str]:
    """A name as Flask-AppBuilder keeps it, in two parts; `display_name` puts them together again."""
    first, _, last = name.rpartition(" ")
    return (first, last) if first and not _HAN.search(name) else (name, "")


def clean(text: str) -> str:
    """Text as it is compared and stored: composed characters, no space around it."""
    return unicodedata.normalize("NFC", text).strip()


def storable(text: str) -> bool:
    """Whether every database can hold this text: no NUL, no half of a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\x00" not in text


def username_faults(username: str) -> list[Fault]:
    """What is wrong with a user name; nothing, where it may be used."""
    if _USERNAME.fullmatch(username):
        return []
    return [Fault("username", N_("A user name has 1 to 64 letters, digits, or any of . @ + - _ and no space."))]


def person_faults(name: str, email: str, language: str | None) -> list[Fault]:
    """What is wrong with a name, an email address, a language."""
    faults = []
    if not name or not storable(name) or max(map(len, split_name(name))) > 64:
        faults.append(Fault("name", N_("Enter a name of at most 64 characters.")))
    if not storable(email) or not _EMAIL.fullmatch(email):
        faults.append(Fault("email", N_("Enter an email address such as ann@example.com.")))
    if language is not None and language not in LANGUAGES:
        known = ", ".join(LANGUAGES)
        faults.append(
            Fault(
                "language",
                N_('There is no language "{language}". Known: {known}.'),
                {"language": language, "known": known},
            )
        )
    return faults


def password_faults(password: str, username: str) -> list[Fault]:
    """What is wrong with a new password."""
    least, most = PASSWORD_LENGTH
    if not storable(password) or not least <= len(password) <= most:
        message = N_("A password has at least {least} and at most {most} characters.")
        return [Fault("password", message, {"least": least, "most": most})]
    if password.casefold() == username.casefold():
        return [Fault("password", N_("The password must differ from the user name."))]
    return []
