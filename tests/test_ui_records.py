"""The page of a record: steps of its lifecycle, deleting, copying, related records, history, statements."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from sartor.platform.query.query import Query
from sartor.tests.ui_house import Site


def test_a_step_is_taken_and_one_that_asks_is_asked_first(ann: Page, site: Site) -> None:
    customer = site.create("customer", name="Stepper")
    ann.goto(site.at(f"customer/{customer['id']}"))
    ann.get_by_role("button", name="Win").click()
    expect(ann.locator(".page-heading .badge")).to_have_text("Active")
    expect(ann.locator(".toasty")).to_contain_text("Stepper is now “Active”.")
    ann.get_by_role("button", name="Lose", exact=True).click()
    expect(ann.locator("#confirm")).to_contain_text("Give this customer up?")
    ann.locator("#confirm").get_by_role("button", name="Cancel").click()
    expect(ann.locator(".page-heading .badge")).to_have_text("Active")
    ann.get_by_role("button", name="Lose", exact=True).click()
    ann.locator("#confirm").get_by_role("button", name="Lose", exact=True).click()
    expect(ann.locator(".page-heading .badge")).to_have_text("Lost")
    expect(ann.get_by_role("button", name="Win")).to_have_count(0)


def test_a_step_that_somebody_else_has_taken_meanwhile_is_told(ann: Page, site: Site) -> None:
    customer = site.create("customer", name="Stepped")
    ann.goto(site.at(f"customer/{customer['id']}"))
    site.records("bob").transition("workshop.customer", customer["id"], "win")
    ann.get_by_role("button", name="Win").click()
    expect(ann.locator(".toasty.danger")).to_contain_text(re.compile("Someone else has changed|not possible"))


def test_deleting_asks_and_leads_to_the_list(ann: Page, site: Site) -> None:
    item = site.create("item", name="Short-lived", price="1")
    ann.goto(site.at(f"item/{item['id']}"))
    ann.click("#more")
    ann.get_by_role("button", name="Delete").click()
    expect(ann.locator("#confirm")).to_contain_text("Delete “Short-lived”?")
    ann.locator("#confirm").get_by_role("button", name="Delete").click()
    expect(ann).to_have_url(site.at("item"))
    expect(ann.locator(".toasty")).to_contain_text("Short-lived was deleted.")
    assert site.records().page("workshop.item", Query(search="short-lived")).records == []


def test_a_record_in_use_is_not_deleted_and_the_reason_is_told(ann: Page, site: Site) -> None:
    customer = site.create("customer", name="Needed")
    item = site.create("item", name="Needed item", price="1")
    site.create("order", customer=customer["id"], lines=[{"item": item["id"], "qty": "1", "unit_price": "1"}])
    ann.goto(site.at(f"customer/{customer['id']}"))
    ann.click("#more")
    ann.get_by_role("button", name="Delete").click()
    ann.locator("#confirm").get_by_role("button", name="Delete").click()
    expect(ann.locator(".problem")).to_contain_text(re.compile(r"other records refer to it: Orders? \(1\)"))


def test_a_copy_begins_with_the_values_but_not_with_what_is_unique(ann: Page, site: Site) -> None:
    customer = site.create("customer", name="Original", tax_number="COPYCOPYCOPY123", level="a", email="o@example.com")
    ann.goto(site.at(f"customer/{customer['id']}"))
    ann.click("#more")
    ann.get_by_role("link", name="Copy").click()
    expect(ann.locator("[name=name]")).to_have_value("Original")
    expect(ann.locator("[name=email]")).to_have_value("o@example.com")
    expect(ann.locator("[name=tax_number]")).to_have_value("")
    ann.click("[data-save]")
    expect(ann.locator(".page-heading .page-sub")).not_to_contain_text(customer["code"])


def test_related_records_are_listed_with_the_way_to_all_and_to_a_new_one(ann: Page, site: Site) -> None:
    customer = site.create("customer", name="Related Co")
    item = site.create("item", name="Related item", price="1")
    for _ in range(10):
        site.create("order", customer=customer["id"], lines=[{"item": item["id"], "qty": "1", "unit_price": "1"}])
    ann.goto(site.at(f"customer/{customer['id']}"))
    section = ann.locator(".related")
    expect(section.locator("tbody tr")).to_have_count(8)
    section.get_by_role("link", name="Show all").click()
    expect(ann.locator(".chip")).to_have_text(re.compile(r"Customer\s+is one of\s+Related Co"))
    expect(ann.locator("#rows tbody tr")).to_have_count(10)
    ann.go_back()
    ann.locator(".related").get_by_role("link", name="Add").click()
    expect(ann.locator("[name=customer] + .ts-wrapper .item")).to_have_text("Related Co")


def test_the_history_tells_who_changed_what_from_what_to_what(ann: Page, site: Site) -> None:
    customer = site.create("customer", name="Historic", level="b")
    site.records("bob").update(
        "workshop.customer", customer["id"], {"level": "a", "owner": site.people["bob"]}, version=1
    )
    ann.goto(site.at(f"customer/{customer['id']}"))
    ann.get_by_role("tab", name="History").click()
    events = ann.locator(".events > li")
    expect(events).to_have_count(2)
    expect(events.first).to_contain_text("Bob Ray changed this")
    expect(events.first.locator("dd").first).to_have_text(re.compile(r"Normal\s*Key"))
    expect(events.first.locator("dd").nth(1)).to_have_text(re.compile(r"Ann Lee\s*.?\s*Bob Ray"))
    expect(events.nth(1)).to_contain_text("Ann Lee created this")


def test_the_number_of_statements_of_a_record_depends_not_on_its_rows(site: Site) -> None:
    customer = site.create("customer", name="Counted Co")
    item = site.create("item", name="Counted item", price="1")
    line = {"item": item["id"], "qty": "1", "unit_price": "1"}
    small, large = (site.create("order", customer=customer["id"], lines=[line] * number) for number in (1, 40))
    client = site.visitor().client
    for view in ("", "/edit", "/history"):
        counts = []
        for order in (small, small, large):
            with site.statements() as seen:
                assert client.get(f"/workshop/workshop/order/{order['id']}{view}").status_code == 200
            counts.append(len(seen))
        assert counts[1] == counts[2], view
        assert counts[2] <= 14, (view, counts)
