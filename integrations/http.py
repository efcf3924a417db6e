"""The one outbound client: always a timeout, private addresses refused, nothing followed.

Environment proxies, redirects, cookies and compressed answers are off: each would let the other
side, or the machine's environment, decide where data goes or how much memory an answer takes.
"""

from __future__ import annotations

import datetime
import email.utils
import os
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import httpcore
import httpx

from integrations.addresses import AddressRefused, GuardedBackend, deadline
from integrations.errors import PermanentError, TransientError

__all__ = [
    "AddressRefused",
    "HttpResponse",
    "PermanentHttpError",
    "TransientHttpError",
    "client",
    "deadline",
    "request",
    "retry_after_seconds",
]

MAX_RESPONSE_BYTES = 4 * 2**20
CONNECT_TIMEOUT_SECONDS = 5.0
# What a server may ask us to wait; more would park an effect for days.
MAX_RETRY_AFTER_SECONDS = 24 * 3600.0
TRANSIENT_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})

_lock = threading.Lock()
_clients: dict[tuple[int, bool, int], httpx.Client] = {}


class TransientHttpError(TransientError):
    """No usable answer, or one that says to come back. status is None without an answer."""

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        retry_after_seconds: float | None = None,
    ) -> None:
        super().__init__(message, retry_after_seconds=retry_after_seconds)
        self.status = status


class PermanentHttpError(PermanentError):
    """The same request would fail again. status is None when nothing was sent."""

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class HttpResponse:
    """A whole answer. headers have lower-case names; latency_ms counts from call to last byte."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    latency_ms: int


class CappedStream(httpx.SyncByteStream):
    """A response body that fails instead of growing beyond its limit."""

    def __init__(self, stream: httpx.SyncByteStream, max_bytes: int) -> None:
        self._stream = stream
        self._max_bytes = max_bytes

    def __iter__(self) -> Iterator[bytes]:
        received = 0
        for chunk in self._stream:
            received += len(chunk)
            if received > self._max_bytes:
                raise PermanentHttpError(f"The answer is larger than {self._max_bytes} bytes.")
            yield chunk

    def close(self) -> None:
        self._stream.close()


class GuardedTransport(httpx.HTTPTransport):
    """httpx's transport on a pool whose connections are checked (see addresses.py)."""

    def __init__(self, *, allow_private: bool, max_response_bytes: int) -> None:
        limits = httpx.Limits(max_connections=20, max_keepalive_connections=10)
        super().__init__(trust_env=False, limits=limits)
        self._max_response_bytes = max_response_bytes
        # httpx has no parameter for httpcore's network backend; a test fails if this goes stale.
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(trust_env=False),
            max_connections=limits.max_connections,
            max_keepalive_connections=limits.max_keepalive_connections,
            keepalive_expiry=30.0,
            network_backend=GuardedBackend(allow_private=allow_private),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.headers["Accept-Encoding"] = "identity"
        response = super().handle_request(request)
        if response.headers.get("Content-Encoding", "identity").lower() != "identity":
            response.close()
            raise PermanentHttpError("The answer is compressed though none was asked for.")
        assert isinstance(response.stream, httpx.SyncByteStream)
        response.stream = CappedStream(response.stream, self._max_response_bytes)
        return response


def client(
    *, allow_private: bool = False, max_response_bytes: int = MAX_RESPONSE_BYTES
) -> httpx.Client:
    """The process's pooled client for these limits; also for SDKs that take an httpx client.

    Do not close it. A forked process gets its own.
    """
    key = (os.getpid(), allow_private, max_response_bytes)
    with _lock:
        found = _clients.get(key)
        if found is None or found.is_closed:
            for stale in [other for other in _clients if other[0] != os.getpid()]:
                del _clients[stale]
            found = _clients[key] = httpx.Client(
                transport=GuardedTransport(
                    allow_private=allow_private, max_response_bytes=max_response_bytes
                ),
                timeout=httpx.Timeout(30.0, connect=CONNECT_TIMEOUT_SECONDS),
                follow_redirects=False,
                trust_env=False,
                headers={"User-Agent": "Countersign"},
            )
        return found


def request(
    method: str,
    url: str,
    *,
    content: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    timeout_seconds: float,
    allow_private: bool = False,
    max_response_bytes: int = MAX_RESPONSE_BYTES,
) -> HttpResponse:
    """Send one request and return its answer, whatever its status.

    timeout_seconds bounds the whole exchange. Raises AddressRefused, TransientHttpError (time-out,
    connection refused or cut, name not resolved) or PermanentHttpError (bad URL, certificate not
    trusted, answer too large). Judge the status with raise_for_status().
    """
    target = _checked_url(url)
    began = time.monotonic()
    timeout = httpx.Timeout(timeout_seconds, connect=min(timeout_seconds, CONNECT_TIMEOUT_SECONDS))
    http = client(allow_private=allow_private, max_response_bytes=max_response_bytes)
    try:
        with deadline(timeout_seconds):
            response = http.request(
                method, target, content=content, headers=dict(headers or {}), timeout=timeout
            )
    except httpx.TimeoutException:
        raise TransientHttpError("The other system did not answer in time.") from None
    except httpx.TransportError as error:
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            raise PermanentHttpError("The other system's certificate is not trusted.") from None
        # The library's text may quote the URL, whose query can hold personal data.
        kind = type(error).__name__
        raise TransientHttpError(f"The connection failed ({kind}).") from None
    finally:
        http.cookies.clear()
    return HttpResponse(
        status=response.status_code,
        headers={name.lower(): value for name, value in response.headers.items()},
        body=response.content,
        latency_ms=round((time.monotonic() - began) * 1000),
    )


def raise_for_status(response: HttpResponse) -> None:
    """Raise unless the status is 2xx. Redirects are not followed, hence permanent errors."""
    status = response.status
    if 200 <= status < 300:
        return
    if status in TRANSIENT_STATUSES or status >= 500:
        raise TransientHttpError(
            f"The other system answered {status}.",
            status=status,
            retry_after_seconds=retry_after_seconds(response.headers),
        )
    raise PermanentHttpError(f"The other system answered {status}.", status=status)


def retry_after_seconds(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait by a Retry-After header (seconds or an HTTP date), None without one.

    Never negative, and at most a day. Source: RFC 9110, section 10.2.3.
    """
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    if value.isascii() and value.isdigit():
        return min(float(value[:9]), MAX_RETRY_AFTER_SECONDS)
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.UTC)
    seconds = (moment - datetime.datetime.now(datetime.UTC)).total_seconds()
    return min(max(seconds, 0.0), MAX_RETRY_AFTER_SECONDS)


def _checked_url(url: str) -> httpx.URL:
    try:
        target = httpx.URL(url)
    except (httpx.InvalidURL, TypeError, ValueError):
        raise PermanentHttpError("The URL cannot be read.") from None
    if target.scheme not in {"http", "https"} or not target.host:
        raise PermanentHttpError("The URL must begin with https:// or http:// and name a host.")
    if target.userinfo:
        raise PermanentHttpError("The URL must not hold a user name or password.")
    return target
