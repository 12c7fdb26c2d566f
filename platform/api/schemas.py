"""Schemas: what the API takes and gives for each entity, as marshmallow declares it.

In: an entity, and the access of one set of roles. Out: a marshmallow Schema with a field for every field that may be
read; those that cannot be set by hand are `dump_only`. Every field type reads and writes its own values, so that a
form, a file and the API mean the same by the same text. Built when first asked for: a thousand schemas would take
seconds and tens of megabytes at the start.

The OpenAPI document is written from these schemas, and the bodies of bulk requests are read with them. Records
themselves pass by: the records service reads what was sent field by field for every channel, with all faults at once,
and `api_output` writes them. Measured with bench/api.py: reading a record of 20 fields here as well would add 0.25 ms
to each create, and the JSON of a page of 50 takes 2.5 ms in place of 0.1 ms.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, fields

from ...metamodel.invalid import N_, Invalid
from ...metamodel.manifest import SYSTEM_FIELDS, Entity, Field
from ...rules.access import Access
from ..query.paths import own_field
from ..records.errors import Fault

MOST_OPERATIONS = 1000


class Value(fields.Field[Any]):
    """A field of an entity: its type reads and writes it."""

    def __init__(self, own: Field, **given: Any) -> None:
        self.own = own
        super().__init__(allow_none=True, **given)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> Any:
        return None if value is None else self.own.kind.output(self.own, value)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        try:
            return self.own.kind.input(self.own, value)
        except Invalid as invalid:
            raise ValidationError([Fault.of(attr or self.own.name, self.own.label, invalid)]) from None


class Rows(fields.Nested):
    """The owned rows of a record."""

    def __init__(self, own: Field, schema: Schema, **given: Any) -> None:
        self.own = own
        super().__init__(schema, many=True, allow_none=True, **given)


class Schemas:
    """The schemas of one set of roles in one release."""

    def __init__(self, access: Access) -> None:
        self.access = access
        self._schemas: dict[tuple[str, str | None], Schema] = {}

    def of(self, entity: str, *, without: str | None = None) -> Schema:
        """The schema of an entity's records; as rows of their owner, without the field that names it."""
        found = self._schemas.get((entity, without))
        if found is None:
            found = self._schemas[entity, without] = self._built(self.access.manifest.entities[entity], without)
        return found

    def _built(self, entity: Entity, without: str | None) -> Schema:
        writable = set(self.access.writable(entity.name))
        declared: dict[str, fields.Field[Any]] = {}
        for name in (*SYSTEM_FIELDS, *self.access.readable(entity.name)):
            own = own_field(entity, name)
            if own is None or own.type == "related" or name == without:
                continue
            closed = name not in writable and not (name == "id" and without is not None)
            if own.type == "lines":
                rows = self.of(own.settings["of"], without=own.settings["by"])
                declared[name] = Rows(own, rows, dump_only=closed, required=own.required and not closed)
            else:
                needed = own.required and own.default is None and not closed
                declared[name] = Value(own, dump_only=closed, required=needed)
        return Schema.from_dict(declared, name=entity.name.replace(".", "_"))()


class _Target(fields.Field[Any]):
    """What a bulk request names a record by: its id, or an object with `id` and `version`."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        known = value if isinstance(value, dict) else {"id": value}
        if not _is_id(known.get("id")) or not (known.get("version") is None or _is_id(known["version"])):
            raise ValidationError(N_("Name the record by its id, or by an object with id and version."))
        return known


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63


def _object(value: Any) -> None:
    if not isinstance(value, dict):
        raise ValidationError(N_("Each row must be an object."))


def _few(value: Any) -> None:
    if len(value) > MOST_OPERATIONS:
        raise ValidationError(N_("At most 1000 rows at once."))


class Bulk(Schema):
    """The body of a bulk request. Values of rows are left to the records service, which answers row by row."""

    class Meta:  # noqa: D106 - marshmallow's place for settings
        unknown = EXCLUDE  # unknown names are told by name before, as everywhere in the API

    create = fields.List(fields.Raw(validate=_object), validate=_few)
    update = fields.List(_Target(validate=_object), validate=_few)
    delete = fields.List(_Target(), validate=_few)
    atomic = fields.Boolean(load_default=True, truthy={True}, falsy={False})
