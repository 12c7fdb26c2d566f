"""Problems: every refusal of the API as application/problem+json (RFC 9457), in the reader's language.

In: exceptions of the records service, of the databases, of Flask, and Problem itself. Out: responses. `errors` name
the fields by path (`lines.2.qty`), each with a code for programs and a sentence for people. Decides nothing and knows
no field: what an error means was said where it was raised.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import msgspec
from flask import Response, request
from werkzeug.exceptions import HTTPException

from ...metamodel.invalid import N_
from ..language import translate
from ..records.errors import Conflict, Fault, Forbidden, InUse, NotFound, RecordError, Rejected
from ..storage.company import NoCompany
from ..storage.unavailable import Unavailable, unavailable

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = "2"
NO_COMPANY = N_("There is no such company.")
INVALID = N_("The values cannot be saved; see errors.")
BAD_QUERY = N_("The query cannot be answered; see errors.")

_SENTENCES = {
    400: N_("The request cannot be understood."),
    404: N_("There is nothing at this address."),
    405: N_("This address does not take {method}."),
    406: N_("The API answers in JSON only."),
    413: N_("The request is larger than is accepted here."),
    414: N_("The address is longer than is accepted here."),
    415: N_("Send JSON, with Content-Type: application/json."),
    429: N_("Too many requests. Wait a moment and try again."),
    431: N_("The request's headers are larger than is accepted here."),
    500: N_("Something went wrong on our side. It was noted; nothing was changed."),
}


class Problem(Exception):
    """A refusal. `message` is a translatable template, filled by `params`; `more` are further members of the answer."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        errors: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
        **params: Any,
    ) -> None:
        self.status = status
        self.code = code
        self.message = message
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.more = dict(more or {})
        self.params = params
        super().__init__(message)

    def body(self, language: str) -> dict[str, Any]:
        """The members of the answer."""
        said: dict[str, Any] = {
            "type": f"urn:sartor:problem:{self.code}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "code": self.code,
            "detail": translate(self.message, language, **self.params),
        }
        if self.errors:
            said["errors"] = [fault_body(fault, language) for fault in self.errors]
        return said | self.more

    def response(self, language: str) -> Response:
        """The answer."""
        body = msgspec.json.encode(self.body(language))
        headers = {"Content-Language": language, "Cache-Control": "no-store", **self.headers}
        return Response(body, self.status, headers, mimetype=MEDIA_TYPE)


def fault_body(fault: Fault, language: str) -> dict[str, str]:
    """One fault as it stands among `errors`."""
    return {"field": fault.path, "code": fault.code, "message": translate(fault.message, language, **fault.params)}


def bad_query(faults: Sequence[Fault]) -> Problem:
    """The problem of a query string; the faults name its parameters."""
    return Problem(400, "bad_query", BAD_QUERY, errors=faults)


def problem_of(error: Exception, language: str) -> Problem:
    """What an exception is to a client. A Conflict is told by who knows the entity (`api_records`)."""
    error = unavailable(error) or error
    match error:
        case Problem():
            return error
        case Rejected():
            return Problem(422, "invalid", INVALID, errors=error.faults)
        case NotFound():
            return Problem(404, "not_found", error.message, **error.params)
        case Forbidden():
            return Problem(403, "forbidden", error.message, **error.params, more={"action": error.action})
        case Conflict():
            return Problem(412, "conflict", error.message, **error.params)
        case InUse():
            return _in_use(error, language)
        case RecordError():
            return Problem(422, error.code, error.message, **error.params)
        case NoCompany():
            return Problem(404, "not_found", NO_COMPANY)
        case Unavailable():
            headers = {"Retry-After": RETRY_SECONDS} if error.retry else {}
            return Problem(503, "unavailable", error.message, headers=headers)
        case HTTPException():
            return _of_http(error)
    log.error("%s %s failed", request.method, request.path, exc_info=error)
    return Problem(500, "internal_error", _SENTENCES[500])


def _in_use(error: InUse, language: str) -> Problem:
    by = [{"entity": entity, "label": label.text(language), "count": count} for entity, label, count in error.by]
    named = ", ".join(f"{one['label']} ({one['count']})" for one in by)
    return Problem(409, "in_use", error.message, **{**error.params, "by": named}, more={"by": by})


def _of_http(error: HTTPException) -> Problem:
    """What Flask, Werkzeug and the CSRF guard raise. Their own words are kept where they are sentences for people."""
    status = error.code or 500
    kept = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After", "WWW-Authenticate")}
    known = _SENTENCES.get(status)
    from_guard = type(error).__name__ == "CSRFError"
    code = "csrf" if from_guard else HTTPStatus(status).phrase.lower().replace(" ", "_").replace("'", "")
    if from_guard or known is None:
        return Problem(status, code, str(error.description), headers=kept)
    return Problem(status, code, known, headers=kept, method=request.method)
