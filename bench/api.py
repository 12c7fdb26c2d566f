"""How fast the API is: list, get and create of a generated entity, beside the same entity written by hand.

Run: python bench/api.py [ROWS] [ROUNDS]. In one run, on SQLite, through Flask's test client, with a signed-in session:
- ours: the generic API;
- by hand: Flask views on SQLAlchemy Core, with the standard library's JSON (and the list also with msgspec);
- builder: Flask-AppBuilder's ModelRestApi, and its ModelView for a list as a page.

Requests of all take turns, and medians are compared, so that whatever else the machine does hits all alike. On a busy
machine read the second line of each: processor time, which leaves out waiting for other programs (and for the disk).
Aims: at most 1.5 times by hand, and at least 3 times as fast as Flask-AppBuilder.
"""

from __future__ import annotations

import gc
import json
import logging
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from contenders import builder, by_hand
from contenders.definition import as_json, fill, manifest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sartor.platform.api.output import encode
from sartor.platform.api.schemas import Schemas
from sartor.platform.query.query import Query
from sartor.tests.api_house import PASSWORD, House, house
from sartor.tests.identity_house import Browser

Call = Callable[[int], TestResponse]
BASE = "/api/v1/bench/shop/item"


@dataclass
class Race:
    """One thing to do, and everybody who can do it."""

    name: str
    runners: dict[str, Call]
    expected: int = 200


def signed_in(home: House) -> tuple[FlaskClient, dict[str, str]]:
    """A client with a session of the clerk, and the header that its writes need."""
    home.app.config["RATELIMIT_ENABLED"] = False
    home.identity.add_user("clerk", PASSWORD, "Clara Clerk", "clerk@example.com", {"bench": ["shop.clerk"]})
    browser = Browser(home.app.test_client())
    answer = browser.sign_in("clerk")
    assert answer.status_code == 302, answer.text
    return browser.client, {"X-CSRFToken": browser.token, "Referer": "http://localhost/"}


def races(home: House, folder: Path, rows: int) -> list[Race]:
    client, csrf = signed_in(home)
    fab = builder.client(folder, rows)
    middle = rows // 2

    def new(number: int) -> dict[str, object]:
        return as_json(10 * rows + number)

    def new_for_fab(number: int) -> dict[str, object]:
        sent = new(number)
        sent["checked_at"] = str(sent["checked_at"]).removesuffix("Z")
        sent["owner_id"], sent["group_id"] = sent.pop("owner"), sent.pop("group")
        return sent

    return [
        Race(
            "list",
            {
                "ours": lambda _: client.get(BASE),
                "by hand": lambda _: client.get("/hand/item"),
                "by hand, msgspec": lambda _: client.get("/hand/quick/item"),
                "ModelRestApi": lambda _: fab.get("/api/v1/item/?q=(page_size:50)"),
                "ModelView": lambda _: fab.get("/itemview/list/"),
            },
        ),
        Race(
            "list, filtered and sorted",
            {
                "ours": lambda _: client.get(f"{BASE}?level=a&sort=-price"),
                "by hand": lambda _: client.get("/hand/item?level=a&sort=-price"),
                "by hand, msgspec": lambda _: client.get("/hand/quick/item?level=a&sort=-price"),
                "ModelRestApi": lambda _: fab.get(
                    "/api/v1/item/?q=(page_size:50,filters:!((col:level,opr:eq,value:a)),"
                    "order_column:price,order_direction:desc)"
                ),
                "ModelView": lambda _: fab.get("/itemview/list/?_flt_3_level=a&_oc_ItemView=price&_od_ItemView=desc"),
            },
        ),
        Race(
            "get",
            {
                "ours": lambda n: client.get(f"{BASE}/{middle + n}"),
                "by hand": lambda n: client.get(f"/hand/item/{middle + n}"),
                "ModelRestApi": lambda n: fab.get(f"/api/v1/item/{middle + n}"),
                "ModelView": lambda n: fab.get(f"/itemview/show/{middle + n}"),
            },
        ),
        Race(
            "create",
            {
                "ours": lambda n: client.post(BASE, json=new(2 * n), headers=csrf),
                "by hand": lambda n: client.post("/hand/item", json=new(2 * n + 1), headers=csrf),
                "ModelRestApi": lambda n: fab.post("/api/v1/item/", json=new_for_fab(2 * n)),
            },
            expected=201,
        ),
    ]


def run(race: Race, rounds: int) -> tuple[dict[str, float], dict[str, float]]:
    """Milliseconds by runner: as they pass, and those of the processor."""
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in race.runners}
    for number in range(-5, rounds):
        for name, call in race.runners.items():
            gc.collect(0)
            begin, busy = time.perf_counter(), time.process_time()
            answer = call(number + 5)
            took = (time.perf_counter() - begin) * 1000, (time.process_time() - busy) * 1000
            assert answer.status_code == race.expected, f"{race.name}, {name}: {answer.status_code} {answer.text[:500]}"
            if number >= 0:
                times[name].append(took)
    passed, worked = (
        {name: statistics.median(took[kind] for took in those) for name, those in times.items()} for kind in (0, 1)
    )
    return passed, worked


def writing(home: House) -> tuple[float, float, float]:
    """Milliseconds for the JSON of 50 records by the compiled writers, by marshmallow; to read one by marshmallow."""
    records = home.records("clerk")
    contract_paths, schema = records.scope.compiler.paths, Schemas(records.scope.access).of("shop.item")
    from sartor.platform.api.output import Writers

    writer = Writers(contract_paths).of("shop.item")

    def ours() -> None:
        encode({"records": writer.all(page)})

    def marshmallow() -> None:
        json.dumps({"records": schema.dump(page, many=True)})

    def load() -> None:
        schema.load(as_json(1))

    found = []
    for what in (ours, marshmallow, load):
        took = []
        for _ in range(20):
            page = records.page("shop.item", Query()).records
            begin = time.perf_counter()
            what()
            took.append((time.perf_counter() - begin) * 1000)
        found.append(statistics.median(took))
    return found[0], found[1], found[2]


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 100
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with house(f"sqlite:///{folder / 'control.db'}", manifest()) as home:
            item, group = (home.releases.current("bench").tables.of(f"shop.{one}") for one in ("item", "group"))
            with home.database.write("bench") as connection:
                fill(connection, item, group, rows)
            home.app.register_blueprint(by_hand.blueprint(home.database, home.identity, item))
            print(f"{rows:,} rows, medians of {rounds} rounds, milliseconds; in brackets: ours divided by it")
            for race in races(home, folder, rows):
                for name, found in zip((race.name, "  processor"), run(race, rounds), strict=True):
                    ours = found["ours"]
                    told = "  ".join(f"{who} {took:.2f} ({ours / took:.2f})" for who, took in found.items())
                    print(f"{name:26} {told}")
            ours, marshmallow, load = writing(home)
            print(f"JSON of 50 records         ours {ours:.2f}  marshmallow {marshmallow:.2f}")
            print(f"reading one record         by marshmallow {load:.2f}")


if __name__ == "__main__":
    main()
