"""The world outside, over real HTTP: a model and a receiver of effects that can be held mid-answer.

A gate tells the test that a request has arrived and keeps the answer back until it is opened, so
that a kill lands exactly inside the step, without a sleep.
"""

import json
import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.integrations.servers import completion

ARRIVAL_SECONDS = 20


class Gate:
    """Keeps back the answers to requests whose body holds `text`, until opened."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._arrived = threading.Semaphore(0)
        self._opened = threading.Event()

    def wait_for_arrival(self) -> None:
        assert self._arrived.acquire(timeout=ARRIVAL_SECONDS), f"nothing with {self.text} arrived"

    def open(self) -> None:
        self._opened.set()

    def pass_through(self) -> None:
        self._arrived.release()
        self._opened.wait(ARRIVAL_SECONDS)


class _Http:
    """A threaded server on the loopback interface; `answer` gets headers and body."""

    def __init__(self) -> None:
        self._gates: list[Gate] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                status, extra, content = outer.answer(headers, body.decode())
                for gate in [one for one in outer._gates if one.text in body.decode()]:
                    gate.pass_through()
                try:
                    self.send_response(status)
                    for name, value in extra.items():
                        self.send_header(name, value)
                    self.send_header("Content-Length", str(len(content)))
                    self.end_headers()
                    self.wfile.write(content)
                except OSError:  # whoever asked was killed
                    self.close_connection = True

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def answer(self, headers: dict[str, str], body: str) -> tuple[int, dict[str, str], bytes]:
        raise NotImplementedError

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        for gate in self._gates:
            gate.open()
        self._server.shutdown()
        self._server.server_close()

    @contextmanager
    def holding(self, text: str) -> Iterator[Gate]:
        gate = Gate(text)
        self._gates.append(gate)
        try:
            yield gate
        finally:
            gate.open()
            self._gates.remove(gate)


class Receiver(_Http):
    """Another system: applies each Idempotency-Key once, and keeps what arrived in order."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self.deliveries: Counter[str] = Counter()  # by key, repeats included
        self.applied: dict[str, dict[str, Any]] = {}  # by key, in the order of arrival
        self.last_at = 0.0  # when the last request arrived, in seconds since the epoch
        self.refuse: Callable[[dict[str, Any]], int | None] = lambda body: None

    def answer(self, headers: dict[str, str], body: str) -> tuple[int, dict[str, str], bytes]:
        key, content = headers["idempotency-key"], json.loads(body)
        status = self.refuse(content)
        if status is not None:
            return status, {}, b"{}"
        with self._lock:
            self.last_at = time.time()
            self.deliveries[key] += 1
            is_repeat = key in self.applied
            self.applied.setdefault(key, content)
        return 200, {"Idempotency-Replayed": "true"} if is_repeat else {}, b"{}"

    def of(self, ticket: str) -> list[dict[str, Any]]:
        """What was applied for one ticket, in order; a repeat is not applied again."""
        with self._lock:
            return [one for one in self.applied.values() if one["ticket"] == ticket]


class Model(_Http):
    """A chat-completions endpoint: sure of what says so, unsure of everything else."""

    SURE, UNSURE = 0.99, 0.60

    def __init__(self) -> None:
        super().__init__()
        self.calls: Counter[str] = Counter()  # by the item's text

    def answer(self, headers: dict[str, str], body: str) -> tuple[int, dict[str, str], bytes]:
        said = json.loads(body)["messages"][-1]["content"]
        text = json.loads(said.removeprefix("<item>").removesuffix("</item>"))["text"]
        self.calls[text] += 1
        chance = math.log(self.SURE if "clear" in text else self.UNSURE)
        tokens = [('{"label":"', -0.0001), ("a", chance), ('"}', -0.0001)]
        reply = completion('{"label":"a"}', tokens=tokens)
        return 200, reply.headers, reply.body
