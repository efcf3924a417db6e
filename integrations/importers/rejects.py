"""The rejects file: every row that was not taken, whole, with its line and the reason."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from types import TracebackType
from typing import Any, TextIO

from integrations.importers.base import RowError


class Rejects:
    """Writes {"line", "reason", "raw"} lines as JSONL; made when the first row is rejected.

    raw is the row's text, or raw_base64 its bytes where they are not UTF-8, so that nothing is
    lost and the row can be mended and handed in again. The file holds personal data: it is
    readable by its owner only. Use as a context manager; count says how many were written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.count = 0
        self._file: TextIO | None = None

    def __enter__(self) -> Rejects:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._file is not None:
            self._file.close()

    def write(self, line_number: int, reason: str, row: RowError | dict[str, Any]) -> None:
        """Add a row. A row that was read but not accepted is given as its values."""
        entry: dict[str, Any] = {"line": line_number, "reason": reason}
        if isinstance(row, RowError):
            try:
                entry["raw"] = row.raw.decode()
            except UnicodeDecodeError:
                entry["raw_base64"] = base64.b64encode(row.raw).decode()
            if row.missing_bytes:
                entry["missing_bytes"] = row.missing_bytes
        else:
            entry["row"] = row
        if self._file is None:
            self.path.touch(mode=0o600)
            self._file = self.path.open("w", encoding="utf-8")
        self._file.write(json.dumps(entry, ensure_ascii=False) + "\n")
        self._file.flush()
        self.count += 1
