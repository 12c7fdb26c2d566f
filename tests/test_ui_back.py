"""The way back after a save passes over the form, which would make the same record again."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from sartor.tests.ui_house import Site


def test_back_after_a_save_leads_to_where_one_came_from(ann: Page, site: Site) -> None:
    ann.goto(site.at("customer"))
    ann.click("#new")
    ann.get_by_role("button", name="Save", exact=True).click()  # refused: a name is required
    expect(ann.locator("#faults")).to_be_visible()
    ann.fill("[name=name]", "Back Ltd")
    ann.get_by_role("button", name="Save", exact=True).click()
    expect(ann.get_by_role("heading", level=1)).to_have_text("Back Ltd")
    ann.go_back()
    expect(ann).to_have_url(site.at("customer"))


def test_back_from_a_form_that_was_not_saved_still_leads_to_it(ann: Page, site: Site) -> None:
    ann.goto(site.at("customer/new"))
    ann.get_by_role("button", name="Save", exact=True).click()
    expect(ann.locator("#faults")).to_be_visible()
    ann.goto(site.at("item"))
    ann.go_back()
    expect(ann.locator("#record-form")).to_be_visible()
