"""The HTTP clients: raw sockets and one event loop in a process of its own.

A general HTTP client costs as much as the server under test. This one writes prepared bytes and
reads a length, about 25 microseconds a request, and is the same for every variant.
Reads a job as JSON on standard input, writes what it measured as JSON on standard output.
"""

import json
import re
import resource
import select
import socket
import sys
import time
from typing import Any

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
TASK = b"{task}"


class Client:
    """One person or producer: sends the next request as soon as an answer is in."""

    def __init__(self, job: dict[str, Any], port: int) -> None:
        self.head = job["head"].encode()  # with {task} and {length} in it
        self.body = job["body"].encode()
        self.task: str | None = job.get("task")
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""
        self.sent_at = 0.0
        self.latencies: list[float] = []
        self.problems: list[str] = []

    def send(self) -> None:
        head = self.head.replace(b"{length}", b"%d" % len(self.body))
        if self.task is not None:
            head = head.replace(TASK, self.task.encode())
        self.received = b""
        self.sent_at = time.perf_counter()
        self.socket.sendall(head + self.body)

    def take(self) -> bytes | None:
        """Read what is there; the whole answer once it is complete."""
        chunk = self.socket.recv(1 << 18)
        if not chunk:
            raise ConnectionError("The server closed the connection.")
        self.received += chunk
        end = self.received.find(b"\r\n\r\n")
        if end < 0:
            return None
        length = _LENGTH.search(self.received, 0, end)
        if length is None and not self.received.endswith(b"\r\n0\r\n\r\n"):  # chunked
            return None
        if length is not None and len(self.received) < end + 4 + int(length[1]):
            return None
        self.latencies.append(time.perf_counter() - self.sent_at)
        return self.received


def run(job: dict[str, Any]) -> dict[str, Any]:
    """Latencies in seconds of all clients until `seconds` are over or each has done `each`."""
    clients = [Client(one, job["port"]) for one in job["clients"]]
    by_file = {client.socket.fileno(): client for client in clients}
    poll = select.epoll()
    pattern = re.compile(job["next"].encode()) if job.get("next") else None
    each = job.get("each") or sys.maxsize
    pause = job.get("pause_seconds", 0.0)
    began = time.perf_counter()
    until = began + job["seconds"]
    for client in clients:
        poll.register(client.socket, select.EPOLLIN)
        client.send()
    waiting = len(clients)
    while waiting:
        for file, _ in poll.poll():
            client = by_file[file]
            answer = client.take()
            if answer is None:
                continue
            is_good = answer[9:10] == b"2"
            if not is_good:
                client.problems.append(answer[:1500].decode(errors="replace"))
            elif pattern is not None:
                found = pattern.search(answer)
                client.task = found[1].decode() if found else None
            is_over = not is_good or (pattern is not None and client.task is None)
            if is_over or time.perf_counter() > until or len(client.latencies) >= each:
                poll.unregister(file)
                waiting -= 1
                continue
            if pause:
                time.sleep(max(0.0, began + pause * len(client.latencies) - time.perf_counter()))
            client.send()
    elapsed = time.perf_counter() - began
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "latencies": [one for client in clients for one in client.latencies],
        "elapsed": elapsed,
        "tasks": [client.task for client in clients],
        "problems": [one for client in clients for one in client.problems],
        "cpu": used.ru_utime + used.ru_stime,
    }


if __name__ == "__main__":
    json.dump(run(json.load(sys.stdin)), sys.stdout)
