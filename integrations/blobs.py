"""Files that are on the disk once they are said to be."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage
from django.utils.deconstruct import deconstructible


@deconstructible(path="integrations.blobs.DurableFileStorage")
class DurableFileStorage(FileSystemStorage):
    """Files and folders for their owner alone, synchronised before `save` returns.

    Django's own leaves a file to the operating system: a row that was committed after it would
    survive a power cut, and the file would not.
    """

    def _save(self, name: str, content: File[Any]) -> str:
        path = Path(self.path(name))
        made = _make_folders(path.parent)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            for chunk in content.chunks():
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        for folder in {path.parent, *(one.parent for one in made)}:
            _synchronise(folder)
        return name.replace("\\", "/")


def _make_folders(folder: Path) -> list[Path]:
    """Make what is missing of the path, for the owner alone; returns the folders made."""
    missing = []
    while not folder.exists():
        missing.append(folder)
        folder = folder.parent
    for one in reversed(missing):
        one.mkdir(mode=0o700, exist_ok=True)
    return missing


def _synchronise(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
