"""Department: a reference to the company's organisation."""

from __future__ import annotations

from .base import Setting
from .ref import ON_DELETE, Ref


class Department(Ref):
    name = "department"
    doc = "A department of the company."
    example = "department: {type: department, default: current_department}"
    json_doc = "3 (the department's record id)"
    control = "ref"
    settings = (
        Setting("of", {"type": "string"}, "The entity that holds departments.", "oa.department", resolve="entity"),
        ON_DELETE,
    )
