from __future__ import annotations

import datetime
import ipaddress
import socket
import threading
import time
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from integrations import addresses, http
from integrations.errors import PermanentError, TransientError
from tests.integrations.servers import Reply, Server


def get(url: str, **changes: Any) -> http.HttpResponse:
    options: dict[str, Any] = {"timeout_seconds": 5.0, "allow_private": True}
    return http.request("GET", url, **{**options, **changes})


def test_answer_is_returned_whatever_its_status(server: Server) -> None:
    server.reply(Reply(status=404, body=b"no", headers={"X-Kind": "none"}))
    answer = get(f"{server.url}/x?y=1")
    assert (answer.status, answer.body, answer.headers["x-kind"]) == (404, b"no", "none")
    assert server.seen[0].path == "/x?y=1"


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1"]
)
def test_loopback_is_refused_however_it_is_written(server: Server, host: str) -> None:
    with pytest.raises((http.AddressRefused, http.TransientHttpError)):
        get(f"http://{host}:{server.port}/", allow_private=False)
    assert server.seen == []


@pytest.mark.parametrize(
    "address",
    [
        *("10.0.0.1", "172.16.0.1", "192.168.1.1", "127.0.0.1", "169.254.169.254", "0.0.0.0"),
        *("100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255"),
        *("::", "::1", "fe80::1", "fc00::1", "fec0::1", "ff02::1", "2001:db8::1"),
        *("::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::", "2001::1"),
    ],
)
def test_address_that_is_not_public_is_refused(address: str) -> None:
    assert not addresses.is_allowed(ipaddress.ip_address(address), allow_private=False)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07::1", "::ffff:8.8.8.8"])
def test_public_address_is_allowed(address: str) -> None:
    assert addresses.is_allowed(ipaddress.ip_address(address), allow_private=False)


def test_name_server_that_changes_its_answer_gains_nothing(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter(["93.184.215.14", "127.0.0.1", "127.0.0.1"])
    asked: list[str] = []
    connected: list[str] = []

    def getaddrinfo(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    def create_connection(address: tuple[str, int], *_: Any, **__: Any) -> socket.socket:
        connected.append(address[0])
        raise OSError("not in a test")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(socket, "create_connection", create_connection)
    with pytest.raises(TransientError):
        get(f"http://rebind.example:{server.port}/", allow_private=False)
    assert asked == ["rebind.example"]
    assert connected == ["93.184.215.14"], "it connects to what it checked, not to the name"


def test_one_private_address_among_public_ones_refuses_the_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = [(2, 1, 6, "", (one, 80)) for one in ("93.184.215.14", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(http.AddressRefused):
        get("http://mixed.example/", allow_private=False)


def test_redirect_is_not_followed(server: Server) -> None:
    server.reply(Reply(status=302, headers={"Location": f"{server.url}/elsewhere"}))
    answer = get(server.url)
    assert answer.status == 302
    assert len(server.seen) == 1
    with pytest.raises(http.PermanentHttpError, match="302"):
        http.raise_for_status(answer)


def test_environment_neither_redirects_a_call_nor_adds_a_password(
    server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login jane password word\n")
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setattr(http, "_clients", {})
    assert get(server.url).status == 200
    assert "authorization" not in server.seen[0].headers


def test_too_large_answer_is_refused(server: Server) -> None:
    server.reply(Reply(body=b"x" * 5000))
    with pytest.raises(http.PermanentHttpError, match="larger than 1000 bytes"):
        get(server.url, max_response_bytes=1000)


def test_compressed_answer_is_refused(server: Server) -> None:
    server.reply(Reply(body=b"x", headers={"Content-Encoding": "gzip"}))
    with pytest.raises(http.PermanentHttpError, match="compressed"):
        get(server.url)
    assert server.seen[0].headers["accept-encoding"] == "identity"


def test_slow_answer_is_transient(server: Server) -> None:
    server.reply(server.hang())
    with pytest.raises(http.TransientHttpError, match="in time"):
        get(server.url, timeout_seconds=0.2)


def test_answer_that_drips_cannot_outlast_the_time_given() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def drip() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            while not over.wait(0.02):
                try:
                    connection.sendall(b"x")
                except OSError:
                    return

    threading.Thread(target=drip, daemon=True).start()
    began = time.monotonic()
    try:
        with pytest.raises(http.TransientHttpError, match="in time"):
            get(f"http://127.0.0.1:{listener.getsockname()[1]}/", timeout_seconds=0.4)
    finally:
        over.set()
        listener.close()
    assert time.monotonic() - began < 5


def test_cut_answer_is_transient(server: Server) -> None:
    server.reply(Reply(body=b"x" * 1000, cut=True))
    with pytest.raises(http.TransientHttpError, match="connection failed"):
        get(server.url)


@pytest.mark.parametrize(
    "url", ["", "ftp://example.org/", "file:///etc/passwd", "http://", "https://u:p@example.org/"]
)
def test_unusable_url_is_permanent_and_not_repeated(url: str) -> None:
    with pytest.raises(http.PermanentHttpError) as caught:
        get(url)
    assert "example" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, PermanentError),
        (404, PermanentError),
        (422, PermanentError),
        (408, TransientError),
        (429, TransientError),
        (500, TransientError),
        (503, TransientError),
        (599, TransientError),
    ],
)
def test_status_says_whether_to_try_again(status: int, kind: type[Exception]) -> None:
    with pytest.raises(kind, match=str(status)):
        http.raise_for_status(http.HttpResponse(status, {}, b"", 1))


def test_retry_after_is_read_as_seconds_or_date_and_bounded() -> None:
    soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=90)
    assert http.retry_after_seconds({"retry-after": "12"}) == 12.0
    assert http.retry_after_seconds({"retry-after": format_datetime(soon)}) == pytest.approx(
        90, abs=3
    )
    assert http.retry_after_seconds({"retry-after": "9" * 30}) == 86_400.0
    assert http.retry_after_seconds({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}) == 0.0
    assert http.retry_after_seconds({"retry-after": "soon"}) is None
    assert http.retry_after_seconds({}) is None


def test_connection_is_kept_between_calls() -> None:
    assert http.client(allow_private=True) is http.client(allow_private=True)
    assert http.client(allow_private=True) is not http.client(allow_private=False)
