"""`manage.py` beside a running `make run` finds its services; what is set already wins."""

import os
from pathlib import Path

import pytest

from config import trial

ADDRESSES = {"DATABASE_URL": "postgresql:///a", "REDIS_URL": "redis://b", "SECRET_KEY": "c"}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    for name in ADDRESSES:
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    return tmp_path


def test_what_the_launcher_published_is_taken_over(environment: Path) -> None:
    path = trial.publish(environment, {**ADDRESSES, "HOME": "elsewhere"})
    assert path.stat().st_mode & 0o777 == 0o600
    assert "elsewhere" not in path.read_text()
    trial.adopt()
    assert {name: os.environ[name] for name in ADDRESSES} == ADDRESSES


def test_what_the_environment_says_wins(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://mine")
    trial.publish(environment, ADDRESSES)
    trial.adopt()
    assert os.environ["REDIS_URL"] == "redis://mine"
    assert os.environ["DATABASE_URL"] == "postgresql:///a"


@pytest.mark.parametrize("content", [None, "", "{broken"])
def test_without_a_running_trial_nothing_changes(environment: Path, content: str | None) -> None:
    if content is not None:
        trial.file_in(environment).write_text(content)
    trial.adopt()
    assert os.environ["DATABASE_URL"] == ""
