"""A demo record in the making.

In: the rules of a set, the record that they fill, what it is made for. Out: what the rules' paths begin at. Knows
nothing of how values are drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...metamodel.manifest import Entity
from ..data.records import NewRecord


class SampleFault(Exception):
    """A rule that cannot be followed: which set, which field, and why, as one sentence."""

    def __init__(self, set_name: str, field: str, fact: str) -> None:
        super().__init__(f'samples "{set_name}", field "{field}": {fact}')


class Draft:
    """A record in the making. `source` is what it is made for: another record, or the row that a row is made from."""

    def __init__(
        self,
        entity: Entity,
        rules: Mapping[str, Any],
        record: NewRecord,
        *,
        set_name: str,
        number: int,
        source: NewRecord | None = None,
        owner: Draft | None = None,
        turn: int = 1,
    ) -> None:
        self.entity = entity
        self.rules = rules
        self.record = record
        self.set_name = set_name
        self.number = number
        self.source = source
        self.owner = owner
        self.turn = turn
        self.making: list[str] = []
