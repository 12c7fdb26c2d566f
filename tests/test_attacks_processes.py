"""Several processes at once, and processes that end in the middle: nothing is half written, and nobody sees a trace."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from multiprocessing.synchronize import Event
from pathlib import Path

import sqlalchemy as sa

from sartor.platform.company_setup import Setup
from sartor.platform.demo_users import PLATFORM_ROLES
from sartor.platform.records.actor import Actor
from sartor.platform.records.records import Operation, Records
from sartor.platform.storage.database import Database
from sartor.platform.storage.release import Releases

APART = multiprocessing.get_context("forkserver")  # children of a process that has imported everything, and no more
APART.set_forkserver_preload([__name__])
STARTERS = 3


def shop(folder: Path) -> Path:
    """A company of a few entities."""
    (folder / "entities").mkdir(parents=True)
    (folder / "company.yaml").write_text("company: shop\nlabel: Shop\n")
    for number in range(12):
        (folder / "entities" / f"bike{number}.yaml").write_text(
            f"entity: bike{number}\nfields:\n  name: {{type: text, required: true, search: true}}\n"
        )
    return folder


def start(url: str, data: Path, folder: Path, together: Event, said: multiprocessing.Queue[str]) -> None:
    """What `sartor serve` does before it serves."""
    database = Database(url, data)
    setup = Setup(database)
    manifest = setup.compile(folder)
    together.wait(60)
    try:
        setup.load_data(setup.publish(manifest))
        said.put("admin" if setup.first_admin() else "nobody")
    except Exception as error:  # noqa: BLE001 - the test reads it
        said.put(f"{type(error).__name__}: {error}")
    database.close()


def test_several_first_starts_at_once_make_one_company_and_one_admin(database_url: str, tmp_path: Path) -> None:
    folder, together, said = shop(tmp_path / "shop"), APART.Event(), APART.Queue()
    data = tmp_path / "data"
    starters = [APART.Process(target=start, args=(database_url, data, folder, together, said)) for _ in range(STARTERS)]
    for starter in starters:
        starter.start()
    together.set()
    assert sorted(said.get(timeout=60) for _ in starters) == ["admin", *["nobody"] * (STARTERS - 1)]
    for starter in starters:
        starter.join()
    database = Database(database_url, data)
    assert Releases(database).current("shop").rev == 1
    setup = Setup(database)
    assert list(setup.usernames()) == ["admin"]
    assert set(PLATFORM_ROLES) <= setup.roles.known()["shop"]
    database.close()


def write(url: str, data: Path, ready: Event) -> None:
    """Bulk after bulk, until somebody ends it."""
    database = Database(url, data)
    records = Records(database, Releases(database).current("shop"), Actor.system("tests"))
    number = 0
    while True:
        rows = [Operation("create", values={"name": f"{number} {row}"}) for row in range(200)]
        records.many("shop.bike0", rows, atomic=True)
        number += 1
        ready.set()


def test_a_process_that_is_killed_during_a_bulk_leaves_whole_bulks(database_url: str, tmp_path: Path) -> None:
    folder, data = shop(tmp_path / "shop"), tmp_path / "data"
    database = Database(database_url, data)
    setup = Setup(database)
    release = setup.publish(setup.compile(folder))
    ready = APART.Event()
    writer = APART.Process(target=write, args=(database_url, data, ready))
    writer.start()
    assert ready.wait(60)
    time.sleep(0.05)
    os.kill(writer.pid or 0, signal.SIGKILL)
    writer.join()
    table, audit = release.tables.of("shop.bike0"), release.tables.system.audit
    with database.read("shop") as connection:
        rows = connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
        notes = connection.execute(sa.select(sa.func.count()).select_from(audit)).scalar_one()
    assert rows == notes
    assert rows % 200 == 0
    assert rows > 0
    Records(database, release, Actor.system("tests")).create("shop.bike0", {"name": "after"})
    database.close()
