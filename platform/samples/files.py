"""Files of demo records: a one-page PDF that says what it stands for.

In: the name of a file, the record and field that hold it. Out: the id of a stored file. Equal pages are stored once.
"""

from __future__ import annotations

import io
import uuid

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ..data.records import NewRecord
from ..files.store import Content, FileStore
from ..records.scope import Scope

MOST = 1024**2
FONTS = b"/Font << /F1 5 0 R >>"


class SampleFiles:
    """Makes files within the transaction that makes their records."""

    def __init__(self, scope: Scope, connection: Connection) -> None:
        self.scope = scope
        self.connection = connection
        self.table = scope.tables.system.file
        self._store = FileStore(scope.database.data, scope.company)
        self._contents: dict[str, Content] = {}
        self._held: list[tuple[str, NewRecord]] = []

    def make(self, name: str, record: NewRecord, field: str) -> str:
        """Store a page under this name, for a field of a record that will be written."""
        stem = name.removesuffix(".pdf")
        content = self._contents.get(stem)
        if content is None:
            content = self._contents[stem] = self._store.write(io.BytesIO(page(stem)), MOST)
        row = {
            "id": uuid.uuid4().hex,
            "name": f"{stem}.pdf",
            "mime": "application/pdf",
            "size": content.size,
            "digest": content.digest,
            "created_at": self.scope.moment.now,
            "entity": record.entity,
            "field": field,
        }
        self.connection.execute(sa.insert(self.table), row)
        self._held.append((str(row["id"]), record))
        return str(row["id"])

    def hold(self) -> None:
        """Note which records hold the files, now that these have ids."""
        rows = [{"_id": key, "_record": record.id} for key, record in self._held if record.id is not None]
        if rows:
            statement = sa.update(self.table).where(self.table.c.id == sa.bindparam("_id"))
            self.connection.execute(statement.values(record=sa.bindparam("_record")), rows)


def page(title: str) -> bytes:
    """A PDF of one page with a title. Its font knows Latin letters only; others are shown as question marks."""
    shown = title.encode("latin-1", "replace").replace(b"\\", b"").replace(b"(", b"[").replace(b")", b"]")
    drawing = b"BT /F1 18 Tf 72 770 Td (" + shown + b") Tj 0 -28 Td /F1 11 Tf (A sample made by sartor demo.) Tj ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << %s >> >>" % FONTS,
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawing), drawing),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    body, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(body)
    size = len(objects) + 1
    body += b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table)
    return body + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, start)
