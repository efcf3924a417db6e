"""What stops a start says so in one line."""

import socket
import subprocess
from pathlib import Path

import pytest

from config.launch.checks import NotFit, hold, port_number, require_free_port, require_space

ROOT = Path(__file__).resolve().parents[2]


def test_port_in_use_is_refused_with_a_way_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(NotFit, match=f"Port {port} is in use.*PORT={port + 1} make run"):
            require_free_port("127.0.0.1", port)
    require_free_port("127.0.0.1", port)


@pytest.mark.parametrize("raw", ["", "0", "65536", "-1", "80x", "8e3", "٨٠"])
def test_port_that_is_no_port_is_refused(raw: str) -> None:
    with pytest.raises(NotFit, match="PORT must be a number"):
        port_number(raw)


def test_little_space_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(NotFit, match="MB free"):
        require_space(tmp_path / "not" / "yet" / "there", 10**9)
    assert not (tmp_path / "not").exists()


def test_second_holder_is_told_who_holds(tmp_path: Path) -> None:
    with hold(tmp_path / "running.lock"):
        with pytest.raises(NotFit, match=r"already running .*process \d+"):
            hold(tmp_path / "running.lock")
    hold(tmp_path / "running.lock").close()


def test_missing_interpreter_gives_a_clear_line_and_a_failure() -> None:
    done = subprocess.run(
        ["make", "interpreter", "PYTHON=/nowhere/python3.11"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert done.stderr.splitlines()[0].startswith("Python 3.11 to 3.14 is needed")


def test_reset_refuses_while_running(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    command = ["make", "reset", f"DATA_DIR={tmp_path}"]
    with hold(tmp_path / "running.lock"):
        refused = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert refused.returncode != 0
        assert "already running" in refused.stderr
        assert (tmp_path / "postgres").exists()
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    assert not (tmp_path / "postgres").exists()


def test_reset_leaves_a_directory_alone_that_is_not_ours(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    command = ["make", "reset", f"DATA_DIR={tmp_path}"]
    assert subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode != 0
    assert (tmp_path / "thesis.txt").exists()
