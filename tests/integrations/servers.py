"""Real HTTP servers on the loopback interface, each request answered by a script."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Seen:
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Reply:
    """One answer. cut sends only half of the body; before runs first and may block."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    cut: bool = False
    before: Callable[[], object] | None = None


class Server:
    """Answers with replies in turn, then with the last one again; keeps what it saw."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.replies: list[Reply] = [Reply()]
        self.released = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                outer.seen.append(Seen(self.command, self.path, headers, self.rfile.read(length)))
                reply = outer.replies.pop(0) if len(outer.replies) > 1 else outer.replies[0]
                if reply.before is not None:
                    reply.before()
                try:
                    self.send_response(reply.status)
                    for name, value in reply.headers.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(reply.body)))
                    self.end_headers()
                    if reply.cut:
                        self.wfile.write(reply.body[: len(reply.body) // 2])
                        self.close_connection = True
                    else:
                        self.wfile.write(reply.body)
                except OSError:  # the client gave up waiting
                    self.close_connection = True

            do_GET = do_POST = do_PUT = do_DELETE = answer

            def log_message(self, *_: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.port: int = self._http.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def reply(self, *replies: Reply) -> None:
        self.replies = list(replies)

    def hang(self) -> Reply:
        """A reply that does not come until the test is over."""
        return Reply(before=lambda: self.released.wait(30))

    @contextmanager
    def running(self) -> Iterator[Server]:
        thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.released.set()
            self._http.shutdown()
            self._http.server_close()


def completion(
    content: str | None,
    *,
    tokens: list[tuple[str, float]] | None = None,
    finish_reason: str = "stop",
    refusal: str | None = None,
    usage: tuple[int, int] = (120, 30),
) -> Reply:
    """A chat completion as an endpoint sends it; tokens are (text, log-probability)."""
    logprobs = None
    if tokens is not None:
        logprobs = {
            "content": [
                {"token": text, "bytes": list(text.encode()), "logprob": chance, "top_logprobs": []}
                for text, chance in tokens
            ]
        }
    body = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "small-1-2026-01-01",
        "system_fingerprint": "fp_1",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": content, "refusal": refusal},
                "finish_reason": finish_reason,
                "logprobs": logprobs,
            }
        ],
        "usage": {
            "prompt_tokens": usage[0],
            "completion_tokens": usage[1],
            "total_tokens": sum(usage),
        },
    }
    return Reply(body=json.dumps(body).encode(), headers={"Content-Type": "application/json"})


def failure(status: int, code: str = "", message: str = "no", **headers: str) -> Reply:
    """An error as an endpoint sends it; header names have _ for -."""
    body = {"error": {"message": message, "type": "error", "code": code or None, "param": None}}
    return Reply(
        status=status,
        body=json.dumps(body).encode(),
        headers={
            "Content-Type": "application/json",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        },
    )
