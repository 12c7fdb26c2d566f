"""Every package of definitions, and the example company, is fit for work: complete, bilingual, reachable.

A new package under `definitions/` is held to the same without a line here, but for the pack list of the standard ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest

import sartor
from sartor.metamodel.compilation import BUNDLED, Compilation, Compiler
from sartor.metamodel.manifest import Entity, Field, Label, Manifest, MenuItem
from sartor.metamodel.reading import read_file
from sartor.metamodel.shape_terms import FOLDERS
from sartor.metamodel.tree import Tree
from sartor.rules.compilation import compile_company, compile_packages

ROOT = Path(sartor.__file__).parent
ACME = ROOT / "examples" / "acme"
PACKAGES = sorted(path.name for path in BUNDLED.iterdir() if (path / "package.yaml").is_file())
LAYERS = [*(BUNDLED / name for name in PACKAGES), ACME]
LEAST = {"oa": 25, "crm": 20, "erp": 40}
# Everything that a practitioner expects in each pack, by the name of its entity.
PACK_LIST = {
    "crm": """
        lead customer contact follow_up visit_plan visit opportunity opportunity_line quote quote_line contract
        contract_line receivable_plan receipt invoice_request product campaign sales_target team_member owner_history
        return_visit ticket public_pool pool_rule holding_limit
    """,
    "oa": """
        department position employee employee_group delegation leave_request leave_type leave_balance trip_request
        overtime_request attendance_fix expense_claim expense_line advance purchase_request seal seal_request
        asset asset_borrow vehicle vehicle_request contract_review onboarding leaving general_request announcement
        announcement_read work_log calendar_event meeting meeting_room task document document_folder message
    """,
    "erp": """
        account journal journal_entry period fiscal_year tax sales_invoice purchase_invoice receipt payment allocation
        bank_account cost_center budget employment employment_contract attendance payslip
        item uom warehouse stock_balance stock_ledger stock_in stock_out stock_transfer stock_count batch serial
        supplier requisition supplier_quotation purchase_order purchase_receipt purchase_return
        sales_order delivery sales_return
        bom operation work_center forecast master_schedule production_plan work_order job_card material_issue
        finished_receipt quality_check
    """,
}


@cache
def standard() -> Compilation:
    return compile_packages(Compiler(), [BUNDLED / name for name in PACKAGES])


@cache
def acme() -> Compilation:
    return compile_company(Compiler(), ACME)


def manifest(of: Compilation) -> Manifest:
    assert of.manifest is not None, "\n".join(map(str, of.problems))
    return of.manifest


def entities(package: str) -> list[Entity]:
    return [entity for entity in manifest(standard()).entities.values() if entity.package == package]


def main_entities(package: str) -> list[Entity]:
    return [entity for entity in entities(package) if entity.owner is None]


def tree(path: Path) -> Tree:
    found, problems = read_file(path, path.name, "test")
    assert not problems
    assert found is not None
    return found


def labels(value: Any, path: str) -> Iterator[tuple[str, Label]]:
    """Every label in a manifest, with the way to it."""
    if isinstance(value, Label):
        yield path, value
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from labels(getattr(value, name), f"{path}.{name}")
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from labels(item, f"{path}.{name}")
    elif isinstance(value, (list, tuple)):
        for number, item in enumerate(value):
            yield from labels(item, f"{path}.{getattr(item, 'name', number)}")


def icons(value: Any) -> Iterator[str]:
    if isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            found = getattr(value, name)
            if name == "icon" and found:
                yield found
            yield from icons(found)
    elif isinstance(value, dict):
        for item in value.values():
            yield from icons(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from icons(item)


@pytest.mark.parametrize("which", [standard, acme], ids=["packages", "acme"])
def test_the_definitions_compile_without_a_problem_or_a_warning(which: Any) -> None:
    assert [str(problem) for problem in which().problems] == []


@pytest.mark.parametrize("folder", LAYERS, ids=lambda path: path.name)
def test_every_file_of_a_package_is_a_definition_in_the_folder_of_its_kind(folder: Path) -> None:
    allowed = {"package.yaml", "company.yaml", "demo.yaml"}
    strays = [
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file()
        and not (path.parent == folder and path.name in allowed)
        and not (path.suffix == ".yaml" and path.parent.parent == folder and path.parent.name in FOLDERS)
    ]
    assert strays == []


@pytest.mark.parametrize("package", PACKAGES)
def test_every_shared_set_of_choices_is_used_by_a_field(package: str) -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in BUNDLED.glob("*/entities/*.yaml"))
    used = set(re.findall(r"choices: ([a-z][a-z0-9_.]*)", text))
    sets = {path.stem for path in (BUNDLED / package / "choices").glob("*.yaml")}
    assert {name for name in sets if name not in used and f"{package}.{name}" not in used} == set()


@pytest.mark.parametrize("which", [standard, acme], ids=["packages", "acme"])
def test_every_text_for_people_is_there_in_english_and_chinese(which: Any) -> None:
    found = manifest(which())
    same_in_all = {"acme.sample_shipment"}  # names of carriers are the same everywhere
    lacking = [
        path
        for path, label in labels(found, "")
        if not {"en", "zh"} <= label.texts.keys()
        and not any(path.startswith(f".entities.{name}.fields.carrier.options") for name in same_in_all)
        and not (which is standard and path.startswith(".company."))
    ]
    assert lacking == []


@pytest.mark.parametrize("which", [standard, acme], ids=["packages", "acme"])
def test_chinese_texts_are_chinese_and_english_ones_are_not(which: Any) -> None:
    han = re.compile(r"[\u3400-\u9fff]")
    latin = re.compile(r"[A-Za-z0-9%/ .:+()（）–-]+")  # such as IBAN, A4, HR
    quoted = re.compile(r"\([\u3400-\u9fff]\)")  # the word on a Chinese voucher, beside its translation
    wrong = [
        f"{path}: {label.texts}"
        for path, label in labels(manifest(which()), "")
        if {"en", "zh"} <= label.texts.keys()
        and (
            han.search(quoted.sub("", label.texts["en"]))
            or not (han.search(label.texts["zh"]) or latin.fullmatch(label.texts["zh"]))
        )
    ]
    assert wrong == []


@pytest.mark.parametrize("package", PACKAGES)
def test_every_main_entity_is_reachable_from_the_menu_that_the_package_declares(package: str) -> None:
    reached: set[str] = set()

    def walk(items: Tree) -> None:
        for item in items.values():
            if "entity" in item:
                reached.add(item["entity"] if "." in item["entity"] else f"{package}.{item['entity']}")
            if "items" in item:
                walk(item["items"])

    for path in (BUNDLED / package / "menus").glob("*.yaml"):
        walk(tree(path)["items"])
    assert {entity.name for entity in main_entities(package)} - reached == set()


@pytest.mark.parametrize("package", PACKAGES)
@pytest.mark.parametrize("kind", ["lists", "forms"])
def test_every_main_entity_has_a_list_and_a_form_written_by_hand(package: str, kind: str) -> None:
    written = {path.stem for path in (BUNDLED / package / kind).glob("*.yaml")}
    assert {entity.short for entity in main_entities(package)} - written == set()


@pytest.mark.parametrize("package", PACKAGES)
def test_a_form_shows_every_field_that_a_person_may_fill_in(package: str) -> None:
    def is_asked(field: Field) -> bool:
        return not (field.hidden or field.readonly or field.computed or field.type in ("related", "sequence"))

    lacking = []
    for entity in main_entities(package):
        form = manifest(standard()).forms[entity.name]
        shown = {field.name for section in form.sections for field in section.fields}
        state = entity.lifecycle.field if entity.lifecycle is not None else ""
        lacking += [
            f"{entity.name}.{name}"
            for name, field in entity.fields.items()
            if is_asked(field) and name != state and name not in shown
        ]
    assert lacking == []


@pytest.mark.parametrize("package", PACKAGES)
def test_every_state_of_a_lifecycle_can_be_reached(package: str) -> None:
    lost = []
    for entity in entities(package):
        life = entity.lifecycle
        if life is None:
            continue
        reached, waiting = {life.initial}, [life.initial]
        while waiting:
            state = waiting.pop()
            for step in life.transitions.values():
                if state in step.source and step.target not in reached:
                    reached.add(step.target)
                    waiting.append(step.target)
        lost += [f"{entity.name}: {state}" for state in life.states if state not in reached]
    assert lost == []


@pytest.mark.parametrize("package", sorted(LEAST))
def test_a_standard_package_has_everything_that_its_pack_list_names(package: str) -> None:
    names = {entity.short for entity in entities(package)}
    assert set(PACK_LIST[package].split()) - names == set()
    assert len(names) >= LEAST[package]


@pytest.mark.parametrize("which", [standard, acme], ids=["packages", "acme"])
def test_every_icon_is_among_those_that_are_built(which: Any) -> None:
    built = set((ROOT / "ui" / "icons.txt").read_text(encoding="utf-8").split())
    assert set(icons(manifest(which()))) - built == set()


@pytest.mark.parametrize("package", PACKAGES)
def test_every_role_of_a_package_may_read_what_it_refers_to_when_it_writes(package: str) -> None:
    """Who fills in a form must see what its look-ups offer."""
    from sartor.rules.access import Access

    found = manifest(standard())
    blind = []
    for role in found.roles.values():
        if not role.name.startswith(f"{package}."):
            continue
        access = Access(found, {role.name})
        for entity in main_entities(package):
            if not access.can(entity.name, "create"):
                continue
            for field in entity.fields.values():
                needed = field.type in ("ref", "department") and field.required and field.default is None
                if needed and not access.can(field.settings["of"], "read"):
                    blind.append(f"{role.name}: {entity.name}.{field.name} needs {field.settings['of']}")
    assert blind == []


def test_acme_tailors_the_standard_customer_by_overlay_alone() -> None:
    plain, tailored = (manifest(of()).entities["crm.customer"] for of in (standard, acme))
    assert set(tailored.fields) - set(plain.fields) == {"export_licence", "shipping_mark"}
    assert (plain.label.text("en"), tailored.label.text("en")) == ("Customer", "Account")
    assert tailored.label.text("zh") == "客户单位"
    assert tailored.fields["industry"].required
    assert not plain.fields["industry"].required
    names = list(tailored.fields)
    assert names.index("export_licence") == names.index("tax_number") + 1


def test_acmes_list_and_form_show_its_own_fields_among_the_standard_ones() -> None:
    found = manifest(acme())
    columns = [column.path for column in found.lists["crm.customer"].columns]
    assert columns[columns.index("industry") + 1] == "export_licence"
    shown = [field.name for section in found.forms["crm.customer"].sections for field in section.fields]
    assert {"export_licence", "shipping_mark"} <= set(shown)


def test_acme_has_an_entity_a_menu_and_a_role_of_its_own() -> None:
    found = manifest(acme())
    assert "acme.sample_shipment" in found.entities
    (menu,) = [menu for menu in found.menus if menu.name == "acme.acme"]
    assert [item.entity for item in menu.walk() if isinstance(item, MenuItem)] == ["acme.sample_shipment"]
    assert {"acme.trader", "acme.export_clerk"} <= set(found.roles)
