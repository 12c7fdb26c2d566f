"""Files: kept by content, held by records, read by who may read those."""

from __future__ import annotations

import io
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from sartor.platform.company_setup import Setup
from sartor.platform.files.files import StoredFile, remove_orphans
from sartor.platform.files.types import clean_name, contradicts, ending, media_type
from sartor.platform.query.query import Query
from sartor.platform.records.errors import Forbidden, NotFound
from sartor.platform.records.records import Records
from sartor.tests.record_house import NOW, House
from sartor.tests.test_record_saving import faults

PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 100


def upload(records: Records, name: str = "a.txt", content: bytes = b"hello", **more: Any) -> StoredFile:
    return records.store_file(name, io.BytesIO(content), None, **more)


def contents(house: House) -> list[Path]:
    return [path for path in (house.database.data / "files").rglob("*") if path.is_file()]


def read(records: Records, id: str) -> bytes:
    _, stream = records.open_file(id)
    with stream:
        return stream.read()


def test_a_file_lies_once_by_its_content_and_never_half(house: House) -> None:
    records = house.as_()
    first, second = upload(records), upload(records, "b.txt")
    assert first.id != second.id
    assert (first.name, first.mime, first.size, first.created_by, first.created_at) == (
        "a.txt",
        "text/plain",
        5,
        1,
        NOW,
    )
    (only,) = contents(house)
    assert only.name == first.digest == second.digest
    assert only.read_bytes() == b"hello"


