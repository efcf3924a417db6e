"""Documents survive what their workers do not: nothing is lost, and nothing read is told twice."""

import contextlib
import signal
import time
from collections.abc import Iterator

import psutil
import pytest
from django.utils import timezone

from governance.contracts.models import Process
from governance.models import Entry
from review.documents import reading
from review.documents.incoming import IncomingFile
from review.items.intake import Incoming, receive
from review.models import Document, Item, Page, Writing
from tests.durability import work
from tests.durability.harness import SETTLE_SECONDS, System, wait_until

pytestmark = pytest.mark.kill

READS_IN_SECONDS = 20  # a child on a busy machine


def hand_in(process: Process, ticket: str, *texts: str) -> Item:
    files = tuple(IncomingFile(f"{number}.txt", text.encode()) for number, text in enumerate(texts))
    incoming = Incoming({"text": ticket}, external_id=ticket, documents=files)
    received = receive(process, incoming, actor=work.ACTOR)
    return Item.objects.get(pk=received.item_id)


def states(item: Item) -> list[tuple[str, str]]:
    documents = Document.objects.filter(item=item).order_by("position")
    return list(documents.values_list("state", "refusal"))


def wait_for_person(item: Item) -> None:
    wait_until(
        f"{item.external_id} is with a person, not {states(item)}",
        lambda: work.state_of(item) == "waiting",
        SETTLE_SECONDS,
    )


@contextlib.contextmanager
def held_child(
    system: System, process: Process, ticket: str
) -> Iterator[tuple[Item, psutil.Process]]:
    """An item whose file is being read by a child that stands still. Nothing has to be slept for:
    a child that was quicker than this looks is let go, and the next item is tried."""
    for attempt in range(20):
        item = hand_in(process, f"{ticket}-{attempt}", "A letter. " * 20_000)
        child = _catch(system)
        if child is None:
            continue
        if Document.objects.filter(item=item, state="received", attempts=1).exists():
            try:
                yield item, child
            finally:
                with contextlib.suppress(psutil.NoSuchProcess):
                    child.kill()
            return
        child.resume()
    pytest.fail("no child was caught reading")


def _catch(system: System) -> psutil.Process | None:
    worker = psutil.Process(system.processes["worker-documents"].pid)
    deadline = time.monotonic() + READS_IN_SECONDS
    while time.monotonic() < deadline:
        for child in worker.children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                child.suspend()
                if child.status() == psutil.STATUS_STOPPED:
                    return child
        if not Document.objects.filter(state="received").exists():
            return None
    return None


def assert_told_once(item: Item) -> None:
    for kind in ("document.received", "document.read", "document.refused"):
        told = list(
            Entry.objects.filter(item=item.pk, kind=kind).values_list("data__document", flat=True)
        )
        assert len(told) == len(set(told)), kind
    read = Entry.objects.filter(item=item.pk, kind="document.read").count()
    assert read == sum(state == "ready" for state, _ in states(item))


def test_a_worker_killed_in_the_middle_of_reading_the_file_is_read_again(system, papers):
    with held_child(system, papers, "middle") as (item, _):
        system.kill("worker-documents")
        others = [hand_in(papers, f"middle-other-{number}", "Quick") for number in range(3)]
        system.start("worker-documents")
        for one in [item, *others]:
            wait_for_person(one)
    assert states(item) == [("ready", "")]
    document = Document.objects.get(item=item)
    assert document.attempts == 2
    assert Page.objects.filter(document=document).count() == document.page_count > 0
    for one in [item, *others]:
        assert_told_once(one)
    work.assert_whole(system)


def test_a_child_that_is_killed_costs_its_file_and_nothing_else(system, papers):
    worker = None
    with held_child(system, papers, "child") as (item, child):
        worker = system.processes["worker-documents"]
        other = hand_in(papers, "child-other", "Quick")
        wait_for_person(other)  # the other thread went on meanwhile
        child.send_signal(signal.SIGKILL)
        wait_for_person(item)
    assert worker.poll() is None, "the worker lives"
    ((state, refusal),) = states(item)
    assert state == "refused"
    assert refusal in {"too_much_memory", "damaged"}
    assert states(other) == [("ready", "")]
    later = hand_in(papers, "child-later", "Quick")
    wait_for_person(later)
    assert states(later) == [("ready", "")]
    work.assert_whole(system)


def test_flushed_with_files_unread_they_are_read_all_the_same(system, papers):
    system.freeze("worker-documents", "worker-inference")
    items = [hand_in(papers, f"flushed-{number}", "One", "Two") for number in range(5)]
    system.redis.flush()
    system.thaw("worker-documents", "worker-inference")
    for item in items:
        wait_for_person(item)
        assert states(item) == [("ready", "")] * 2
        assert_told_once(item)
    assert not Writing.objects.exists()
    work.assert_whole(system)


def test_a_frozen_worker_that_comes_back_after_its_lease_changes_nothing(system, papers):
    with held_child(system, papers, "frozen") as (item, child):
        document = Document.objects.get(item=item)
        system.freeze("worker-documents")
        wait_until(
            "the lease has run out",
            lambda: (
                not Document.objects.filter(pk=document.pk, lease_until__gt=timezone.now()).exists()
            ),
        )

        def read_here():
            """By another worker, in this process; hinted at again where the machine was slow."""
            reading.read(document.pk)
            return states(item) == [("ready", "")]

        wait_until("it is read here", read_here, SETTLE_SECONDS)
        blobs = set(Page.objects.filter(document=document).values_list("screen", "zoom"))
        child.resume()
        system.thaw("worker-documents")
        wait_until("the late result is cleared away", lambda: not Writing.objects.exists())
    wait_for_person(item)
    assert states(item) == [("ready", "")]
    assert set(Page.objects.filter(document=document).values_list("screen", "zoom")) == blobs
    assert_told_once(item)
    work.assert_whole(system)
