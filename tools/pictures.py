"""Take the pictures of the documentation from a running demo.

In: the address of a demo (`make demo` prints it), as the first word. Out: docs/pictures/*.png. Run it after a change
of look.
"""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from sartor.tools import browser as provision

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "pictures"
WANTED = {
    "list": "/acme/crm/customer",
    "record": "/acme/crm/customer/5",
    "form": "/acme/crm/quote/new",
    "home": "/acme/",
}


def sign_in(page: Page, address: str) -> None:
    """Sign in as the demo's sales person."""
    page.goto(f"{address}/login/")
    page.fill("input[name=username]", "sam")
    page.fill("input[name=password]", "acme-demo")
    page.keyboard.press("Enter")
    page.wait_for_load_state("networkidle")


def main() -> None:
    """Take them all."""
    address = sys.argv[1].rstrip("/")
    PICTURES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(provision.installed()), args=list(provision.FLAGS))
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        sign_in(page, address)
        for name, path in WANTED.items():
            page.goto(f"{address}{path}")
            page.wait_for_load_state("networkidle")
            page.screenshot(path=PICTURES / f"{name}.png")
            print(f"docs/pictures/{name}.png")
        browser.close()


if __name__ == "__main__":
    main()
