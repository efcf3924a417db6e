"""What the processes of a trial start find in their environment."""

import os
import secrets
import sys
from pathlib import Path


def for_trial(data: Path, host: str, port: int) -> dict[str, str]:
    """The caller's environment with development's defaults for whatever it leaves open.

    DATABASE_URL and REDIS_URL are not among them: they come from the services.
    """
    defaults = {
        "DJANGO_SETTINGS_MODULE": "config.settings.dev",
        "SECRET_KEY": _secret(data / "secret_key"),
        "WEB_HOST": host,
        "PYTHONUNBUFFERED": "1",
        # A trial in a container runs as root; Celery would say so at length with each worker.
        "PYTHONWARNINGS": "ignore:You're running the worker with superuser",
    }
    given = {name: value for name, value in os.environ.items() if value}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return defaults | given | {"PATH": path, "PORT": str(port), "DATA_DIR": str(data)}


def _secret(path: Path) -> str:
    """Made once, so that people stay signed in over a restart; readable by its owner only."""
    if not path.exists():
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(48))
    return path.read_text()
