"""Cursors: the place in an order where a page ended, as a short text.

In: the values of a record's sort keys, or a text that came back from outside. Out: the text, or the values, or
Rejected: a cursor is checked piece by piece, never trusted. It says nothing that its reader has not just read, so it
is not secret.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from ...metamodel.invalid import N_
from ...metamodel.manifest import SortKey
from ..records.errors import Fault, Rejected

LONGEST = 20_000


def signature(entity: str, sort: Sequence[SortKey], kinds: Sequence[str]) -> str:
    """What a cursor belongs to: one order of one entity."""
    order = json.dumps([entity, [[key.path, key.descending] for key in sort], list(kinds)])
    return hashlib.sha256(order.encode()).hexdigest()[:12]


def encode(belongs: str, values: Sequence[Any]) -> str:
    """The cursor of a record, from the values of its sort keys."""
    text = json.dumps([belongs, [_written(value) for value in values]], separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def decode(belongs: str, kinds: Sequence[str], cursor: str, where: str) -> list[Any]:
    """The values in a cursor. Raises Rejected where it is none, or where it belongs to another order."""
    try:
        if not isinstance(cursor, str) or len(cursor) > LONGEST:
            raise ValueError
        source = base64.b64decode(cursor.encode() + b"=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        said, values = json.loads(source)
        if not isinstance(said, str) or not isinstance(values, list):
            raise ValueError
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise bad(where) from None
    if said != belongs or len(values) != len(kinds):
        message = N_("This page marker belongs to another order; start again from the first page.")
        raise Rejected([Fault(where, "foreign_cursor", message)])
    try:
        return [None if value is None else READ[kind](value) for kind, value in zip(kinds, values, strict=True)]
    except (ValueError, TypeError, KeyError, InvalidOperation, OverflowError):
        raise bad(where) from None


def bad(where: str) -> Rejected:
    """The refusal of a text that is no cursor."""
    message = N_("This page marker is damaged; start again from the first page.")
    return Rejected([Fault(where, "bad_cursor", message)])


def _written(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, (date, time)):
        return value.isoformat()
    return f"{value:f}" if isinstance(value, Decimal) else value


def _text(value: Any) -> str:
    if not isinstance(value, str) or "\x00" in value:
        raise ValueError
    value.encode("utf-8")
    return value


def _integer(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not -(2**63) <= value < 2**63:
        raise ValueError
    return value


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError
    return value


def _decimal(value: Any) -> Decimal:
    number = Decimal(_text(value))
    if not number.is_finite() or number.adjusted() > 18 or number.as_tuple().exponent < -18:  # type: ignore[operator]
        raise ValueError
    return number


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(_text(value))
    if moment.tzinfo is None:
        raise ValueError
    return moment.astimezone(UTC)


READ: dict[str, Callable[[Any], Any]] = {
    "text": _text,
    "integer": _integer,
    "boolean": _boolean,
    "decimal": _decimal,
    "date": lambda value: date.fromisoformat(_text(value)),
    "datetime": _moment,
    "time": lambda value: time.fromisoformat(_text(value)),
}
