"""JWTs and API keys: what is accepted, what is refused, and with which sentence."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import jwt
import pytest
import sqlalchemy as sa

from sartor.platform.identity import IdentityError, tables
from sartor.platform.identity.transactions import utc_now
from sartor.tests.identity_house import PASSWORD, SECRET, Worker, worker


@pytest.fixture
def house(database_url: str) -> Iterator[Worker]:
    started = worker(database_url)
    started.identity.add_user("ann", PASSWORD, "Ann Lee", "ann@acme.example", {"acme": ["crm.sales"]})
    started.identity.add_user("bob", PASSWORD, "Bob Ray", "bob@acme.example")
    yield started
    started.database.close()


@pytest.fixture
def embedded(sqlite_url: str) -> Iterator[Worker]:
    """The same on SQLite alone, for what never reaches the database."""
    started = worker(sqlite_url)
    started.identity.add_user("ann", PASSWORD, "Ann Lee", "ann@acme.example")
    yield started
    started.database.close()


def asked(house: Worker, token: str | None) -> dict[str, Any]:
    answer = house.api(token)
    assert answer.status_code == 200
    return dict(answer.json or {})


def key_of(house: Worker, username: str, **settings: Any) -> str:
    secret = house.identity.keys.create(house.identity.directory.user(username).id, "import", **settings).secret
    assert secret is not None
    return secret


def test_a_program_signs_in_uses_its_token_and_gets_a_new_one(house: Worker) -> None:
    tokens = house.tokens("ann")
    assert asked(house, tokens["access_token"])["username"] == "ann"
    refreshed = house.api(tokens["refresh_token"], "POST", "/api/v1/security/refresh")
    assert refreshed.status_code == 200
    assert asked(house, refreshed.json["access_token"])["by"] == "token"  # type: ignore[index]


@pytest.mark.parametrize(
    ("payload", "status"),
    [
        ({"username": "ann", "password": PASSWORD}, 200),
        ({"username": "ann", "password": PASSWORD, "provider": "db"}, 200),
        ({"username": "ann", "password": PASSWORD, "provider": "ldap"}, 400),
        ({"username": "ann", "password": "wrong horse"}, 401),
        ({"username": "ann"}, 400),
        ({"username": 7, "password": ["x"]}, 400),
        ([1, 2], 400),
        ("text", 400),
        (None, 400),
        ({"username": "ann", "password": "\ud800"}, 401),
        ({"username": "ann", "password": "x" * 100_000}, 401),
    ],
)
def test_signing_in_for_a_token_answers_every_payload(embedded: Worker, payload: object, status: int) -> None:
    assert embedded.api(method="POST", url="/api/v1/security/login", json=payload).status_code == status


def test_signing_in_for_a_token_refuses_what_is_not_json(embedded: Worker) -> None:
    assert embedded.api(method="POST", url="/api/v1/security/login", data="x").status_code == 400
    broken = embedded.api(method="POST", url="/api/v1/security/login", data="{", content_type="application/json")
    assert broken.status_code == 400


def forged(**claims: Any) -> str:
    now = utc_now()
    whole = {"sub": "1", "type": "access", "exp": now + timedelta(hours=1), "fp": "0" * 24, **claims}
    return jwt.encode({name: value for name, value in whole.items() if value is not None}, SECRET, algorithm="HS256")


@pytest.mark.parametrize(
    ("token", "reason"),
    [
        ("", "The access token is not valid. Sign in again."),
        ("nonsense", "The access token is not valid. Sign in again."),
        ("ä.ö.ü", "The access token is not valid. Sign in again."),
        (forged(exp=utc_now() - timedelta(hours=1)), "The access token has expired."),
        (forged(exp=None), "The access token is not valid. Sign in again."),
        (forged(type="refresh"), "This is not an access token."),
        (forged(sub="99"), "The user of this token may not sign in."),
        (forged(sub="9" * 40), "The user of this token may not sign in."),
        (forged(sub="1 or 1=1"), "The user of this token may not sign in."),
        (forged(), "The password was changed after this token was issued."),
        (forged(fp=None), "The password was changed after this token was issued."),
        (forged(fp=5), "The password was changed after this token was issued."),
        (
            jwt.encode({"sub": "1", "type": "access"}, "another secret of enough length!", algorithm="HS256"),
            "not valid",
        ),
        (jwt.encode({"sub": "1", "type": "access"}, None, algorithm="none"), "The access token is not valid."),
        ("sartor_", "There is no such API key in force."),
        ("sartor_nonsense", "There is no such API key in force."),
    ],
)
def test_a_token_that_is_refused_says_why(embedded: Worker, token: str, reason: str) -> None:
    answer = asked(embedded, token.encode().decode("latin-1"))
    assert answer["username"] is None
    assert reason in answer["refusal"]


def test_a_refresh_token_is_no_access_token(house: Worker) -> None:
    assert asked(house, house.tokens("ann")["refresh_token"])["username"] is None


def test_a_new_password_ends_tokens_of_both_kinds_but_not_api_keys(house: Worker) -> None:
    tokens, key = house.tokens("ann"), key_of(house, "ann")
    house.identity.set_password("ann", "another horse")
    assert asked(house, tokens["access_token"])["username"] is None
    assert house.api(tokens["refresh_token"], "POST", "/api/v1/security/refresh").status_code == 401
    assert asked(house, key)["username"] == "ann"
    assert asked(house, house.tokens("ann", "another horse")["access_token"])["username"] == "ann"


def test_an_api_key_is_known_by_its_hash_alone_and_belongs_to_one_user(house: Worker) -> None:
    key = key_of(house, "ann")
    assert asked(house, key) == {
        "username": "ann", "by": "api_key", "refusal": None, "roles": ["crm.sales"], "language": "en",
    }  # fmt: skip
    with house.database.control.connect() as connection:
        kept = connection.execute(sa.select(tables.api_key)).one()
    assert key not in [str(value) for value in kept]
    changed = key[:-1] + ("a" if key[-1] != "a" else "b")
    assert asked(house, changed)["username"] is None


def test_a_key_can_be_revoked_by_its_owner_only_and_at_once(house: Worker) -> None:
    key, keys, directory = key_of(house, "ann"), house.identity.keys, house.identity.directory
    ann, bob = directory.user("ann"), directory.user("bob")
    (listed,) = keys.list(ann.id)
    with pytest.raises(IdentityError, match="no such key"):
        keys.revoke(bob.id, listed.uuid)
    assert asked(house, key)["username"] == "ann"
    keys.revoke(ann.id, listed.uuid)
    assert asked(house, key)["refusal"] == "There is no such API key in force."
    assert keys.list(ann.id) == []
    with pytest.raises(IdentityError, match="no such key"):
        keys.revoke(ann.id, listed.uuid)


def test_a_key_ends_with_its_term(house: Worker) -> None:
    key = key_of(house, "ann", days=30)
    with house.database.control.begin() as connection:
        connection.execute(tables.api_key.update().values(expires_on=utc_now() + timedelta(seconds=60)))
    assert asked(house, key)["username"] == "ann"
    with house.database.control.begin() as connection:
        connection.execute(tables.api_key.update().values(expires_on=utc_now() - timedelta(seconds=1)))
    assert asked(house, key)["username"] is None


def test_the_use_of_a_key_is_noted_once_in_ten_minutes(house: Worker) -> None:
    key = key_of(house, "ann")
    with house.statements() as statements:
        asked(house, key)
        asked(house, key)
    assert len([text for text in statements if text.startswith("UPDATE")]) == 1
    (listed,) = house.identity.keys.list(house.identity.directory.user("ann").id)
    assert listed.last_used_at is not None


def test_a_key_needs_a_name_a_sensible_term_and_there_are_at_most_twenty(house: Worker) -> None:
    ann, keys = house.identity.directory.user("ann"), house.identity.keys
    for name, days in (("", None), ("x" * 81, None), ("a\x00", None), ("import", 0), ("import", 4000)):
        with pytest.raises(IdentityError):
            keys.create(ann.id, name, days)
    for number in range(20):
        keys.create(ann.id, f"key {number}")
    with pytest.raises(IdentityError, match="20 keys in force"):
        keys.create(ann.id, "one more")


def test_a_refusal_is_said_in_the_language_that_the_program_asks_for(house: Worker) -> None:
    answer = house.api("nonsense", headers={"Accept-Language": "zh-CN"})
    assert answer.json["refusal"] == "访问令牌无效。请重新登录。"  # type: ignore[index]
