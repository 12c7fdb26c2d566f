"""The frame around the pages: signing in and out, menus by role, languages, light and dark, keys, refusals, phones."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from sartor.tests.ui_house import PASSWORD, Site, sign_in

PAGES = (
    "",
    "customer",
    "customer/new",
    "order/new",
    "specimen",
    "specimen/new",
    "item",
    "customer?list=workshop.customer_lost",
)


def test_whoever_is_not_signed_in_comes_back_to_the_page_after_signing_in(page: Page, site: Site) -> None:
    page.goto(site.at("customer?q=acme"))
    page.fill("#username", "ann")
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    expect(page).to_have_url(site.at("customer?q=acme"))
    page.get_by_role("button", name="Your account").click()
    page.get_by_role("button", name="Sign out").click()
    page.goto(site.at("customer"))
    expect(page.locator("#password")).to_be_visible()


def test_the_start_leads_to_the_only_company(page: Page, site: Site) -> None:
    sign_in(page, site, "ann", "/")
    expect(page).to_have_url(f"{site.url}/workshop/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Ann Lee")


def test_a_company_in_which_one_has_no_role_is_not_there(page: Page, site: Site) -> None:
    sign_in(page, site, "nobody", "/")
    expect(page.get_by_text("You have no role in any company")).to_be_visible()
    answer = page.goto(site.at("customer"))
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("heading", name="There is nothing here")).to_be_visible()


def test_the_menu_and_the_pages_hold_what_the_roles_grant(page: Page, site: Site) -> None:
    customer = site.create("customer", name="Limited Ltd", credit_limit="5000.00", discount="0.1")
    sign_in(page, site, "carl", f"/workshop/workshop/customer/{customer['id']}")
    menu = page.locator("#menu")
    expect(menu.get_by_role("link", name="Customers", exact=True)).to_be_visible()
    expect(menu.get_by_role("link", name="Specimens")).to_have_count(0)
    page.get_by_role("tab", name="Terms").click()
    expect(page.get_by_text("¥5,000.00")).to_be_visible()
    expect(page.get_by_text("Discount")).to_have_count(0)
    expect(page.locator("#more")).to_be_visible()  # to copy
    page.click("#more")
    expect(page.get_by_role("button", name="Delete")).to_have_count(0)
    page.goto(site.at(f"customer/{customer['id']}/edit"))
    page.get_by_role("tab", name="Terms").click()
    expect(page.locator("[name=credit_limit]")).to_have_count(0)
    answer = page.goto(site.at("specimen"))
    assert answer is not None
    assert answer.status == 403


def test_the_language_is_switched_and_kept(ann: Page, site: Site) -> None:
    ann.goto(site.at("customer"))
    ann.get_by_role("button", name="Language").click()
    ann.get_by_role("button", name="中文").click()
    expect(ann.locator("html")).to_have_attribute("lang", "zh")
    expect(ann.get_by_role("heading", level=1)).to_have_text("客户")
    expect(ann.locator("#new")).to_have_text("新建")
    ann.goto(site.at("order/new"))
    expect(ann.get_by_role("button", name="保存", exact=True)).to_be_visible()
    ann.get_by_role("button", name="语言").click()
    ann.get_by_role("button", name="English").click()
    expect(ann.locator("html")).to_have_attribute("lang", "en")


def test_dark_is_picked_without_a_reload_and_kept(ann: Page, site: Site) -> None:
    root = ann.locator("html")
    expect(root).to_have_attribute("data-bs-theme", "light")
    ann.get_by_role("button", name="Appearance").click()
    with ann.expect_response("**/-/theme"):
        ann.get_by_role("button", name="Dark").click()
    expect(root).to_have_attribute("data-bs-theme", "dark")
    ann.goto(site.at("customer"))
    expect(root).to_have_attribute("data-bs-theme", "dark")
    ann.emulate_media(color_scheme="light")
    ann.get_by_role("button", name="Appearance").click()
    with ann.expect_response("**/-/theme"):
        ann.get_by_role("button", name="As the system").click()
    expect(root).to_have_attribute("data-bs-theme", "light")
    ann.emulate_media(color_scheme="dark")
    expect(root).to_have_attribute("data-bs-theme", "dark")


def test_the_menu_is_searched_with_a_key(ann: Page, site: Site) -> None:
    ann.keyboard.press("/")
    expect(ann.locator("#menu-search")).to_be_focused()
    ann.keyboard.type("spec")
    links = ann.locator("#menu a:visible")
    expect(links).to_have_count(1)
    ann.keyboard.press("Enter")
    expect(ann).to_have_url(site.at("specimen"))


def test_keys_open_new_edit_and_help(ann: Page, site: Site) -> None:
    customer = site.create("customer", name="Key Company")
    ann.goto(site.at("customer"))
    ann.keyboard.press("?")
    expect(ann.locator("#help")).to_be_visible()
    ann.keyboard.press("Escape")
    ann.keyboard.press("n")
    expect(ann).to_have_url(site.at("customer/new"))
    ann.goto(site.at(f"customer/{customer['id']}"))
    ann.keyboard.press("e")
    expect(ann).to_have_url(site.at(f"customer/{customer['id']}/edit"))
    ann.fill("[name=name]", "Key Company 2")
    ann.keyboard.press("Control+s")
    expect(ann.get_by_role("heading", level=1)).to_have_text("Key Company 2")


def test_a_menu_group_opens_by_keyboard_and_stays_open(ann: Page, site: Site) -> None:
    group = ann.locator("#menu details.menu-group > summary")
    group.focus()
    ann.keyboard.press("Enter")
    expect(ann.get_by_role("link", name="Items").first).to_be_visible()
    ann.goto(site.at("customer"))
    expect(ann.locator("#menu").get_by_role("link", name="Items")).to_be_visible()


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_scrolls_sideways_on_a_phone_or_complains(ann: Page, site: Site, scheme: str) -> None:
    customer = site.create("customer", name="Phone " + "Long name " * 8, website="https://example.com/" + "x" * 120)
    item = site.create("item", name="Screw", price="1")
    order = site.create("order", customer=customer["id"], lines=[{"item": item["id"], "qty": "2", "unit_price": "9"}])
    paths = [*PAGES, f"customer/{customer['id']}", f"order/{order['id']}", f"order/{order['id']}/edit"]
    ann.set_viewport_size({"width": 375, "height": 812})
    ann.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    for path in paths:
        ann.goto(site.at(path) if path else f"{site.url}/workshop/")
        ann.wait_for_load_state("networkidle")
        width = ann.evaluate("document.documentElement.scrollWidth")
        assert width <= 375, f"{path}: {width} pixels wide"
    for path in (f"{site.url}/profile/", f"{site.url}/login/"):
        ann.goto(path)
        assert ann.evaluate("document.documentElement.scrollWidth") <= 375, path
    assert ann.faults == []  # type: ignore[attr-defined]


def test_the_menu_comes_and_goes_on_a_phone(ann: Page, site: Site) -> None:
    ann.set_viewport_size({"width": 375, "height": 812})
    ann.goto(site.at("customer"))
    expect(ann.locator("#side")).not_to_be_visible()
    ann.get_by_role("button", name="Show or hide the menu").click()
    expect(ann.locator("#side")).to_be_visible()
    ann.locator("#menu").get_by_role("link", name="Orders").click()
    expect(ann).to_have_url(site.at("order"))


def test_every_control_has_a_name_for_screen_readers(ann: Page, site: Site) -> None:
    for path in ("customer", "specimen/new", "order/new"):
        ann.goto(site.at(path))
        ann.wait_for_load_state("networkidle")
        if path == "order/new":
            ann.click("[data-add-row]")
        nameless = ann.evaluate(
            """() => [...document.querySelectorAll("button, a[href], input:not([type=hidden]), select, textarea")]
              .filter((one) => one.checkVisibility() && !one.closest(".ql-toolbar, .ql-tooltip, .ts-hidden-accessible"))
              .filter((one) => !(one.labels?.length || one.textContent.trim() || one.getAttribute("aria-label")
                || one.getAttribute("aria-labelledby") || one.title))
              .map((one) => one.outerHTML.slice(0, 200))"""
        )
        assert nameless == [], path


def test_the_first_tab_leads_past_the_menu(ann: Page, site: Site) -> None:
    ann.goto(site.at("customer"))
    ann.keyboard.press("Tab")
    expect(ann.locator(".skip")).to_be_focused()
    ann.keyboard.press("Enter")
    expect(ann.locator("#content")).to_be_focused()


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("customer/999999", 404),
        ("customer/99999999999999999999", 404),
        ("nothing", 404),
        ("customer?w.level.gte=a", 422),
        ("customer?after=nonsense", 422),
        ("customer?list=nothing", 404),
        ("customer/1/related/nothing", 404),
    ],
)
def test_what_is_not_there_or_not_understood_is_told_in_a_sentence(
    ann: Page, site: Site, path: str, status: int
) -> None:
    answer = ann.goto(site.at(path))
    assert answer is not None
    assert answer.status == status
    expect(ann.locator(".problem p").first).to_contain_text(re.compile(r"\w+.*\.$"))


def test_a_write_without_the_token_of_the_page_is_refused(site: Site) -> None:
    answer = site.visitor().client.post("/workshop/workshop/customer/new", data={"name": "Forged"})
    assert answer.status_code == 400
    assert "no longer valid" in answer.text


def test_static_files_are_cached_for_ever_under_an_address_that_changes_with_them(site: Site) -> None:
    client = site.app.test_client()
    page = client.get("/login/").text
    found = re.search(r'href="(/static/~[0-9a-f]+/css/base\.css)"', page)
    assert found
    fresh = client.get(found[1])
    assert "immutable" in fresh.headers["Cache-Control"]
    old = client.get("/static/~000000000000/css/base.css")
    assert old.status_code == 200
    assert "immutable" not in old.headers["Cache-Control"]


def test_the_health_check_asks_the_database(site: Site) -> None:
    with site.statements() as seen:
        assert site.app.test_client().get("/healthz").json == {"status": "ok"}
    assert seen == ["SELECT 1"]
