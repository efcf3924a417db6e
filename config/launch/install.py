"""Make .venv and install a hashed lock file into it, when either changed.

Run by path with any Python 3.11 to 3.14 (`python config/launch/install.py requirements/run.txt`),
standard library only, because nothing is installed yet.
"""

import errno
import fcntl
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from checks import INSTALL_MEGABYTES, NotFit, port_number, require_free_port, require_space

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed.json"
LOG = VENV / "install.log"
_EVERY_SECONDS = 5  # a progress line where no terminal can redraw one


def main() -> int:
    lock_file = ROOT / sys.argv[1]
    os.umask(0o022)  # under root PostgreSQL runs as another user, who must read its binaries
    try:
        # A lock on the file itself: `make run` and `make test` may both find .venv missing.
        with lock_file.open() as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            install(lock_file)
    except NotFit as problem:
        print(problem, file=sys.stderr)
        return 1
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        print(f"The disk that holds {ROOT} is full.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped; the next start goes on from here.", file=sys.stderr)
        return 130
    return 0


def install(lock_file: Path) -> None:
    """Bring .venv to what the lock file says; quick when it is there already."""
    name = str(lock_file.relative_to(ROOT))
    wanted = hashlib.sha256(lock_file.read_bytes()).hexdigest()
    usable = _works()
    if usable and _stamp().get(name) == wanted:
        return
    require_space(VENV, 200 if usable else INSTALL_MEGABYTES)
    if name.endswith("run.txt"):  # tell now what would end the start minutes later
        host = os.environ.get("WEB_HOST") or "127.0.0.1"
        require_free_port(host, port_number(os.environ.get("PORT") or "8000"))
    if not usable:
        _make_venv()
    began = time.monotonic()
    total = len(re.findall(r"^[A-Za-z0-9][\w.\[\]-]*==", lock_file.read_text(), re.MULTILINE))
    _run_pip(lock_file, total)
    STAMP.write_text(json.dumps(_stamp() | {name: wanted}))
    print(f"  {name}: packages installed in {time.monotonic() - began:.0f} s", flush=True)


def _works() -> bool:
    """False for a missing .venv and for one whose interpreter went away with an upgrade."""
    try:
        done = subprocess.run([PYTHON, "-m", "pip", "--version"], capture_output=True, check=False)
    except OSError:
        return False
    return done.returncode == 0


def _stamp() -> dict[str, str]:
    try:
        return dict(json.loads(STAMP.read_text()))
    except (OSError, ValueError):
        return {}


def _make_venv() -> None:
    version = ".".join(map(str, sys.version_info[:3]))
    print(f"  making .venv with Python {version}", flush=True)
    shutil.rmtree(VENV, ignore_errors=True)
    done = subprocess.run(
        [sys.executable, "-m", "venv", VENV], capture_output=True, text=True, check=False
    )
    if done.returncode == 0:
        return
    shutil.rmtree(VENV, ignore_errors=True)
    output = done.stdout + done.stderr
    if "No space left" in output:
        raise NotFit(f"The disk that holds {VENV} is full.")
    if "ensurepip" in output:
        minor = f"{sys.version_info[0]}.{sys.version_info[1]}"
        raise NotFit(
            f"Python {minor} lacks its venv module; Debian: apt install python{minor}-venv"
        )
    raise NotFit(f"Could not make {VENV}: {(output.strip().splitlines() or ['no reason'])[-1]}")


def _run_pip(lock_file: Path, total: int) -> None:
    """One line of progress instead of pip's many; pip's own words go to .venv/install.log."""
    command = [str(PYTHON), "-m", "pip", "install", "--require-hashes", "--no-deps"]
    command += ["--disable-pip-version-check", "--no-input", "--progress-bar=off"]
    command += ["-r", str(lock_file)]
    environment = os.environ | {"PYTHONUNBUFFERED": "1"}  # else its lines come in blocks
    seen = 0
    shown_at = 0.0
    with LOG.open("w") as log:
        pip = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
        )
        assert pip.stdout is not None
        try:
            for line in pip.stdout:
                log.write(line)
                if line.startswith(("Collecting", "Requirement already")):
                    seen += 1
                    if sys.stdout.isatty() or time.monotonic() - shown_at > _EVERY_SECONDS:
                        _show(f"fetching packages: {seen} of {total}")
                        shown_at = time.monotonic()
                elif line.startswith("Installing collected"):
                    _show("unpacking packages (half a minute or so)")
        except BaseException:
            pip.kill()
            raise
        finally:
            pip.stdout.close()
            pip.wait()
            if sys.stdout.isatty():
                print("\r\033[K", end="", flush=True)
    if pip.returncode != 0:
        raise NotFit(_reason(LOG.read_text(errors="replace")))


def _show(text: str) -> None:
    if sys.stdout.isatty():
        print(f"\r\033[K  {text}", end="", flush=True)
    else:
        print(f"  {text}", flush=True)


def _reason(output: str) -> str:
    if "No space left" in output:
        return f"The disk that holds {VENV} is full."
    errors = [line.strip() for line in output.splitlines() if line.startswith("ERROR")]
    return f"Installing failed: {(errors or ['no reason given'])[-1]} (all of it: {LOG})"


if __name__ == "__main__":
    sys.exit(main())
