from __future__ import annotations

import base64
import fcntl
import json
import os
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from integrations.connectors import EffectRequest, EffectResult, build, file, validate_target
from integrations.errors import PermanentError, TransientError
from tests.integrations.servers import Reply, Server

SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef01234567").decode()


def effect(target: dict[str, Any], **changes: Any) -> EffectRequest:
    values: dict[str, Any] = {
        "effect_id": "e-1",
        "idempotency_key": "e-1",
        "body": {"ticket": "T-1", "text": "Grüße an Jane"},
        "target": target,
    }
    return EffectRequest(**{**values, **changes})


def post(server: Server, **target: Any) -> EffectResult:
    connector = build(
        "http", {"allow_private": True, "timeout_seconds": 2.0, "secrets": {"crm": SECRET}}
    )
    return connector.apply(effect({"url": f"{server.url}/tickets", **target}))


def test_body_goes_out_as_json_with_its_key_and_the_summary_holds_no_content(
    server: Server,
) -> None:
    server.reply(Reply(status=201, body=b'{"owner": "Jane"}'))
    result = post(server)
    [seen] = server.seen
    assert (seen.method, seen.path) == ("POST", "/tickets")
    assert seen.json == {"ticket": "T-1", "text": "Grüße an Jane"}
    assert seen.headers["idempotency-key"] == "e-1"
    assert "webhook-signature" not in seen.headers
    assert result.status == "done"
    assert result.summary["status"] == 201
    assert "Jane" not in json.dumps(result.summary)


def test_signature_verifies_and_covers_the_body(server: Server) -> None:
    post(server, secret="crm")
    [seen] = server.seen
    assert seen.headers["webhook-id"] == "e-1"
    verifier = Webhook(SECRET)
    assert verifier.verify(seen.body.decode(), seen.headers) == seen.json
    with pytest.raises(WebhookVerificationError):
        verifier.verify(seen.body.decode().replace("T-1", "T-2"), seen.headers)


def test_missing_secret_stops_the_call(server: Server) -> None:
    with pytest.raises(PermanentError, match="absent"):
        post(server, secret="absent")
    assert server.seen == []


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_overload_is_transient(server: Server, status: int) -> None:
    server.reply(Reply(status=status, headers={"Retry-After": "5"}))
    with pytest.raises(TransientError) as caught:
        post(server)
    assert caught.value.retry_after_seconds == 5.0


@pytest.mark.parametrize("status", [301, 400, 401, 404, 422])
def test_other_refusals_are_permanent(server: Server, status: int) -> None:
    server.reply(Reply(status=status))
    with pytest.raises(PermanentError, match=str(status)):
        post(server)


@pytest.mark.parametrize("headers", [{"Idempotency-Key": "e-1"}, {"Idempotency-Replayed": "true"}])
def test_conflict_about_this_very_key_means_it_is_done(
    server: Server, headers: dict[str, str]
) -> None:
    server.reply(Reply(status=409, headers=headers))
    assert post(server).status == "repeated"


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "another"}])
def test_other_conflict_means_still_at_work(server: Server, headers: dict[str, str]) -> None:
    server.reply(Reply(status=409, headers=headers))
    with pytest.raises(TransientError, match="still working"):
        post(server)


def test_silence_cut_and_absence_are_transient(server: Server) -> None:
    for reply in (server.hang(), Reply(body=b"x" * 1000, cut=True)):
        server.reply(reply)
        with pytest.raises(TransientError):
            post(server)
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with pytest.raises(TransientError):
        build("http", {"allow_private": True}).apply(effect({"url": f"http://127.0.0.1:{port}/"}))


def test_private_address_is_refused_unless_allowed(server: Server) -> None:
    with pytest.raises(PermanentError, match="private"):
        build("http", {}).apply(effect({"url": server.url}))
    assert server.seen == []


def lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_file_gets_one_line_for_an_effect_however_often_it_is_applied(tmp_path: Path) -> None:
    connector = build("file", {"root": tmp_path})
    request = effect({"path": "crm/tickets.jsonl"})
    assert connector.apply(request).status == "done"
    assert connector.apply(request).status == "repeated"
    undo = effect(
        {"path": "crm/tickets.jsonl"}, effect_id="e-2", idempotency_key="e-2", body={"undo": True}
    )
    assert connector.apply(undo).status == "done"
    written = lines(tmp_path / "crm" / "tickets.jsonl")
    assert [line["id"] for line in written] == ["e-1", "e-2"]
    assert written[0]["body"] == request.body


