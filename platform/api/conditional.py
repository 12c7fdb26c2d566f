"""Conditional requests: versions as entity tags.

In: If-Match and If-None-Match. Out: the version that a client has seen, or a Problem. A tag begins with the record's
version; what follows differs where the same version may look different (another release, other roles), so that a cached
answer is never taken for the present one. If-Match reads the version alone, and takes `"3"` as well as the whole tag.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask import request

from ...metamodel.invalid import N_
from .problem import Problem

MARKED = re.compile(r"([1-9]\d{0,17})(?:-[0-9a-f.]{1,40})?")


def tag(record: Mapping[str, Any], mark: str) -> str:
    """The entity tag of a record, in quotes."""
    return f'"{record["version"]}-{mark}"'


def unchanged(tag: str) -> bool:
    """Whether the client has just this already."""
    return bool(request.if_none_match) and request.if_none_match.contains_weak(tag.strip('"'))


def expected_version(*, required: bool) -> int | None:
    """The version that the client wants to change; None for any. Raises Problem (428, 400)."""
    said = request.headers.get("If-Match")
    if said is None:
        if required:
            message = N_(
                "Send If-Match with the ETag that you have read, so that nobody's change is lost; or If-Match: *"
            )
            raise Problem(428, "precondition_required", message)
        return None
    if said.strip() == "*":
        return None
    single = said.strip().removeprefix("W/")  # a proxy that compresses makes tags weak
    found = MARKED.fullmatch(single[1:-1]) if len(single) > 2 and single[0] == single[-1] == '"' else None
    if found is None:
        message = N_('If-Match must be one ETag of this record, such as "3", or *.')
        raise Problem(400, "bad_if_match", message)
    return int(found[1])
