"""What a person may not read cannot be selected, filtered, sorted, searched, totalled, or told from what does not
exist.
"""

from __future__ import annotations

import pytest

from sartor.metamodel.manifest import Grant
from sartor.platform.query.query import Query, conditions, sort_keys
from sartor.platform.records.errors import Forbidden, NotFound, Rejected
from sartor.tests import manifests as m
from sartor.tests.record_house import House, definitions


@pytest.fixture
def secrets(sqlite_house: House) -> House:
    records = sqlite_house.as_()
    records.create("oa.department", {"name": "Office"})
    records.create(
        "crm.customer", {"name": "Acme", "secret": "7", "credit": "5", "department": 1, "channels": ["mail"]}
    )
    records.create("crm.order", {"customer": 1, "lines": [{"item": "bolt", "qty": 1, "cost": "3"}]})
    records.create("crm.contact", {"name": "Eve", "customer": 1})
    return sqlite_house


def said(call: object) -> list[tuple[str, str, str]]:
    with pytest.raises(Rejected) as caught:
        call()  # type: ignore[operator]
    return [
        (fault.path.replace("secret", "X").replace("nothing", "X"), fault.code, fault.message)
        for fault in caught.value.faults
    ]


@pytest.mark.parametrize(
    "query",
    [
        lambda name: Query(where=conditions({name: "7"})),
        lambda name: Query(where=conditions({name: {"empty": True}})),
        lambda name: Query(where=conditions({name: {"gt": "much"}})),
        lambda name: Query(where=conditions({name: {"contains": "x"}})),
        lambda name: Query(sort=sort_keys([name])),
        lambda name: Query(sort=sort_keys(["-" + name])),
        lambda name: Query(fields=(name,)),
        lambda name: Query(expand=(name,)),
        lambda name: Query(totals=((name, "sum"),)),
        lambda name: Query(totals=((name, "unheard_of"),)),
        lambda name: Query(where=conditions({f"parent.{name}": 1})),
        lambda name: Query(fields=(f"parent.{name}",)),
        lambda name: Query(sort=sort_keys([f"parent.{name}"])),
    ],
)  # fmt: skip
def test_an_unreadable_field_answers_as_an_unknown_one(secrets: House, query: object) -> None:
    sales = secrets.as_("crm.sales")
    answers = [said(lambda name=name: sales.page("crm.customer", query(name))) for name in ("secret", "nothing")]  # type: ignore[operator]
    assert answers[0] == answers[1]
    assert answers[0][0][1] == "unknown_field"
    sales.page("crm.customer", Query(where=conditions({"credit": "5"})))


def test_an_unreadable_field_is_not_in_records_nor_in_the_history(secrets: House) -> None:
    sales = secrets.as_("crm.sales")
    assert "secret" not in sales.get("crm.customer", 1)
    assert "secret" not in sales.page("crm.customer", Query()).records[0]
    assert "secret" not in sales.history("crm.customer", 1)[0].after
    assert "secret" in secrets.as_().history("crm.customer", 1)[0].after
    secrets.as_().update("crm.customer", 1, {"secret": "8"}, version=None)
    assert len(sales.history("crm.customer", 1)) == 1, "a change of what may not be read is not told"
    assert len(secrets.as_().history("crm.customer", 1)) == 2


def test_rows_hide_their_own_unreadable_fields(secrets: House) -> None:
    sales = secrets.as_("crm.sales")
    line = sales.get("crm.order", 1)["lines"][0]
    assert "cost" not in line
    assert line["item"] == "bolt"
    assert said(lambda: sales.page("crm.order", Query(where=conditions({"lines.cost": 3})))) == [
        ("lines.cost", "unknown_field", "There is no field “{name}”.")
    ]
    assert "cost" not in sales.history("crm.order", 1)[-1].after


def test_search_does_not_look_into_unreadable_fields(house: House) -> None:
    plain = definitions()
    sales = m.role("crm.sales", crm__customer=Grant(("read",), {"code": "none"}))
    house.publish(m.manifest(plain.entities, company=plain.company, roles=[sales]))
    house.as_().create("crm.customer", {"name": "Acme"})
    found = house.as_().page("crm.customer", Query(search="C202604")).records
    assert len(found) == 1
    assert house.as_("crm.sales").page("crm.customer", Query(search="C202604")).records == []


def test_an_entity_that_may_not_be_read_is_forbidden_and_does_not_lend_its_names(secrets: House) -> None:
    sales = secrets.as_("crm.sales")
    with pytest.raises(Forbidden):
        sales.page("oa.department", Query())
    with pytest.raises(Forbidden):
        sales.get("crm.shipment", 1)
    with pytest.raises(NotFound):
        sales.page("crm.unheard_of", Query())
    assert sales.get("crm.customer", 1)["department"] == 1
    assert sales.get("crm.customer", 1)["$labels"]["department"] == "#1"
    assert secrets.as_().get("crm.customer", 1)["$labels"]["department"] == "Office"
    assert said(lambda: sales.page("crm.customer", Query(where=conditions({"department.name": "Office"}))))
    assert said(lambda: sales.page("crm.customer", Query(expand=("department",))))
    assert sales.label("oa.department", 1) == "#1"
    assert sales.options("crm.customer", "department", "Off") == []


def test_related_records_of_a_forbidden_entity_cannot_be_asked_about(secrets: House) -> None:
    reader = secrets.as_("crm.reader")
    answers = [
        said(lambda path=path: reader.page("crm.customer", Query(where=conditions({path: "Eve"}))))
        for path in ("contacts.name", "contacts.unheard_of")
    ]
    assert {answer[0][1] for answer in answers} == {"unknown_field"}


def test_writing_an_unreadable_field_is_refused_as_an_unknown_one(secrets: House) -> None:
    sales = secrets.as_("crm.sales")
    answers = [
        said(lambda name=name: sales.update("crm.customer", 1, {name: "9"}, version=None))
        for name in ("secret", "nothing")
    ]
    assert answers[0] == answers[1]
    answers = [said(lambda name=name: sales.options("crm.customer", name, "")) for name in ("secret", "nothing")]
    assert answers[0] == answers[1]


def test_nobody_reads_without_a_role(secrets: House) -> None:
    stranger = secrets.as_("crm.unheard_of")
    for call in (
        lambda: stranger.page("crm.customer", Query()),
        lambda: stranger.get("crm.customer", 1),
        lambda: stranger.create("crm.customer", {"name": "x"}),
        lambda: stranger.update("crm.customer", 1, {"name": "x"}, version=None),
        lambda: stranger.delete("crm.customer", 1),
        lambda: stranger.transition("crm.order", 1, "submit"),
        lambda: stranger.history("crm.customer", 1),
        lambda: stranger.defaults("crm.customer"),
    ):
        with pytest.raises(Forbidden):
            call()
    with pytest.raises(Rejected):
        stranger.options("crm.order", "customer", "")
