"""Look-ups and files for forms: what a reference may be set to; uploading and downloading.

In: requests of the controls. Out: JSON for look-ups and uploads, bytes for downloads. Files are served as what they
are and never as a page: no uploaded HTML runs here.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, jsonify, request, send_file

from ..metamodel.invalid import N_
from .list_view import AT
from .pages import say
from .visit import present, visiting

options_blueprint = Blueprint("options", __name__)
file_blueprint = Blueprint("file", __name__)
SHOWN_IN_PAGE = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
MOST = 30


@options_blueprint.get(f"{AT}/options/<field>")
@visiting
def options(package: str, entity: str, field: str) -> Any:
    """What a reference may be set to, found by what was typed."""
    visit = present()
    found = visit.records.options(f"{package}.{entity}", field, request.args.get("q", "")[:200], limit=MOST)
    return jsonify([{"value": _key(key), "text": label, "hint": hint} for key, label, hint in found])


def _key(key: Any) -> str:
    return f"{key['entity']}/{key['id']}" if isinstance(key, dict) else str(key)


@file_blueprint.post(f"{AT}/upload/<field>")
@visiting
def upload(package: str, entity: str, field: str) -> Any:
    """Keep a file until the form that it belongs to is saved."""
    visit = present()
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return jsonify(message=say(N_("No file was sent."))), 422
    kept = visit.records.store_file(
        sent.filename, sent.stream, sent.mimetype, entity=f"{package}.{entity}", field=field
    )
    return jsonify({**kept.as_json(), "shown": kept.mime in SHOWN_IN_PAGE, "size_text": visit.format.size(kept.size)})


@file_blueprint.get("/<company:company>/-/files/<file_id>")
@visiting
def download(file_id: str) -> Any:
    """A file, for who may read the record that holds it."""
    if len(file_id) != 32 or not file_id.isalnum():
        abort(404)
    known, stream = present().records.open_file(file_id)
    response: Response = send_file(
        stream,
        mimetype=known.mime
        if known.mime in SHOWN_IN_PAGE or known.mime == "application/pdf"
        else "application/octet-stream",
        as_attachment=known.mime not in SHOWN_IN_PAGE,
        download_name=known.name,
        etag=known.digest,
    )
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Cache-Control"] = "private, no-cache"  # asked for again each time: access may have ended
    return response
