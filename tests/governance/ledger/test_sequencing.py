"""Every committed entry gets one place, in order, whoever commits late or sequences at once."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction

from governance.ledger import jobs, sequencing
from governance.ledger.checkpoints import checkpoint
from governance.ledger.models import Checkpoint, Entry, Leaf, Node, Outbox
from governance.ledger.nodes import root, tree_size
from governance.ledger.operations import append
from governance.ledger.sequencing import sequence
from governance.ledger.tree import fold
from tests.governance.ledger.conftest import problems


def places() -> list:
    return list(Leaf.objects.order_by("index").values_list("index", "entry"))


@contextmanager
def another_session():
    """A thread to run things in, on a connection of its own that stays open between them."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        try:
            yield lambda function: thread.submit(function).result(timeout=20)
        finally:
            thread.submit(lambda: connection.close()).result()


@pytest.mark.django_db
def test_entries_are_numbered_from_zero_in_the_order_they_were_written(write):
    entries = write(3) + write(60) + write(1)
    assert sequence() == 64
    assert places() == list(enumerate(entries))
    assert not Outbox.objects.exists()
    assert Node.objects.count() == 32 + 16 + 8 + 4 + 2 + 1


@pytest.mark.django_db
@pytest.mark.parametrize("limit", [1, 2, 5, 13, 14])
def test_the_size_of_batches_changes_nothing(write, limit):
    entries = write(13)
    assert sequence(limit) == 13
    assert sequence(limit) == 0
    assert places() == list(enumerate(entries))
    checkpoint()
    assert problems() == []


@pytest.mark.django_db(transaction=True)
def test_an_entry_committed_late_is_taken_later_and_not_skipped(write):
    with another_session() as elsewhere, transaction.atomic():
        late = append("decision.made", actor="system:test", data={"late": True})
        early = elsewhere(lambda: write(2))
        assert elsewhere(sequence) == 2
        assert elsewhere(places) == list(enumerate(early))
    assert Outbox.objects.get().entry == late
    assert sequence() == 1
    assert places()[2] == (2, late)
    assert problems() == []


@pytest.mark.django_db(transaction=True)
def test_writers_do_not_wait_for_one_another_nor_for_the_sequencer(write):
    """Lock waits would run into the timeout; the first writer and a sequencer stay uncommitted."""

    def write_at_once():
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '1ms'")
        return write(3)

    write(4)
    with another_session() as elsewhere, transaction.atomic():
        append("decision.made", actor="system:test", data={})
        assert len(elsewhere(write_at_once)) == 3
        sequence()
        assert len(elsewhere(write_at_once)) == 3


@pytest.mark.django_db(transaction=True)
def test_a_second_sequencer_gives_way_and_nothing_is_placed_twice(write):
    write(5)
    with another_session() as elsewhere, transaction.atomic():
        assert sequence() == 5
        assert elsewhere(sequence) == 0
    assert elsewhere_total() == 5
    assert problems() == []


def elsewhere_total() -> int:
    with another_session() as elsewhere:
        return elsewhere(tree_size)


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_writers_and_sequencers_at_once_leave_no_gap(write):
    barrier = Barrier(6)

    def writer():
        barrier.wait()
        for _ in range(20):
            write(5)
        connection.close()

    def sequencer():
        barrier.wait()
        for _ in range(40):
            sequence(limit=7)
            checkpoint()
        connection.close()

    with ThreadPoolExecutor(max_workers=6) as threads:
        for job in [threads.submit(one) for one in [writer] * 3 + [sequencer] * 3]:
            job.result(timeout=60)
    sequence()
    assert tree_size() == Entry.objects.count() == 300
    assert problems() == []


@pytest.mark.django_db(transaction=True)
def test_a_batch_that_fails_leaves_everything_waiting(write, monkeypatch):
    write(3)
    monkeypatch.setattr(sequencing, "extend", lambda *_: {(-1, 0): b"no such level"})
    with pytest.raises(IntegrityError):
        sequence()
    assert Outbox.objects.count() == 3
    assert not Leaf.objects.exists()


@pytest.mark.django_db
def test_locks_are_advisory_since_the_application_may_not_lock_rows(
    write, django_assert_max_num_queries
):
    write(20)
    with django_assert_max_num_queries(30) as queries:
        sequence()
        checkpoint()
    assert not any("FOR UPDATE" in query["sql"] for query in queries)
    assert sum("pg_try_advisory_xact_lock" in query["sql"] for query in queries) == 2


@pytest.mark.django_db
def test_the_beats_jobs_sequence_and_sign(write):
    write(4)
    assert jobs.sequence.name == "governance.ledger.jobs.sequence"
    assert jobs.checkpoint.name == "governance.ledger.jobs.checkpoint"
    jobs.sequence()
    jobs.checkpoint()
    assert Checkpoint.objects.get().size == 4


@pytest.mark.django_db
def test_a_root_needs_few_nodes(write, django_assert_num_queries):
    write(100)
    sequence()
    with django_assert_num_queries(1):
        found = root(100)
    hashes = {(0, leaf.index): bytes(leaf.hash) for leaf in Leaf.objects.all()}
    hashes |= {(node.level, node.index): bytes(node.hash) for node in Node.objects.all()}
    assert found == fold((0, 100), hashes)
    with pytest.raises(LookupError, match="no node"):
        root(128)
