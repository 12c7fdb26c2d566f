# ruff: noqa: E501 - a table is read along its lines
"""Scenarios of the API: who asks what, what is answered, and what is noted in the audit.

Each starts from the records that `House.seed` makes: customers 1 to 3 (Acme, Béta, Gamma), order 1 of Acme with the rows
bolt and nut, sample 1. `has` is a part of the answer: mappings may have more, lists must match in length.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ANY = object()
CUSTOMER, ORDER, SAMPLE = "/crm/customer", "/crm/order", "/lab/sample"
STAR = {"If-Match": "*"}
V1 = {"If-Match": '"1"'}
ZH = {"Accept-Language": "zh"}


@dataclass(frozen=True)
class Scenario:
    name: str
    user: str | None
    method: str
    url: str
    status: int
    has: Any = None
    json: Any = None
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    replies: Mapping[str, Any] = field(default_factory=dict)  # headers of the answer
    lacks: tuple[str, ...] = ()  # texts that are nowhere in the answer
    audit: list[tuple[str, str]] = field(default_factory=list)


def fault(path: str, code: str, message: Any = ANY) -> dict[str, Any]:
    return {"errors": [{"field": path, "code": code, "message": message}]}


def names(*those: str) -> dict[str, Any]:
    return {"records": [{"name": name} for name in those]}


def bad(url: str, path: str, code: str, message: Any = ANY, user: str = "sara") -> Scenario:
    return Scenario(f"400 for {url}", user, "GET", url, 400, fault(path, code, message))


def found(query: str, *those: str) -> Scenario:
    return Scenario(f"customers {query}", "sara", "GET", f"{CUSTOMER}?{query}", 200, names(*those))


JSON = {"Content-Type": "application/json"}


def malformed(name: str, body: bytes, detail: Any = ANY) -> Scenario:
    problem = {"code": "malformed_body", "detail": detail}
    return Scenario(f"a body {name}", "sara", "POST", CUSTOMER, 400, problem, body=body, headers=JSON)


WHO = [
    Scenario("nobody", None, "GET", CUSTOMER, 401, {"code": "unauthorized"}, replies={"WWW-Authenticate": 'Bearer realm="sartor"'}),
    Scenario("nobody, and no such company", None, "GET", "/api/v1/nope/crm/customer", 401, {"code": "unauthorized"}),
    Scenario("a wrong token", None, "GET", CUSTOMER, 401, headers={"Authorization": "Bearer nonsense"},
             replies={"WWW-Authenticate": 'Bearer realm="sartor", error="invalid_token"'}),
    Scenario("a wrong key", None, "GET", CUSTOMER, 401, headers={"X-API-Key": "sst_nonsense"}),
    Scenario("a key by X-API-Key is known elsewhere", "sara", "GET", "/", 200, {"company": "acme"}),
    Scenario("somebody of another company", "nina", "GET", CUSTOMER, 404, {"detail": "There is no such company."}),
    Scenario("a company that does not exist", "ada", "GET", "/api/v1/nope/", 404, {"detail": "There is no such company."}),
    Scenario("a company of an impossible name", "ada", "GET", "/api/v1/%00..%2f/", 404),
    Scenario("an entity that does not exist", "ada", "GET", "/crm/clown", 404, {"detail": "There is no such entity."}),
    Scenario("an entity that is not granted", "rita", "GET", ORDER, 403, {"code": "forbidden", "action": "read"}),
    Scenario("an action that is not granted", "rita", "POST", CUSTOMER, 403, {"action": "create"}, json={"name": "X"}),
    Scenario("a change that is not granted", "rita", "PATCH", f"{CUSTOMER}/1", 403, json={"name": "X"}, headers=STAR),
    Scenario("a deletion that is not granted", "rita", "DELETE", f"{CUSTOMER}/1", 403, headers=STAR),
    Scenario("an admin without a role", "ada", "GET", f"{CUSTOMER}/1", 200, {"cost": "7.00"}),
    Scenario("no such address", "sara", "GET", "/a/b/c/d/e/f", 404, {"detail": "There is nothing at this address."}),
    Scenario("no such version", "sara", "GET", "/api/v9/acme/", 404),
    Scenario("a method that is not taken", "sara", "PUT", CUSTOMER, 405, {"detail": "This address does not take PUT."},
             replies={"Allow": ANY}),
    Scenario("Chinese", "sara", "GET", "/crm/clown", 404, {"detail": "没有这个业务对象。"}, headers=ZH,
             replies={"Content-Language": "zh"}),
]  # fmt: skip

READING = [
    Scenario("the catalogue", "sara", "GET", "/", 200, {"company": "acme", "links": {"openapi": "/api/v1/acme/openapi.json"}}),
    Scenario("the catalogue of a reader", "rita", "GET", "/", 200, {"entities": [
        {"name": "crm.customer", "actions": ["read"], "href": "/api/v1/acme/crm/customer"}]}),
    Scenario("a list", "sara", "GET", CUSTOMER, 200, {"records": [
        {"id": 1, "version": 1, "name": "Acme", "credit": "1000.00", "level": "a", "owner": ANY},
        {"name": "Béta"}, {"name": "Gamma", "level": None}], "next": None, "previous": None}, lacks=("cost", "$labels", "count")),
    Scenario("a record", "sara", "GET", f"{CUSTOMER}/1", 200, {"id": 1, "name": "Acme"}, replies={"ETag": ANY}, lacks=("cost",)),
    Scenario("a record with its rows", "sara", "GET", f"{ORDER}/1", 200, {
        "number": "SO0001", "total": "3.30", "due": "2026-01-31", "customer": 1,
        "lines": [{"item": "bolt", "qty": "2.000", "amount": "3.00"}, {"item": "nut", "amount": "0.30"}]}),
    Scenario("a record expanded", "sara", "GET", f"{ORDER}/1?expand=customer", 200, {"customer": {"id": 1, "name": "Acme"}}, lacks=("cost",)),
    Scenario("a list expanded", "sara", "GET", f"{ORDER}?expand=customer,lines", 200, {"records": [
        {"customer": {"name": "Acme"}, "lines": [{"item": "bolt"}, {"item": "nut"}]}]}),
    Scenario("labels", "sara", "GET", f"{ORDER}/1?labels=true", 200, {"customer": 1, "$labels": {"customer": "Acme"}}),
    Scenario("sparse fields", "sara", "GET", f"{ORDER}?fields=number,customer.name", 200, {"records": [
        {"id": 1, "version": 1, "number": "SO0001", "customer.name": "Acme"}]}, lacks=("total", "created_at")),
    Scenario("a count", "sara", "GET", f"{CUSTOMER}?count=true&limit=1", 200, {"count": 3, "count_is_minimum": False, "next": ANY}),
    Scenario("totals", "sara", "GET", f"{CUSTOMER}?totals=credit.sum&limit=1", 200, {"totals": {"credit": "1020.50"}}),
    Scenario("no such record", "sara", "GET", f"{CUSTOMER}/99", 404, {"detail": "There is no such record."}),
    Scenario("an id that is none", "sara", "GET", f"{CUSTOMER}/abc", 404),
    Scenario("an id beyond all ids", "sara", "GET", f"{CUSTOMER}/{10**30}", 404),
    Scenario("an id of many thousand digits", "sara", "GET", f"{CUSTOMER}/{'9' * 5000}", 404),
    Scenario("the id nought", "sara", "GET", f"{CUSTOMER}/0", 404),
    Scenario("HEAD", "sara", "HEAD", f"{CUSTOMER}/1", 200, replies={"ETag": ANY}),
    Scenario("a look-up", "sara", "GET", f"{ORDER}/options/customer?q=béT", 200, {"options": [{"id": 2, "label": "Béta"}]}),
    Scenario("a look-up of users", "sara", "GET", f"{CUSTOMER}/options/owner?q=sara", 200, {"options": [{"label": "Sara"}]}),
    Scenario("a look-up of what names nothing", "sara", "GET", f"{CUSTOMER}/options/name", 404),
    Scenario("a look-up of an unreadable field", "sara", "GET", f"{CUSTOMER}/options/cost", 404),
    Scenario("steps", "sara", "GET", f"{ORDER}/1/transitions", 200, {"state": "draft", "transitions": [{"name": "confirm", "to": "confirmed"}]}),
    Scenario("steps of what has none", "sara", "GET", f"{CUSTOMER}/1/transitions", 200, {"state": None, "transitions": []}),
    Scenario("no such file", "sara", "GET", "/files/" + "0" * 32, 404, {"detail": "There is no such file."}),
    Scenario("a file of an impossible id", "sara", "GET", "/files/..%2F..%2Fetc", 404),
]  # fmt: skip

FILTERS = [
    found("level=a", "Acme"),
    found("level=", "Gamma"),
    found("level.ne=a", "Béta", "Gamma"),
    found("level.in=a,b", "Acme", "Béta"),
    found("level=a&level=b", "Acme", "Béta"),
    found("credit.gte=20.5&credit.lt=1000", "Béta"),
    found("credit.gt=1e2", "Acme"),
    found("credit.between=0,50", "Béta"),
    found("credit.between=,50", "Béta"),
    found("credit.empty=true", "Gamma"),
    found("name.contains=ÉT", "Béta"),
    found("name.starts=g", "Gamma"),
    found("name.in=Acme&name.in=Gamma", "Acme", "Gamma"),
    found("id.in=2,3&sort=-id", "Gamma", "Béta"),
    found("owner=current_user", "Acme", "Béta", "Gamma"),
    found("created_at.gte=today-1d&limit=1", "Acme"),
    found("search=bét", "Béta"),
    found("search=%00", "Acme", "Béta", "Gamma"),
    found("sort=-credit,name", "Acme", "Béta", "Gamma"),
    found("sort=level", "Acme", "Béta", "Gamma"),
    Scenario("a filter one step away", "sara", "GET", f"{ORDER}?customer.level=a", 200, {"records": [{"id": 1}]}),
    Scenario("a filter one step away with an operator", "sara", "GET", f"{ORDER}?customer.credit.lt=5", 200, {"records": []}),
    Scenario("a filter among rows", "sara", "GET", f"{ORDER}?lines.item=nut", 200, {"records": [{"id": 1}]}),
    Scenario("a field that is called like a word", "sara", "GET", f"{SAMPLE}?limit.empty=true&limit=1", 200, {"records": [{"id": 1}]}),
    bad(f"{CUSTOMER}?nmae=x", "nmae", "unknown_parameter", "There is no parameter “nmae”; did you mean “name”?"),
    bad(f"{CUSTOMER}?cost=1", "cost", "unknown_parameter", "There is no parameter “cost”; did you mean “count”?"),
    bad(f"{CUSTOMER}?cost.gte=1", "cost.gte", "unknown_parameter"),
    bad(f"{CUSTOMER}?sort=cost", "sort", "unknown_field", "There is no field “cost”."),
    bad(f"{CUSTOMER}?sort=cots", "sort", "unknown_field", "There is no field “cots”."),
    bad(f"{CUSTOMER}?fields=cost", "fields", "unknown_field", "There is no field “cost”."),
    bad(f"{CUSTOMER}?totals=cost.sum", "totals", "unknown_field"),
    bad(f"{ORDER}?customer.cost=1", "customer.cost", "unknown_parameter"),
    bad(f"{ORDER}?expand=custmer", "expand", "unknown_field", "There is no field “custmer”; did you mean “customer”?"),
    bad(f"{ORDER}?fields=customer.cost", "fields", "unknown_field"),
    bad(f"{CUSTOMER}/1?fields=cost", "fields", "unknown_field"),
    bad(f"{CUSTOMER}/1?level=a", "level", "unknown_parameter"),
    bad(f"{CUSTOMER}?credit.gte=lots", "credit.gte", "not_number", "Credit must be a number."),
    bad(f"{CUSTOMER}?credit.contains=1", "credit.contains", "unknown_operator"),
    bad(f"{CUSTOMER}?level=z", "level", "not_an_option"),
    bad(f"{CUSTOMER}?owner={10**40}", "owner", "not_integer"),
    bad(f"{CUSTOMER}?credit.between=1", "credit.between", "not_a_pair"),
    bad(f"{CUSTOMER}?credit.empty=perhaps", "credit.empty", "not_boolean"),
    bad(f"{CUSTOMER}?name=%00", "name", "control_character"),
    bad(f"{CUSTOMER}?limit=0", "limit", "bad_limit"),
    bad(f"{CUSTOMER}?limit={'9' * 5000}", "limit", "bad_limit"),
    bad(f"{CUSTOMER}?limit=1&limit=2", "limit", "repeated"),
    bad(f"{CUSTOMER}?count=perhaps", "count", "not_boolean"),
    bad(f"{CUSTOMER}?after=nonsense", "after", "bad_cursor"),
    bad(f"{CUSTOMER}?after=WyIwIixbMV1d", "after", "foreign_cursor"),
    bad(f"{CUSTOMER}?sort=name,-name,code,level,credit,owner,id", "sort", "too_many_keys"),
    bad(f"{SAMPLE}?a_json=1", "a_json", "unknown_operator"),
    bad(f"{SAMPLE}?sort=a_json", "sort", "not_sortable"),
    bad(f"{ORDER}/options/customer?limit=0", "limit", "bad_limit"),
    bad(f"{CUSTOMER}?{'&'.join(f'x{i}=1' for i in range(200))}", "", "too_many_parameters"),
]  # fmt: skip

WRITING = [
    Scenario("create", "sara", "POST", CUSTOMER, 201, {"id": 4, "version": 1, "name": "New", "code": "N1", "level": "c", "created_by": ANY},
             json={"name": " New ", "code": "n1"}, replies={"Location": "/api/v1/acme/crm/customer/4", "ETag": ANY},
             audit=[("crm.customer", "create")]),
    Scenario("create with rows", "sara", "POST", ORDER, 201, {"number": "SO0002", "total": "3.75", "lines": [{"qty": "1.500", "amount": "3.75", "position": 1}]},
             json={"customer": 1, "lines": [{"item": "x", "qty": 1.5, "price": "2.5"}]}, audit=[("crm.order", "create"), ("crm.order_line", "create")]),
    Scenario("all faults at once, by path", "sara", "POST", ORDER, 422, {"errors": [
        {"field": "due", "code": "not_date", "message": "Due must be a date, such as 2026-01-31."}, {"field": "customer", "code": "unknown_record"},
        {"field": "lines.1.colour", "code": "unknown_field"}, {"field": "lines.1.qty", "code": "not_number", "message": "Qty must be a number."},
        {"field": "lines.1.item", "code": "required", "message": "Item is required."}]},
             json={"customer": 99, "due": "soon", "lines": [{"item": "a", "qty": 1}, {"qty": "x", "colour": 1}]}),
    Scenario("faults in Chinese", "sara", "POST", CUSTOMER, 422, fault("name", "required", "名称必填。"), json={}, headers=ZH),
    Scenario("a float of ten places", "sara", "POST", CUSTOMER, 422, fault("credit", "too_many_decimals"), body=b'{"name":"x","credit":0.1234567891}', headers=JSON),
    Scenario("a fraction is read exactly", "sara", "POST", CUSTOMER, 201, {"credit": "1234567890123456.78"},
             body=b'{"name":"x","credit":1234567890123456.78}', headers=JSON, audit=[("crm.customer", "create")]),
    Scenario("a taken code", "sara", "POST", CUSTOMER, 422, fault("code", "not_unique"), json={"name": "x", "code": "a1"}),
    Scenario("a field that may not be read", "sara", "POST", CUSTOMER, 422, fault("cost", "unknown_field", "There is no field “cost”."), json={"name": "x", "cost": 1}),
    Scenario("a field that is not there", "sara", "POST", CUSTOMER, 422, fault("kost", "unknown_field", "There is no field “kost”."), json={"name": "x", "kost": 1}),
    Scenario("a user beyond all users", "sara", "POST", CUSTOMER, 422, fault("owner", "unknown_user"), json={"name": "x", "owner": 2**63 - 1}),
    Scenario("a NUL", "sara", "POST", CUSTOMER, 422, fault("name", "control_character"), json={"name": "a\0b"}),
    Scenario("a list for a text", "sara", "POST", CUSTOMER, 422, fault("name", "not_text"), json={"name": ["x"]}),
    Scenario("rows that are none", "sara", "POST", ORDER, 422, fault("lines", "not_rows"), json={"customer": 1, "lines": [1]}),
    Scenario("a parameter of a creation", "sara", "POST", f"{CUSTOMER}?x=1", 400, fault("x", "unknown_parameter"), json={"name": "x"}),
    Scenario("change", "sara", "PATCH", f"{CUSTOMER}/1", 200, {"version": 2, "name": "Ace", "code": "A1"}, json={"name": "Ace"}, headers=V1,
             replies={"ETag": ANY}, audit=[("crm.customer", "update")]),
    Scenario("change whatever is there", "sara", "PATCH", f"{CUSTOMER}/1", 200, {"version": 2}, json={"name": "Ace"}, headers=STAR, audit=[("crm.customer", "update")]),
    Scenario("change nothing", "sara", "PATCH", f"{CUSTOMER}/1", 200, {"version": 1}, json={}, headers=V1),
    Scenario("send back what was read", "sara", "PATCH", f"{ORDER}/1", 200, {"version": 1}, json={"id": 1, "version": 1, "number": "SO0001", "total": "3.30"}, headers=V1),
    Scenario("change what is computed", "sara", "PATCH", f"{ORDER}/1", 422, fault("total", "not_writable"), json={"total": "9.00"}, headers=V1),
    Scenario("change without If-Match", "sara", "PATCH", f"{CUSTOMER}/1", 428, {"code": "precondition_required"}, json={"name": "Ace"}),
    Scenario("change a stale version", "sara", "PATCH", f"{CUSTOMER}/1", 412, {"code": "conflict", "mine": {"name": "Ace"}, "theirs": {"id": 1, "version": 1, "name": "Acme"}, "changed_fields": ["name"]},
             json={"name": "Ace"}, headers={"If-Match": '"7-3.abc"'}, replies={"ETag": ANY}, lacks=("cost",)),
    Scenario("an If-Match without quotes", "sara", "PATCH", f"{CUSTOMER}/1", 400, {"code": "bad_if_match"}, json={}, headers={"If-Match": "1"}),
    Scenario("an If-Match beyond all versions", "sara", "PATCH", f"{CUSTOMER}/1", 400, {"code": "bad_if_match"}, json={}, headers={"If-Match": f'"{10**30}"'}),
    Scenario("change what is not there", "sara", "PATCH", f"{CUSTOMER}/99", 404, json={"name": "x"}, headers=STAR),
    Scenario("delete", "sara", "DELETE", f"{CUSTOMER}/2", 204, headers=V1, audit=[("crm.customer", "delete")]),
    Scenario("delete without If-Match", "sara", "DELETE", f"{CUSTOMER}/2", 428),
    Scenario("delete a stale version", "sara", "DELETE", f"{CUSTOMER}/2", 412, {"theirs": {"id": 2}}, headers={"If-Match": '"9"'}),
    Scenario("delete what is in use", "sara", "DELETE", f"{CUSTOMER}/1", 409, {"code": "in_use", "by": [{"entity": "crm.order", "count": 1}]}, headers=STAR),
    Scenario("delete with rows", "sara", "DELETE", f"{ORDER}/1", 204, headers=STAR, audit=[("crm.order_line", "delete"), ("crm.order_line", "delete"), ("crm.order", "delete")]),
    Scenario("take a step", "sara", "POST", f"{ORDER}/1/transitions/confirm", 200, {"status": "confirmed", "version": 2}, audit=[("crm.order", "transition:confirm")]),
    Scenario("take a step with an empty object", "sara", "POST", f"{ORDER}/1/transitions/confirm", 200, json={}, audit=[("crm.order", "transition:confirm")]),
    Scenario("take a step with values", "sara", "POST", f"{ORDER}/1/transitions/confirm", 400, json={"a": 1}),
    Scenario("take a step from another state", "bob", "POST", f"{ORDER}/1/transitions/finish", 422, fault("status", "closed_transition")),
    Scenario("take a step of other roles", "sara", "POST", f"{ORDER}/1/transitions/finish", 403, {"action": "transition:finish"}),
    Scenario("take a stale step", "sara", "POST", f"{ORDER}/1/transitions/confirm", 412, {"theirs": {"status": "draft"}}, headers={"If-Match": '"9"'}),
    Scenario("take a step that is none", "sara", "POST", f"{ORDER}/1/transitions/fly", 404),
    Scenario("add a row by its own address", "sara", "POST", "/crm/order_line", 201, {"item": "z", "amount": "4.00"}, json={"order": 1, "item": "z", "qty": 2, "price": 2},
             audit=[("crm.order", "update"), ("crm.order_line", "create")]),
]  # fmt: skip

BULK = [
    Scenario("bulk", "sara", "POST", f"{CUSTOMER}/bulk", 200, {"succeeded": 3, "failed": 0, "results": [
        {"operation": "create", "index": 0, "status": 201, "id": 4, "version": 1},
        {"operation": "update", "index": 0, "status": 200, "id": 2, "version": 2}, {"operation": "delete", "index": 0, "status": 204, "id": 3}]},
             json={"create": [{"name": "n"}], "update": [{"id": 2, "version": 1, "name": "B"}], "delete": [3]},
             audit=[("crm.customer", "update"), ("crm.customer", "create"), ("crm.customer", "delete")]),
    Scenario("bulk, all or none", "sara", "POST", f"{CUSTOMER}/bulk", 422, {"code": "bulk_failed", "results": [
        {"status": 424, "code": "undone"}, {"status": 422, "errors": [{"field": "name", "code": "required"}]}]}, json={"create": [{"name": "n"}, {}]}),
    Scenario("bulk, each by itself", "sara", "POST", f"{CUSTOMER}/bulk", 200, {"succeeded": 1, "failed": 2, "results": [
        {"status": 201}, {"status": 422}, {"status": 409, "by": [{"entity": "crm.order"}]}]},
             json={"create": [{"name": "n"}, {}], "delete": [{"id": 1, "version": 1}], "atomic": False}, audit=[("crm.customer", "create")]),
    Scenario("bulk of stale versions", "sara", "POST", f"{CUSTOMER}/bulk", 200, {"results": [{"status": 412, "theirs": {"id": 1}, "mine": {"name": "x"}}]},
             json={"update": [{"id": 1, "version": 5, "name": "x"}], "atomic": False}),
    Scenario("bulk of nothing", "sara", "POST", f"{CUSTOMER}/bulk", 200, {"results": [], "succeeded": 0, "failed": 0}, json={}),
    Scenario("bulk without the right", "rita", "POST", f"{CUSTOMER}/bulk", 403, {"action": "delete"}, json={"delete": [1]}),
    Scenario("bulk of wrong shapes", "sara", "POST", f"{CUSTOMER}/bulk", 422, {"errors": [
        {"field": "upsert", "code": "unknown_field"}, {"field": "create.0"}, {"field": "update.0"}, {"field": "delete.0"}, {"field": "atomic"}]},
             json={"create": [1], "update": [{"name": "x"}], "delete": ["x"], "atomic": "perhaps", "upsert": []}),
    Scenario("bulk of a list", "sara", "POST", f"{CUSTOMER}/bulk", 400, json=[1]),
    Scenario("bulk of too many", "sara", "POST", f"{CUSTOMER}/bulk", 422, fault("delete", "malformed"), json={"delete": list(range(1, 1200))}),
]  # fmt: skip

BODIES = [
    malformed("that is empty", b"", "The body is empty; send a JSON object."),
    malformed("that is no JSON", b'{"name": ', "The body is no JSON: line 1, column 10."),
    malformed("that is a list", b"[]", "The body must be a JSON object."),
    malformed("that is no UTF-8", b'{"name": "\xff"}', "The body is not UTF-8: byte 10 cannot be read."),
    malformed("with a name twice", b'{"name": "a", "name": "b"}', "The body says “name” twice in one object."),
    malformed("with NaN", b'{"name": NaN}', "The body holds NaN, which is no JSON number."),
    malformed("with Infinity", b'{"credit": -Infinity}'),
    malformed("with a number beyond all measure", b'{"credit": 1e999999999}'),
    malformed("with a whole number beyond all measure", b'{"credit": ' + b"9" * 5000 + b"}"),
    malformed("nested deep", b'{"name": ' + b"[" * 100 + b"]" * 100 + b"}", "The body is nested more than 60 deep."),
    malformed("nested beyond recursion", b'{"name": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    malformed("nested beyond recursion, never closed", b"[" * 200_000),
    malformed("with half a surrogate pair", b'{"name": "\\ud800"}'),
    malformed("with half a surrogate pair in a name", b'{"\\udfff": 1}'),
    malformed("that goes on", b'{"name": "x"} {}'),
    Scenario("a body of another type", "sara", "POST", CUSTOMER, 415, {"code": "unsupported_media_type"}, body=b"name=x", headers={"Content-Type": "application/x-www-form-urlencoded"}),
    Scenario("a body of no type", "sara", "POST", CUSTOMER, 415, body=b"{}"),
    Scenario("a body in another encoding", "sara", "POST", CUSTOMER, 415, {"code": "unsupported_charset"}, body=b"{}", headers={"Content-Type": "application/json; charset=utf-16"}),
    Scenario("a body that is too large", "sara", "POST", CUSTOMER, 413, {"code": "request_entity_too_large"}, body=b" " * (8 * 1024 * 1024 + 1), headers=JSON),
    Scenario("an upload of another type", "sara", "POST", "/files", 415, json={}),
    Scenario("an upload without a file", "sara", "POST", "/files", 400, body=b"--x--", headers={"Content-Type": "multipart/form-data; boundary=x"}),
    Scenario("an upload without a boundary", "sara", "POST", "/files", 400, body=b"--x--", headers={"Content-Type": "multipart/form-data"}),
]  # fmt: skip

SCENARIOS = [*WHO, *READING, *FILTERS, *WRITING, *BULK, *BODIES]
