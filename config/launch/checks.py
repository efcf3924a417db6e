"""Is this machine fit to start on? Standard library only: it runs before anything is installed."""

import errno
import fcntl
import os
import shutil
import socket
from pathlib import Path
from typing import IO

MEGABYTE = 1024 * 1024
INSTALL_MEGABYTES = 1500  # a full .venv measures about 950, pip unpacks beside it
DATA_MEGABYTES = 500  # a fresh cluster takes 50, its write-ahead log up to 1,000 later


class NotFit(Exception):
    """The message is the one line shown before a non-zero exit."""


def port_number(raw: str) -> int:
    """PORT as a number from 1 to 65535; raises NotFit."""
    if not raw.isascii() or not raw.isdigit() or not 0 < int(raw) < 65536:
        raise NotFit(f"PORT must be a number from 1 to 65535, not {raw!r}.")
    return int(raw)


def require_free_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise NotFit(
                    f"Port {port} is in use; choose another: PORT={port + 1} make run"
                ) from None
            raise NotFit(f"Cannot listen on {host}:{port}: {error.strerror}.") from None


def require_space(directory: Path, megabytes: int) -> None:
    """Free space where `directory` is or will be; raises NotFit."""
    existing = directory
    while not existing.exists():
        existing = existing.parent
    free = shutil.disk_usage(existing).free // MEGABYTE
    if free < megabytes:
        raise NotFit(f"The disk that holds {directory} has {free} MB free; {megabytes} are needed.")


def hold(lock_file: Path) -> IO[str]:
    """Take a lock that ends with this process, however it ends; raises NotFit if another has it."""
    lock_file.parent.mkdir(parents=True, exist_ok=True)
    handle = lock_file.open("a+")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        handle.seek(0)
        pid = handle.read().strip()
        handle.close()
        raise NotFit(
            f"Countersign is already running on {lock_file.parent} (process {pid or 'unknown'})."
        ) from None
    handle.truncate(0)
    handle.write(str(os.getpid()))
    handle.flush()
    return handle
