"""Users and roles as the command line and the other rooms see them: without Flask."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from sartor.platform.identity import Directory, IdentityError, Roles, prepare, tables
from sartor.platform.identity.roles import keep_an_admin
from sartor.platform.identity.transactions import writing
from sartor.platform.identity.user import display_name, split_name
from sartor.platform.storage.database import Database
from sartor.tests.identity_house import PASSWORD


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    prepare(opened.control)
    yield opened
    opened.close()


@pytest.fixture
def directory(database: Database) -> Directory:
    return Directory(database.control, lambda password: f"plain:{password}")


@pytest.fixture
def roles(database: Database) -> Roles:
    return Roles(database.control)


def test_preparing_twice_changes_nothing(database: Database) -> None:
    prepare(database.control)
    with database.control.connect() as connection:
        assert sorted(connection.scalars(sa.select(tables.role.c.name))) == ["Admin", "Public"]


def test_several_deploy_steps_at_once_do_not_stumble_over_each_other(postgresql_url: str) -> None:
    failures: list[Exception] = []

    def step() -> None:
        other = Database(postgresql_url)
        try:
            prepare(other.control)
        except Exception as error:  # noqa: BLE001 - whatever it is, this thread must not keep it to itself
            failures.append(error)
        other.close()

    threads = [threading.Thread(target=step) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_a_user_is_added_with_roles_in_several_companies(directory: Directory) -> None:
    user = directory.add_user(
        "ann",
        PASSWORD,
        "Ann Lee",
        "ann@acme.example",
        {"acme": ["crm.sales", "employee"], "shop": ["admin"]},
        language="zh",
    )
    assert user == directory.user("ANN")
    assert user.companies == ("acme", "shop")
    assert user.roles_in("acme") == {"crm.sales", "employee"}
    assert user.roles_in("other") == frozenset()
    assert (user.name, user.language, user.active, user.is_platform_admin) == ("Ann Lee", "zh", True, False)


def test_all_that_is_wrong_with_a_new_user_is_said_at_once(directory: Directory) -> None:
    with pytest.raises(IdentityError) as caught:
        directory.add_user("a b", "short", " ", "nowhere", language="fr")
    assert {fault.field: str(fault) for fault in caught.value.faults} == {
        "username": "A user name has 1 to 64 letters, digits, or any of . @ + - _ and no space.",
        "name": "Enter a name of at most 64 characters.",
        "email": "Enter an email address such as ann@example.com.",
        "language": 'There is no language "fr". Known: en, zh.',
        "password": "A password has at least 8 and at most 128 characters.",
    }
    assert directory.list_users() == []


def test_a_password_is_not_the_user_name(directory: Directory) -> None:
    with pytest.raises(IdentityError, match="must differ from the user name"):
        directory.add_user("annabella", "Annabella", "Ann", "ann@acme.example")


@pytest.mark.parametrize(
    ("username", "email", "taken"),
    [
        ("ANN", "other@acme.example", {"username"}),
        ("other", "Ann@Acme.Example", {"email"}),
        ("ann@acme.example", "other@acme.example", {"username"}),
        ("ann", "ann@acme.example", {"username", "email"}),
        ("é.Ann", "other@acme.example", set()),
    ],
)
def test_names_and_addresses_are_taken_in_whatever_case(
    directory: Directory, username: str, email: str, taken: set[str]
) -> None:
    directory.add_user("ann", PASSWORD, "Ann", "ann@acme.example")
    if not taken:
        assert directory.add_user(username, PASSWORD, "Other", email).username == username
        assert directory.user(username).username == username
        return
    with pytest.raises(IdentityError) as caught:
        directory.add_user(username, PASSWORD, "Other", email)
    assert {fault.field for fault in caught.value.faults} == taken
    assert len(directory.list_users()) == 1


def test_of_two_who_ask_for_a_name_at_the_same_moment_one_gets_it(directory: Directory) -> None:
    outcomes: list[str] = []

    def ask(number: int) -> None:
        try:
            directory.add_user("ann", PASSWORD, "Ann", f"ann{number}@acme.example")
            outcomes.append("added")
        except IdentityError:
            outcomes.append("refused")

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["added", "refused", "refused", "refused"]


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("Ann Lee", ("Ann", "Lee")),
        ("Mary Ann de la Cruz", ("Mary Ann de la", "Cruz")),
        ("王小明", ("王小明", "")),
        ("王 小明", ("王 小明", "")),
        ("Cher", ("Cher", "")),
    ],
)
def test_a_name_comes_back_as_it_was_written(name: str, parts: tuple[str, str]) -> None:
    assert split_name(name) == parts
    assert display_name(*parts) == name


def test_a_chinese_name_kept_in_two_parts_is_shown_family_name_first() -> None:
    assert display_name("小明", "王") == "王小明"


def test_people_are_found_by_parts_of_name_user_name_and_email(directory: Directory) -> None:
    directory.add_user("ann", PASSWORD, "Ann Lee", "ann@acme.example", {"acme": ["crm.sales"]})
    directory.add_user("wang", PASSWORD, "王小明", "w@shop.example", {"shop": ["admin"]})
    directory.add_user("bob", PASSWORD, "Bob Lee", "b_b@acme.example", {"acme_two": ["crm.sales"]})
    directory.add_user("root", PASSWORD, "Rita Root", "root@acme.example", platform_admin=True)
    directory.add_user("gone", PASSWORD, "Gone Lee", "gone@acme.example", {"acme": ["crm.sales"]})
    directory.deactivate("gone")

    def found(text: str, company: str | None = None) -> list[str]:
        return [user.username for user in directory.find_users(text, company)]

    assert found("LEE") == ["ann", "bob"]
    assert found("小明") == ["wang"]
    assert found("n l") == ["ann"]
    assert found("b_b@") == ["bob"]
    assert found("_") == ["bob"]
    assert found("%") == []
    assert found("\x00") == ["ann", "bob", "root", "wang"]
    assert found("", "acme") == ["ann", "root"]
    assert found("", "shop") == ["root", "wang"]
    assert [user.username for user in directory.find_users("", limit=2)] == ["ann", "bob"]
    assert [user.username for user in directory.list_users("lee")] == ["ann", "bob", "gone"]
    assert directory.count_users("lee") == 3
    assert [user.username for user in directory.list_users(limit=2, offset=2)] == ["gone", "root"]


def test_users_are_looked_up_by_id_in_one_query(database: Database, directory: Directory) -> None:
    ids = [
        directory.add_user(f"u{number}", PASSWORD, "U", f"u{number}@a.example", {"acme": ["x"]}).id
        for number in range(5)
    ]
    seen: list[str] = []
    sa.event.listen(database.control, "before_cursor_execute", lambda *args: seen.append(args[2]))
    users = directory.get_users([*ids, 999, ids[0]])
    assert sorted(users) == ids
    assert users[ids[0]].roles_in("acme") == {"x"}
    assert len([text for text in seen if text.startswith("SELECT")]) == 1
    assert directory.get_users([]) == {}


def test_roles_come_directly_or_with_a_group(database: Database, directory: Directory, roles: Roles) -> None:
    user = directory.add_user("ann", PASSWORD, "Ann", "ann@acme.example")
    roles.grant(user, "acme", "crm.sales")
    roles.grant(user, "acme", "crm.sales")
    roles.offer("acme", ["crm.manager", "crm.sales"])
    assert roles.known() == {"acme": {"crm.sales", "crm.manager"}}
    with database.control.begin() as connection:
        group = connection.scalar(sa.insert(GROUP).values(name="managers").returning(GROUP.c.id))
        manager = connection.scalar(sa.select(tables.role.c.id).where(tables.role.c.name == "acme/crm.manager"))
        admin = connection.scalar(sa.select(tables.role.c.id).where(tables.role.c.name == "Admin"))
        connection.execute(tables.user_group.insert().values(user_id=user.id, group_id=group))
        connection.execute(
            tables.group_role.insert(), [{"group_id": group, "role_id": id_} for id_ in (manager, admin)]
        )
    ann = directory.user("ann")
    assert ann.roles_in("acme") == {"crm.sales", "crm.manager"}
    assert ann.is_platform_admin
    roles.revoke(user, "acme", "crm.sales")
    roles.revoke(user, "acme", "crm.sales")
    assert directory.user("ann").roles_in("acme") == {"crm.manager"}
    roles.set(user, {"acme": ["crm.manager", "crm.sales"]}, platform_admin=True)
    with database.control.connect() as connection:
        own = sa.select(tables.role.c.name).join(tables.user_role, tables.user_role.c.role_id == tables.role.c.id)
        assert set(connection.scalars(own)) == {"acme/crm.sales"}


GROUP = tables.user.metadata.tables["ab_group"]


def test_the_longest_names_of_company_and_role_fit(directory: Directory, roles: Roles) -> None:
    company, role = "c" * 40, f"{'p' * 40}.{'r' * 40}"
    roles.grant(directory.add_user("ann", PASSWORD, "Ann", "ann@acme.example"), company, role)
    assert directory.user("ann").roles_in(company) == {role}


@pytest.mark.parametrize(
    ("company", "role"), [("Acme", "x"), ("a/b", "x"), ("acme", "X"), ("acme", "a.b.c"), ("", "x")]
)
def test_a_name_that_no_company_or_role_can_have_is_refused(
    directory: Directory, roles: Roles, company: str, role: str
) -> None:
    user = directory.add_user("ann", PASSWORD, "Ann", "ann@acme.example")
    with pytest.raises(IdentityError, match="cannot be the name of a"):
        roles.grant(user, company, role)


def test_a_users_roles_are_set_as_a_whole(directory: Directory, roles: Roles) -> None:
    user = directory.add_user("ann", PASSWORD, "Ann", "ann@acme.example", {"acme": ["a", "b"], "shop": ["a"]})
    roles.set(user, {"acme": ["b", "c"]}, platform_admin=False)
    assert directory.user("ann").roles == {"acme": {"b", "c"}}


def test_the_last_platform_admin_stays(directory: Directory, roles: Roles) -> None:
    root = directory.add_user("root", PASSWORD, "Root", "root@acme.example", platform_admin=True)
    for leave in (
        lambda: directory.deactivate("root"),
        lambda: roles.set(root, {}, platform_admin=False),
        lambda: roles.set_platform_admin(root, False),
    ):
        with pytest.raises(IdentityError, match="last active platform admin"):
            leave()
    assert directory.user("root").is_platform_admin
    ann = directory.add_user("ann", PASSWORD, "Ann", "ann@acme.example")
    roles.set_platform_admin(ann, True)
    directory.deactivate("root")
    with pytest.raises(IdentityError, match="last active platform admin"):
        roles.set_platform_admin(ann, False)


def test_of_two_last_admins_who_leave_at_the_same_moment_one_stays(database: Database, directory: Directory) -> None:
    for name in ("one", "two"):
        directory.add_user(name, PASSWORD, name, f"{name}@acme.example", platform_admin=True)
    one, refused = directory.user("one"), []

    def leave() -> None:
        try:
            directory.deactivate("two")
        except IdentityError as error:
            refused.append(error)

    second = threading.Thread(target=leave)
    with writing(database.control) as connection:
        keep_an_admin(connection, one.id)
        second.start()
        second.join(0.5)  # it has looked by now, unless it waits as it should
        connection.execute(tables.user.update().where(tables.user.c.id == one.id).values(active=False))
    second.join()
    assert len(refused) == 1
    assert directory.user("two").active


def test_a_user_is_changed_and_keeps_their_own_address(directory: Directory) -> None:
    user = directory.add_user("ann", PASSWORD, "Ann", "ann@acme.example")
    directory.add_user("bob", PASSWORD, "Bob", "bob@acme.example")
    directory.update_user(user.id, name="Ann Lee", email="ANN@acme.example", language="zh")
    changed = directory.user("ann")
    assert (changed.name, changed.email, changed.language) == ("Ann Lee", "ANN@acme.example", "zh")
    with pytest.raises(IdentityError, match="Another user has"):
        directory.update_user(user.id, name="Ann Lee", email="bob@acme.example", language=None)
    directory.set_language(user.id, None)
    assert directory.user("ann").language is None
    with pytest.raises(IdentityError, match="There is no language"):
        directory.set_language(user.id, "fr")


def test_who_does_not_exist_is_named(directory: Directory) -> None:
    for act in (
        lambda: directory.user("nobody"),
        lambda: directory.set_password("nobody", PASSWORD),
        lambda: directory.deactivate("nobody"),
        lambda: directory.user("a\x00\ud800"),
    ):
        with pytest.raises(IdentityError, match="There is no user"):
            act()
    with pytest.raises(IdentityError, match="There is no user"):
        directory.update_user(99, name="X", email="x@acme.example", language=None)
