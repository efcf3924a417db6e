"""The embedded Redis: a password, an address that stays, nothing kept."""

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from config.services.redis import Redis


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Redis]:
    running = Redis(tmp_path / 'with "quotes" and spaces')
    running.start()
    yield running
    running.stop()


def test_comes_back_empty_on_the_same_address(server: Redis) -> None:
    address = server.url()
    with redis.Redis.from_url(address) as client:
        client.set("hint", "1")
    server.restart()
    assert server.url() == address
    with redis.Redis.from_url(address) as client:
        assert client.get("hint") is None
    assert not list(server.directory.glob("*.rdb"))


def test_flush_forgets_everything(server: Redis) -> None:
    with redis.Redis.from_url(server.url()) as client:
        client.set("hint", "1")
        server.flush()
        assert client.dbsize() == 0


def test_stranger_without_the_password_is_refused(server: Redis) -> None:
    with redis.Redis(port=server._port, retry=Retry(NoBackoff(), 0)) as client:
        with pytest.raises(redis.AuthenticationError):
            client.ping()


def test_password_is_not_in_the_list_of_processes(server: Redis) -> None:
    assert server._password not in " ".join(psutil.Process(server.pid).cmdline())


def test_stop_leaves_no_process(server: Redis) -> None:
    process = psutil.Process(server.pid)
    server.stop()
    server.stop()
    assert not process.is_running()
