"""Profile, users and roles: what people set for themselves, and platform admins for others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from sartor.platform.identity import texts
from sartor.tests.identity_house import PASSWORD, TEMPLATES, Browser, Worker, worker

NEW = "another horse"
IDENTITY = Path(texts.__file__).parent


@pytest.fixture
def house(sqlite_url: str) -> Iterator[Worker]:
    started = worker(sqlite_url)
    started.identity.add_user("ann", PASSWORD, "Ann Lee", "ann@acme.example", {"acme": ["crm.sales"]})
    started.identity.add_user("root", PASSWORD, "Rita Root", "root@acme.example", platform_admin=True)
    started.identity.offer_roles("acme", ["crm.manager", "crm.sales"])
    yield started
    started.database.close()


@pytest.fixture
def ann(house: Worker) -> Browser:
    browser = house.browser()
    browser.sign_in("ann")
    return browser


@pytest.fixture
def root(house: Worker) -> Browser:
    browser = house.browser()
    browser.sign_in("root")
    return browser


def test_ones_own_password_is_changed_with_the_present_one_and_ends_all_other_sessions(
    house: Worker, ann: Browser
) -> None:
    other = house.browser()
    other.sign_in("ann")
    wrong = ann.post("/profile/password", {"present": "wrong horse", "password": NEW, "again": NEW})
    assert wrong.status_code == 400
    assert "This is not your present password." in wrong.text
    differ = ann.post("/profile/password", {"present": PASSWORD, "password": NEW, "again": NEW + "!"})
    assert "The two new passwords differ." in differ.text
    short = ann.post("/profile/password", {"present": PASSWORD, "password": "x", "again": "x"})
    assert "A password has at least 8 and at most 128 characters." in short.text
    assert other.who() == "ann"

    assert ann.post("/profile/password", {"present": PASSWORD, "password": NEW, "again": NEW}).status_code == 302
    assert "All your other sessions were ended." in ann.get("/profile/").text
    assert ann.who() == "ann"
    assert other.who() is None
    assert house.browser().sign_in("ann").status_code == 401
    assert house.browser().sign_in("ann", NEW).status_code == 302


def test_an_open_session_is_no_place_to_guess_the_password(house: Worker, ann: Browser) -> None:
    for _ in range(10):
        ann.post("/profile/password", {"present": "wrong horse", "password": NEW, "again": NEW})
    refused = ann.post("/profile/password", {"present": PASSWORD, "password": NEW, "again": NEW})
    assert refused.status_code == 429
    assert "Too many attempts to sign in. Wait a minute and try again." in refused.text
    assert house.browser().sign_in("ann").status_code == 302
    assert ann.post("/profile/language", {"language": "zh"}).status_code == 302


def test_the_language_that_one_picks_stays_with_one(house: Worker, ann: Browser) -> None:
    assert "Change password" in ann.get("/profile/").text
    assert ann.post("/profile/language", {"language": "zh", "next": "/profile/"}).location == "/profile/"
    assert "修改密码" in ann.get("/profile/").text
    assert house.tokens("ann")
    assert house.api(house.tokens("ann")["access_token"]).json["language"] == "zh"  # type: ignore[index]
    ann.post("/profile/language", {"language": "xx"})
    assert house.identity.directory.user("ann").language is None


def test_a_key_is_shown_once_and_works_until_it_is_revoked(house: Worker, ann: Browser) -> None:
    made = ann.post("/profile/keys", {"name": "nightly import", "days": "90"})
    secret = re.search(r'value="(sartor_[^"]+)"', made.text)
    assert secret is not None
    assert house.api(secret.group(1)).json["username"] == "ann"  # type: ignore[index]
    page = ann.get("/profile/").text
    assert "nightly import" in page
    assert secret.group(1) not in page
    revoke = re.search(r'action="(/profile/keys/[^"]+/revoke)"', page)
    assert revoke is not None
    assert ann.post(revoke.group(1)).status_code == 302
    assert "was revoked" in ann.get("/profile/").text
    assert house.api(secret.group(1)).json["username"] is None  # type: ignore[index]
    assert ann.post(revoke.group(1)).status_code == 302
    assert "There is no such key in force." in ann.get("/profile/").text
    assert "Name the key by what will use it" in ann.post("/profile/keys", {"name": ""}).text


@pytest.mark.parametrize("url", ["/security/users/", "/security/users/add", "/security/users/1/", "/security/roles/"])
def test_only_platform_admins_see_users_and_roles(house: Worker, ann: Browser, url: str) -> None:
    refused = ann.get(url)
    assert refused.status_code == 403
    assert "Only a platform admin may open this page." in refused.text
    assert house.browser().get(url).status_code == 302


@pytest.mark.parametrize(
    "url", ["/security/users/add", "/security/users/1/", "/security/users/1/password", "/security/users/1/active"]
)
def test_only_platform_admins_change_users(house: Worker, ann: Browser, url: str) -> None:
    assert ann.post(url, {"platform_admin": "1", "password": NEW}).status_code == 403
    assert house.identity.directory.user("ann").active


def test_an_admin_adds_a_user_who_can_sign_in_at_once(house: Worker, root: Browser) -> None:
    form = root.get("/security/users/add").text
    assert 'value="acme/crm.manager"' in form
    entered = {"username": "bob", "name": "Bob Ray", "email": "bob", "role": ["acme/crm.manager"], "password": PASSWORD}
    faulty = root.post("/security/users/add", entered)
    assert faulty.status_code == 422
    assert "Enter an email address such as ann@example.com." in faulty.text
    assert 'value="Bob Ray"' in faulty.text
    assert re.search(r'value="acme/crm.manager" checked', faulty.text)
    assert PASSWORD not in faulty.text

    assert root.post("/security/users/add", {**entered, "email": "bob@acme.example"}).status_code == 302
    assert "Bob Ray was added." in root.get("/security/users/").text
    bob = house.browser()
    assert bob.sign_in("bob").status_code == 302
    assert house.identity.directory.user("bob").roles_in("acme") == {"crm.manager"}


def test_an_admin_changes_name_language_and_roles(house: Worker, root: Browser) -> None:
    user = house.identity.directory.user("ann")
    page = root.get(f"/security/users/{user.id}/").text
    assert re.search(r'value="acme/crm.sales" checked', page)
    entered = {"name": "Ann Li", "email": "ann@acme.example", "language": "zh", "role": ["acme/crm.manager"]}
    assert root.post(f"/security/users/{user.id}/", entered).status_code == 302
    changed = house.identity.directory.user("ann")
    assert (changed.name, changed.language, changed.roles_in("acme")) == ("Ann Li", "zh", {"crm.manager"})
    taken = root.post(f"/security/users/{user.id}/", {**entered, "email": "root@acme.example"})
    assert "Another user has the email address root@acme.example." in taken.text
    forged = root.post(f"/security/users/{user.id}/", {**entered, "role": ["Acme/x"]})
    assert "cannot be the name of a company" in forged.text.replace("&#34;", '"')


def test_an_admin_resets_a_password_and_deactivates_a_user_but_not_themselves(
    house: Worker, root: Browser, ann: Browser
) -> None:
    user, me = house.identity.directory.user("ann"), house.identity.directory.user("root")
    assert "at least 8" in root.post(f"/security/users/{user.id}/password", {"password": "x"}).text
    assert root.post(f"/security/users/{user.id}/password", {"password": NEW}).status_code == 302
    assert ann.who() is None
    ann.sign_in("ann", NEW)
    assert root.post(f"/security/users/{user.id}/active").status_code == 302
    assert ann.who() is None
    assert "Inactive" in root.get("/security/users/").text
    assert root.post(f"/security/users/{user.id}/active", {"active": "1"}).status_code == 302
    assert house.identity.directory.user("ann").active

    assert root.post(f"/security/users/{me.id}/password", {"password": NEW}).status_code == 302
    assert root.who() == "root"
    assert "You cannot deactivate yourself." in root.post(f"/security/users/{me.id}/active").text
    itself = {"name": "Rita Root", "email": "root@acme.example"}
    assert "You cannot take the platform from yourself" in root.post(f"/security/users/{me.id}/", itself).text
    assert house.identity.directory.user("root").is_platform_admin


def test_the_list_of_users_is_searched_and_paged(house: Worker, root: Browser) -> None:
    for number in range(60):
        house.identity.add_user(f"u{number:02}", PASSWORD, f"Number {number:02}", f"u{number}@acme.example")
    first = root.get("/security/users/").text
    assert "62 users" in first
    assert 'rel="next"' in first
    second = root.get("/security/users/?page=2").text
    assert 'rel="prev"' in second
    assert 'rel="next"' not in second
    found = root.get("/security/users/?q=number+5").text
    assert "10 users" in found
    assert "Ann Lee" not in found
    for odd in ("page=0", "page=x", "page=99999999999999999999", "q=%00%25", "q=<b>"):
        assert root.get(f"/security/users/?{odd}").status_code == 200
    with house.statements() as statements:
        root.get("/security/users/")
    assert len(statements) == 3, statements


def test_names_are_shown_as_text_never_as_markup(house: Worker, root: Browser) -> None:
    house.identity.add_user("eve", PASSWORD, "<script>alert(1)</script>", "eve@acme.example")
    assert "<script" not in root.get("/security/users/").text


@pytest.mark.parametrize("url", ["/security/users/99/", "/security/users/99999999999999999999/"])
def test_a_user_who_does_not_exist_is_not_found(root: Browser, url: str) -> None:
    assert root.get(url).status_code == 404


def test_nothing_of_flask_appbuilders_own_screens_can_be_reached(house: Worker, root: Browser) -> None:
    rules = {str(rule) for rule in house.app.url_map.iter_rules()}
    for url in (
        "/users/list/",
        "/roles/list/",
        "/roles/delete/1",
        "/users/download/x",
        "/lang/en",
        "/back",
        "/api/v1/menu/",
    ):
        assert root.get(url).status_code == 404, url
    assert not [rule for rule in rules if "download" in rule or "delete" in rule or "action" in rule]


def test_every_sentence_of_identity_is_there_in_chinese() -> None:
    said: set[str] = set()
    for file in IDENTITY.glob("*.py"):
        source = file.read_text(encoding="utf-8")
        said.update(match.replace("\\'", "'") for _, match in re.findall(r"""N_\(\s*(["'])(.*?)\1\s*\)""", source))
    pages = [*TEMPLATES.glob("security/*.html"), TEMPLATES / "appbuilder/general/security/login_db.html"]
    for page in pages:
        said.update(match for _, match in re.findall(r"""\bt\((["'])(.*?)\1""", page.read_text(encoding="utf-8")))
    missing = sorted(text for text in said if texts.translate(text, "zh") == text)
    assert len(said) > 80
    assert missing == []
