"""Link built objects into a manifest: every name resolved, what was left out derived.

In: the objects of all layers, built each for itself. Out: a Manifest, or problems. Knows nothing of files, databases or
screens. Entities first; what shows, grants or fills them after.
"""

from __future__ import annotations

from collections.abc import Mapping

from .derive import derive_form, derive_list, derive_menus
from .link_access import link_menus, link_roles
from .link_data import link_data
from .link_entities import link_entities
from .link_views import link_forms, link_lists
from .linking import Built, Linking
from .manifest import Company, Manifest, Package
from .problem import Problem


def link(
    company: Company, packages: dict[str, Package], objects: Mapping[str, Mapping[str, Built]]
) -> tuple[Manifest | None, list[Problem]]:
    """The manifest of a company, and the problems; no manifest where one of them is more than a warning."""
    linking = Linking(company, packages, objects)
    link_entities(linking)
    lists = link_lists(linking)
    forms = link_forms(linking)
    roles = link_roles(linking)
    menus = link_menus(linking, lists)
    data = link_data(linking)
    if any(not problem.warning for problem in linking.problems):
        return None, linking.problems
    for entity in linking.entities.values():
        if entity.name not in lists:
            lists[entity.name] = derive_list(entity)
        if entity.name not in forms:
            forms[entity.name] = derive_form(entity)
    manifest = Manifest(
        company=company,
        packages=packages,
        entities=linking.entities,
        lists=lists,
        forms=forms,
        roles=roles,
        menus=derive_menus(menus, linking.entities, packages, company),
        data=data,
        samples=tuple(built.value for built in linking.built("samples")),
    )
    return manifest, linking.problems
