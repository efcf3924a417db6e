"""Every error as a problem document (RFC 9457); what was submitted is never repeated in one."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.views import defaults
from rest_framework import exceptions
from rest_framework.response import Response

from governance.errors import Conflict, DomainError, InvalidInput, NotAllowed
from review.api.scopes import MissingScope

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"
UNAVAILABLE_RETRY_SECONDS = 5
READ_BYTES = 64 * 1024
DRAINED_BYTES = 8 * 1024 * 1024  # of a refused body; a larger one costs its client the answer
_TITLES = {413: "Content Too Large", 422: "Unprocessable Content"}  # RFC 9110; Python's are older
_FRAMEWORK = {
    exceptions.NotAuthenticated: ("not_authenticated", "Sign in, or send a key."),
    exceptions.AuthenticationFailed: (
        "not_authenticated",
        "This key is unknown, revoked or expired.",
    ),
    exceptions.PermissionDenied: ("not_allowed", "You may not do this."),
    exceptions.NotFound: ("not_found", "There is nothing here that you may see."),
    exceptions.MethodNotAllowed: ("method_not_allowed", "This address does not take that method."),
    exceptions.NotAcceptable: ("not_acceptable", "Answers are JSON."),
    exceptions.UnsupportedMediaType: ("unsupported_media_type", "Send application/json."),
}
_LACKING = 'Bearer realm="countersign", error="insufficient_scope", scope="{}"'  # RFC 6750


class Refused(exceptions.APIException):
    """A request that HTTP itself knows a status for, such as one whose body is too large."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail, code)
        self.status_code = status
        self.code = code


class Throttled(Refused):
    """Too much at once; `seconds` until it may be tried again."""

    def __init__(self, seconds: int) -> None:
        super().__init__(429, "throttled", f"Too many items; try again in {seconds} s.")
        self.seconds = seconds


def document(
    status: int, code: str, detail: str, errors: Sequence[Mapping[str, str]] = ()
) -> dict[str, Any]:
    """A problem document: `errors` are {"pointer": JSON Pointer into the body, "detail": why}."""
    problem: dict[str, Any] = {
        "type": f"urn:countersign:problem:{code}",
        "title": _TITLES.get(status) or HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
    }
    if errors:
        problem["errors"] = list(errors)
    return problem


def pointers(errors: Mapping[str, str]) -> list[dict[str, str]]:
    """Dotted paths as JSON Pointers: {"payload.text": "is required"} -> "/payload/text"."""
    return [{"pointer": _pointer(path), "detail": why} for path, why in errors.items()]


def _pointer(path: str) -> str:
    parts = path.replace("~", "~0").replace("/", "~1").split(".") if path else []
    return "".join(f"/{part}" for part in parts)


def handle(error: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's exception handler. None, and so a 500 that is reported, for what nobody foresaw."""
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    headers: dict[str, str] = {}
    errors: list[dict[str, str]] = []
    more: dict[str, list[str]] = {}
    if isinstance(error, DomainError):
        status, code, detail = status_of(error), error.code, str(error)
        if isinstance(error, InvalidInput):
            errors = pointers(error.errors)
        if isinstance(error, MissingScope):
            more["scopes"] = error.scopes
            headers["WWW-Authenticate"] = _LACKING.format(" ".join(error.scopes))
    elif isinstance(error, Refused):
        status, code, detail = error.status_code, error.code, str(error.detail)
        if isinstance(error, Throttled):
            headers["Retry-After"] = str(error.seconds)
    elif isinstance(error, exceptions.APIException):
        status = error.status_code
        known = _FRAMEWORK.get(type(error))
        code, detail = known or ("refused", "This request was refused.")
        if isinstance(error, exceptions.PermissionDenied) and "CSRF" in str(error.detail):
            code, detail = "csrf_failed", "Send the CSRF token in the header X-CSRFToken."
        challenge = getattr(error, "auth_header", None)
        if challenge:
            headers["WWW-Authenticate"] = challenge
    elif isinstance(error, OperationalError | InterfaceError):
        log.exception("database_unavailable")
        status, code = 503, "unavailable"
        detail = "The database does not answer. Try again shortly."
        headers["Retry-After"] = str(UNAVAILABLE_RETRY_SECONDS)
    else:
        return None
    drain(context["request"]._request)
    return Response(
        {**document(status, code, detail, errors), **more},
        status=status,
        headers=headers,
        content_type=MEDIA_TYPE,
    )


def drain(request: HttpRequest, limit: int = DRAINED_BYTES) -> None:
    """Read on and throw away, up to `limit` bytes, so that the client gets to read the answer.

    A server that answers a body it has not read closes the connection, and a client that is
    still writing then sees a broken pipe instead of what was wrong.
    """
    left = limit
    try:
        while left > 0 and (data := request.read(min(READ_BYTES, left))):
            left -= len(data)
    except (UnreadablePostError, OSError):
        return


def status_of(error: DomainError) -> int:
    """The HTTP status of a rule's no."""
    if isinstance(error, NotAllowed):
        return 403
    if isinstance(error, InvalidInput):
        return 422
    if isinstance(error, Conflict):
        return 409
    return 400


# Django's own error pages, for what never reaches a view of the API; config.urls names them.


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _is_api(request):
        return plain(400, "bad_request", "The request could not be read.")
    return defaults.bad_request(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _is_api(request):
        return plain(403, "not_allowed", "You may not do this.")
    return defaults.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _is_api(request):
        return plain(404, "not_found", "There is nothing here that you may see.")
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    if _is_api(request):
        detail = "Something broke on our side. It has been recorded; try again."
        return plain(500, "internal", detail)
    return defaults.server_error(request)


def _is_api(request: HttpRequest) -> bool:
    return request.path.startswith("/api/")


def plain(status: int, code: str, detail: str) -> HttpResponse:
    """A problem as an answer outside the framework."""
    return JsonResponse(document(status, code, detail), status=status, content_type=MEDIA_TYPE)
