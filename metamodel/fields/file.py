"""File: one or several uploaded files."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from ..invalid import N_, Invalid
from ..manifest import Field
from .base import Column, FieldType, Setting

SIZE = re.compile(r"(\d{1,9})\s*(B|KB|MB|GB)?", re.IGNORECASE)
SIZE_SHAPE = r"^[0-9]{1,9} ?([kKmMgG]?[bB])?$"  # the same, in words that editors know as well
UNITS = {"B": 1, "KB": 1024, "MB": 1024**2, "GB": 1024**3}
FILE_ID = re.compile(r"[0-9a-f]{32}")
MOST_FILES = 50

SIZE_SETTING = Setting(
    "max_size", {"type": "string", "pattern": SIZE_SHAPE, "examples": ["10MB"]}, "The largest size of one file.", "20MB"
)
MULTIPLE = Setting("multiple", {"type": "boolean"}, "Whether it holds several files.", False)


def byte_size(text: str) -> int:
    """Bytes of a size such as `10MB` (1 MB = 1,048,576 bytes)."""
    match = SIZE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no size")
    return int(match[1]) * UNITS[(match[2] or "B").upper()]


class File(FieldType):
    name = "file"
    doc = "One or several uploaded files."
    example = "receipts: {type: file, multiple: true, accept: [pdf, jpg, png], max_size: 10MB}"
    json_doc = "the id that the upload answered, or a list of them; read back with name, size and mime type"
    control = "file"
    operators = ("empty",)
    sortable = False
    settings: ClassVar[tuple[Setting, ...]] = (
        SIZE_SETTING,
        Setting(
            "accept",
            {"type": "array", "items": {"type": "string", "pattern": "^[a-z0-9]{1,10}$"}, "minItems": 1},
            "The file name endings that are accepted; all, where it is left out.",
        ),
        MULTIPLE,
    )

    def columns(self, field: Field) -> tuple[Column, ...]:
        return (Column("json") if field.settings.get("multiple") else Column("file"),)

    def parse(self, field: Field, value: Any) -> str | list[str] | None:
        if not field.settings.get("multiple"):
            return self._one(value)
        if isinstance(value, str):
            value = [part for part in value.split(",") if part]
        if not isinstance(value, (list, tuple)) or len(value) > MOST_FILES:
            raise Invalid("not_files", N_("{label} must be a list of at most {max} uploaded files."), max=MOST_FILES)
        return list(dict.fromkeys(self._one(part) for part in value)) or None

    def _one(self, value: Any) -> str:
        if isinstance(value, dict):
            value = value.get("id")
        if not isinstance(value, str) or not FILE_ID.fullmatch(value):
            raise Invalid("not_a_file", N_("{label} must be an uploaded file."))
        return value

    def accepts(self, field: Field) -> tuple[str, ...]:
        """File name endings accepted, without the dot; empty: all."""
        return tuple(field.settings.get("accept") or ())

    def json_schema(self, field: Field) -> dict[str, Any]:
        one = {"type": "string", "pattern": "^[0-9a-f]{32}$"}
        return {"type": "array", "items": one, "maxItems": MOST_FILES} if field.settings.get("multiple") else one
