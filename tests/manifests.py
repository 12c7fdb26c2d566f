"""Manifests built by hand, for tests of rooms that read them.

    manifest([entity("crm.customer", field("name", required=True), field("level", "choice", options="a b c"))])
    manifest([entity("crm.customer", "name", field("amount", "money"))], roles=[role("crm.sales", crm__customer="all")])

Nothing is checked and nothing is resolved: names are full, settings are what the linker would have filled in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sartor.metamodel.fields import TYPES
from sartor.metamodel.manifest import (
    ACTIONS,
    Company,
    Entity,
    Field,
    Grant,
    Label,
    Lifecycle,
    Manifest,
    Option,
    Owner,
    Package,
    Role,
    State,
    Transition,
)


def label(text: str) -> Label:
    """A label in all languages, made from a name (`tax_number` -> Tax number) or a sentence."""
    return Label({"*": text.replace("_", " ").capitalize() if text.islower() else text})


def field(name: str, kind: str = "text", *, options: str | Mapping[str, str] | None = None, **given: Any) -> Field:
    """A field. What Field has as a property is one; all else is a setting of its type, whose defaults are filled in.

    `options` of a choice: "a b c" or {"a": "Label"}.
    """
    own = {key: given.pop(key) for key in tuple(given) if key in Field.__struct_fields__}
    settings = {**_defaults(kind), **own.pop("settings", {}), **given}
    names = {word: word for word in options.split()} if isinstance(options, str) else options
    return Field(
        name=name,
        type=kind,
        label=own.pop("label", label(name)),
        settings=settings,
        options={key: Option(key, label(text)) for key, text in names.items()} if names is not None else None,
        **own,
    )


def _defaults(name: str) -> dict[str, Any]:
    return {setting.name: setting.default for setting in TYPES[name].settings} if name in TYPES else {}


def entity(name: str, *fields: Field | str, title: str | None = None, **given: Any) -> Entity:
    """An entity; a bare name among the fields is a text field. `title` is the first field unless said."""
    whole = {item.name: item for item in (field(item) if isinstance(item, str) else item for item in fields)}
    return Entity(
        name=name,
        label=given.pop("label", label(name.partition(".")[2])),
        plural=given.pop("plural", label(name.partition(".")[2] + "s")),
        title=title or next(iter(whole), "id"),
        fields=whole,
        **given,
    )


def lines(owner: str, child: str, by: str, *, name: str = "lines") -> tuple[Field, Owner]:
    """The lines field for the owner, and what the child's `owner` is."""
    return field(name, "lines", of=child, by=by), Owner(entity=owner, by=by, field=name)


def lifecycle(states: str, *transitions: str, name: str = "status") -> tuple[Field, Lifecycle]:
    """The state field and the lifecycle: `lifecycle("lead won lost", "win: lead > won", "lose: lead won > lost")`.

    The first state is the initial one.
    """
    names = states.split()
    steps = {}
    for line in transitions:
        step, _, path = line.partition(":")
        source, _, target = path.partition(">")
        steps[step.strip()] = Transition(step.strip(), label(step.strip()), tuple(source.split()), target.strip())
    life = Lifecycle(
        field=name, initial=names[0], states={state: State(state, label(state)) for state in names}, transitions=steps
    )
    return field(name, "choice", options=states, default=names[0], required=True), life


def role(name: str, **grants: str | Grant) -> Role:
    """A role; grants by entity, `__` for the dot: `role("crm.sales", crm__customer="read update")`; "all" for all."""
    whole = {
        key.replace("__", "."): given
        if isinstance(given, Grant)
        else Grant(tuple(ACTIONS) if given == "all" else tuple(given.split()))
        for key, given in grants.items()
    }
    return Role(name, label(name.rpartition(".")[2]), whole)


def manifest(
    entities: Mapping[str, Entity] | Iterable[Entity] = (),
    *,
    company: str | Company = "acme",
    roles: Iterable[Role] = (),
    **given: Any,
) -> Manifest:
    """A manifest of these entities, with a package for each first part of their names."""
    kept = list(entities.values() if isinstance(entities, Mapping) else entities)
    return Manifest(
        company=company if isinstance(company, Company) else Company(company, label(company)),
        packages=given.pop(
            "packages", {name: Package(name, "1.0.0", label(name)) for name in sorted({each.package for each in kept})}
        ),
        entities={each.name: each for each in kept},
        lists=given.pop("lists", {}),
        forms=given.pop("forms", {}),
        roles={each.name: each for each in roles},
        menus=given.pop("menus", ()),
        **given,
    )
