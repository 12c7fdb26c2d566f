"""The desk on a company's first page: what waits for a person, what is theirs, what they did last."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from sartor.tests.ui_house import Site, sign_in


def test_the_first_page_counts_what_is_theirs_and_leads_to_it(page: Page, site: Site) -> None:
    for name in ("Desk One", "Desk Two"):
        site.create("customer", name=name, owner=site.people["carl"])
    sign_in(page, site, "carl")
    pile = page.locator(".pile", has_text="Customers")
    expect(pile.locator("b")).to_have_text("2")
    pile.click()
    expect(page).to_have_url(site.at("customer?f=mine"))
    expect(page.locator("#rows tbody tr")).to_have_count(2)


def test_what_a_role_is_asked_to_carry_on_waits_for_those_who_have_it(page: Page, site: Site) -> None:
    site.create("customer", name="Desk Three", owner=site.people["carl"])
    sign_in(page, site, "ann")
    waiting = page.locator(".desk section", has=page.get_by_role("heading", name="Waiting for you"))
    waiting.get_by_role("link").filter(has_text="To be won").click()
    expect(page).to_have_url(site.at("customer?f=leads"))
    page.context.clear_cookies()
    sign_in(page, site, "carl")
    expect(page.locator(".pile").first).to_be_visible()
    expect(page.get_by_role("heading", name="Waiting for you")).to_have_count(0)


def test_the_desk_takes_one_statement_however_many_lists_there_are(site: Site) -> None:
    visitor = site.visitor("ann")
    visitor.client.get("/workshop/-/desk")
    with site.statements() as seen:
        answer = visitor.client.get("/workshop/-/desk")
    assert answer.status_code == 200
    assert len([one for one in seen if "count(*)" in one]) == 1
    assert len(seen) <= 10
