"""PostgreSQL goes away in the middle of everything; whoever used it comes back by themselves."""

import os
import signal

import pytest
from django.db import connection

from tests.durability import work

pytestmark = pytest.mark.kill


def test_crashed_mid_run_the_workers_go_on_by_themselves(system, swift, patient):
    decided = work.hand_in(patient, "crash-decided", "clear")
    work.wait_for_effect(decided, "scheduled")
    processes = dict(system.processes)
    with (
        system.model.holding("clear crash") as inference,
        system.receiver.holding("crash-sending") as sending,
    ):
        proposing = work.hand_in(swift, "crash-proposing", "clear crash")
        running = work.hand_in(swift, "crash-sending", "clear")
        inference.wait_for_arrival()
        sending.wait_for_arrival()
        received = work.hand_in_many(swift, "crash-received", 20)
        connection.close()
        assert system.postgres.pid is not None
        os.kill(system.postgres.pid, signal.SIGQUIT)
        # Both answers come while there is nothing to write them to.
        inference.open()
        sending.open()
        system.postgres.restart(cleanly=False)
    work.assert_whole(system)
    for item in [decided, proposing, running, *received]:
        assert work.state_of(item) == "completed", item.external_id
    assert system.processes == processes
    assert all(process.poll() is None for process in processes.values()), "a process had ended"


def test_restarted_again_and_again_under_load_nothing_is_lost(system, swift):
    items = []
    for round_number in range(3):
        items += work.hand_in_many(swift, f"again-{round_number}", 10)
        connection.close()
        system.postgres.restart(cleanly=False)
    work.assert_whole(system)
    assert {work.state_of(item) for item in items} == {"completed"}
