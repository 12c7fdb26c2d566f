"""The screens on both databases, asked without a browser: every page answers, and writes what it should."""

from __future__ import annotations

import re

from sartor.platform.storage.database import Database
from sartor.tests.ui_house import build

AT = "/workshop/workshop"


def test_every_page_answers_on_both_databases(database_url: str) -> None:
    site = build(Database(database_url))
    item = site.create("item", name="Bolt", price="1.20")
    visitor = site.visitor()
    visitor.get(f"{AT}/customer/new")
    made = visitor.post(
        f"{AT}/customer/new",
        {"name": "极致贸易", "level": "a", "credit_limit": "1,234.50", "discount": "12.5", "since": "2026-01-31"},
    )
    assert made.status_code == 303
    customer = int(re.findall(r"/customer/(\d+)", made.headers["Location"])[0])
    rows = {
        "lines": "",
        "lines.__rows": ["a"],
        "lines.a.item": str(item["id"]),
        "lines.a.qty": "3",
        "lines.a.unit_price": "1.2",
    }
    ordered = visitor.post(f"{AT}/order/new", {"customer": str(customer), "date": "2026-02-01", **rows})
    assert ordered.status_code == 303, ordered.text
    order = int(re.findall(r"/order/(\d+)", ordered.headers["Location"])[0])
    narrowed = "q=极致&w.level.in=a&w.since.lte=today&w.credit_limit.between=1000&w.credit_limit.between=2000"
    pages = {
        "/workshop/": "极致贸易",
        "/workshop/-/menu/workshop.workshop": '<span class="count">1</span>',
        "/-/companies": "Workshop",
        f"{AT}/customer?{narrowed}": "¥1,234.50",
        f"{AT}/customer/count": ">1<",
        f"{AT}/customer/totals": "¥1,234.50",
        f"{AT}/customer/export.csv": "1234.50",
        f"{AT}/customer/{customer}": "12.5%",
        f"{AT}/customer/{customer}/related/orders": "¥3.60",
        f"{AT}/customer/{customer}/history": "created this",
        f"{AT}/customer/{customer}/edit": 'value="1234.50"',
        f"{AT}/customer/new?copy={customer}": 'value="极致贸易"',
        f"{AT}/customer/filter?ff=owner": "Me",
        f"{AT}/order/options/customer?q=极致": "\\u6781",
        f"{AT}/order/{order}/edit": 'value="3"',
    }
    for address, told in pages.items():
        answer = visitor.get(address)
        assert answer.status_code == 200, address
        assert told in answer.text, address
    assert (
        visitor.post(
            f"{AT}/customer/preferences", {"columns": ["name"], "size": "25", "density": "compact"}
        ).status_code
        == 302
    )
    assert visitor.post(f"{AT}/customer/preferences", {"columns": ["name", "email"], "size": "25"}).status_code == 302
    assert len(re.findall(r'<th scope="col"', visitor.get(f"{AT}/customer").text)) == 2
    assert visitor.get(f"{AT}/customer/{customer}/step/next?sort=name").status_code == 303
    assert visitor.post(f"{AT}/customer/{customer}/transition/win").status_code == 303
    assert visitor.post(f"{AT}/customer/{customer}/delete").status_code == 409
    assert visitor.post(f"{AT}/order/{order}/delete").status_code == 303
    assert visitor.post(f"{AT}/customer/delete", {"ids": [str(customer)]}).status_code == 303
    assert "No Customers yet" in visitor.get(f"{AT}/customer").text
    site.database.close()
