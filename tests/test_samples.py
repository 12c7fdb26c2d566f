"""Sample sets make believable records: the same every time, in every state, with sums that agree."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import yaml

from sartor.metamodel.compilation import Compilation, Compiler
from sartor.platform.company_setup import Setup
from sartor.platform.data.records import DataFault
from sartor.platform.samples.draft import SampleFault
from sartor.platform.samples.samples import load_samples
from sartor.platform.storage.database import Database
from sartor.platform.storage.release import Release
from sartor.rules.compilation import compile_company

NOW = datetime(2026, 3, 31, 4, 0, tzinfo=UTC)
COMPANY = {
    "company": "toys",
    "label": {"en": "Toys", "zh": "玩具"},
    "settings": {"time_zone": "Asia/Shanghai"},
}
ENTITIES: dict[str, dict[str, Any]] = {
    "shop": {
        "fields": {
            "name": {"type": "text", "required": True, "unique": True},
            "city": {"type": "text"},
            "kind": {"type": "choice", "choices": {"big": "Big", "small": "Small"}, "required": True},
            "owner": {"type": "user", "default": "current_user"},
            "address": {"type": "address"},
            "opened_on": {"type": "date"},
            "sold": {"type": "money", "readonly": True},
            "sales": {"type": "integer", "readonly": True},
            "last_sale": {"type": "date", "readonly": True},
            "photo": {"type": "file"},
        }
    },
    "toy": {"fields": {"name": {"type": "text", "required": True}, "price": {"type": "money", "default": "9.90"}}},
    "sale": {
        "title": "number",
        "fields": {
            "number": {"type": "sequence", "format": "S{yyyy}{mm}-{000}", "unique": True},
            "shop": {"type": "ref", "of": "shop", "required": True},
            "day": {"type": "date", "default": "today"},
            "lines": {"type": "lines", "of": "sale_line", "by": "sale", "min": 1},
            "total": {"type": "money", "rollup": "sum(for l in lines return l.amount)"},
            "toys": {"type": "many", "of": "toy"},
            "about": {"type": "any_ref", "of": ["shop", "toy"]},
        },
        "lifecycle": {
            "field": "status",
            "states": {"open": {}, "paid": {"locks": "all"}, "void": {"locks": "all"}},
            "transitions": {"pay": {"from": "open", "to": "paid"}, "cancel": {"from": "open", "to": "void"}},
        },
    },
    "sale_line": {
        "title": "toy",
        "fields": {
            "sale": {"type": "ref", "of": "sale", "required": True},
            "toy": {"type": "ref", "of": "toy", "required": True},
            "qty": {"type": "integer", "required": True},
            "price": {"type": "money", "required": True},
            "amount": {"type": "money", "formula": "qty * price"},
            "returned": {"type": "integer", "readonly": True},
        },
    },
    "return": {
        "title": "id_text",
        "fields": {
            "id_text": {"type": "text"},
            "sale": {"type": "ref", "of": "sale", "required": True},
            "line": {"type": "ref", "of": "sale_line"},
            "qty": {"type": "integer"},
        },
    },
}
DATA = {"of": "toy", "records": {"ball": {"name": "Ball", "price": "3.00"}, "kite": {"name": "Kite", "price": "12.50"}}}
SHOP = {
    "of": "shop",
    "count": 12,
    "settings": {"languages": {"zh": 1, "en": 1}, "on": "opened_on", "by": "owner"},
    "fields": {
        "name": {"zh": {"template": "{city}玩具店{n:02}"}, "en": {"faker": "company"}},
        "city": {"of": "address.city"},
        "kind": {"pick": {"big": 1, "small": 3}},
        "owner": {"pick": ["ann", "bob"]},
        "address": {"faker": "address"},
        "opened_on": {"date": {"from": "today-400d", "to": "today-100d"}},
        "sold": {"sum": {"of": "toys.sale", "by": "shop", "field": "total", "where": {"status": "paid"}}},
        "sales": {"count": {"of": "toys.sale", "by": "shop", "where": {"day": {"gte": "today-30d"}}}},
        "last_sale": {"latest": {"of": "toys.sale", "by": "shop", "field": "day"}},
        "photo": "Shop front.pdf",
    },
}
SALE = {
    "of": "sale",
    "count": 40,
    "settings": {"on": "day", "for_each": {"field": "shop", "from": 1, "to": 5}},
    "fields": {
        "day": {"date": {"from": "shop.opened_on+1d", "to": "today", "most": "today"}},
        "lines": {
            "rows": {
                "from": 1,
                "to": 3,
                "fields": {
                    "toy": {"ref": {}},
                    "qty": {"number": {"from": 1, "to": 9}},
                    "price": {"of": "toy.price", "times": 0.9},
                    "returned": {"sum": {"of": "toys.return", "by": "line", "field": "qty"}},
                },
            }
        },
        "toys": {"some": {"from": 1, "to": 2}},
        "about": {"of": "shop"},
        "status": {"pick": {"open": 1, "paid": 3, "void": 1}},
    },
}
RETURN = {
    "of": "return",
    "count": 5,
    "settings": {"for_each": {"of": "toys.sale_line", "where": {"qty": [7, 8, 9]}}},
    "fields": {
        "sale": {"of": "source.sale"},
        "line": {"of": "source"},
        "qty": {"of": "source.qty", "times": 0.5},
        "id_text": {"by": "qty", "cases": {"4": "four"}, "else": {"template": "{qty} of {sale.shop}"}},
    },
}


class Toys:
    """A company of toy shops, whose sample sets a test may change."""

    def __init__(self, url: str, folder: Path) -> None:
        self.database = Database(url, data=folder / "data")
        self.setup = Setup(self.database)
        self.folder = folder
        self.setup.prepare()
        for name in ("ann", "bob"):
            self.setup.directory.add_user(name, "correct horse", name.title(), f"{name}@toys.example")
        self.samples: dict[str, dict[str, Any]] = {"shop": SHOP, "sale": SALE, "return": RETURN}

    def compile(self) -> Compilation:
        def write(kind: str, name: str, content: dict[str, Any]) -> None:
            path = self.folder / "toys" / {"data": "data", "samples": "samples"}.get(kind, "entities") / f"{name}.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(yaml.safe_dump({kind: name, **content}, allow_unicode=True, sort_keys=False))

        for name, content in ENTITIES.items():
            write("entity", name, content)
        write("data", "toys", DATA)
        for name, content in self.samples.items():
            write("samples", name, content)
        (self.folder / "toys" / "company.yaml").write_text(yaml.safe_dump(COMPANY, allow_unicode=True))
        return compile_company(Compiler(), self.folder / "toys")

    def publish(self) -> Release:
        compilation = self.compile()
        assert compilation.manifest is not None, "\n".join(map(str, compilation.problems))
        release = self.setup.publish(compilation.manifest)
        self.setup.load_data(release)
        return release

    def make(self) -> dict[str, int]:
        release = self.publish()
        return load_samples(self.database, release, self.setup.directory, self.setup.usernames(), now=NOW)

    def rows(self, entity: str) -> list[dict[str, Any]]:
        table = self.setup.releases.current("toys").tables.of(entity)
        with self.database.read("toys") as connection:
            return [dict(row) for row in connection.execute(sa.select(table).order_by(table.c.id)).mappings()]


@pytest.fixture
def toys(database_url: str, tmp_path: Path) -> Iterator[Toys]:
    found = Toys(database_url, tmp_path)
    yield found
    found.database.close()


@pytest.fixture
def quick(sqlite_url: str, tmp_path: Path) -> Iterator[Toys]:
    """The same on SQLite only, for what has nothing to do with the database."""
    found = Toys(sqlite_url, tmp_path)
    yield found
    found.database.close()


def test_records_are_made_written_and_add_up(toys: Toys) -> None:
    counts = toys.make()
    assert counts["toys.shop"] == 12
    assert counts["toys.return"] == 5
    shops, sales, lines = (toys.rows(f"toys.{name}") for name in ("shop", "sale", "sale_line"))
    assert len(sales) == counts["toys.sale"]
    for sale in sales:
        own = [line for line in lines if line["sale"] == sale["id"]]
        assert 1 <= len(own) <= 3
        assert sale["total"] == sum((line["amount"] for line in own), Decimal(0))
        assert all(line["amount"] == line["qty"] * line["price"] for line in own)
        assert [line["position"] for line in own] == list(range(1, len(own) + 1))
    for shop in shops:
        own = [sale for sale in sales if sale["shop"] == shop["id"]]
        assert shop["sold"] == sum((sale["total"] for sale in own if sale["status"] == "paid"), Decimal(0))
        assert shop["sales"] == sum(1 for sale in own if (NOW.date() - sale["day"]).days <= 30)
        assert shop["last_sale"] == max((sale["day"] for sale in own), default=None)


def test_rows_sum_up_what_refers_to_them(toys: Toys) -> None:
    toys.make()
    returned: dict[int, int] = {}
    for row in toys.rows("toys.return"):
        returned[row["line"]] = returned.get(row["line"], 0) + row["qty"]
    assert returned
    assert {line["id"]: line["returned"] for line in toys.rows("toys.sale_line") if line["returned"]} == returned


def test_records_stand_in_every_state_and_were_made_on_their_days_by_their_owners(toys: Toys) -> None:
    toys.make()
    assert {sale["status"] for sale in toys.rows("toys.sale")} == {"open", "paid", "void"}
    users = set(toys.setup.usernames().values())
    audit = toys.setup.releases.current("toys").tables.system.audit
    with toys.database.read("toys") as connection:
        noted = {(row.entity, row.record): row for row in connection.execute(sa.select(audit))}
    for shop in toys.rows("toys.shop"):
        note = noted["toys.shop", shop["id"]]
        assert (note.at, note.channel, note.action) == (shop["created_at"], "demo", "create")
        assert shop["created_by"] == shop["owner"] == note.user_id
        assert toys.setup.usernames()[note.username] == note.user_id
        assert shop["owner"] in users
        assert shop["created_at"].astimezone(UTC).date() <= NOW.date()
        assert abs((shop["created_at"].date() - shop["opened_on"]).days) <= 1


def test_numbers_run_by_the_day_of_the_record_and_go_on_afterwards(toys: Toys) -> None:
    toys.make()
    numbers: dict[str, list[int]] = {}
    for sale in sorted(toys.rows("toys.sale"), key=lambda sale: sale["number"]):
        period, _, number = sale["number"].partition("-")
        assert period == f"S{sale['day']:%Y%m}"
        numbers.setdefault(period, []).append(int(number))
    assert all(found == list(range(1, len(found) + 1)) for found in numbers.values())
    table = toys.setup.releases.current("toys").tables.system.sequence
    with toys.database.read("toys") as connection:
        counters = {row.period: row.last for row in connection.execute(sa.select(table))}
    assert counters == {f"{period}-{{000}}": len(found) for period, found in numbers.items()}


def test_references_lists_and_files_are_whole(toys: Toys) -> None:
    toys.make()
    release = toys.setup.releases.current("toys")
    sales = toys.rows("toys.sale")
    shops = {shop["id"]: shop for shop in toys.rows("toys.shop")}
    assert all((sale["about_entity"], sale["about_id"]) == ("toys.shop", sale["shop"]) for sale in sales)
    link, files = release.tables.link("toys.sale", "toys"), release.tables.system.file
    with toys.database.read("toys") as connection:
        linked = {row.owner for row in connection.execute(sa.select(link))}
        held = {row.id: row for row in connection.execute(sa.select(files))}
    assert linked == {sale["id"] for sale in sales}
    for shop in shops.values():
        assert held[shop["photo"]].record == shop["id"]
        assert held[shop["photo"]].name == "Shop front.pdf"
    assert (toys.database.data / "files" / "toys").is_dir()


def test_making_twice_adds_nothing_and_a_new_set_is_added(toys: Toys) -> None:
    del toys.samples["return"]
    toys.make()
    before = [len(toys.rows(f"toys.{name}")) for name in ("shop", "sale", "sale_line")]
    assert toys.make() == {}
    toys.samples["return"] = RETURN
    assert toys.make() == {"toys.return": 5}
    assert [len(toys.rows(f"toys.{name}")) for name in ("shop", "sale", "sale_line")] == before


def test_the_same_definitions_give_the_same_records_on_every_database(
    sqlite_url: str, postgresql_url: str, tmp_path: Path
) -> None:
    found = []
    for name, url in (("a", sqlite_url), ("b", postgresql_url)):
        (tmp_path / name).mkdir()
        toys = Toys(url, tmp_path / name)
        toys.make()
        found.append(
            [[row["name"], row["sold"], row["opened_on"], row["created_at"]] for row in toys.rows("toys.shop")]
        )
        toys.database.close()
    assert found[0] == found[1]
    assert len({row[0] for row in found[0]}) == 12


def test_both_languages_occur_and_a_record_speaks_one(quick: Toys) -> None:
    quick.make()
    chinese = [shop for shop in quick.rows("toys.shop") if shop["address"]["country"] == "CN"]
    others = [shop for shop in quick.rows("toys.shop") if shop["address"]["country"] != "CN"]
    assert chinese
    assert others
    assert all("玩具店" in shop["name"] and shop["name"].startswith(shop["city"]) for shop in chinese)
    assert all(shop["name"].isascii() for shop in others)


@pytest.mark.parametrize(
    ("field", "rule", "fact"),
    [
        ("city", {"pik": [1]}, '"pik" is no rule; did you mean "pick"?'),
        ("city", {"of": "adress.city"}, 'no field "adress" in toys.shop; did you mean "address"?'),
        ("towns", "x", 'no field "towns" in toys.shop'),
        ("kind", {"pick": {"huge": 1}}, '"kind" has no option "huge"; known: big, small'),
        ("kind", {"pick": {}}, "nothing to pick from"),
        ("opened_on", {"date": {"from": "soon-ish"}}, '"soon-ish" is no day'),
        ("opened_on", {"date": {"since": "today"}}, 'no word "since" here; known: from, most, to'),
        ("sold", {"sum": {"of": "toys.sail", "by": "shop"}}, 'no entity "toys.sail"; did you mean "toys.sale"?'),
        ("sold", {"sum": {"of": "toys.sale", "by": "shopp"}}, 'no field "shopp" in toys.sale; did you mean "shop"?'),
        ("city", {"rows": {"from": 1}}, '"city" has no rows'),
        ("city", {"by": "kind"}, "`by` needs `cases`"),
        ("city", {"number": 3}, '"number" holds a mapping'),
    ],
)
def test_a_faulty_rule_is_found_before_anything_is_made(quick: Toys, field: str, rule: Any, fact: str) -> None:
    quick.samples = {"shop": {**SHOP, "fields": {**SHOP["fields"], field: rule}}}
    problems = [str(problem) for problem in quick.compile().problems]
    assert any(f'samples "toys.shop": {fact}' in problem for problem in problems), problems
    assert all("samples/shop.yaml:" in problem for problem in problems)


@pytest.mark.parametrize(
    ("field", "rule", "fact"),
    [
        ("owner", "carl", 'there is no user "carl"'),
        ("city", {"of": "name"}, "its rule comes back to itself"),
        ("opened_on", "tomorrow", "\"opened_on\" must be a date, such as 2026-01-31. It was 'tomorrow'."),
    ],
)
def test_a_rule_that_cannot_be_followed_names_set_and_field_and_nothing_is_written(
    quick: Toys, field: str, rule: Any, fact: str
) -> None:
    name = {"of": "city"} if field == "city" else SHOP["fields"]["name"]
    quick.samples = {"shop": {**SHOP, "fields": {**SHOP["fields"], "name": name, field: rule}}}
    with pytest.raises(SampleFault) as caught:
        quick.make()
    assert str(caught.value).startswith('samples "toys.shop", field "')
    assert fact in str(caught.value)
    assert quick.rows("toys.shop") == []


def test_a_reference_that_finds_nothing_says_so(quick: Toys) -> None:
    fields = {**SALE["fields"], "shop": {"ref": {"where": {"city": "Atlantis"}}}}
    quick.samples = {"shop": SHOP, "sale": {**SALE, "settings": {}, "fields": fields}}
    with pytest.raises(SampleFault, match=r"no record of toys\.shop meets \{'city': 'Atlantis'\}"):
        quick.make()


def test_more_records_than_can_differ_are_refused(quick: Toys) -> None:
    quick.samples = {"shop": {**SHOP, "fields": {**SHOP["fields"], "name": {"pick": ["A", "B"]}}}}
    with pytest.raises(SampleFault, match="ask for fewer"):
        quick.make()


def test_what_is_required_and_has_no_rule_gets_a_value_by_its_type(quick: Toys) -> None:
    quick.samples = {"shop": {"of": "shop", "count": 20, "fields": {}}}
    quick.make()
    shops = quick.rows("toys.shop")
    assert {shop["kind"] for shop in shops} == {"big", "small"}
    assert len({shop["name"] for shop in shops}) == 20


def test_a_required_reference_without_a_rule_is_a_fault(quick: Toys) -> None:
    quick.samples = {"sale": {"of": "sale", "count": 1, "fields": {}}}
    with pytest.raises(DataFault, match=r'toys\.sale "sample\.toys\.sale\.1": "shop" is required'):
        quick.make()
