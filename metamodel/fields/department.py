"""Department: a reference to the company's organisation."""

from __future__ import annotations

from .base import Setting
from .ref import ON_DELETE, Ref


class Department(Ref):
    name = "department"
    doc = (
        "A department of the company. The default `current_department` is that of the user, as the first entity says "
        "that has a unique `user` field and a `department` field (in the standard packages: oa.employee)."
    )
    example = "department: {type: department, default: current_department}"
    json_doc = "3 (the department's record id)"
    control = "ref"
    settings = (
        Setting("of", {"type": "string"}, "The entity that holds departments.", "oa.department", resolve="entity"),
        ON_DELETE,
    )
