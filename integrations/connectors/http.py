"""Effects as JSON posts to another system, signed as Standard Webhooks says."""

from __future__ import annotations

import binascii
import datetime
import json
from collections.abc import Mapping, Sequence
from typing import Any

import httpx
from standardwebhooks import Webhook

from integrations import http
from integrations.connectors.base import EffectRequest, EffectResult
from integrations.errors import PermanentError

MAX_ANSWER_BYTES = 64 * 1024
METHODS = ("POST", "PUT", "PATCH", "DELETE")


class HttpConnector:
    """Sends an effect's body to target["url"] and takes any 2xx answer for done.

    target: url; optional method (POST unless said otherwise), secret (the name of an entry of
    secrets; with it the request is signed). secrets maps names to Standard Webhooks secrets
    ("whsec_" and base64). Private addresses are refused unless allow_private.

    The receiver gets Idempotency-Key, and, when signed, webhook-id with the same value. An answer
    409 is read as the IETF Idempotency-Key draft defines it, "the first request with this key is
    still being worked on": transient. It counts as done only where the receiver says that it
    speaks of this very key, by sending Idempotency-Key back or Idempotency-Replayed: true.
    """

    def __init__(
        self,
        *,
        secrets: Mapping[str, str] | None = None,
        allow_private: bool = False,
        timeout_seconds: float = 15.0,
    ) -> None:
        self._secrets = dict(secrets or {})
        self._allow_private = allow_private
        self._timeout_seconds = timeout_seconds

    def apply(self, request: EffectRequest) -> EffectResult:
        problems = validate(request.target)
        if problems:
            raise PermanentError(problems[0])
        content = json.dumps(
            request.body, ensure_ascii=False, allow_nan=False, separators=(",", ":")
        ).encode()
        answer = http.request(
            str(request.target.get("method", "POST")),
            str(request.target["url"]),
            content=content,
            headers=self._headers(request, content),
            timeout_seconds=self._timeout_seconds,
            allow_private=self._allow_private,
            max_response_bytes=MAX_ANSWER_BYTES,
        )
        summary = {
            "status": answer.status,
            "latency_ms": answer.latency_ms,
            "response_bytes": len(answer.body),
        }
        if answer.status == 409:
            if not _speaks_of(request, answer):
                raise http.TransientHttpError(
                    "The other system is still working on this request (409).",
                    status=409,
                    retry_after_seconds=http.retry_after_seconds(answer.headers),
                )
            return EffectResult("repeated", summary)
        http.raise_for_status(answer)
        replayed = answer.headers.get("idempotency-replayed", "").lower() == "true"
        return EffectResult("repeated" if replayed else "done", summary)

    def _headers(self, request: EffectRequest, content: bytes) -> dict[str, str]:
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Idempotency-Key": request.idempotency_key,
        }
        name = request.target.get("secret")
        if name is None:
            return headers
        try:
            signer = Webhook(self._secrets[name])
        except KeyError:
            raise PermanentError(f"The secret {name} is not set.") from None
        except (binascii.Error, ValueError, RuntimeError):
            raise PermanentError(f"The secret {name} is not base64.") from None
        at = datetime.datetime.now(datetime.UTC)
        headers["webhook-id"] = request.idempotency_key
        headers["webhook-timestamp"] = str(int(at.timestamp()))
        headers["webhook-signature"] = signer.sign(request.idempotency_key, at, content.decode())
        return headers


def validate(target: Mapping[str, Any]) -> list[str]:
    """What is wrong with an http target, in words; empty when nothing is."""
    problems = _unknown(target, ("url", "method", "secret"))
    url = target.get("url")
    if not isinstance(url, str) or not url:
        problems.append("url is missing")
    else:
        try:
            parsed = httpx.URL(url)
        except httpx.InvalidURL:
            problems.append("url cannot be read")
        else:
            if parsed.scheme not in {"http", "https"} or not parsed.host:
                problems.append("url must begin with https:// or http:// and name a host")
            if parsed.userinfo:
                problems.append("url must not hold a user name or password")
    if target.get("method", "POST") not in METHODS:
        problems.append(f"method must be one of {', '.join(METHODS)}")
    if "secret" in target and not (isinstance(target["secret"], str) and target["secret"]):
        problems.append("secret must be the name of a secret")
    return problems


def _unknown(target: Mapping[str, Any], known: Sequence[str]) -> list[str]:
    return [f"{key} is not known here" for key in target if key not in known]


def _speaks_of(request: EffectRequest, answer: http.HttpResponse) -> bool:
    return (
        answer.headers.get("idempotency-key") == request.idempotency_key
        or answer.headers.get("idempotency-replayed", "").lower() == "true"
    )
