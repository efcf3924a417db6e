"""Writing a bundle: a ZIP that an auditor checks alone, with the program that lies in it.

The ledger only grows and never changes, so it is read in short statements, not in one snapshot.
"""

import json
import os
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import connection

from governance.audit.parts import PARTS
from governance.audit.period import id_range
from governance.ledger.canonical import NotCanonical, body, canonical, instant, stored_data
from governance.ledger.keys import signing_key, trusted_keys
from governance.ledger.models import Checkpoint
from governance.ledger.notes import sign_text

FORMAT = "countersign bundle 1"
VERIFIER = Path(__file__).parents[1] / "ledger" / "offline" / "verify_countersign.py"
README = Path(__file__).with_name("bundle_readme.txt")
CHUNK = 5_000  # leaves read in one statement
_CHECKPOINTS = 2_000

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Scope:
    """What is asked for. process None: all, and what belongs to none; until is exclusive."""

    process: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Made:
    """What was written. size: leaves; manifest_digest: hex of SHA-256 of manifest.json."""

    entries: int
    size: int
    size_bytes: int
    manifest_digest: str


def write(
    path: Path,
    scope: Scope,
    *,
    actor: str,
    now: datetime,
    size: int,
    progress: Progress = lambda leaves: None,
) -> Made:
    """Write a bundle of the first `size` leaves, which a checkpoint has sealed.

    It appears at `path` complete or not at all. `progress` is told how many leaves are written.
    Raises ImproperlyConfigured without the ledger's signing key.
    """
    key = signing_key()
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as target:
            with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
                files = _Files(archive)
                entries = _ledger(files, path.parent, scope, size, progress)
                _beside(files, scope, size)
                manifest = _manifest(files, scope, actor=actor, now=now, size=size, entries=entries)
                digest = sha256(manifest).hexdigest()
                signed = f"{settings.LEDGER_ORIGIN}/bundle\nsha256 {digest}\n"
                archive.writestr("manifest.json", manifest)
                archive.writestr("manifest.sig", sign_text(signed, settings.LEDGER_ORIGIN, key))
            target.flush()
            os.fsync(target.fileno())
        size_bytes = draft.stat().st_size
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return Made(entries, size, size_bytes, digest)


class _Files:
    """The archive's files, each with its size and digest as it was written."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.stated: dict[str, dict[str, Any]] = {}

    def add(self, name: str, blocks: Iterator[bytes]) -> None:
        total, digest = 0, sha256()
        with self._archive.open(name, "w", force_zip64=True) as file:
            for block in blocks:
                total += len(block)
                digest.update(block)
                file.write(block)
        self.stated[name] = {"bytes": total, "sha256": digest.hexdigest()}


def _ledger(files: _Files, directory: Path, scope: Scope, size: int, progress: Progress) -> int:
    """Entries and, beside them in a scratch file, all leaves; returns how many entries."""
    count = 0
    # A ZIP takes one file at a time.
    with tempfile.TemporaryFile(dir=directory) as leaves:

        def lines() -> Iterator[bytes]:
            nonlocal count
            for rows in _rows(scope, size):
                found = [row for row in rows if row[2] is not None]
                count += len(found)
                _note_leaves(leaves, rows)
                yield b"".join(entry_line(row[2:]) for row in found)
                progress(rows[-1][0] + 1)

        files.add("entries.jsonl", lines())
        leaves.seek(0)
        files.add("leaves.txt", iter(lambda: leaves.read(1 << 20), b""))
    return count


def _note_leaves(file: IO[bytes], rows: list[tuple[Any, ...]]) -> None:
    file.write(
        b"".join(
            b"%s %s\n" % (b"-" if row[2] is None else b"+", bytes(row[1]).hex().encode())
            for row in rows
        )
    )


def entry_line(columns: tuple[Any, ...]) -> bytes:
    """An entry as the bytes that its hash is of, and a line feed.

    columns: id, at, item, process, actor, kind, data as text.
    """
    identifier, at, item, process, actor, kind, text = columns
    try:
        data = stored_data(text)
    except NotCanonical:
        data = text  # not what the ledger writes: the verifier will say so
    line = body(
        id=str(identifier),
        at=instant(at),
        item=None if item is None else str(item),
        process=process,
        actor=actor,
        kind=kind,
        data=data,
    )
    return line + b"\n"


def _rows(scope: Scope, size: int) -> Iterator[list[tuple[Any, ...]]]:
    """Leaves in order, a chunk at a time; their entry's columns where it belongs to the scope."""
    within, values = _condition(scope, size)
    statement = (
        "SELECT l.index, l.hash, e.id, e.at, e.item, e.process, e.actor, e.kind, e.data::text"  # noqa: S608
        f" FROM governance_leaf l LEFT JOIN governance_entry e ON e.id = l.entry AND {within}"
        " WHERE l.index >= %s AND l.index < %s ORDER BY l.index"
    )
    for start in range(0, size, CHUNK):
        with connection.cursor() as cursor:
            cursor.execute(statement, [*values, start, min(start + CHUNK, size)])
            rows = cursor.fetchall()
        if rows:
            yield rows


