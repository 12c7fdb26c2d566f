"""Files: uploaded by themselves, then named by a record's field; read by who may read that record.

In: a visit, a multipart body. Out: what was stored, or the bytes. A file is always sent as an attachment and never
guessed at: what somebody uploaded must not run as a page of ours.
"""

from __future__ import annotations

import re
from typing import Any

from flask import Response, request, send_file, url_for

from ...metamodel.invalid import N_
from ..files.files import LARGEST, NO_FILE
from .body import malformed
from .problem import Problem
from .query import only
from .records import answer
from .visit import Visit

FILE_ID = re.compile(r"[0-9a-f]{32}")
ROOM_FOR_PARTS = 64 * 1024
NO_PART = N_("Send the file as the part “file” of multipart/form-data, with its name.")


def upload(visit: Visit) -> Response:
    """Store a file. The parts `entity` and `field` say where it will go, so that its limits are met at once."""
    only(request.args)
    if request.mimetype != "multipart/form-data":
        raise Problem(415, "unsupported_media_type", NO_PART, headers={"Accept": "multipart/form-data"})
    request.max_content_length = LARGEST + ROOM_FOR_PARTS
    try:
        part = request.files.get("file")
    except ValueError:  # a boundary that is none
        part = None
    if part is None or not part.filename:
        raise malformed(NO_PART)
    place: dict[str, Any] = {}
    if request.form.get("entity") or request.form.get("field"):
        place = {name: request.form.get(name, "") for name in ("entity", "field")}
    stored = visit.records.store_file(part.filename, part.stream, part.mimetype, **place)
    address = url_for(".file", company=visit.release.company, id=stored.id)
    return answer(stored.as_json(), 201, {"Location": address})


def download(visit: Visit, id: str) -> Response:
    """The bytes of a file, with ranges and an ETag of its content."""
    only(request.args)
    if not FILE_ID.fullmatch(id):
        raise Problem(404, "not_found", NO_FILE)
    stored, stream = visit.records.open_file(id)
    response = send_file(
        stream,
        mimetype=stored.mime,
        as_attachment=True,
        download_name=stored.name,
        etag=stored.digest,
        last_modified=stored.created_at,
        conditional=False,
    )
    response.content_length = stored.size
    response.make_conditional(request, accept_ranges=True, complete_length=stored.size)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "private, no-cache"
    return response
