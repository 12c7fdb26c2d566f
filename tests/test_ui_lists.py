"""Lists: searching, filtering, sorting, paging, choosing columns, picking and deleting, exporting."""

from __future__ import annotations

import csv
import re
from pathlib import Path

from playwright.sync_api import Page, expect

from sartor.tests.ui_house import Site, choose, sign_in


def titles(page: Page) -> list[str]:
    return page.locator("#rows tbody a.title").all_inner_texts()


def test_typing_in_the_search_box_narrows_the_list_and_its_address(ann: Page, site: Site) -> None:
    site.create("customer", name="Quixote Windmills")
    ann.goto(site.at("customer"))
    ann.locator("#seek").press_sequentially("quixote wind")
    expect(ann.locator("#rows tbody tr")).to_have_count(1)
    expect(ann).to_have_url(re.compile(r"[?&]q=quixote(\+|%20)wind"))
    expect(ann.locator("#seek")).to_be_focused()
    ann.locator("#seek").fill("nothing is called this")
    expect(ann.get_by_role("heading", name="Nothing matches")).to_be_visible()
    ann.get_by_role("link", name="Show all").click()
    expect(ann).to_have_url(site.at("customer"))


def test_a_filter_is_made_in_the_panel_shown_as_a_chip_and_removed(ann: Page, site: Site) -> None:
    site.create("customer", name="Chip Alpha", credit_limit="777001", level="c")
    site.create("customer", name="Chip Beta", credit_limit="777002", level="a")
    ann.goto(site.at("customer?q=chip"))
    ann.click("#filter")
    ann.select_option("#ff", "credit_limit")
    expect(ann.locator("#fo")).to_be_visible()
    ann.select_option("#fo", "gte")
    expect(ann.locator("#fv2")).to_have_count(0)
    ann.fill("#fv", "777,002")
    ann.get_by_role("button", name="Apply").first.click()
    expect(ann.locator(".chip")).to_have_text(re.compile(r"Credit limit\s+is at least\s+777,002"))
    expect(ann.locator("#rows tbody tr")).to_have_count(1)
    assert titles(ann) == ["Chip Beta"]
    expect(ann).to_have_url(re.compile(r"w\.credit_limit\.gte=777%2C002"))
    ann.reload()
    assert titles(ann) == ["Chip Beta"]
    ann.get_by_role("link", name="Remove the filter on Credit limit").click()
    expect(ann.locator("#rows tbody tr")).to_have_count(2)


def test_options_people_and_days_are_filtered_by_what_they_are_called(ann: Page, site: Site) -> None:
    mine = site.create("customer", name="Family One", level="a", since="2001-01-31")
    site.records("bob").create("workshop.customer", {"name": "Family Two", "level": "b", "since": "2001-02-01"})
    ann.goto(site.at("customer?q=family"))
    for field, op, pick in (("level", "in", ("Key",)), ("owner", "in", ("Ann Lee",))):
        ann.click("#filter")
        ann.select_option("#ff", field)
        expect(ann.locator("#fo")).to_have_value(op)
        for text in pick:
            choose(ann, "#fv", text)
        ann.locator("#filter-form").get_by_role("button", name="Apply").click()
        expect(ann.locator(".chip", has_text=pick[0])).to_be_visible()
    ann.click("#filter")
    ann.select_option("#ff", "since")
    ann.select_option("#fo", "lt")
    expect(ann.locator("#fv2")).to_have_count(0)
    ann.fill("#fv", "2001-02-01")
    ann.locator("#filter-form").get_by_role("button", name="Apply").click()
    expect(ann.locator(".chip", has_text="is before Feb 1, 2001")).to_be_visible()
    assert titles(ann) == [mine["name"]]