def test_a_stream_that_breaks_or_is_too_long_leaves_nothing(house: House) -> None:
    class Broken(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            if self.tell():
                raise ConnectionError("gone")
            return super().read(10)

    records = house.as_()
    with pytest.raises(ConnectionError):
        records.store_file("a.txt", Broken(b"x" * 99), None)
    assert faults(lambda: upload(records, "a.png", PNG * 20, entity="crm.customer", field="logo")) == [
        ("logo", "file_too_large")
    ]
    assert contents(house) == []


def test_a_file_of_nobodys_record_is_its_uploaders_alone(house: House) -> None:
    kept = upload(house.as_(user=1))
    assert read(house.as_(user=1), kept.id) == b"hello"
    for other in (house.as_(user=2), house.as_("crm.sales", user=3), house.as_("crm.sales", user=None)):
        with pytest.raises(NotFound):
            other.open_file(kept.id)
    for wrong in ("", "x", "0" * 32, "../../etc/passwd", "\x00" * 32):
        with pytest.raises(NotFound):
            house.as_().open_file(wrong)


def test_a_held_file_is_read_by_who_may_read_the_field_of_the_record(house: House) -> None:
    from sartor.metamodel.manifest import Grant
    from sartor.tests import manifests as m
    from sartor.tests.record_house import definitions

    plain = definitions()
    blind = m.role("crm.blind", crm__customer=Grant(("read",), {"papers": "none"}))
    house.publish(m.manifest(plain.entities, company=plain.company, roles=[*plain.roles.values(), blind]))
    sales = house.as_("crm.sales", user=2)
    kept = upload(sales, "offer.pdf", b"%PDF-1.7", entity="crm.customer", field="papers")
    made = sales.create("crm.customer", {"name": "Acme", "papers": [kept.id]})
    assert made["papers"] == [kept.id]
    assert made["$files"][kept.id].as_json() == {
        "id": kept.id, "name": "offer.pdf", "size": 8, "mime": "application/pdf",
    }  # fmt: skip
    assert read(house.as_("crm.reader", user=3), kept.id) == b"%PDF-1.7"
    for other in (house.as_("crm.boss", user=3), house.as_("crm.blind", user=3), house.as_("crm.boss", user=2)):
        with pytest.raises(NotFound):
            other.open_file(kept.id)
    page = house.as_().page("crm.customer", Query())
    assert list(page.records[0]["$files"]) == [kept.id]


def test_only_ones_own_loose_files_can_be_held_and_each_by_one_record(house: House) -> None:
    ann, bob = house.as_(user=1), house.as_(user=2)
    his, hers = upload(bob), upload(ann)
    assert faults(lambda: ann.create("crm.customer", {"name": "a", "papers": [his.id]})) == [("papers", "unknown_file")]
    assert faults(lambda: ann.create("crm.customer", {"name": "a", "papers": ["0" * 32]})) == [
        ("papers", "unknown_file")
    ]
    made = ann.create("crm.customer", {"name": "a", "papers": [hers.id]})
    assert faults(lambda: ann.create("crm.customer", {"name": "b", "papers": [hers.id]})) == [
        ("papers", "unknown_file")
    ]
    more = upload(bob)
    changed = bob.update("crm.customer", made["id"], {"papers": [hers.id, {"id": more.id}]}, version=None)
    assert changed["papers"] == [hers.id, more.id]


def test_the_field_says_which_files_it_takes(house: House) -> None:
    records = house.as_()
    assert faults(lambda: upload(records, "a.exe", entity="crm.customer", field="papers")) == [("papers", "file_type")]
    assert faults(lambda: upload(records, "a.png", b"<html>", entity="crm.customer", field="logo")) == [
        ("logo", "file_content")
    ]
    loose = upload(records, "a.zip", b"PK\x03\x04")
    assert faults(lambda: records.create("crm.customer", {"name": "a", "papers": [loose.id]})) == [
        ("papers", "file_type")
    ]
    large = upload(records, "b.png", PNG * 20)
    assert faults(lambda: records.create("crm.customer", {"name": "a", "logo": large.id})) == [
        ("logo", "file_too_large")
    ]
    assert faults(lambda: upload(records, entity="crm.customer", field="name")) == [("name", "unknown_field")]
    with pytest.raises(NotFound):
        upload(records, entity="crm.unheard_of", field="name")
    with pytest.raises(Forbidden):
        upload(house.as_("crm.reader"), entity="crm.customer", field="papers")


def test_files_that_no_record_holds_any_more_are_removed_after_a_day(house: House) -> None:
    records = house.as_()
    held, left, gone, loose = (upload(records, f"{n}.txt", n.encode()) for n in ("held", "left", "gone", "loose"))
    twin = upload(records, "twin.txt", b"gone")
    first = records.create("crm.customer", {"name": "a", "papers": [held.id, left.id, twin.id]})
    second = records.create("crm.customer", {"name": "b", "papers": [gone.id]})
    records.update("crm.customer", first["id"], {"papers": [held.id, twin.id]}, version=None)
    records.delete("crm.customer", second["id"])
    soon = NOW + timedelta(hours=2)
    assert remove_orphans(house.database, house.release, now=soon) == 0
    old = NOW.timestamp()
    for path in contents(house):
        os.utime(path, (old, old))
    later = NOW + timedelta(days=2)
    assert remove_orphans(house.database, house.release, now=later) == 3
    assert sorted(path.read_bytes() for path in contents(house)) == [b"gone", b"held"]
    assert read(records, twin.id) == b"gone"
    with pytest.raises(NotFound):
        records.open_file(loose.id)


def test_a_content_that_is_just_coming_in_again_is_kept(house: House) -> None:
    records = house.as_(now=datetime(2020, 1, 1, tzinfo=UTC))
    upload(records, "old.txt", b"same")
    upload(records, "new.txt", b"same")  # renews the content's time, as an upload without its row yet would
    with house.database.write("acme") as connection:
        connection.execute(sa.delete(house.release.tables.system.file))
    assert remove_orphans(house.database, house.release) == 0
    assert len(contents(house)) == 1


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\a\\b.txt", "b.txt"),
        ("  a\x00b\n.txt ", "ab.txt"),
        ("", "file"),
        ("...", "file"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("合同.pdf", "合同.pdf"),
        ("x" * 300 + ".pdf", "x" * 251 + ".pdf"),
        ("a\ud800b.txt", "ab.txt"),
    ],
)
def test_names_are_made_harmless(name: str, clean: str) -> None:
    assert clean_name(name) == clean
    assert len(clean_name(name)) <= 255


@pytest.mark.parametrize(
    ("name", "head", "mime", "lie"),
    [
        ("a.png", PNG, "image/png", False),
        ("a.jpg", PNG, "image/png", True),
        ("a.pdf", b"<script>", "application/octet-stream", True),
        ("a.webp", b"RIFF0000WEBPVP8", "image/webp", False),
        ("a.docx", b"PK\x03\x04", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", False),
        ("a.html", b"<html>", "application/octet-stream", False),
        ("a.svg", b"<svg>", "application/octet-stream", False),
        ("a.csv", b"a,b", "text/csv", False),
        ("a.txt", b"MZ\x90", "application/x-msdownload", False),
        ("noending", b"", "application/octet-stream", False),
    ],
)
def test_the_content_tells_the_type_before_the_name_does(name: str, head: bytes, mime: str, lie: bool) -> None:
    assert media_type(name, head) == mime
    assert contradicts(name, head) == lie
    assert ending(name) == name.rpartition(".")[2] * ("." in name)


def test_each_start_of_the_server_tidies_up_such_files(house: House) -> None:
    upload(house.as_(now=datetime(2020, 1, 1, tzinfo=UTC)), "old.txt", b"old")
    said: list[str] = []
    Setup(house.database, said.append).tidy(house.release)
    assert said == ["Files of acme: 1 removed that no record holds."]
    Setup(house.database, said.append).tidy(house.release)
    assert len(said) == 1
