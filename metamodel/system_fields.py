"""The fields that every record has, which no definition declares.

In: nothing. Out: SYSTEM, these fields by name, as conditions, columns and orders may name them.
"""

from __future__ import annotations

from .fields import TYPES
from .manifest import Field, Label


def _system(name: str, type: str, en: str, zh: str) -> Field:
    settings = {setting.name: setting.default for setting in TYPES[type].settings}
    return Field(name=name, type=type, label=Label({"en": en, "zh": zh}), settings=settings, readonly=True)


SYSTEM: dict[str, Field] = {
    field.name: field
    for field in (
        _system("id", "integer", "ID", "编号"),
        _system("version", "integer", "Version", "版本"),
        _system("created_at", "datetime", "Created at", "创建时间"),
        _system("created_by", "user", "Created by", "创建人"),
        _system("updated_at", "datetime", "Changed at", "修改时间"),
        _system("updated_by", "user", "Changed by", "修改人"),
        _system("position", "integer", "Position", "顺序"),
    )
}
