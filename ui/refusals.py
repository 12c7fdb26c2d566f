"""What goes wrong, as a page a person can act on.

In: exceptions of records, databases, Flask. Out: a page with a sentence and a way on; for htmx and scripts the
sentence alone, which the page shows as a note. Never a stack trace.
"""

from __future__ import annotations

import logging
from typing import Any

from flask import Flask, g, jsonify, make_response, render_template, request
from werkzeug.exceptions import HTTPException

from ..metamodel.invalid import N_
from ..platform.records.errors import Conflict, Forbidden, InUse, NotFound, RecordError, Rejected
from ..platform.storage.unavailable import Unavailable, unavailable
from .list_bulk import reason
from .pages import is_partial, say

log = logging.getLogger(__name__)

TITLES = {
    400: N_("This address cannot be understood"),
    403: N_("You may not do this"),
    404: N_("There is nothing here"),
    405: N_("This cannot be done here"),
    409: N_("This cannot be done now"),
    413: N_("This is too large"),
    422: N_("This cannot be done"),
    429: N_("Too many requests"),
    500: N_("Something went wrong on our side"),
    503: N_("The database cannot serve just now"),
}
SENTENCES = {
    400: N_("Something in the address or in what was sent is not as expected."),
    403: N_("Your roles do not include this. Ask an administrator if you need it."),
    404: N_("The page or the record does not exist, or you may not see it."),
    405: N_("Go back and try again from the page."),
    413: N_("What you sent is larger than is accepted here."),
    429: N_("Wait a moment and try again."),
    500: N_(
        "It was noted, and nothing was changed. Try again; if it happens again, tell an administrator the number below."
    ),
}


def install(app: Flask) -> None:
    """Answer all exceptions."""
    app.register_error_handler(RecordError, _record_error)
    app.register_error_handler(Unavailable, _unavailable)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def _record_error(error: RecordError) -> Any:
    match error:
        case NotFound():
            return answer(404, say(error.message, **error.params))
        case Forbidden():
            return answer(403, say(error.message, **error.params))
        case Conflict():
            return answer(409, say(error.message, **error.params))
        case InUse():
            return answer(409, reason(g.visit, error))
        case Rejected():
            return answer(422, " ".join(say(fault.message, **fault.params) for fault in error.faults))
    return answer(422, say(error.message, **error.params))


def _unavailable(error: Unavailable) -> Any:
    response = answer(503, say(error.message))
    if error.retry:
        response.headers["Retry-After"] = "5"
    return response


def _http(error: HTTPException) -> Any:
    code = error.code or 500
    if code < 400 or error.response is not None:
        return error
    own = error.description if type(error).__name__ == "CSRFError" or code == 403 else None
    from_us = own if own and own != type(error).description else None
    response = answer(code, from_us or say(SENTENCES.get(code, SENTENCES[400])))
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def _unexpected(error: Exception) -> Any:
    if (known := unavailable(error)) is not None:
        return _unavailable(known)
    log.error("%s %s failed [%s]", request.method, request.path, g.get("request_id"), exc_info=error)
    return answer(500, say(SENTENCES[500]))


def answer(code: int, sentence: str) -> Any:
    """A sentence as a page, as a note, or as JSON for a script."""
    if request.accept_mimetypes.best == "application/json":
        return make_response(jsonify(message=sentence), code)
    if is_partial():
        response = make_response(sentence, code)
        response.mimetype = "text/plain"
        return response
    title = say(TITLES.get(code, TITLES[400]))
    number = g.get("request_id") if code >= 500 else None
    return make_response(
        render_template("problem.html", code=code, title=title, sentence=sentence, number=number), code
    )