def _condition(scope: Scope, size: int) -> tuple[str, list[Any]]:
    """What an entry of the scope fulfils, in SQL over `e` and `l`."""
    if scope.process is not None:
        conditions, values = ["e.process = %s"], [scope.process]
        if scope.since is not None:
            conditions.append("e.at >= %s")
            values.append(scope.since)  # type: ignore[arg-type]
        if scope.until is not None:
            conditions.append("e.at < %s")
            values.append(scope.until)  # type: ignore[arg-type]
        return " AND ".join(conditions), list(values)
    if scope.since is None and scope.until is None:
        return "true", []
    low, high = _span(scope, size)
    return "l.index BETWEEN %s AND %s", [low, high]


def _span(scope: Scope, size: int) -> tuple[int, int]:
    """Of all processes a period is a run of leaves with its neighbours on both sides: they show
    that nothing was left out at its ends."""
    low, high = id_range(scope.since, scope.until)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT min(l.index), max(l.index) FROM governance_entry e"
            " JOIN governance_leaf l ON l.entry = e.id"
            " WHERE e.id >= coalesce(%(low)s, '00000000-0000-0000-0000-000000000000'::uuid)"
            " AND e.id < coalesce(%(high)s, 'ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid)"
            " AND e.at >= coalesce(%(since)s, '-infinity'::timestamptz)"
            " AND e.at < coalesce(%(until)s, 'infinity'::timestamptz) AND l.index < %(size)s",
            {
                "low": low,
                "high": high,
                "since": scope.since,
                "until": scope.until,
                "size": size,
            },
        )
        first, last = cursor.fetchone()
        if first is None:
            cursor.execute(
                "SELECT l.index FROM governance_entry e JOIN governance_leaf l ON l.entry = e.id"
                " WHERE e.id < %s AND l.index < %s ORDER BY e.id DESC LIMIT 1",
                [low or high, size],
            )
            row = cursor.fetchone()
            first, last = (row[0] + 1, row[0]) if row else (0, -1)
    return max(0, first - 1), min(size - 1, last + 1)


def _beside(files: _Files, scope: Scope, size: int) -> None:
    files.add("checkpoints.jsonl", _checkpoints(size))
    keys = "".join(f"{key}\n" for key in trusted_keys())
    files.add("keys.txt", iter([keys.encode()]))
    for name, rows in PARTS.items():
        text = json.dumps(list(rows(scope.process)), ensure_ascii=False, indent=1, sort_keys=True)
        files.add(name, iter([f"{text}\n".encode()]))
    files.add("README.txt", iter([README.read_bytes()]))
    files.add("verify_countersign.py", iter([VERIFIER.read_bytes()]))


def _checkpoints(size: int) -> Iterator[bytes]:
    at = 0
    while True:
        found = Checkpoint.objects.filter(size__gt=at, size__lte=size).order_by("size")
        rows = list(found.values_list("size", "note")[:_CHECKPOINTS])
        if not rows:
            return
        yield b"".join(canonical({"note": note}) + b"\n" for _, note in rows)
        at = rows[-1][0]


def _manifest(
    files: _Files, scope: Scope, *, actor: str, now: datetime, size: int, entries: int
) -> bytes:
    return (
        canonical(
            {
                "format": FORMAT,
                "origin": settings.LEDGER_ORIGIN,
                "process": scope.process,
                "since": None if scope.since is None else instant(scope.since),
                "until": None if scope.until is None else instant(scope.until),
                "made_at": instant(now),
                "made_by": actor,
                "size": size,
                "entries": entries,
                "files": files.stated,
            }
        )
        + b"\n"
    )
