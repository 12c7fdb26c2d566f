"""Request bodies: strict JSON, or a problem that says what is wrong with it.

In: the Flask request. Out: Python values in which every fraction is a Decimal, or a Problem. Refuses what RFC 8259
leaves open and what nobody can keep: other media types, other encodings, a name twice in one object, NaN, numbers
beyond all measure, halves of surrogate pairs, nesting beyond any record. Knows nothing of entities.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from flask import request

from ...metamodel.invalid import N_
from .problem import Problem

LARGEST = 8 * 1024 * 1024
DEEPEST = 60
MOST_DIGITS = 100  # of one number; the widest column holds 19
JSON_TYPES = ("application/json", "application/merge-patch+json")
_HALF = re.compile(rb"\\u[dD][89a-fA-F]")


def json_body() -> Any:
    """The request's JSON. Raises Problem (400, 413, 415)."""
    if request.mimetype not in JSON_TYPES:
        raise Problem(
            415,
            "unsupported_media_type",
            N_("Send JSON, with Content-Type: application/json."),
            headers={"Accept": ", ".join(JSON_TYPES)},
        )
    if request.mimetype_params.get("charset", "utf-8").lower() not in ("utf-8", "utf8", "us-ascii"):
        raise Problem(415, "unsupported_charset", N_("JSON is sent in UTF-8."))
    request.max_content_length = LARGEST
    source = request.get_data(cache=False)
    if not source.strip():
        raise malformed(N_("The body is empty; send a JSON object."))
    return parse(source)


def json_object() -> dict[str, Any]:
    """As `json_body`, where only an object will do."""
    value = json_body()
    if not isinstance(value, dict):
        raise malformed(N_("The body must be a JSON object."))
    return value


def parse(source: bytes) -> Any:
    """Read JSON. Raises Problem (400)."""
    try:
        text = source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise malformed(N_("The body is not UTF-8: byte {place} cannot be read."), place=error.start) from None
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise malformed(
            N_("The body is no JSON: line {line}, column {column}."), line=error.lineno, column=error.colno
        ) from None
    except RecursionError:
        raise malformed(TOO_DEEP, most=DEEPEST) from None
    if _depth(value) > DEEPEST:
        raise malformed(TOO_DEEP, most=DEEPEST)
    if _HALF.search(source):
        try:
            json.dumps(value, ensure_ascii=False, default=str).encode()
        except UnicodeEncodeError:
            raise malformed(N_("The body holds half of a surrogate pair, which is no character.")) from None
    return value


def malformed(message: str, **params: Any) -> Problem:
    """The problem of a body that cannot be read."""
    return Problem(400, "malformed_body", message, **params)


TOO_DEEP = N_("The body is nested more than {most} deep.")
TOO_LONG = N_("The body holds a number of more than {most} digits.")


def _pairs(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise malformed(N_("The body says “{name}” twice in one object."), name=clean(twice))
    return found


def _fraction(text: str) -> Decimal:
    if len(text) > MOST_DIGITS:
        raise malformed(TOO_LONG, most=MOST_DIGITS)
    number = Decimal(text)
    if number and abs(number.adjusted()) > MOST_DIGITS:  # 1e999999999 would fill the memory as soon as it is written
        raise malformed(TOO_LONG, most=MOST_DIGITS)
    return number


def _whole(text: str) -> int:
    if len(text) > MOST_DIGITS:
        raise malformed(TOO_LONG, most=MOST_DIGITS)
    return int(text)


def _constant(text: str) -> Any:
    raise malformed(N_("The body holds {word}, which is no JSON number."), word=text)


_DECODER = json.JSONDecoder(object_pairs_hook=_pairs, parse_float=_fraction, parse_int=_whole, parse_constant=_constant)


def clean(text: str, most: int = 80) -> str:
    """A text from outside as it may be quoted in an answer: of sane length, and of characters only."""
    return text[:most].encode("utf-8", "replace").decode()


def _depth(value: Any) -> int:
    """How deep lists and objects are nested, without recursion."""
    deepest, level = 0, [value]
    while level:
        inner: list[Any] = []
        for one in level:
            if isinstance(one, dict):
                inner.extend(one.values())
            elif isinstance(one, list):
                inner.extend(one)
        deepest += 1
        if deepest > DEEPEST:
            break
        level = [one for one in inner if isinstance(one, (dict, list))]
    return deepest
