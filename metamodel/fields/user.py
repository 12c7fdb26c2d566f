"""User: a person who may log in."""

from __future__ import annotations

from typing import Any

from ..invalid import N_
from ..manifest import Field
from .base import EQUALITY, Column, FieldType, as_integer
from .ref import RECORD_ID


class User(FieldType):
    name = "user"
    doc = "A user of the system."
    example = "owner: {type: user, default: current_user}"
    json_doc = "7 (the user's id)"
    value_type = "user"
    control = "user"
    operators = EQUALITY
    may_be_unique = True

    def columns(self, field: Field) -> tuple[Column, ...]:
        return (Column("user"),)

    def parse(self, field: Field, value: Any) -> int:
        return as_integer(value, message=N_("{label} must name a user."))

    def json_schema(self, field: Field) -> dict[str, Any]:
        return dict(RECORD_ID)
