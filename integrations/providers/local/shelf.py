"""Trained models in memory: loaded once by a process, shared between its threads."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Generic, TypeVar

from integrations.providers.base import ProviderPermanent

# Models kept by one process; a 77-class text model takes about 25 MB, an extractor of 12 fields
# about 30.
MAX_LOADED_MODELS = 4

Kept = TypeVar("Kept")


class Shelf(Generic[Kept]):
    """Models by the SHA-256 of their file; the ones not asked for longest make room.

    load(path, sha256) reads a file; it is called under a lock, so that threads that want the same
    model wait for one copy of it.
    """

    def __init__(self, load: Callable[[Path, str], Kept]) -> None:
        self._load = load
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Kept] = OrderedDict()

    def take(self, config: Mapping[str, Any], directory: Path) -> tuple[str, Kept]:
        """The digest and the model of a version's config, {"path": "<name>.npz", "sha256": "..."}.

        Raises ProviderPermanent where config names no file below the directory, and what loading
        raises.
        """
        path, digest = str(config.get("path", "")), str(config.get("sha256", ""))
        if not path or len(digest) != 64:
            raise ProviderPermanent("The model version names no file, or no SHA-256 for it.")
        with self._lock:
            kept = self._kept.get(digest)
            if kept is not None:
                self._kept.move_to_end(digest)
                return digest, kept
            root = directory.resolve()
            file = (root / path).resolve()
            if not file.is_relative_to(root):
                raise ProviderPermanent("The model file lies outside the model directory.")
            model = self._kept[digest] = self._load(file, digest)
            while len(self._kept) > MAX_LOADED_MODELS:
                self._kept.popitem(last=False)
            return digest, model
