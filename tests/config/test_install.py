"""The hashed lock file gets into .venv once, and trouble is one line."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

LAUNCH = Path(__file__).resolve().parents[2] / "config" / "launch"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tree with the installer and a lock file that names no package: no network is needed."""
    root = tmp_path_factory.mktemp("checkout")
    (root / "config" / "launch").mkdir(parents=True)
    for name in ("install.py", "checks.py"):
        shutil.copy(LAUNCH / name, root / "config" / "launch")
    (root / "requirements").mkdir()
    (root / "requirements" / "dev.txt").write_text("# nothing\n")
    return root


def _install(checkout: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "config/launch/install.py", "requirements/dev.txt"],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=False,
    )


def test_installs_once_and_mends_a_broken_venv(checkout: Path) -> None:
    first = _install(checkout)
    assert first.returncode == 0, first.stderr
    assert "making .venv" in first.stdout

    again = _install(checkout)
    assert (again.returncode, again.stdout) == (0, "")

    interpreter = checkout / ".venv" / "bin" / "python"
    interpreter.unlink()
    assert "making .venv" in _install(checkout).stdout
    assert interpreter.exists()


def test_changed_lock_file_is_installed_and_trouble_is_one_line(checkout: Path) -> None:
    lock_file = checkout / "requirements" / "dev.txt"
    lock_file.write_text(f"./nothing-1.0-py3-none-any.whl --hash=sha256:{'0' * 64}\n")
    failed = _install(checkout)
    assert failed.returncode == 1
    assert failed.stderr.startswith("Installing failed: ERROR")
    assert len(failed.stderr.splitlines()) == 1
    assert _install(checkout).returncode == 1  # a failure is not remembered as done
