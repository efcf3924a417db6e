"""Read documents kept in memory for a while, bounded in bytes."""

import threading
import time
from collections import OrderedDict

from integrations.documents.model import ReadDocument

MAX_BYTES = 16 * 1024 * 1024  # a process
KEPT_SECONDS = 300.0  # erasing an item must not leave its text here for longer
# Measured with sys.getsizeof over a word, its text, its box and their numbers.
WORD_BYTES = 330


class LayoutCache:
    """By the blob's name, which is never used twice. What is larger than a quarter of the bound
    is not kept, so that one long document does not push out all others."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._entries: OrderedDict[str, tuple[ReadDocument, int, float]] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, name: str) -> ReadDocument | None:
        with self._lock:
            entry = self._entries.get(name)
            if entry is None:
                return None
            if entry[2] <= time.monotonic():
                self._drop(name)
                return None
            self._entries.move_to_end(name)
            return entry[0]

    def keep(self, name: str, document: ReadDocument) -> None:
        size = _bytes_of(document)
        if size > self._max_bytes // 4:
            return
        with self._lock:
            if name in self._entries:
                self._drop(name)
            self._entries[name] = (document, size, time.monotonic() + KEPT_SECONDS)
            self._bytes += size
            while self._bytes > self._max_bytes:
                self._drop(next(iter(self._entries)))

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()
            self._bytes = 0

    def _drop(self, name: str) -> None:
        self._bytes -= self._entries.pop(name)[1]


def _bytes_of(document: ReadDocument) -> int:
    words = sum(len(page.words) for page in document.pages)
    text = sum(len(page.text) for page in document.pages)
    embedded = sum(len(one.content) for one in document.embedded)
    return WORD_BYTES * words + 2 * text + embedded + 1000