def test_key_that_only_occurs_in_a_body_is_not_a_repeat(tmp_path: Path) -> None:
    connector = build("file", {"root": tmp_path})
    connector.apply(effect({"path": "a.jsonl"}, body={"key": "e-2", "text": '"key": "e-2"'}))
    second = effect({"path": "a.jsonl"}, effect_id="e-2", idempotency_key="e-2")
    assert connector.apply(second).status == "done"


def test_many_writers_at_once_write_each_effect_once(tmp_path: Path) -> None:
    requests = [
        effect({"path": "a.jsonl"}, effect_id=f"e-{n % 20}", idempotency_key=f"e-{n % 20}")
        for n in range(100)
    ]
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(build("file", {"root": tmp_path}).apply, requests))
    assert sum(result.status == "done" for result in results) == 20
    assert len({line["id"] for line in lines(tmp_path / "a.jsonl")}) == 20
    assert len(lines(tmp_path / "a.jsonl")) == 20


def test_writer_waits_for_the_one_before_and_then_sees_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked = threading.Event()
    look = file._look

    def watched(*arguments: Any) -> Any:
        looked.set()
        return look(*arguments)

    monkeypatch.setattr(file, "_look", watched)
    path = tmp_path / "a.jsonl"
    with path.open("a") as other, ThreadPoolExecutor(1) as pool:
        fcntl.flock(other, fcntl.LOCK_EX)
        result = pool.submit(build("file", {"root": tmp_path}).apply, effect({"path": "a.jsonl"}))
        assert not looked.wait(0.3)
        other.write('{"id": "e-1", "key": "e-1"}\n')
        other.flush()
        fcntl.flock(other, fcntl.LOCK_UN)
        assert result.result(5).status == "repeated"
    assert len(lines(path)) == 1


def test_line_cut_by_a_crash_is_written_again_whole(tmp_path: Path) -> None:
    connector = build("file", {"root": tmp_path})
    connector.apply(effect({"path": "a.jsonl"}))
    path = tmp_path / "a.jsonl"
    os.truncate(path, path.stat().st_size - 10)
    assert connector.apply(effect({"path": "a.jsonl"})).status == "done"
    cut, whole = path.read_text().splitlines()
    assert json.loads(whole)["id"] == "e-1"
    with pytest.raises(ValueError):
        json.loads(cut)


@pytest.mark.parametrize("path", ["../out.jsonl", "/tmp/out.jsonl", "a/../../out.jsonl", ".", ""])
def test_path_outside_the_root_is_refused(tmp_path: Path, path: str) -> None:
    with pytest.raises(PermanentError):
        build("file", {"root": tmp_path / "effects"}).apply(effect({"path": path}))
    assert list(tmp_path.rglob("*.jsonl")) == []


def test_links_do_not_lead_outside_the_root(tmp_path: Path) -> None:
    root, outside = tmp_path / "effects", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (root / "away").symlink_to(outside)
    (root / "file.jsonl").symlink_to(outside / "file.jsonl")
    for path in ("away/x.jsonl", "file.jsonl"):
        with pytest.raises(PermanentError, match="outside"):
            build("file", {"root": root}).apply(effect({"path": path}))
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize(
    ("connector", "target", "problems"),
    [
        ("http", {"url": "https://example.org/x", "secret": "crm"}, []),
        ("http", {}, ["url is missing"]),
        ("http", {"url": "ftp://x/"}, ["url must begin with https:// or http:// and name a host"]),
        ("http", {"url": "https://x/", "path": "y"}, ["path is not known here"]),
        ("http", {"url": "https://x/", "method": "GET"}, ["method must be one of"]),
        ("file", {"path": "a/b.jsonl"}, []),
        ("file", {}, ["path is missing"]),
        ("file", {"path": "../x"}, ["path must be relative"]),
        ("fax", {}, ["unknown connector 'fax'; known are http, file"]),
    ],
)
def test_target_is_checked_before_anything_runs(
    connector: str, target: dict[str, Any], problems: list[str]
) -> None:
    found = validate_target(connector, target)
    assert len(found) == len(problems)
    for one, said in zip(found, problems, strict=True):
        assert one.startswith(said)
