"""Signing in and out: sessions, wrong passwords, limits, who is let in no longer."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from typing import ClassVar

import pytest
import sqlalchemy as sa
from limits.errors import StorageError
from limits.storage import MemoryStorage

from sartor.platform.identity import tables
from sartor.platform.storage.unavailable import Unavailable
from sartor.tests import postgresql
from sartor.tests.identity_house import PASSWORD, Worker, worker


@pytest.fixture
def house(database_url: str) -> Iterator[Worker]:
    started = worker(database_url)
    started.identity.add_user("ann", PASSWORD, "Ann Lee", "ann@acme.example", {"acme": ["crm.sales"]})
    started.identity.add_user("root", PASSWORD, "Rita Root", "root@acme.example", platform_admin=True)
    yield started
    started.database.close()


def second(house: Worker) -> Worker:
    return worker(house.database.url.render_as_string(hide_password=False))


def test_a_person_signs_in_with_name_or_email_and_is_known_from_then_on(house: Worker) -> None:
    for name in ("ann", "ANN", " ann ", "Ann@Acme.example"):
        browser = house.browser()
        assert browser.who() is None
        answer = browser.sign_in(name)
        assert answer.status_code == 302, name
        assert browser.who() == "ann"


def test_a_wrong_password_is_answered_with_a_sentence_that_does_not_say_which_part_was_wrong(house: Worker) -> None:
    browser = house.browser()
    wrong = browser.sign_in("ann", "wrong horse")
    unknown = browser.sign_in("nobody", "wrong horse")
    sentence = "The user name or the password is wrong. Check both and try again."
    assert (wrong.status_code, unknown.status_code) == (401, 401)
    assert sentence in wrong.text
    assert sentence in unknown.text
    assert 'value="ann"' in wrong.text
    assert browser.who() is None


def test_the_sign_in_page_speaks_the_language_of_the_browser_until_another_is_picked(house: Worker) -> None:
    browser = house.browser(headers={"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5"})
    assert "登录" in browser.get("/login/").text
    assert "用户名或密码错误" in browser.sign_in("ann", "wrong horse").text
    browser.post("/profile/language", {"language": "en", "next": "/login/"})
    assert "Sign in" in browser.get("/login/").text


def test_no_user_name_makes_signing_in_fail_in_another_way_than_being_wrong(house: Worker) -> None:
    for username in ("a\x00b", "\ud800", "x" * 400, "' or 1=1 --", "%"):
        guess = {"username": username, "password": "p" * 9}
        assert house.api(method="POST", url="/api/v1/security/login", json=guess).status_code in (400, 401), username


def test_signing_in_leads_to_the_page_that_was_asked_for_but_never_off_this_site(house: Worker) -> None:
    def led_to(target: str) -> str:
        return str(house.browser().sign_in("ann", next_url=target).location)

    assert led_to("/acme/crm/customer?sort=name") == "/acme/crm/customer?sort=name"
    assert led_to("http://localhost/acme?x=1") == "/acme?x=1"
    for elsewhere in (
        "https://evil.example/acme", "ftp://localhost/acme",
        "//evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)",
        "http:evil.example", "/\t/evil.example", "http://localhost@evil.example/", "http://[", "///evil.example", "",
    ):  # fmt: skip
        assert led_to(elsewhere) == "/", elsewhere


def test_who_is_not_signed_in_is_sent_to_sign_in_and_comes_back(house: Worker) -> None:
    browser = house.browser()
    sent = browser.get("/profile/?tab=keys")
    assert sent.status_code == 302
    assert sent.location == "/login/?next=/profile/?tab%3Dkeys"
    by_htmx = house.browser(headers={"HX-Request": "true", "HX-Current-URL": "http://localhost/acme/crm"}).get(
        "/profile/"
    )
    assert by_htmx.status_code == 401
    assert by_htmx.headers["HX-Redirect"] == "/login/?next=/acme/crm"


def test_a_get_never_signs_out_and_a_post_does(house: Worker) -> None:
    browser = house.browser()
    browser.sign_in("ann")
    assert browser.get("/logout/").status_code == 405
    assert browser.who() == "ann"
    assert browser.post("/logout/").status_code == 302
    assert browser.who() is None


def test_a_copy_of_the_cookie_is_worth_nothing_after_signing_out(house: Worker) -> None:
    browser, thief = house.browser(), second(house).browser()
    browser.sign_in("ann")
    cookie = browser.client.get_cookie("sartor_session")
    assert cookie is not None
    thief.client.set_cookie("sartor_session", cookie.value)
    assert thief.who() == "ann"
    browser.post("/logout/")
    thief.client.set_cookie("sartor_session", cookie.value)
    assert thief.who() is None


def test_ten_wrong_passwords_a_minute_are_enough_on_the_page_and_on_the_api(house: Worker) -> None:
    browser = house.browser()
    for _ in range(10):
        assert browser.sign_in("ann", "wrong horse").status_code == 401
    blocked = browser.sign_in("ann")
    assert blocked.status_code == 429
    assert "Too many attempts to sign in. Wait a minute and try again." in blocked.text
    assert blocked.headers["Retry-After"] == "60"

    guess = {"username": "ann", "password": "wrong horse"}
    for _ in range(10):
        assert house.api(method="POST", url="/api/v1/security/login", json=guess).status_code == 401
    refused = house.api(method="POST", url="/api/v1/security/login", json={**guess, "password": PASSWORD})
    assert refused.status_code == 429
    assert refused.json == {"message": "Too many attempts to sign in. Wait a minute and try again."}


def test_only_failures_count_so_a_whole_office_may_sign_in_at_nine(house: Worker) -> None:
    for _ in range(12):
        assert house.browser().sign_in("ann").status_code == 302
        house.tokens("ann")


def test_whoever_has_one_address_of_an_ipv6_network_has_them_all(house: Worker) -> None:
    guess = {"username": "ann", "password": "wrong horse"}

    def answered(address: str) -> int:
        options = {"environ_base": {"REMOTE_ADDR": address}}
        return house.api(method="POST", url="/api/v1/security/login", json=guess, **options).status_code

    assert [answered(f"2001:db8::{number:x}") for number in range(10)] == [401] * 10
    assert answered("2001:db8::ffff") == 429
    assert answered("2001:db8:0:1::1") == 401
    assert answered("10.0.0.1") == 401
    assert answered("::ffff:10.0.0.2") == 401


class SharedStorage(MemoryStorage):
    """Stands for a Redis that all workers reach, until it is gone."""

    STORAGE_SCHEME: ClassVar = ["shared-by-tests"]
    gone = False
    counted: ClassVar[Counter[str]] = Counter()

    def get(self, key: str) -> int:
        if self.gone:
            raise StorageError(ConnectionError("gone"))
        return self.counted[key]

    def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        self.counted[key] += amount
        return self.get(key)


def test_workers_count_failures_together_in_a_shared_storage_and_alone_when_it_is_gone(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = (worker(sqlite_url, RATELIMIT_STORAGE_URI="shared-by-tests://") for _ in range(2))
    one.identity.add_user("ann", PASSWORD, "Ann Lee", "ann@acme.example")
    guess = {"username": "ann", "password": "wrong horse"}

    def answered(house: Worker) -> int:
        return house.api(method="POST", url="/api/v1/security/login", json=guess).status_code

    assert [answered(one) for _ in range(5)] + [answered(two) for _ in range(5)] == [401] * 10
    assert answered(one) == answered(two) == 429
    monkeypatch.setattr(SharedStorage, "gone", True)
    assert [answered(one) for _ in range(11)] == [401] * 10 + [429]


def test_signing_out_works_where_attempts_to_sign_in_are_exhausted(house: Worker) -> None:
    browser, guesser = house.browser(), house.browser()
    browser.sign_in("ann")
    for _ in range(11):
        guesser.sign_in("ann", "wrong horse")
    assert browser.post("/logout/").status_code == 302


def test_a_login_page_from_yesterday_says_so_and_can_be_used_at_once(house: Worker) -> None:
    browser = house.browser()
    browser.get("/login/")
    browser.client.delete_cookie("sartor_session")
    stale = browser.post("/login/", {"username": "ann", "password": PASSWORD})
    assert stale.status_code == 400
    assert "This page was open for too long. Please sign in again." in stale.text
    assert browser.post("/login/", {"username": "ann", "password": PASSWORD}).status_code == 302


def test_a_deactivated_user_is_refused_at_once_by_session_token_key_and_password(house: Worker) -> None:
    browser, tokens = house.browser(), house.tokens("ann")
    browser.sign_in("ann")
    ann = house.identity.directory.user("ann")
    key = house.identity.keys.create(ann.id, "import").secret
    other = second(house)

    other.identity.deactivate("ann")
    assert browser.who() is None
    assert browser.get("/profile/").status_code == 302
    for proof in (tokens["access_token"], key):
        answer = house.api(proof)
        assert answer.json is not None
        assert answer.json["username"] is None
        assert answer.json["refusal"]
    assert house.api(tokens["refresh_token"], "POST", "/api/v1/security/refresh").status_code == 401
    assert browser.sign_in("ann").status_code == 401

    other.identity.activate("ann")
    assert house.browser().sign_in("ann").status_code == 302


def test_a_role_that_one_worker_gives_is_there_at_the_next_request_on_another(house: Worker) -> None:
    other = second(house)
    token = house.tokens("ann")["access_token"]
    assert house.api(token).json["roles"] == ["crm.sales"]  # type: ignore[index]
    other.identity.grant("ann", "acme", "crm.manager")
    assert house.api(token).json["roles"] == ["crm.manager", "crm.sales"]  # type: ignore[index]
    other.identity.revoke("ann", "acme", "crm.sales")
    assert house.api(token).json["roles"] == ["crm.manager"]  # type: ignore[index]


def test_knowing_who_asks_takes_one_query_however_they_prove_it_and_whatever_roles_they_have(house: Worker) -> None:
    browser, token = house.browser(), house.tokens("ann")["access_token"]
    browser.sign_in("ann")
    key = house.identity.keys.create(house.identity.directory.user("ann").id, "import").secret
    house.api(key)  # the first use is written down
    for number in range(20):
        house.identity.grant("ann", f"company{number}", "crm.sales")
    for ask in (lambda: browser.get("/who"), lambda: house.api(token), lambda: house.api(key)):
        with house.statements() as after_a_change:
            assert ask().json["username"] == "ann"
        with house.statements() as statements:
            assert ask().json["username"] == "ann"
        assert (len(after_a_change), len(statements)) == (2, 1), statements
    with house.statements() as statements:
        assert house.browser().get("/who").json["username"] is None  # type: ignore[index]
    assert statements == []


GROUP = tables.user.metadata.tables["ab_group"]
SALES = sa.select(tables.role.c.id).where(tables.role.c.name == "acme/crm.sales").scalar_subquery()
ANN = sa.select(tables.user.c.id).where(tables.user.c.username == "ann").scalar_subquery()


def test_what_another_program_writes_is_in_force_at_the_next_request(house: Worker) -> None:
    token = house.tokens("ann")["access_token"]

    def roles_after(*statements: sa.Executable) -> list[str]:
        before = house.api(token)
        assert before.status_code == 200
        with house.database.control.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql("SET LOCAL search_path TO elsewhere, public")
            for statement in statements:
                connection.execute(statement)
        answer = house.api(token).json or {}
        return list(answer["roles"]) if answer["username"] else [answer["refusal"]]

    insert_group = GROUP.insert().values(id=1, name="team")
    rename = tables.role.update().where(tables.role.c.name.startswith("acme/"))
    assert roles_after(rename.values(name="acme/x")) == ["x"]
    assert roles_after(rename.values(name="acme/crm.sales")) == ["crm.sales"]
    assert roles_after(tables.user_role.delete().where(tables.user_role.c.user_id == ANN)) == []
    given = tables.group_role.insert().values(group_id=1, role_id=SALES)
    assert roles_after(insert_group, given, tables.user_group.insert().values(user_id=ANN, group_id=1)) == ["crm.sales"]
    assert roles_after(tables.group_role.delete()) == []
    assert roles_after(given) == ["crm.sales"]
    assert roles_after(tables.user_group.delete()) == []
    assert roles_after(tables.user.update().where(tables.user.c.username == "ann").values(active=False)) == [
        "The user of this token may not sign in."
    ]


def test_signing_in_and_using_a_key_make_no_worker_forget(house: Worker) -> None:
    def stamp() -> int:
        with house.database.control.connect() as connection:
            return connection.scalars(sa.select(tables.identity.c.stamp)).one()

    key = house.identity.keys.create(house.identity.directory.user("ann").id, "import").secret
    before = stamp()
    house.tokens("ann")
    house.browser().sign_in("ann")
    house.browser().sign_in("ann", "wrong horse")
    house.api(key)
    assert stamp() == before
    house.identity.deactivate("ann")
    assert stamp() != before


def test_a_database_that_is_gone_is_told_as_such_and_forgiven_when_it_is_back(
    postgresql_server: postgresql.Server,
) -> None:
    with postgresql_server.database() as url:
        house = worker(url)
        house.identity.add_user("ann", PASSWORD, "Ann Lee", "ann@acme.example")
        token = house.tokens("ann")["access_token"]
        assert house.api(token).json["username"] == "ann"  # type: ignore[index]
        admin = sa.create_engine(house.database.url.set(database="postgres"), isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            name = house.database.url.database
            connection.exec_driver_sql(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
            connection.exec_driver_sql(
                f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
            )
            with house.app.test_request_context(headers={"Authorization": f"Bearer {token}"}):
                with pytest.raises(Unavailable):
                    house.identity.current_user()
                assert house.identity.language() == "en"
            connection.exec_driver_sql(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
        assert house.api(token).json["username"] == "ann"  # type: ignore[index]
        admin.dispose()
        house.database.close()


def test_a_database_that_somebody_writes_to_can_still_be_read_and_a_key_used(sqlite_url: str) -> None:
    house = worker(sqlite_url)
    house.identity.add_user("ann", PASSWORD, "Ann Lee", "ann@acme.example")
    key = house.identity.keys.create(house.identity.directory.user("ann").id, "import").secret
    sa.event.listen(house.database.control, "checkout", lambda raw, *_: raw.execute("PRAGMA busy_timeout=50"))
    with sqlite3.connect(house.database.url.database or "", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        assert house.api(key).json["username"] == "ann"  # type: ignore[index]
        with pytest.raises(Unavailable):
            house.identity.deactivate("ann")
        other.execute("ROLLBACK")
    house.identity.deactivate("ann")


def test_a_worker_that_starts_on_a_prepared_database_writes_nothing_to_it(house: Worker) -> None:
    with house.statements() as statements:
        from flask import Flask

        from sartor.platform.identity import install

        app = Flask("another")
        app.config["SECRET_KEY"] = "k" * 40
        install(app, house.database.control, base_template="plain.html")
    assert statements == []


def test_a_session_of_a_user_who_is_gone_is_nobody(house: Worker) -> None:
    browser = house.browser()
    with browser.client.session_transaction() as session:
        session["_user_id"] = "99999999999999999999"
        session["fp"] = "x"
    assert browser.who() is None


def test_a_user_whom_the_web_server_vouches_for_is_let_in_and_an_unknown_one_told_why_not(sqlite_url: str) -> None:
    house = worker(sqlite_url, AUTH_TYPE=3)
    house.identity.add_user("ann", PASSWORD, "Ann Lee", "ann@acme.example")
    browser = house.browser()
    assert browser.get("/login/?next=/plain", environ_overrides={"REMOTE_USER": "ann"}).location == "/plain"
    assert browser.who() == "ann"
    stranger = house.browser().get("/login/", environ_overrides={"REMOTE_USER": "eve"})
    assert stranger.status_code == 403
    assert "Ask an administrator to add you." in stranger.text


def test_with_ldap_the_sign_in_page_is_the_same_and_passwords_are_not_changed_here(sqlite_url: str) -> None:
    house = worker(sqlite_url, AUTH_TYPE=2, AUTH_LDAP_SERVER="ldap://directory.example")
    assert "User name or email" in house.browser().get("/login/").text
