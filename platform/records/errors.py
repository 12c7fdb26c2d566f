"""What can go wrong with records, told to people and to programs.

In: facts from the records service. Out: exceptions that every channel (screen, API, import) shows in its own way.
Messages are English templates with named parts (`{label}`); the edges translate them and fill them in. Knows nothing
of HTTP and nothing of databases.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...metamodel.invalid import N_, Invalid
from ...metamodel.manifest import Label


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a record: where (`tax_number`, `lines.2.qty`), a code for programs, a sentence for people.

    `params["label"]` is the field's Label, which the edges put into the reader's language. `path` is empty where the
    fault lies with the record as a whole.
    """

    path: str
    code: str
    message: str
    params: dict[str, Any] = field(default_factory=dict)

    @staticmethod
    def of(path: str, label: Label | str, invalid: Invalid) -> Fault:
        """The fault that an Invalid value is, at its place."""
        return Fault(path, invalid.code, invalid.message, {"label": label, **invalid.params})

    def text(self, language: str = "en") -> str:
        """The sentence, filled in but untranslated: for logs, tests and programs."""
        parts = {key: part.text(language) if isinstance(part, Label) else part for key, part in self.params.items()}
        return self.message.format_map(_Lenient(parts))


class _Lenient(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "{" + key + "}"


class RecordError(Exception):
    """The base of all of these. `message` is a translatable template, `params` fill it."""

    code = "error"

    def __init__(self, message: str, **params: Any) -> None:
        self.message = message
        self.params = params
        super().__init__(Fault("", self.code, message, params).text())


class NotFound(RecordError):
    """There is no such record, entity or file, or none that this user may know of."""

    code = "not_found"

    def __init__(self, entity: str, id: object = None, message: str = N_("There is no such record.")) -> None:
        self.entity = entity
        self.id = id
        super().__init__(message, entity=entity, id=id)


class Forbidden(RecordError):
    """The user's roles do not grant the action on the entity (or the transition, named as `transition:win`)."""

    code = "forbidden"

    def __init__(self, action: str, entity: str, label: Label | str = "") -> None:
        self.action = action
        self.entity = entity
        super().__init__(N_("You may not do this with “{label}”."), action=action, entity=entity, label=label or entity)


class Conflict(RecordError):
    """Someone else saved first. `theirs` is the record as it stands, `mine` what was sent, both as Python values."""

    code = "conflict"

    def __init__(
        self, entity: str, id: int, *, mine: dict[str, Any], theirs: dict[str, Any], changed_fields: Iterable[str]
    ) -> None:
        self.entity = entity
        self.id = id
        self.mine = mine
        self.theirs = theirs
        self.changed_fields = tuple(changed_fields)
        super().__init__(N_("Someone else has changed this record since you opened it."), entity=entity, id=id)


class Rejected(RecordError):
    """The values (or the query) are not acceptable; nothing was written. All the faults come at once."""

    code = "rejected"

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = list(faults)
        super().__init__(N_("This cannot be saved: {count} fault(s)."), count=len(self.faults))

    def __str__(self) -> str:
        return "; ".join(f"{fault.path}: {fault.text()} [{fault.code}]" for fault in self.faults)


class InUse(RecordError):
    """Other records refer to this one, so it cannot be deleted. `by` holds (entity, its label, how many)."""

    code = "in_use"

    def __init__(self, entity: str, id: int, by: Sequence[tuple[str, Label, int]]) -> None:
        self.entity = entity
        self.id = id
        self.by = list(by)
        languages = {language for _, label, _ in self.by for language in label.texts} | {"en"}
        named = {name: ", ".join(f"{label.text(name)} ({count})" for _, label, count in self.by) for name in languages}
        super().__init__(N_("This cannot be deleted, because other records refer to it: {by}."), by=Label(named))
