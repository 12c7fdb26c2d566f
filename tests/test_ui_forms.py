"""Forms: every kind of field, rows, look-ups, what is refused, what somebody else saved first, what might be lost."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from sartor.platform.query.query import Query, SortKey
from sartor.tests.ui_house import Site, choose, sign_in

SAVE = "[data-save]"
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


def newest(site: Site, entity: str) -> dict[str, Any]:
    """The record that was made last."""
    records = site.records()
    page = records.page(f"workshop.{entity}", Query(sort=(SortKey("id", True),), limit=1, fields=("id",)))
    return records.get(f"workshop.{entity}", page.records[0]["id"])


def fill_row(page: Page, item: str, qty: str, price: str) -> None:
    """Fill the last row of the grid."""
    row = page.locator("tr[data-row]").last
    row.locator(".ts-control").click()
    row.locator(".ts-control input").fill(item)
    page.locator(".ts-dropdown:visible .option").filter(has_text=item).first.click()
    row.locator("[name$='.qty']").fill(qty)
    row.locator("[name$='.unit_price']").fill(price)


def test_an_order_with_lines_is_entered_and_computed(ann: Page, site: Site) -> None:
    site.create("customer", name="Lines Customer")
    for name in ("Lines Bolt", "Lines Nut"):
        site.create("item", name=name, price="1.25")
    ann.goto(site.at("order/new"))
    choose(ann, "[name=customer]", "lines cust", "Lines Customer")
    ann.click("[data-add-row]")
    fill_row(ann, "Lines Bolt", "1,200", "1.25")
    ann.locator("tr[data-row]").last.locator("[name$='.discount']").fill("12.5")
    ann.keyboard.press("Enter")
    expect(ann.locator("tr[data-row]")).to_have_count(2)
    fill_row(ann, "Lines Nut", "3", "0.40")
    ann.click(SAVE)
    expect(ann.get_by_text("¥1,313.70").first).to_be_visible()
    order = newest(site, "order")
    assert [(line["qty"], line["discount"], line["amount"]) for line in order["lines"]] == [
        (Decimal("1200.000"), Decimal("0.1250"), Decimal("1312.50")),
        (Decimal("3.000"), Decimal("0.0000"), Decimal("1.20")),
    ]


def test_rows_are_moved_by_keyboard_removed_and_kept(ann: Page, site: Site) -> None:
    customer = site.create("customer", name="Rows")
    items = [site.create("item", name=f"Row item {letter}", price="1") for letter in "abc"]
    lines = [{"item": item["id"], "qty": str(number), "unit_price": "1"} for number, item in enumerate(items, 1)]
    order = site.create("order", customer=customer["id"], lines=lines)
    ann.goto(site.at(f"order/{order['id']}/edit"))
    ann.locator("[name$='.qty']").nth(2).focus()
    ann.keyboard.press("Alt+ArrowUp")
    ann.keyboard.press("Alt+ArrowUp")
    ann.get_by_role("button", name="Remove this row").nth(1).click()
    ann.click(SAVE)
    expect(ann.get_by_role("heading", level=1)).to_be_visible()
    after = site.records().get("workshop.order", order["id"])
    assert [line["qty"] for line in after["lines"]] == [3, 2]
    assert {line["id"] for line in after["lines"]} < {line["id"] for line in order["lines"]}


def test_what_is_refused_is_told_at_its_field_and_nothing_typed_is_lost(ann: Page, site: Site) -> None:
    site.create("customer", name="First", tax_number="ABCDEFGHIJ12345")
    ann.goto(site.at("customer/new"))
    ann.fill("[name=tax_number]", "abcdefghij12345")
    ann.fill("[name=email]", "no address")
    ann.get_by_role("tab", name="Terms").click()
    ann.fill("[name=discount]", "120")
    ann.click(SAVE)
    expect(ann.locator("#faults")).to_contain_text("things need your attention")
    expect(ann.locator("#f-name")).to_be_focused()
    expect(ann.locator("#f-name-error")).to_have_text("Name is required.")
    expect(ann.locator("#f-email-error")).to_contain_text("must be a mail address")
    expect(ann.locator("[name=email]")).to_have_value("no address")
    expect(ann.locator("[name=email]")).to_have_attribute("aria-invalid", "true")
    ann.locator("#faults").get_by_role("link", name="Discount").click()
    expect(ann.locator("[name=discount]")).to_be_focused()
    expect(ann.locator("[name=discount]")).to_have_value("120")
    ann.fill("[name=discount]", "12.5")
    ann.get_by_role("tab", name="General").click()
    ann.fill("[name=name]", "Second")
    ann.fill("[name=email]", "second@example.com")
    ann.click(SAVE)
    expect(ann.locator("#f-tax_number-error")).to_contain_text("already")
    ann.fill("[name=tax_number]", "ZBCDEFGHIJ12345")
    ann.click(SAVE)
    expect(ann.get_by_role("heading", level=1)).to_have_text("Second")
    assert newest(site, "customer")["discount"] == Decimal("0.1250")


def test_a_fault_in_a_row_is_told_in_its_cell_in_the_readers_language(ann: Page, site: Site) -> None:
    customer = site.create("customer", name="Row Faults")
    site.create("item", name="Fault item", price="1")
    ann.goto(site.at(f"order/new?customer={customer['id']}"))
    ann.click("[data-add-row]")
    fill_row(ann, "Fault item", "many", "1")
    ann.click(SAVE)
    cell = ann.locator("tr[data-row] td").filter(has=ann.locator("[name$='.qty']"))
    expect(cell.locator(".invalid-feedback")).to_have_text("Quantity must be a number.")
    expect(ann.locator("tr[data-row] .ts-control .item")).to_have_text("Fault item")
    expect(ann.locator("[name=customer] + .ts-wrapper .item")).to_have_text("Row Faults")
    expect(ann.locator("[name$='.qty']")).to_have_value("many")


def test_every_kind_of_field_is_typed_saved_and_shown_again(ann: Page, site: Site, tmp_path: Path) -> None:
    customer, item = site.create("customer", name="Specimen Co"), site.create("item", name="Specimen item", price="2")
    ann.context.grant_permissions(["geolocation"])
    ann.context.set_geolocation({"latitude": 31.2304, "longitude": 121.4737})
    ann.goto(site.at("specimen/new"))
    plain = {
        "text": "One", "long_text": "Two\nlines", "integer": "12,000", "decimal": "1.5", "money": "-1,234.5",
        "percent": "0.05",
        "quantity": "2,5", "date": "2026-01-31", "datetime": "2026-01-31T09:30", "time": "09:30", "duration": "1:30",
        "email": "a@example.com", "phone": "+86 21 5555 0101", "url": "example.com", "json": '{"a": [1, 2]}',
        "address.city": "Shanghai", "address.street": "Nanjing Rd 1", "color": "#aabbcc",
    }  # fmt: skip
    for name, text in plain.items():
        ann.fill(f"[name='{name}']:not([type=hidden])", text)
    ann.locator(".ql-editor").click()
    ann.keyboard.type("Bold ")
    ann.keyboard.press("Control+b")
    ann.keyboard.type("words")
    ann.locator("[name=boolean][type=checkbox]").check()
    ann.select_option("[name=choice]", "green")
    choose(ann, "[name=long_choice]", "H")
    ann.locator("label", has_text="Red").click()
    ann.locator("label", has_text="Blue").click()
    choose(ann, "[name=ref]", "specimen co", "Specimen Co")
    choose(ann, "[name=any_ref]", "specimen item", "Specimen item")
    choose(ann, "select[name=many]", "specimen item", "Specimen item")
    choose(ann, "[name=user]", "bob", "Bob Ray")
    ann.get_by_role("button", name="Here").click()
    expect(ann.locator("[name=geo_point]")).to_have_value("31.230400, 121.473700")
    ann.locator("#f-rating-0").focus()
    for _ in range(4):
        ann.keyboard.press("ArrowRight")
    for number in (1, 2):
        (tmp_path / f"note {number}.txt").write_text(f"Hello {number}")
    (tmp_path / "dot.png").write_bytes(PIXEL)
    (tmp_path / "big.txt").write_bytes(b"x" * 1_100_000)
    ann.set_input_files(
        "#f-file input[type=file]", [tmp_path / "note 1.txt", tmp_path / "note 2.txt", tmp_path / "big.txt"]
    )
    expect(ann.locator("#f-file .upload-item input")).to_have_count(2)
    expect(ann.locator(".toasty")).to_contain_text("“big.txt” is larger than the 1 MB")
    ann.set_input_files("#f-image input[type=file]", tmp_path / "dot.png")
    expect(ann.locator("#f-image .upload-item img")).to_be_visible()
    canvas = ann.locator("canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    ann.mouse.move(box["x"] + 30, box["y"] + 30)
    ann.mouse.down()
    ann.mouse.move(box["x"] + 200, box["y"] + 90, steps=5)
    ann.mouse.up()
    expect(ann.locator("input[name=signature]:not([data-empty])")).to_have_count(1)
    ann.click(SAVE)
    expect(ann.get_by_role("heading", level=1)).to_have_text("One")
    kept = newest(site, "specimen")
    expected = {
        "text": "One", "long_text": "Two\nlines", "integer": 12000, "decimal": Decimal("1.500"),
        "money": Decimal("-1234.50"),
        "percent": Decimal("0.0005"), "quantity": Decimal("2.500"), "boolean": True, "date": date(2026, 1, 31),
        "datetime": datetime(2026, 1, 31, 1, 30, tzinfo=UTC), "time": time(9, 30), "duration": 5400, "choice": "green",
        "long_choice": "h", "choices": ["red", "blue"], "ref": customer["id"],
        "any_ref": {"entity": "workshop.item", "id": item["id"]}, "many": [item["id"]], "user": site.people["bob"],
        "email": "a@example.com", "phone": "+86 21 5555 0101", "url": "https://example.com", "json": {"a": [1, 2]},
        "address": {"city": "Shanghai", "street": "Nanjing Rd 1"}, "color": "#aabbcc", "rating": 4,
        "geo_point": {"lat": Decimal("31.230400"), "lon": Decimal("121.473700")},
        "rich_text": "<p>Bold <strong>words</strong></p>",
    }  # fmt: skip
    assert {name: kept[name] for name in expected} == expected
    assert (len(kept["file"]), len(kept["image"]), len(kept["signature"])) == (2, 32, 32)
    for text in ("-¥1,234.50", "12,000", "0.05%", "2.5 kg", "Jan 31, 2026 09:30", "1:30", "Bob Ray", "note 1.txt"):
        expect(ann.locator("#content").get_by_text(text, exact=True).first).to_be_visible()
    with ann.expect_download() as download:
        ann.get_by_role("link", name="note 2.txt").click()
    assert Path(download.value.path()).read_text() == "Hello 2"
    # saving it again as it is changes nothing: every control gave back what it was given
    ann.goto(site.at(f"specimen/{kept['id']}/edit"))
    ann.wait_for_load_state("networkidle")
    ann.click(SAVE)
    expect(ann.locator(".toasty")).to_contain_text("Nothing was changed.")
    assert site.records().get("workshop.specimen", kept["id"])["version"] == kept["version"]
    ann.goto(site.at(f"specimen/{kept['id']}/edit"))
    ann.get_by_role("button", name="Remove note 1.txt").click()
    ann.locator("[name=boolean][type=checkbox]").uncheck()
    ann.locator("label", has_text="Blue").click()
    ann.click(SAVE)
    expect(ann.locator(".toasty")).to_contain_text("was saved")
    after = site.records().get("workshop.specimen", kept["id"])
    assert (len(after["file"]), after["boolean"], after["choices"]) == (1, False, ["red"])


def test_only_what_was_changed_is_saved(ann: Page, site: Site) -> None:
    customer = site.create("customer", name="Fields", email="old@example.com")
    ann.goto(site.at(f"customer/{customer['id']}/edit"))
    ann.fill("[name=email]", "new@example.com")
    ann.click(SAVE)
    expect(ann.locator(".toasty")).to_contain_text("Fields was saved.")
    entry = site.records().history("workshop.customer", customer["id"])[0]
    assert entry.after == {"email": "new@example.com"}
    assert entry.channel == "form"


def test_when_somebody_else_saved_first_both_versions_are_shown_and_one_picks(ann: Page, site: Site) -> None:
    customer = site.create("customer", name="Shared", email="first@example.com", phone="11111", note="old")
    ann.goto(site.at(f"customer/{customer['id']}/edit"))
    ann.fill("[name=name]", "Shared by me")
    ann.fill("[name=email]", "me@example.com")
    theirs = {"name": "Shared by Bob", "email": "bob@example.com", "phone": "22222"}
    site.records("bob").update("workshop.customer", customer["id"], theirs, version=customer["version"])
    ann.click(SAVE)
    expect(ann.get_by_role("heading", name="Somebody else saved first")).to_be_visible()
    expect(ann.get_by_text("Bob Ray changed “Shared by Bob”")).to_be_visible()
    expect(ann.get_by_text("Also changed meanwhile, and kept as it is now: Phone.")).to_be_visible()
    rows = ann.locator(".versions tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.first).to_have_text(re.compile(r"Name\s*changed by both\s+Shared by me\s+Shared by Bob"))
    rows.nth(1).get_by_role("radio").nth(1).check()
    ann.get_by_role("button", name="Save again").click()
    expect(ann.get_by_role("heading", level=1)).to_have_text("Shared by me")
    after = site.records().get("workshop.customer", customer["id"])
    assert (after["name"], after["email"], after["phone"]) == ("Shared by me", "bob@example.com", "22222")


def test_leaving_a_changed_form_asks_first(ann: Page, site: Site) -> None:
    asked: list[str] = []

    def stay(dialog: Any) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    ann.goto(site.at("customer/new"))
    ann.on("dialog", stay)
    ann.locator("#menu").get_by_role("link", name="Orders").click()
    expect(ann).to_have_url(site.at("order"))
    assert asked == []
    ann.goto(site.at("customer/new"))
    ann.locator("[name=name]").press_sequentially("Unsaved")
    ann.locator("#menu").get_by_role("link", name="Orders").click()
    ann.wait_for_timeout(300)
    assert asked == ["beforeunload"]
    expect(ann.locator("[name=name]")).to_have_value("Unsaved")


def test_a_form_that_is_sent_twice_is_saved_once(ann: Page, site: Site) -> None:
    ann.goto(site.at("item/new"))
    ann.fill("[name=name]", "Only once")
    ann.fill("[name=price]", "1")
    ann.evaluate(
        "() => { const save = document.querySelector('[data-save]'); save.click(); save.click(); save.click(); }"
    )
    expect(ann.get_by_role("heading", level=1)).to_have_text("Only once")
    assert len(site.records().page("workshop.item", Query(search="only once")).records) == 1


def test_save_and_new_goes_on_with_the_next(ann: Page, site: Site) -> None:
    ann.goto(site.at("item/new"))
    ann.fill("[name=name]", "Next please")
    ann.fill("[name=price]", "1")
    ann.get_by_role("button", name="Save and new").click()
    expect(ann.locator(".toasty")).to_contain_text("Next please was created.")
    expect(ann.locator("[name=name]")).to_have_value("")


def test_locked_and_computed_fields_are_values_not_inputs(ann: Page, site: Site) -> None:
    customer = site.create("customer", name="Locked")
    order = site.create(
        "order", customer=customer["id"],
        lines=[{"item": site.create("item", name="Lock item", price="1")["id"], "qty": "1", "unit_price": "1"}],
    )  # fmt: skip
    ann.goto(site.at(f"order/{order['id']}/edit"))
    expect(ann.locator("[name=total], [name=number]")).to_have_count(0)
    site.records().transition("workshop.customer", customer["id"], "lose")
    ann.goto(site.at(f"customer/{customer['id']}"))
    expect(ann.locator("#edit")).to_have_count(0)
    ann.goto(site.at(f"customer/{customer['id']}/edit"))
    expect(ann.locator("#record-form [name=name]")).to_have_count(0)


def test_look_ups_find_on_the_server_and_show_what_tells_names_apart(ann: Page, site: Site) -> None:
    for number in range(40):
        site.create("customer", name=f"Lookup q{number:02}")
    ann.goto(site.at("order/new"))
    wrapper = ann.locator("[name=customer] + .ts-wrapper")
    wrapper.locator(".ts-control").click()
    with ann.expect_response(re.compile(r"/options/customer\?q=lookup(%20|\+)q39")):
        wrapper.locator("input").fill("lookup q39")
    options = ann.locator(".ts-dropdown:visible .option")
    expect(options).to_have_count(1)
    expect(options.first).to_contain_text(re.compile(r"Lookup q39\s*C2\d{3}-\d{4}"))
    answer = ann.request.get(site.at("order/options/customer?q=lookup"))
    assert len(json.loads(answer.text())) == 30


def test_a_clerk_cannot_reach_what_the_form_does_not_offer(page: Page, site: Site) -> None:
    customer = site.create("customer", name="Tampered", credit_limit="10.00")
    sign_in(page, site, "carl", f"/workshop/workshop/customer/{customer['id']}/edit")
    page.evaluate(
        """() => { const form = document.getElementById("record-form"); const extra = document.createElement("input");
        extra.name = "credit_limit"; extra.value = "999999"; form.append(extra); }"""
    )
    page.fill("[name=name]", "Tampered 2")
    page.click(SAVE)
    expect(page.get_by_role("heading", level=1)).to_have_text("Tampered 2")
    assert site.records().get("workshop.customer", customer["id"])["credit_limit"] == Decimal("10.00")
