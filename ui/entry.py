"""What people type, as the values that the records service takes.

In: fields, and the text that a form or a filter sent. Out: JSON-like values. Numbers are read as people of any country
write them, per cent become fractions, local times get their zone; all by moving characters, never through a float.
Whether a value may be saved is not decided here: what cannot be read goes on as it is, and is refused with a sentence.
"""

from __future__ import annotations

import json
import re
import unicodedata
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from ..metamodel.fields.address import PARTS as ADDRESS
from ..metamodel.manifest import Field

NUMBERS = ("integer", "decimal", "money", "quantity", "percent", "rating")
GROUPS = re.compile(r"[+-]?\d{1,3}([,.])\d{3}(?:\1\d{3})+|[+-]?\d{1,3}(,)\d{3}")
PLAIN = re.compile(r"([+-]?)(\d*)(?:\.(\d*))?")
ID = re.compile(r"[0-9]{1,19}")
SPACES = re.compile(r"[\s\u00a0\u202f'’_]")


def number_text(text: str) -> str:
    """`1,234.5`, `1.234,50`, `1 234,5`, `１２３` as plain digits with a point; what is no number, as typed."""
    digits = SPACES.sub("", unicodedata.normalize("NFKC", text)).replace("−", "-").replace("，", ",")
    comma, point = digits.rfind(","), digits.rfind(".")
    if comma >= 0 and point >= 0:
        group, mark = (",", ".") if point > comma else (".", ",")
        digits = digits.replace(group, "").replace(mark, ".")
    elif comma >= 0 or point >= 0:
        grouped = GROUPS.fullmatch(digits)
        digits = digits.replace(",", "").replace(".", "") if grouped else digits.replace(",", ".")
    match = PLAIN.fullmatch(digits)
    return digits if match and (match[2] or match[3]) else text.strip()


def fraction_text(text: str) -> str:
    """What was typed in hundredths, as a fraction: `12.5` or `12.5%` is `0.125`. Only the point moves."""
    stripped = unicodedata.normalize("NFKC", text).strip().removesuffix("%")
    plain = number_text(stripped)
    match = PLAIN.fullmatch(plain)
    if not match or not (match[2] or match[3]):
        return text.strip()
    sign, whole, rest = match[1], match[2] or "", match[3] or ""
    whole = whole.rjust(3, "0")
    return f"{sign}{whole[:-2]}.{whole[-2:]}{rest}"


def hundredths_text(fraction: str) -> str:
    """The inverse: `0.1250` is `12.5`."""
    match = PLAIN.fullmatch(fraction)
    if not match:
        return fraction
    sign, whole, rest = match[1], match[2] or "0", (match[3] or "").ljust(2, "0")
    whole, rest = (whole + rest[:2]).lstrip("0") or "0", rest[2:].rstrip("0")
    return f"{sign}{whole}.{rest}" if rest else f"{sign}{whole}"


def moment_text(text: str, zone: ZoneInfo) -> str:
    """A local date and time, as a browser's control gives it, with the company's zone."""
    try:
        local = datetime.fromisoformat(text.strip())
    except ValueError:
        return text.strip()
    if local.tzinfo is None:
        local = local.replace(tzinfo=zone)
    try:
        return local.astimezone(UTC).isoformat().replace("+00:00", "Z")
    except OverflowError:
        return text.strip()


def typed(field: Field, text: str, zone: ZoneInfo) -> Any:
    """One text of a form or filter as the field's JSON-like value; empty text is None."""
    if text.strip() == "":
        return None
    if field.type == "percent":
        return fraction_text(text)
    if field.type in NUMBERS:
        return number_text(text)
    if field.type == "datetime" and "T" in text:
        return moment_text(text, zone)
    return text


def id_of(text: str) -> int | None:
    """The number of a record or user, from a form or an address; None for what cannot be one."""
    number = int(text) if ID.fullmatch(text) else 0
    return number if 0 < number < 2**63 else None


def entry_text(field: Field, value: Any, zone: ZoneInfo) -> list[str]:
    """The inverse of `typed`: what the controls of a field hold for a value. Several texts where it has several."""
    if value is None:
        return []
    if isinstance(value, list):
        return [str(one) for one in value]
    if field.type == "percent":
        return [hundredths_text(f"{value:f}")]
    if field.type in ("money", "quantity", "decimal"):
        return [_trimmed(f"{value:f}", 2 if field.type == "money" else 0)]
    if field.type == "datetime":
        return [value.astimezone(zone).isoformat(timespec="minutes")[:16]]  # strftime leaves zeros out before year 1000
    if field.type == "time":
        return [value.strftime("%H:%M:%S" if value.second else "%H:%M")]
    if field.type == "duration":
        hours, rest = divmod(abs(value), 3600)
        minutes, seconds = divmod(rest, 60)
        return [f"{hours}:{minutes:02d}" + (f":{seconds:02d}" if seconds else "")] if value >= 0 else [f"-PT{-value}S"]
    if field.type == "boolean":
        return ["true" if value else "false"]
    if field.type == "json":
        return [json.dumps(value, ensure_ascii=False, indent=2)]
    if field.type == "any_ref":
        return [f"{value['entity']}/{value['id']}"]
    if field.type == "geo_point":
        return [f"{value['lat']:f}, {value['lon']:f}"]
    if field.type == "address":
        return [value.get(part, "") for part in ADDRESS]
    return [str(value)]


def _trimmed(text: str, least: int) -> str:
    """A number without the zeros at its end, but with at least so many digits after the point, where it has some."""
    whole, point, rest = text.partition(".")
    kept = rest.rstrip("0")
    kept = kept.ljust(min(least, len(rest)), "0")
    return f"{whole}.{kept}" if point and kept else whole
