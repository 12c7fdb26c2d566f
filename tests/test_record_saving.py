"""Saving: what is sent is checked field by field, completed, and written as one; or refused with every reason."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from sartor.platform.query.query import Query
from sartor.platform.records.errors import Conflict, Forbidden, Rejected
from sartor.platform.records.records import Records
from sartor.tests.record_house import NOW, House


def faults(call: Any) -> list[tuple[str, str]]:
    with pytest.raises(Rejected) as caught:
        call()
    return [(fault.path, fault.code) for fault in caught.value.faults]


def create(records: Records, entity: str, **values: Any) -> dict[str, Any]:
    return records.create(entity, values)


def test_a_new_record_gets_defaults_numbers_and_marks(house: House) -> None:
    house.as_().create("oa.department", {"name": "Office"})
    made = create(house.as_(user=2, department=1), "crm.customer", name="  Acme ")
    assert made["name"] == "Acme"
    assert (made["level"], made["owner"], made["department"], made["active"]) == ("low", 2, 1, True)
    assert made["code"] == "C202604-001", "the day is the company's, already April in Shanghai"
    assert (made["version"], made["created_at"], made["created_by"], made["updated_by"]) == (1, NOW, 2, 2)
    order = create(house.as_(), "crm.order", customer=made["id"])
    assert (order["day"], order["status"], order["total"]) == (date(2026, 4, 1), "draft", Decimal(0))


def test_what_is_sent_empty_stays_empty(house: House) -> None:
    made = create(house.as_(), "crm.customer", name="Acme", level=None, owner="", active=None)
    assert (made["level"], made["owner"], made["active"]) == (None, None, None)


def test_every_type_comes_back_as_it_was_saved(house: House) -> None:
    records = house.as_()
    tag = create(records, "crm.tag", name="vip")["id"]
    values: dict[str, Any] = {
        "name": "é" * 80, "tax_number": "T", "level": "mid", "channels": ["shop", "mail"], "owner": 3,
        "since": "2024-02-29", "met_at": "2026-01-01T08:00:00.123456+08:00",
        "credit": "9999999999999999.99", "score": 2**63 - 1,
        "active": False, "notes": "a\n\tb “c” 漢字 🏗",
        "address": {"city": " 上海 ", "street": ""},
        "place": "31.2304, 121.4737", "tags": [tag], "secret": -1,
    }  # fmt: skip
    expected = {
        **values, "channels": ["mail", "shop"], "since": date(2024, 2, 29), "credit": Decimal("9999999999999999.99"),
        "met_at": datetime(2026, 1, 1, 0, 0, 0, 123456, UTC), "address": {"city": "上海"}, "secret": Decimal("-1.00"),
        "place": {"lat": Decimal("31.230400"), "lon": Decimal("121.473700")},
    }  # fmt: skip
    made = records.create("crm.customer", values)
    assert {name: made[name] for name in values} == expected
    again = records.get("crm.customer", made["id"])
    assert again == made
    assert str(again["secret"]) == "-1.00"
    sent_back = records.update("crm.customer", made["id"], again, version=made["version"])
    assert sent_back == made, "what was read may be sent back, and changes nothing"


def test_all_faults_come_at_once_each_at_its_field(house: House) -> None:
    records = house.as_("crm.sales")
    wrong: dict[str, Any] = {
        "name": "x" * 81, "level": "unheard_of", "owner": 99, "since": "2026-02-30", "credit": "1.005", "secret": "1",
        "score": 5, "nothing": 1, "parent": 99, "tags": [99], "code": "C1", "active": "perhaps", "version": 3, "id": 7,
        "created_by": 5, "contacts": [{"name": "x"}], "logo": "no", "address": {"planet": "x"},
    }  # fmt: skip
    assert sorted(faults(lambda: records.create("crm.customer", wrong))) == [
        ("active", "not_boolean"),
        ("address", "not_address"),
        ("code", "not_writable"),
        ("contacts", "not_writable"),
        ("created_by", "not_writable"),
        ("credit", "too_many_decimals"),
        ("id", "not_writable"),
        ("level", "not_an_option"),
        ("logo", "not_a_file"),
        ("name", "too_long"),
        ("nothing", "unknown_field"),
        ("owner", "unknown_user"),
        ("parent", "unknown_record"),
        ("score", "not_writable"),
        ("secret", "unknown_field"),
        ("since", "not_date"),
        ("tags", "unknown_record"),
    ]
    assert house.as_().page("crm.customer", Query()).records == []


def test_required_fields_are_required_when_new_and_when_emptied(house: House) -> None:
    records = house.as_()
    assert faults(lambda: records.create("crm.customer", {})) == [("name", "required")]
    assert faults(lambda: create(records, "crm.customer", name="  ")) == [("name", "required")]
    made = create(records, "crm.customer", name="Acme")
    assert faults(lambda: records.update("crm.customer", made["id"], {"name": None}, version=None)) == [
        ("name", "required")
    ]
    assert records.update("crm.customer", made["id"], {"level": "high"}, version=None)["level"] == "high"


def test_limits_that_move_with_the_day_are_held(house: House) -> None:
    records = house.as_()
    customer = create(records, "crm.customer", name="Acme")["id"]
    assert faults(lambda: create(records, "crm.order", customer=customer, day="2026-03-31")) == [("day", "too_small")]
    order = create(records, "crm.order", customer=customer, day="2026-04-01")
    later = house.as_(now=datetime(2026, 5, 1, tzinfo=UTC))
    assert (
        later.update("crm.order", order["id"], {"day": "2026-04-01", "currency": "USD"}, version=None)["version"] == 2
    )


def test_a_value_that_must_be_unique_names_its_field(house: House) -> None:
    records = house.as_()
    create(records, "oa.department", name="Office")
    first = create(records, "crm.customer", name="Acme", tax_number="T1", department=1)
    assert faults(lambda: create(records, "crm.customer", name="Other", tax_number="T1")) == [
        ("tax_number", "not_unique")
    ]
    assert faults(lambda: create(records, "crm.customer", name="Acme", department=1)) == [("name", "not_unique")]
    second = create(records, "crm.customer", name="Acme", tax_number=None)
    assert faults(
        lambda: records.update("crm.customer", second["id"], {"tax_number": "T1", "department": 1}, version=None)
    ) == [
        ("tax_number", "not_unique"),
        ("name", "not_unique"),
    ]
    assert (
        records.update("crm.customer", first["id"], {"tax_number": "T1", "level": "mid"}, version=None)["version"] == 2
    )
    create(records, "crm.customer", name="Acme")
    with pytest.raises(Rejected) as caught:
        create(records, "crm.customer", name="Acme", department=1)
    assert caught.value.faults[0].text() == "There is a record with the same Name, Department already."


def test_fields_that_may_only_be_read_may_be_sent_back_but_not_changed(house: House) -> None:
    admin, sales = house.as_(), house.as_("crm.sales")
    made = create(admin, "crm.customer", name="Acme", score=5)
    same = sales.update("crm.customer", made["id"], {"score": "5", "code": made["code"], "level": "mid"}, version=None)
    assert same["level"] == "mid"
    assert faults(lambda: sales.update("crm.customer", made["id"], {"score": 6, "code": "C9"}, version=None)) == [
        ("score", "not_writable"),
        ("code", "not_writable"),
    ]
    order = create(admin, "crm.order", customer=made["id"])
    for sent in ({"locked_note": "x"}, {"total": "1.00"}, {"status": "open"}, {"status": "unheard_of"}):
        name = next(iter(sent))
        assert faults(lambda sent=sent: admin.update("crm.order", order["id"], sent, version=None)) == [
            (name, "not_writable")
        ]
    assert admin.update("crm.order", order["id"], {"status": "draft", "total": "0"}, version=None)["version"] == 1
    assert create(admin, "crm.order", customer=made["id"], status="draft")["status"] == "draft"
    assert faults(lambda: create(admin, "crm.order", customer=made["id"], status="open")) == [
        ("status", "not_writable")
    ]


def test_loading_shipped_data_may_set_states_numbers_and_read_only_fields(house: House) -> None:
    loading = house.as_(channel="setup")
    made = create(
        loading, "crm.customer", name="Acme", code="C202604-041", created_at="2026-01-01T00:00:00Z", created_by=3
    )
    assert (made["code"], made["created_by"]) == ("C202604-041", 3)
    assert made["created_at"] == datetime(2026, 1, 1, tzinfo=UTC)
    order = create(loading, "crm.order", customer=made["id"], status="closed", locked_note="x", number="SO1")
    assert (order["status"], order["locked_note"], order["number"]) == ("closed", "x", "SO1")
    assert create(house.as_(), "crm.customer", name="Next")["code"] == "C202604-042", (
        "numbers go on after what was loaded"
    )
    assert faults(lambda: create(house.as_("crm.sales", channel="setup"), "crm.customer", name="x", code="C1")) == [
        ("code", "not_writable")
    ]


def test_an_update_without_a_change_writes_nothing(house: House) -> None:
    records = house.as_()
    made = create(records, "crm.customer", name="Acme", credit="5")
    with house.statements() as seen:
        again = records.update("crm.customer", made["id"], {"credit": "5.00", "name": "Acme"}, version=1)
    assert again["version"] == 1
    assert not any(statement.startswith(("UPDATE", "INSERT")) for statement in seen)
    assert len(records.history("crm.customer", made["id"])) == 1


def test_who_saves_second_sees_both_sides(house: House) -> None:
    ann, bob = house.as_(), house.as_("crm.sales", user=2)
    made = create(ann, "crm.customer", name="Acme", credit="5", secret="1")
    ann.update("crm.customer", made["id"], {"credit": "6", "level": "high"}, version=1)
    with pytest.raises(Conflict) as caught:
        bob.update("crm.customer", made["id"], {"credit": "7", "level": "high", "notes": "n"}, version=1)
    conflict = caught.value
    assert (conflict.mine["credit"], conflict.theirs["credit"], conflict.theirs["version"]) == (
        Decimal(7),
        Decimal(6),
        2,
    )
    assert conflict.changed_fields == ("credit", "notes")
    assert "secret" not in conflict.theirs
    assert bob.update("crm.customer", made["id"], {"credit": "7"}, version=2)["version"] == 3
    assert bob.update("crm.customer", made["id"], {"credit": "8"}, version=None)["version"] == 4


def test_who_may_create_but_not_read_learns_only_the_number(house: House) -> None:
    from sartor.metamodel.manifest import Grant
    from sartor.tests import manifests as m
    from sartor.tests.record_house import definitions

    plain = definitions()
    box = m.role("crm.box", crm__customer=Grant(("create",)))
    house.publish(m.manifest(plain.entities, company=plain.company, roles=[box]))
    assert house.as_("crm.box").create("crm.customer", {"name": "Acme"}) == {"id": 1, "version": 1}


def test_missing_rights_are_told_before_anything_else(house: House) -> None:
    reader = house.as_("crm.reader")
    with pytest.raises(Forbidden) as caught:
        reader.create("crm.customer", {"nothing": 1})
    assert (caught.value.action, caught.value.entity) == ("create", "crm.customer")


def test_defaults_are_offered_before_the_first_save(sqlite_house: House) -> None:
    offered = sqlite_house.as_("crm.sales").defaults("crm.customer")
    assert (offered["level"], offered["owner"], offered["tags"], offered["name"]) == ("low", 1, [], None)
    assert "secret" not in offered
    assert sqlite_house.as_().defaults("crm.order")["status"] == "draft"
