"""CSRF, headers, cookies, and a secret that deserves the name."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from sartor.platform.identity import WeakSecret, install, keep_secret
from sartor.tests.identity_house import PASSWORD, Worker, worker


@pytest.fixture
def house(sqlite_url: str) -> Iterator[Worker]:
    started = worker(sqlite_url)
    started.identity.add_user("ann", PASSWORD, "Ann Lee", "ann@acme.example", {"acme": ["crm.sales"]})
    yield started
    started.database.close()


def test_a_write_with_a_session_cookie_needs_the_token_of_a_page(house: Worker) -> None:
    browser = house.browser()
    browser.sign_in("ann")
    assert browser.client.post("/who").status_code == 400
    assert browser.post("/who", {"csrf_token": "made-up"}).status_code == 400
    assert browser.post("/who").status_code == 200
    by_script = browser.client.post("/who", headers={"X-CSRFToken": browser.token}, json={})
    assert by_script.status_code == 200


def test_what_is_wrong_with_a_page_that_is_too_old_is_said_in_the_readers_language(house: Worker) -> None:
    house.identity.directory.set_language(house.identity.directory.user("ann").id, "zh")
    browser = house.browser()
    browser.sign_in("ann")
    assert "此页面已失效。请刷新后重试。" in browser.client.post("/who").text


def test_a_write_with_a_token_or_a_key_needs_none_and_is_not_lent_the_cookie(house: Worker) -> None:
    token = house.tokens("ann")["access_token"]
    key = house.identity.keys.create(house.identity.directory.user("ann").id, "import").secret
    assert house.api(token, "POST").json["username"] == "ann"  # type: ignore[index]
    assert house.api(key, "POST").json["username"] == "ann"  # type: ignore[index]
    assert house.api(None, "POST", headers={"X-API-Key": key}).json["by"] == "api_key"  # type: ignore[index]

    browser = house.browser()
    browser.sign_in("ann")
    for headers in ({"Authorization": "Bearer made-up"}, {"Authorization": "Bearer "}, {"X-API-Key": "sartor_x"}):
        answer = browser.client.post("/who", headers=headers)
        assert answer.json["username"] is None  # type: ignore[index]


def test_the_password_of_a_proxy_in_front_is_not_taken_for_a_token(house: Worker) -> None:
    browser = house.browser(headers={"Authorization": "Basic cHJveHk6cHJveHk="})
    browser.sign_in("ann")
    assert browser.who() == "ann"
    assert browser.client.post("/who", headers=browser.headers).status_code == 400


def test_a_visitor_who_is_not_signed_in_is_asked_to_sign_in_rather_than_for_a_token(house: Worker) -> None:
    assert house.api(None, "POST").json["username"] is None  # type: ignore[index]
    assert house.browser().client.post("/profile/keys").status_code == 302


def test_the_token_of_before_the_sign_in_is_worth_nothing_after_it(house: Worker) -> None:
    browser = house.browser()
    browser.get("/login/")
    known = browser.token
    browser.sign_in("ann")
    assert browser.post("/who", {"csrf_token": known}).status_code == 400


def test_every_response_carries_the_security_headers_and_no_page_needs_inline_code(house: Worker) -> None:
    browser = house.browser()
    browser.sign_in("ann")
    for url in ("/login/", "/profile/", "/who", "/nowhere", "/plain"):
        answer = browser.get(url)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert "Strict-Transport-Security" not in answer.headers
        assert "style=" not in answer.text
        assert "<script" not in answer.text
    assert browser.get("/plain").headers["Cache-Control"] == "no-store"
    assert browser.get("/who").headers["Cache-Control"] == "private, no-cache"


def test_a_deployment_may_widen_one_directive(sqlite_url: str) -> None:
    house = worker(sqlite_url, SARTOR_CSP={"img-src": "'self' https://tiles.example"})
    policy = house.browser().get("/login/").headers["Content-Security-Policy"]
    assert "img-src 'self' https://tiles.example;" in policy
    assert "script-src 'self';" in policy


def test_the_session_cookie_is_kept_from_scripts_from_other_sites_and_from_plain_http(house: Worker) -> None:
    plain = house.browser().get("/login/").headers["Set-Cookie"]
    assert plain.startswith("sartor_session=")
    assert "HttpOnly" in plain
    assert "SameSite=Lax" in plain
    assert "Secure" not in plain
    answer = house.browser(secure=True).get("/login/")
    assert "Secure" in answer.headers["Set-Cookie"]
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")


def test_over_https_a_write_from_another_site_is_refused_even_with_a_token(house: Worker) -> None:
    browser = house.browser(secure=True)
    browser.sign_in("ann")
    assert browser.post("/who").status_code == 200
    browser.headers["Referer"] = "https://evil.example/"
    assert browser.post("/who").status_code == 400


@pytest.mark.parametrize("secret", [None, "", "secret", "x" * 31])
def test_an_app_without_a_real_secret_does_not_start(house: Worker, secret: str | None) -> None:
    app = Flask("weak")
    app.config["SECRET_KEY"] = secret
    with pytest.raises(WeakSecret, match="at least 32"):
        install(app, house.database.control, base_template="plain.html")


def test_a_secret_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    file = tmp_path / "var" / "secret.key"
    made = keep_secret(file)
    assert len(made) >= 32
    assert keep_secret(file) == made
    assert file.stat().st_mode & 0o077 == 0
