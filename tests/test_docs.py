"""The documentation holds: its links lead somewhere, and the definitions that it shows compile."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import sartor
from sartor.metamodel.compilation import Compiler
from sartor.rules.compilation import compile_company

ROOT = Path(sartor.__file__).parent
PAGES = [ROOT / "README.md", ROOT / "ARCHITECTURE.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_every_link_of_a_page_leads_to_a_file_that_is_there(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_the_definitions_of_the_first_company_compile_as_they_stand_on_the_page(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "first-company.md").read_text(encoding="utf-8")
    files = re.findall(r"```yaml file=(\S+)\n(.*?)```", text, flags=re.DOTALL)
    assert len(files) >= 6
    for name, content in files:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, encoding="utf-8")
    compilation = compile_company(Compiler(), tmp_path)
    assert [str(problem) for problem in compilation.problems] == []


def test_the_overlay_of_the_first_company_changes_the_customer(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "first-company.md").read_text(encoding="utf-8")
    (overlay,) = [block for block in re.findall(r"```yaml\n(.*?)```", text, flags=re.DOTALL) if "extends" in block]
    (tmp_path / "entities").mkdir()
    (tmp_path / "entities" / "customer.yaml").write_text(overlay, encoding="utf-8")
    (tmp_path / "company.yaml").write_text('company: shop\nlabel: Shop\npackages: {oa: ">=1,<2", crm: ">=1,<2"}\n')
    manifest = compile_company(Compiler(), tmp_path).manifest
    assert manifest is not None
    customer = manifest.entities["crm.customer"]
    assert customer.label.text("zh") == "客户单位"
    assert customer.fields["tax_number"].required
    names = list(customer.fields)
    assert names.index("export_licence") == names.index("tax_number") + 1


def test_the_first_entity_of_the_readme_compiles(tmp_path: Path) -> None:
    (entity,) = re.findall(
        r"```yaml\n(entity:.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), flags=re.DOTALL
    )
    (tmp_path / "company.yaml").write_text("company: shop\nlabel: Shop\n")
    (tmp_path / "entities").mkdir()
    (tmp_path / "entities" / "bike.yaml").write_text(entity, encoding="utf-8")
    assert compile_company(Compiler(), tmp_path).problems == ()
