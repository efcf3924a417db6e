"""PostgreSQL refuses to run as root, so under root it runs as a system user of its own."""

import os
import pwd
import shutil
import stat
import subprocess
from pathlib import Path

from config.services.errors import ServiceError

USER_NAME = "pgserver"  # the name the wheel uses too


def server_user() -> pwd.struct_passwd | None:
    """The user to run as, made when missing; None where the present user will do."""
    if os.geteuid() != 0:
        return None
    for _ in range(3):  # another start may be adding it at this moment
        try:
            return pwd.getpwnam(USER_NAME)
        except KeyError:
            _add_user()
    raise ServiceError(
        f"PostgreSQL cannot run as root and the system user {USER_NAME} could not be added; "
        "run as an ordinary user."
    )


def _add_user() -> None:
    useradd = shutil.which("useradd") or "/usr/sbin/useradd"
    try:
        subprocess.run(
            [useradd, "--system", "--no-create-home", "--shell", "/bin/sh", USER_NAME],
            check=False,
            capture_output=True,
        )
    except OSError as error:
        raise ServiceError(
            f"PostgreSQL cannot run as root and useradd is missing ({error.strerror}); "
            "run as an ordinary user."
        ) from None


def let_pass(path: Path) -> None:
    """Let every user pass through the directories above `path`: execute only, never read.

    The wheel's own helper would make them readable for all, the home of root among them.
    """
    for directory in path.resolve().parents:
        mode = directory.stat().st_mode
        if not mode & stat.S_IXOTH:
            directory.chmod(mode | stat.S_IXOTH)