def test_quick_filters_and_other_lists_are_buttons(ann: Page, site: Site) -> None:
    kept = site.create("customer", name="Quick Lost")
    site.records().transition("workshop.customer", kept["id"], "lose")
    site.create("customer", name="Quick Key", level="a")
    ann.goto(site.at("customer?q=quick"))
    ann.get_by_role("link", name="Key customers").click()
    expect(ann.locator("#rows tbody tr")).to_have_count(1)
    assert titles(ann) == ["Quick Key"]
    ann.locator("#menu").get_by_role("link", name="Lost customers").click()
    expect(ann.get_by_role("heading", level=1)).to_have_text("Lost customers")
    assert "Quick Lost" in titles(ann)
    assert "Quick Key" not in titles(ann)


def test_a_heading_sorts_up_then_down_then_as_before(ann: Page, site: Site) -> None:
    for name, limit in (("Sort B", "20"), ("Sort A", "30"), ("Sort C", "10")):
        site.create("customer", name=name, credit_limit=limit)
    ann.goto(site.at("customer?q=sort"))
    head = ann.get_by_role("columnheader", name="Credit limit")
    head.get_by_role("link").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    assert titles(ann) == ["Sort C", "Sort B", "Sort A"]
    head.get_by_role("link").click()
    expect(head).to_have_attribute("aria-sort", "descending")
    assert titles(ann) == ["Sort A", "Sort B", "Sort C"]
    ann.get_by_role("columnheader", name="Name").get_by_role("link").click(modifiers=["Shift"])
    expect(ann).to_have_url(re.compile("sort=-credit_limit%2Cname"))


def test_pages_go_forth_and_back_by_key(ann: Page, site: Site) -> None:
    records = site.records()
    for number in range(60):
        records.create("workshop.item", {"name": f"Paged {number:03}", "price": "1"})
    ann.goto(site.at("item?q=paged&sort=name"))
    expect(ann.locator("#count")).to_have_text("60")
    assert titles(ann)[0] == "Paged 000"
    ann.get_by_role("link", name="Next").click()
    expect(ann.locator("#rows tbody tr")).to_have_count(10)
    assert titles(ann)[0] == "Paged 050"
    ann.get_by_role("link", name="Previous").click()
    expect(ann.locator("#rows tbody tr")).to_have_count(50)
    assert titles(ann)[-1] == "Paged 049"


def test_totals_go_over_all_that_match(ann: Page, site: Site) -> None:
    for number in range(3):
        site.create("customer", name=f"Total {number}", credit_limit="1000.10")
    ann.goto(site.at("customer?q=total"))
    expect(ann.locator("#rows tfoot")).to_contain_text("¥3,000.30")


def test_columns_order_and_density_are_chosen_and_kept(page: Page, site: Site) -> None:
    sign_in(page, site, "bob", "/workshop/workshop/customer")
    site.create("customer", name="Column")
    page.goto(site.at("customer"))
    page.click("#columns")
    page.get_by_role("checkbox", name="Email").check()
    page.get_by_role("checkbox", name="Discount").uncheck()
    page.get_by_role("button", name="Move Name up").click()
    page.select_option("#density", "compact")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("#rows")).to_have_class(re.compile("compact"))
    page.reload()
    heads = [text.strip() for text in page.locator("#rows thead th").all_inner_texts() if text.strip()]
    assert heads[0] == "Name"
    assert "Email" in heads
    assert "Discount" not in heads
    page.click("#columns")
    page.get_by_role("button", name="As delivered").click()
    expect(page.get_by_role("columnheader", name="Discount")).to_be_visible()


