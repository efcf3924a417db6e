"""Error reports by sentry-sdk, scrubbed before they leave; without a DSN nothing is started."""

from __future__ import annotations

from collections.abc import Iterable, MutableMapping
from typing import Any, cast
from urllib.parse import urlsplit, urlunsplit

from sentry_sdk.types import Event, Hint

from integrations.telemetry.masking import mask_error, mask_text, mask_values

KEPT_HEADERS = frozenset({"content-type", "content-length", "user-agent", "host"})
KEPT_CONTEXTS = frozenset({"trace", "runtime", "os"})


def start_error_reports(
    dsn: str,
    *,
    environment: str,
    release: str = "",
    traces_sample_rate: float = 0.0,
    server_name: str = "",
    transport: Any = None,
) -> bool:
    """Report errors of Django and Celery in this process to dsn; False, and nothing, without.

    Sent: stack, error with patterns masked, URL without query, ids. Never sent: request bodies,
    cookies, other headers, local variables, job arguments, log arguments. transport replaces the
    network, for tests.
    """
    if not dsn:
        return False
    import sentry_sdk
    from sentry_sdk.integrations import Integration
    from sentry_sdk.integrations.celery import CeleryIntegration
    from sentry_sdk.integrations.django import DjangoIntegration

    chosen: list[Integration] = [DjangoIntegration(), CeleryIntegration()]
    sentry_sdk.init(
        dsn=dsn,
        environment=environment,
        release=release or None,
        server_name=server_name or None,
        integrations=chosen,
        # Others switch themselves on when their library is found; the one for openai records
        # prompts where asked to.
        auto_enabling_integrations=False,
        # send_default_pii stays unset, which means false in every release; naming it is deprecated.
        include_local_variables=False,
        max_request_body_size="never",
        traces_sample_rate=traces_sample_rate,
        before_send=_before_send,
        before_send_transaction=_before_send,
        before_breadcrumb=_before_breadcrumb,
        transport=transport,
    )
    return True


def _before_send(event: Event, _: Hint) -> Event:
    return cast("Event", scrub(cast("dict[str, Any]", event)))


def _before_breadcrumb(crumb: dict[str, Any], _: Hint) -> dict[str, Any]:
    return _scrub_crumb(crumb)


def scrub(event: dict[str, Any]) -> dict[str, Any]:
    """An error report without personal data; changed in place and returned."""
    if "request" in event:
        event["request"] = _request(event["request"] or {})
    if "user" in event:
        event["user"] = {key: value for key, value in event["user"].items() if key == "id"}
    for error in _values(event.get("exception")):
        error["value"] = mask_error(str(error.get("value") or ""))
        _scrub_stack(error.get("stacktrace"))
    for thread in _values(event.get("threads")):
        _scrub_stack(thread.get("stacktrace"))
    if "logentry" in event:
        # The formatted text repeats the arguments, so only the form with its gaps stays.
        event["logentry"] = {"message": mask_text(str(event["logentry"].get("message") or ""))}
    if isinstance(event.get("message"), str):
        event["message"] = mask_text(event["message"])
    if "extra" in event:
        event["extra"] = mask_values(event["extra"])
    if "tags" in event and isinstance(event["tags"], dict):
        event["tags"] = {key: mask_text(str(value)) for key, value in event["tags"].items()}
    if "contexts" in event:
        contexts = event["contexts"]
        event["contexts"] = {key: contexts[key] for key in contexts if key in KEPT_CONTEXTS}
    for crumb in _values(event.get("breadcrumbs")):
        _scrub_crumb(crumb)
    for span in event.get("spans") or ():
        if isinstance(span, MutableMapping):
            span["description"] = mask_text(str(span.get("description") or ""))
            span["data"] = mask_values(span.get("data") or {})
    return event


def _request(request: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {"method": request.get("method"), "url": _bare(request.get("url"))}
    headers = request.get("headers") or {}
    kept["headers"] = {
        name: value for name, value in headers.items() if name.lower() in KEPT_HEADERS
    }
    return kept


def _bare(url: Any) -> str:
    parts = urlsplit(str(url or ""))
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, mask_text(parts.path), "", ""))


def _scrub_stack(stack: Any) -> None:
    for frame in (stack or {}).get("frames") or ():
        frame.pop("vars", None)


def _scrub_crumb(crumb: dict[str, Any]) -> dict[str, Any]:
    if crumb.get("message"):
        crumb["message"] = mask_text(str(crumb["message"]))
    if "data" in crumb:
        crumb["data"] = mask_values(crumb["data"] or {})
    return crumb


def _values(part: Any) -> Iterable[dict[str, Any]]:
    found = part.get("values") if isinstance(part, dict) else part
    return [one for one in found or () if isinstance(one, dict)]
