"""The order in which sample sets are made: those that others refer to first.

In: a manifest. Out: its sample sets. A circle is broken where it is met; `settings: {after: [other_set]}` decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...metamodel.manifest import Entity, Manifest, SampleSet
from ...rules.sample_rules import LATE, word_of

REFERENCES = ("ref", "department", "many", "any_ref")


def in_making_order(manifest: Manifest) -> list[SampleSet]:
    """All sample sets, each after those whose records it refers to."""
    by_name = {samples.name: samples for samples in manifest.samples}
    by_entity: dict[str, list[SampleSet]] = {}
    for samples in manifest.samples:
        by_entity.setdefault(samples.entity, []).append(samples)
    owners = {child.name: child.owner.entity for child in manifest.entities.values() if child.owner is not None}
    done: list[SampleSet] = []
    entered: set[str] = set()

    def visit(samples: SampleSet) -> None:
        if samples.name in entered:
            return
        entered.add(samples.name)
        for name in samples.settings.get("after", ()):
            full = name if "." in name else f"{samples.name.partition('.')[0]}.{name}"
            if full in by_name:
                visit(by_name[full])
        for target in _targets(manifest, manifest.entities[samples.entity], samples):
            for other in by_entity.get(owners.get(target, target), ()):
                visit(other)
        done.append(samples)

    for samples in manifest.samples:
        visit(samples)
    return done


def _targets(manifest: Manifest, entity: Entity, samples: SampleSet) -> Iterator[str]:
    each = samples.settings.get("for_each") or {}
    if "of" in each:
        yield each["of"]
    elif "field" in each:
        yield entity.fields[each["field"]].settings["of"]
    yield from _fields(manifest, entity, samples.fields)


def _fields(manifest: Manifest, entity: Entity, rules: Mapping[str, Any]) -> Iterator[str]:
    for name, rule in rules.items():
        known = entity.fields[name]
        if word_of(rule) in LATE:
            continue
        if known.type in REFERENCES:
            of = known.settings["of"]
            yield from (of,) if isinstance(of, str) else _named(rule)
        elif known.type == "lines" and isinstance(rule, Mapping):
            yield from _fields(
                manifest, manifest.entities[known.settings["of"]], rule.get("rows", {}).get("fields") or {}
            )


def _named(rule: Any) -> Iterator[str]:
    """The entities that an any_ref's rule names; what it does not name, it does not pick from."""
    if isinstance(rule, Mapping):
        said = rule.get("ref")
        if isinstance(said, Mapping) and "of" in said:
            yield said["of"]
        for part in rule.values():
            yield from _named(part)
    elif isinstance(rule, list):
        for part in rule:
            yield from _named(part)
