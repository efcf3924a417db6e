"""The Procfile's processes stop together and leave nobody behind."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from config.launch import supervisor as module
from config.launch.supervisor import Supervisor, end_recorded


@pytest.fixture(autouse=True)
def short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "GRACE_SECONDS", 0.5)


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Supervisor]:
    procfile = tmp_path / "Procfile"
    procfile.write_text(
        "calm: exec sleep 60\n"
        "# a parent with a child, both deaf to SIGTERM\n"
        "stubborn: trap '' TERM; sleep 60 & sleep 60; wait\n"
    )
    supervisor = Supervisor(procfile, dict(os.environ), tmp_path / "processes.json")
    supervisor.start()
    yield supervisor
    supervisor.stop()


def _family(supervisor: Supervisor) -> list[psutil.Process]:
    leaders = [psutil.Process(process.pid) for process in supervisor._processes.values()]
    return leaders + [child for leader in leaders for child in leader.children(recursive=True)]


def test_stop_ends_the_stubborn_and_their_children(started: Supervisor) -> None:
    family = _family(started)
    started.stop()
    _, alive = psutil.wait_procs(family, timeout=5)
    assert not alive
    assert not started._record.exists()


def test_process_that_ends_by_itself_is_named_with_its_status(tmp_path: Path) -> None:
    procfile = tmp_path / "Procfile"
    procfile.write_text("lasting: exec sleep 60\nbrief: exit 7\n")
    supervisor = Supervisor(procfile, dict(os.environ), tmp_path / "processes.json")
    supervisor.start()
    supervisor._processes["brief"].wait(10)
    assert supervisor.ended() == ("brief", 7)
    supervisor.stop()


def test_output_carries_the_name_of_its_process(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    procfile = tmp_path / "Procfile"
    procfile.write_text("web: echo hello\n")
    supervisor = Supervisor(procfile, dict(os.environ), tmp_path / "processes.json")
    supervisor.start()
    supervisor._processes["web"].wait(10)
    supervisor.stop()
    assert "web | hello" in capsys.readouterr().out


def test_next_start_ends_what_a_killed_start_left(started: Supervisor) -> None:
    family = _family(started)
    end_recorded(started._record)
    _, alive = psutil.wait_procs(family, timeout=5)
    assert not alive


def test_number_given_to_a_stranger_since_is_spared(tmp_path: Path) -> None:
    stranger = subprocess.Popen(["sleep", "60"])
    record = tmp_path / "processes.json"
    record.write_text(json.dumps({stranger.pid: 1.0}))
    try:
        end_recorded(record)
        assert stranger.poll() is None
        assert not record.exists()
    finally:
        stranger.kill()
        stranger.wait()
