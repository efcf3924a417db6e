"""Which network addresses an outbound call may reach, and a connection that holds to it.

The check is made on the address that is connected to, not on a name that is resolved once to
be checked and again to be used: a name server that changes its answer in between (DNS
rebinding) gains nothing. Host header and TLS server name stay those of the URL.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import socket
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from contextvars import ContextVar
from ssl import SSLContext
from typing import Any

import httpcore

from integrations.errors import PermanentError

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

# RFC 6052: IPv4 addresses written inside IPv6 by a NAT64 gateway.
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")

_deadline: ContextVar[float | None] = ContextVar("outbound_deadline", default=None)
_resolvers: dict[int, ThreadPoolExecutor] = {}


class AddressRefused(PermanentError):
    """The URL leads to an address that calls from here may not reach."""


@contextlib.contextmanager
def deadline(seconds: float) -> Iterator[None]:
    """Bound everything sent and received inside by one clock, in seconds.

    httpx bounds each read alone, so a server that sends one byte at a time could hold a worker
    for hours. Inside this block reading fails once the time is over.
    """
    token = _deadline.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _deadline.reset(token)


def is_allowed(address: IPAddress, *, allow_private: bool) -> bool:
    """Whether a call may connect to this address.

    Public unicast addresses always; private, loopback, link-local and reserved ones only with
    allow_private. An IPv4 address wrapped in IPv6 (mapped, 6to4, NAT64) is judged unwrapped.
    """
    address = _unwrapped(address)
    if address.is_multicast or address.is_unspecified:
        return False
    if allow_private:
        return True
    # is_global alone differs between Python releases (bpo-113171), hence the whole list.
    return address.is_global and not (
        address.is_private
        or address.is_loopback
        or address.is_link_local
        or address.is_reserved
        or bool(getattr(address, "is_site_local", False))
    )


def _unwrapped(address: IPAddress) -> IPAddress:
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return inner
    return address


def resolve(host: str, port: int, timeout_seconds: float | None) -> list[str]:
    """All addresses of a host, in the resolver's order, within the time given.

    Raises httpcore.ConnectError when the name is unknown, ConnectTimeout when no answer comes.
    """
    with contextlib.suppress(ValueError):
        return [str(ipaddress.ip_address(host))]
    resolver = _resolvers.get(os.getpid())
    if resolver is None:  # threads do not survive a fork, so each process has its own
        _resolvers.clear()
        resolver = _resolvers[os.getpid()] = ThreadPoolExecutor(4, thread_name_prefix="resolve")
    future = resolver.submit(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
    try:
        found = future.result(timeout_seconds)
    except FutureTimeout:
        raise httpcore.ConnectTimeout("The name was not resolved in time.") from None
    except (OSError, UnicodeError):
        raise httpcore.ConnectError("The name could not be resolved.") from None
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class GuardedBackend(httpcore.NetworkBackend):
    """Opens connections to checked addresses only."""

    def __init__(self, *, allow_private: bool) -> None:
        self._allow_private = allow_private
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        timeout = _remaining(timeout, httpcore.ConnectTimeout)
        addresses = resolve(host, port, timeout)
        for address in addresses:
            # One refused address refuses the host: a public name has no private address.
            bare = ipaddress.ip_address(address.partition("%")[0])
            if not is_allowed(bare, allow_private=self._allow_private):
                raise AddressRefused("The address is private or reserved; calls there are off.")
        failure: Exception = httpcore.ConnectError("The name has no address.")
        for address in addresses:
            try:
                stream = self._backend.connect_tcp(
                    address,
                    port,
                    timeout=_remaining(timeout, httpcore.ConnectTimeout),
                    local_address=local_address,
                    socket_options=socket_options,
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return DeadlineStream(stream)
        raise failure

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore.NetworkStream:
        raise AddressRefused("Unix sockets are not reached from here.")

    def sleep(self, seconds: float) -> None:
        self._backend.sleep(seconds)


class DeadlineStream(httpcore.NetworkStream):
    """A connection whose every read and write ends with the caller's deadline."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _remaining(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _remaining(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        timeout = _remaining(timeout, httpcore.ConnectTimeout)
        return DeadlineStream(self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _remaining(timeout: float | None, error: type[Exception]) -> float | None:
    ends_at = _deadline.get()
    if ends_at is None:
        return timeout
    left = ends_at - time.monotonic()
    if left <= 0:
        raise error("The time for this call is over.")
    return left if timeout is None else min(timeout, left)