def test_picked_records_are_deleted_after_asking_and_what_cannot_be_is_told(ann: Page, site: Site) -> None:
    free = site.create("customer", name="Bulk Free")
    used = site.create("customer", name="Bulk Used")
    item = site.create("item", name="Bulk item", price="1")
    site.create("order", customer=used["id"], lines=[{"item": item["id"], "qty": "1", "unit_price": "1"}])
    ann.goto(site.at("customer?q=bulk"))
    expect(ann.locator("form.bulk")).to_be_hidden()
    ann.get_by_label("Select all on this page").check()
    expect(ann.locator("form.bulk")).to_contain_text("2 selected")
    ann.locator("form.bulk").get_by_role("button", name="Delete").click()
    ann.locator("#confirm").get_by_role("button", name="Cancel").click()
    expect(ann.locator("#rows tbody tr")).to_have_count(2)
    ann.locator("form.bulk").get_by_role("button", name="Delete").click()
    ann.locator("#confirm").get_by_role("button", name="Delete").click()
    expect(ann.locator(".outcome")).to_contain_text("1 record was deleted.")
    expect(ann.locator(".outcome li")).to_have_text(
        re.compile(r"Bulk Used — .*other records refer to it: Orders? \(1\)")
    )
    assert titles(ann) == ["Bulk Used"]
    assert free["name"] not in titles(ann)


def test_what_matches_is_exported_as_csv(ann: Page, site: Site, tmp_path: Path) -> None:
    site.create("customer", name="=HYPERLINK(1)", note="export", level="a", credit_limit="12.5", discount="0.125")
    ann.goto(site.at("customer?q=hyperlink"))
    with ann.expect_download() as download:
        ann.get_by_role("link", name="Export").click()
    file = tmp_path / "export.csv"
    download.value.save_as(file)
    with file.open(encoding="utf-8-sig", newline="") as source:
        rows = list(csv.DictReader(source))
    assert len(rows) == 1
    assert rows[0]["Name"] == "'=HYPERLINK(1)"
    assert (rows[0]["Level"], rows[0]["Credit limit"], rows[0]["Discount"]) == ("Key", "12.50", "0.1250")


def test_without_the_right_to_export_there_is_no_export(page: Page, site: Site) -> None:
    sign_in(page, site, "carl", "/workshop/workshop/customer")
    expect(page.get_by_role("link", name="Export")).to_have_count(0)
    answer = page.request.get(site.at("customer/export.csv"))
    assert answer.status == 403


def test_an_empty_list_invites_to_create(ann: Page, site: Site) -> None:
    ann.locator("#menu").get_by_role("link", name="Ideas").click()  # an entity of five lines: all else is derived
    expect(ann.get_by_role("heading", name="No Ideas yet")).to_be_visible()
    ann.get_by_role("link", name="Create the first one").click()
    expect(ann).to_have_url(site.at("idea/new"))


def test_a_click_in_a_row_opens_its_record_and_the_way_back_keeps_the_list(ann: Page, site: Site) -> None:
    site.create("customer", name="Wayback One")
    site.create("customer", name="Wayback Two")
    ann.goto(site.at("customer?q=wayback&sort=name"))
    ann.locator("#rows tbody tr").first.locator("td").nth(4).click()
    expect(ann.get_by_role("heading", level=1)).to_have_text("Wayback One")
    ann.keyboard.press("j")
    expect(ann.get_by_role("heading", level=1)).to_have_text("Wayback Two")
    ann.keyboard.press("k")
    expect(ann.get_by_role("heading", level=1)).to_have_text("Wayback One")
    ann.locator(".crumbs").get_by_role("link", name="Customers").click()
    assert titles(ann) == ["Wayback One", "Wayback Two"]


def test_the_number_of_statements_of_a_list_depends_neither_on_rows_nor_on_entities(site: Site) -> None:
    records = site.records()
    records.create("workshop.item", {"name": "Counted 0", "price": "1"})
    client = site.visitor().client
    address = "/workshop/workshop/item?q=counted"
    client.get(address)
    with site.statements() as few:
        assert client.get(address).status_code == 200
    for number in range(1, 40):
        records.create("workshop.item", {"name": f"Counted {number}", "price": "1"})
    with site.statements() as many:
        assert client.get(address).status_code == 200
    assert len(many) == len(few)
    assert len(many) <= 5
