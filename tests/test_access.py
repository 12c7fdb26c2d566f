"""Access: what roles may do, decided from the manifest alone."""

from __future__ import annotations

from sartor.metamodel.manifest import Grant, Manifest, Role
from sartor.rules.access import Access
from sartor.tests import manifests as m

WRITES = ("read", "create", "update", "delete", "transition")


def company() -> Manifest:
    status, life = m.lifecycle("lead won", "win: lead > won")
    rows, owned = m.lines("crm.quote", "crm.quote_line", "quote")
    win = life.transitions["win"]
    life.transitions["win"] = type(win)("win", win.label, win.source, win.target, roles=("crm.boss",))
    return m.manifest(
        [
            m.entity(
                "crm.customer", "name", m.field("limit", "money"), m.field("cost", "money"), status, lifecycle=life
            ),
            m.entity("crm.quote", "name", rows, m.field("total", "money", formula="1")),
            m.entity("crm.quote_line", m.field("quote", "ref", of="crm.quote"), "item", "cost", owner=owned),
        ],
        roles=[
            m.role(
                "crm.sales", crm__customer=Grant(WRITES, {"limit": "read", "cost": "none"}), crm__quote=Grant(WRITES)
            ),
            m.role("crm.reader", crm__customer="read", crm__quote="read"),
            m.role("crm.finance", crm__customer=Grant(("read",), {"cost": "read"})),
            Role(
                "crm.boss", m.label("boss"), {"crm.customer": Grant(("delete",))}, includes=("crm.finance", "crm.boss")
            ),
            m.role("crm.narrow", crm__quote=Grant(WRITES), crm__quote_line=Grant((), {"cost": "read", "item": "none"})),
            m.role("crm.hidden", crm__quote=Grant(WRITES, {"lines": "none"})),
            m.role("crm.frozen", crm__quote=Grant(WRITES, {"lines": "read"})),
        ],
    )


def access(*roles: str, admin: bool = False) -> Access:
    return Access(company(), roles, admin=admin)


def test_what_no_role_grants_is_forbidden() -> None:
    nobody = access("crm.reader", "crm.unheard_of")
    assert not nobody.can("crm.customer", "update")
    assert not nobody.can("crm.unheard_of", "read")
    assert access().entities("read") == []
    assert access().field("crm.customer", "id") == "none"


def test_a_user_has_the_union_of_what_their_roles_grant() -> None:
    both = access("crm.sales", "crm.finance")
    assert both.can("crm.customer", "update")
    assert both.field("crm.customer", "cost") == "read", "sales says none, finance says read"
    assert both.field("crm.customer", "limit") == "read"
    assert both.field("crm.customer", "name") == "write"


def test_fields_default_to_what_the_actions_allow() -> None:
    assert access("crm.reader").field("crm.customer", "name") == "read"
    assert access("crm.sales").field("crm.customer", "name") == "write"
    assert access("crm.sales").field("crm.customer", "unheard_of") == "none"
    assert access("crm.sales").readable("crm.customer") == ("name", "limit", "status")


def test_system_fields_are_read_and_never_written() -> None:
    assert {access("crm.sales").field("crm.customer", name) for name in ("id", "version", "created_by")} == {"read"}
    assert access(admin=True).field("crm.customer", "created_at") == "read"


def test_included_roles_come_along_even_in_a_circle() -> None:
    boss = access("crm.boss")
    assert boss.effective == ("crm.boss", "crm.finance")
    assert boss.can("crm.customer", "read")
    assert boss.can("crm.customer", "delete")
    assert boss.field("crm.customer", "cost") == "read"


def test_admins_may_do_everything() -> None:
    for everything in (access(admin=True), access("admin"), access("business_admin")):
        assert everything.can("crm.customer", "delete")
        assert everything.field("crm.customer", "cost") == "write"
        assert everything.may("crm.customer", "win")
        assert not everything.can("crm.unheard_of", "read")


def test_computed_read_only_and_state_fields_are_not_writable_by_hand() -> None:
    assert access(admin=True).writable("crm.customer") == ("name", "limit", "cost")
    assert access(admin=True).writable("crm.quote") == ("name", "lines")


def test_rows_answer_as_their_owner() -> None:
    sales, reader = access("crm.sales"), access("crm.reader")
    for action in ("create", "update", "delete"):
        assert sales.can("crm.quote_line", action)
        assert not reader.can("crm.quote_line", action)
    assert reader.can("crm.quote_line", "read")
    assert reader.field("crm.quote_line", "item") == "read"


def test_fields_of_rows_have_grants_of_their_own() -> None:
    narrow = access("crm.narrow")
    assert narrow.field("crm.quote_line", "cost") == "read"
    assert narrow.field("crm.quote_line", "item") == "none"
    assert narrow.field("crm.quote_line", "quote") == "write"


def test_rows_of_a_hidden_lines_field_are_hidden_and_of_a_read_one_only_read() -> None:
    assert not access("crm.hidden").can("crm.quote_line", "read")
    assert access("crm.frozen").can("crm.quote_line", "read")
    assert not access("crm.frozen").can("crm.quote_line", "update")


def test_a_transition_with_roles_asks_for_one_of_them_and_for_the_action() -> None:
    assert not access("crm.sales").may("crm.customer", "win"), "sales has the action, not the role"
    assert not access("crm.boss").may("crm.customer", "win"), "the boss has the role, not the action"
    assert access("crm.sales", "crm.boss").may("crm.customer", "win")
    assert not access(admin=True).may("crm.customer", "unheard_of")


def test_why_names_the_roles_that_grant() -> None:
    assert [role for role, _ in access("crm.sales", "crm.reader").why("crm.customer", "read")] == [
        "crm.reader",
        "crm.sales",
    ]
    assert [role for role, _ in access("crm.sales").why("crm.quote_line", "delete")] == ["crm.sales"]
    assert [role for role, _ in access("business_admin").why("crm.customer", "delete")] == ["business_admin"]
    assert access("crm.reader").why("crm.customer", "delete") == []
