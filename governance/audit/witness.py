"""Checkpoints handed to somebody who cannot be made to forget them: a file, or another system.

Each is sent in the order in which it was signed, until it is acknowledged. Sending one twice, after
a crash between sending and noting the answer, does no harm: a witness knows it by its size.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from governance.audit.models import Witnessing
from governance.ledger.models import Checkpoint
from integrations import http
from integrations.errors import PermanentError, TransientError

AT_ONCE = 50  # checkpoints sent to one witness in a round
TIMEOUT_SECONDS = 10.0
_TAIL_BYTES = 4096  # of the file; more than the longest note

Send = Callable[[Checkpoint], str]


@dataclass(frozen=True, slots=True)
class Standing:
    """How one witness stands. acknowledged: the newest checkpoint that it has; None: none yet."""

    way: str
    label: str
    acknowledged: Witnessing | None
    failing: Witnessing | None
    waiting: bool


def witness() -> int:
    """Send what each witness lacks; returns how many were acknowledged.

    Outside any transaction: a witness may be slow.
    """
    return sum(_send_all(way, send) for way, send in _ways().items())


def standings() -> list[Standing]:
    """Each witness that is configured, for the page."""
    newest = Checkpoint.objects.order_by("-size").values_list("size", flat=True).first() or 0
    found = []
    for way in _ways():
        rows = Witnessing.objects.filter(way=way).order_by("size")
        has = rows.filter(witnessed_at__isnull=False).last()
        lacks = rows.filter(witnessed_at__isnull=True).first()
        is_waiting = newest > (has.size if has else 0)
        found.append(Standing(way, Witnessing.Way(way).label, has, lacks, is_waiting))
    return found


def _ways() -> dict[str, Send]:
    ways: dict[str, Send] = {}
    if settings.LEDGER_WITNESS_FILE:
        ways[Witnessing.Way.FILE] = _to_file
    if settings.LEDGER_WITNESS_URL:
        ways[Witnessing.Way.HTTP] = _to_url
    return ways


def _send_all(way: str, send: Send) -> int:
    sent = 0
    for checkpoint in _missing(way):
        row, _ = Witnessing.objects.get_or_create(
            size=checkpoint.size, way=way, defaults={"tried_at": timezone.now()}
        )
        row.attempts += 1
        row.tried_at = timezone.now()
        try:
            answer = send(checkpoint)
        except (OSError, TransientError, PermanentError) as error:
            row.error = str(error)[:300]
            row.save(update_fields=["attempts", "tried_at", "error"])
            break  # the order is kept: what comes later waits
        row.answer, row.error, row.witnessed_at = answer[:500], "", timezone.now()
        row.save(update_fields=["attempts", "tried_at", "answer", "error", "witnessed_at"])
        sent += 1
    return sent


def _missing(way: str) -> list[Checkpoint]:
    """What a witness has not acknowledged, oldest first; to a new one only the newest is sent,
    since it covers all before it."""
    rows = Witnessing.objects.filter(way=way).order_by("size")
    known = Checkpoint.objects.order_by("size")
    last = rows.filter(witnessed_at__isnull=False).last()
    if last is not None:
        return list(known.filter(size__gt=last.size)[:AT_ONCE])
    tried = rows.first()
    if tried is not None:
        return list(known.filter(size__gte=tried.size)[:AT_ONCE])
    return list(known.reverse()[:1])


def _to_file(checkpoint: Checkpoint) -> str:
    """Append the note, durably; a note that stands there already is not written again."""
    path = Path(settings.LEDGER_WITNESS_FILE)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        end = file.seek(0, os.SEEK_END)
        file.seek(max(0, end - _TAIL_BYTES))
        if checkpoint.note.encode() in file.read():
            return "has it already"
        file.write(f"{checkpoint.note}\n".encode())
        file.flush()
        os.fsync(file.fileno())
    return "written"


def _to_url(checkpoint: Checkpoint) -> str:
    response = http.request(
        "POST",
        settings.LEDGER_WITNESS_URL,
        content=checkpoint.note.encode(),
        headers={"Content-Type": "text/plain; charset=utf-8"},
        timeout_seconds=TIMEOUT_SECONDS,
        allow_private=settings.ALLOW_PRIVATE_ADDRESSES,
    )
    http.raise_for_status(response)
    return response.body.decode("utf-8", "replace").replace("\0", "").strip()
