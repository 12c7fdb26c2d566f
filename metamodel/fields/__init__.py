"""The field types, one file each; they register as an outsider's plugin does.

In: nothing. Out: TYPES, the field types by name. A plugin package names its FieldType subclass under the entry point
group `sartor.field_types`; the types of this folder are registered through the same function.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module
from importlib.metadata import entry_points

from .base import FieldType

TYPES: dict[str, FieldType] = {}


def register(kind: type[FieldType]) -> None:
    """Make a field type known. Raises ValueError where its name is taken."""
    if kind.name in TYPES:
        raise ValueError(f'field type "{kind.name}" is registered twice: {type(TYPES[kind.name])} and {kind}')
    TYPES[kind.name] = kind()


def _load() -> None:
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
        for value in vars(import_module(f"{__name__}.{module.name}")).values():
            if (
                isinstance(value, type)
                and issubclass(value, FieldType)
                and value.__module__ == f"{__name__}.{module.name}"
                and "name" in value.__dict__
            ):
                register(value)
    for point in entry_points(group="sartor.field_types"):
        register(point.load())


_load()
