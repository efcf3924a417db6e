"""Effects as lines of a JSONL file: for the demo, for hand-overs by file, and for tests."""

from __future__ import annotations

import datetime
import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from integrations.connectors.base import EffectRequest, EffectResult
from integrations.errors import PermanentError, TransientError

CHUNK_BYTES = 1024 * 1024


class FileConnector:
    """Appends {"id", "key", "at", "body"} as one line to target["path"] below root.

    An idempotency key that is already in the file is not written twice, whichever process asks:
    reading and appending happen under one lock on the file. Every attempt reads the file, so its
    cost grows with it; rotate at a few hundred megabytes.
    """

    def __init__(self, *, root: str | Path) -> None:
        self._root = Path(root)

    def apply(self, request: EffectRequest) -> EffectResult:
        problems = validate(request.target)
        if problems:
            raise PermanentError(problems[0])
        path = self._path(str(request.target["path"]))
        entry = {
            "id": request.effect_id,
            "key": request.idempotency_key,
            "at": datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds"),
            "body": request.body,
        }
        line = json.dumps(entry, ensure_ascii=False, allow_nan=False).encode() + b"\n"
        try:
            with _locked(path) as handle:
                repeated, ends_whole = _look(handle, request.idempotency_key)
                if repeated:
                    return EffectResult("repeated", {"bytes": 0})
                if not ends_whole:
                    line = b"\n" + line
                written = os.write(handle, line)
                os.fsync(handle)
        except OSError as error:
            # A full disk or a missing right is put right by a person while we keep trying.
            raise TransientError(f"The file cannot be written: {error.strerror}.") from None
        if written < len(line):  # the cut line is passed over by the next attempt
            raise TransientError("The disk took only part of the line.")
        return EffectResult("done", {"bytes": written})

    def _path(self, relative: str) -> Path:
        root = self._root.resolve()
        path = (root / relative).resolve()
        if not path.is_relative_to(root) or path == root:
            raise PermanentError("The path leads outside the directory for effects.")
        return path


def validate(target: Mapping[str, Any]) -> list[str]:
    """What is wrong with a file target, in words; empty when nothing is."""
    problems = [f"{key} is not known here" for key in target if key != "path"]
    path = target.get("path")
    if not isinstance(path, str) or not path or "\0" in path:
        return [*problems, "path is missing"]
    parts = PurePosixPath(path)
    if parts.is_absolute() or ".." in parts.parts or not parts.name:
        problems.append("path must be relative and stay below the directory for effects")
    return problems


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    path.parent.mkdir(parents=True, exist_ok=True)
    # O_NOFOLLOW: a link put in the file's place must not lead the line elsewhere.
    flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
    handle = os.open(path, flags, 0o640)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield handle
    finally:
        os.close(handle)  # gives the lock back


def _look(handle: int, key: str) -> tuple[bool, bool]:
    """Whether a whole line with this key is in the file, and whether the file ends in one.

    A line cut short by a crash does not count: its effect is written again on a fresh line.
    """
    needle = json.dumps(key, ensure_ascii=False).encode()
    os.lseek(handle, 0, os.SEEK_SET)
    rest = b""
    while chunk := os.read(handle, CHUNK_BYTES):
        *lines, rest = (rest + chunk).split(b"\n")
        if any(needle in line and _key(line) == key for line in lines):
            return True, True
    return False, not rest


def _key(line: bytes) -> Any:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    return entry.get("key") if isinstance(entry, dict) else None
