"""The web process dies inside a decide request: the decision is there whole or not at all."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import psycopg
import pytest
from django.db import connection

from governance.contracts.models import Process
from governance.models import User
from governance.roles.keys import issue_key
from governance.roles.scopes import OF_PEOPLE
from review.models import Decision, Task
from tests.durability import work
from tests.durability.harness import System, wait_until

pytestmark = pytest.mark.kill


class Client:
    """A person's browser, in a thread: what it gets may be nothing at all."""

    def __init__(self, system: System, person: User, process: Process) -> None:
        _, secret = issue_key(actor=work.ACTOR, scopes=OF_PEOPLE, user=person, process=process)
        self._url = f"{system.web}/api/v1/tasks"
        self._headers = {"Authorization": f"Bearer {secret}"}

    def decide(self, task: Task) -> httpx.Response:
        return httpx.post(
            f"{self._url}/{task.pk}/decide/",
            json={"verdict": "accept"},
            headers=self._headers,
            timeout=30,
        )

    @contextmanager
    def deciding(self, task: Task) -> Iterator[list[BaseException]]:
        """The request under way; on leaving, what it failed with."""
        failed: list[BaseException] = []

        def send() -> None:
            try:
                self.decide(task)
            except httpx.HTTPError as error:
                failed.append(error)

        thread = threading.Thread(target=send)
        thread.start()
        yield failed
        thread.join(30)


def test_killed_before_the_commit_nothing_was_decided_and_the_task_comes_back(system, swift):
    ida, otto = work.person("ida", swift), work.person("otto", swift)
    item = work.hand_in(swift, "web-before", "vague")
    task = work.claim(swift, ida)
    system.serve()
    with psycopg.connect(system.postgres.url("owner")) as blocking:
        blocking.execute("SELECT 1 FROM review_item WHERE id = %s FOR UPDATE", [item.pk])
        with Client(system, ida, swift).deciding(task) as failed:
            wait_until("the request waits for the item", _somebody_waits_for_a_lock)
            system.kill("web")
        assert failed, "the request was answered"
        blocking.rollback()
    wait_until("the dead request's transaction is gone", lambda: not _others_in_transaction())
    assert not Decision.objects.filter(task=task).exists()
    assert Task.objects.get(pk=task.pk).state == Task.State.CLAIMED
    work.expire_claims()
    wait_until("the sweeper frees the task", Task.objects.filter(pk=task.pk, state="open").exists)
    assert work.decide(swift, otto).task_id == task.pk
    work.assert_whole(system)
    assert len(system.receiver.of("web-before")) == 1


def test_killed_after_the_commit_the_decision_is_there_once(system, swift):
    ida = work.person("ida", swift)
    work.hand_in(swift, "web-after", "vague")
    task = work.claim(swift, ida)
    client = Client(system, ida, swift)
    system.serve()
    assert system.redis.pid is not None
    # The hint about the effect is sent after the commit; a Redis that hangs holds it there.
    os.kill(system.redis.pid, signal.SIGSTOP)
    try:
        with client.deciding(task) as failed:
            wait_until("the decision is committed", Decision.objects.filter(task=task).exists)
            system.kill("web")
        assert failed, "the request was answered"
    finally:
        os.kill(system.redis.pid, signal.SIGCONT)
    system.serve()
    again = client.decide(task)
    assert again.status_code == 409, again.text
    assert again.json()["code"] == "claim_lost"
    work.assert_whole(system)
    assert Decision.objects.filter(task=task).count() == 1
    assert len(system.receiver.of("web-after")) == 1


def _somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return bool(cursor.fetchone()[0])


def _others_in_transaction() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND query LIKE '%%review_task%%FOR UPDATE%%'"
            " AND state <> 'idle')"
        )
        return bool(cursor.fetchone()[0])
