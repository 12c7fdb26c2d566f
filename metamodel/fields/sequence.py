"""Sequence: a number that the system gives, in a declared format."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from ..invalid import N_, Invalid
from ..manifest import Field
from .base import TEXTUAL, Column, FieldType, Setting, as_text

TOKEN = re.compile(r"\{(yyyy|yy|mm|dd|0+)\}")


def render(template: str, day: date, number: int) -> str:
    """A number in its format: `SO{yyyy}{mm}-{0000}` on 2026-01-31 with 7 gives SO202601-0007."""
    parts = {"yyyy": f"{day:%Y}", "yy": f"{day:%y}", "mm": f"{day:%m}", "dd": f"{day:%d}"}
    return TOKEN.sub(lambda token: parts.get(token[1]) or str(number).zfill(len(token[1])), template)


def period(template: str, day: date) -> str:
    """What the counter is kept for: the format with its date filled in, so that it restarts when that changes."""
    return TOKEN.sub(lambda token: token[0] if token[1][0] == "0" else render(token[0], day, 0), template)


class Sequence(FieldType):
    name = "sequence"
    doc = "A running number, given when the record is first saved, without gaps."
    example = 'number: {type: sequence, format: "SO{yyyy}{mm}-{0000}"}'
    json_doc = '"SO202601-0007"'
    value_type = "text"
    control = "sequence"
    operators = TEXTUAL
    searchable = True
    may_be_unique = True
    settings = (
        Setting(
            "format",
            {"type": "string", "minLength": 3, "maxLength": 60},
            "Text with {yyyy} {yy} {mm} {dd} for the day and {0000} for a counter that restarts when the date changes.",
            required=True,
        ),
    )

    def check(self, field: Field) -> list[tuple[str, str, str]]:
        template = field.settings["format"]
        counters = [token for token in TOKEN.findall(template) if token[0] == "0"]
        rest = TOKEN.sub("", template)
        faults = []
        if len(counters) != 1:
            faults.append(
                ("format", f"format {template!r} has {len(counters)} counters", "write exactly one, such as {0000}")
            )
        if "{" in rest or "}" in rest:
            faults.append(
                ("format", f"format {template!r} has an unknown token", "known: {yyyy} {yy} {mm} {dd} {0000}")
            )
        return faults

    def columns(self, field: Field) -> tuple[Column, ...]:
        return (Column("text", length=80),)

    def parse(self, field: Field, value: Any) -> str:
        text = as_text(value).strip()
        if len(text) > 80:
            raise Invalid(
                "too_long",
                N_("{label} can be at most {max} characters long; this is {length}."),
                max=80,
                length=len(text),
            )
        return text
