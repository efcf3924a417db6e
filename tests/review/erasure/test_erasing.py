"""Erasing an item: what goes, what stays, what stands in the way."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from governance.errors import Conflict, InvalidInput
from governance.models import Entry
from governance.privacy.holds import operations as holds
from review.decisions import operations as decisions
from review.documents import blobs
from review.effects import operations as effects
from review.erasure import operations as erasure
from review.erasure.registry import TOMBSTONE
from review.finding import indexing
from review.models import (
    Candidate,
    Document,
    Effect,
    ErasureItem,
    ErasureRequest,
    Findable,
    Item,
    ItemKey,
    Note,
)
from review.notes.operations import write as write_note
from tests import factories

pytestmark = pytest.mark.django_db


def ended(process, person, **options):
    """An item that was decided and whose effects are done."""
    decision = factories.make_decision(process, person, **options)
    Effect.objects.filter(decision=decision).update(
        state=Effect.State.DONE, result={"answer": "ok"}
    )
    Item.objects.filter(pk=decision.item_id).update(
        state=Item.State.COMPLETED, ended_at=timezone.now()
    )
    return Item.objects.get(pk=decision.item_id)


def ask(item, actor, **options):
    options = {"origin": "item", "basis": "consent", "reference": "Letter 17", **options}
    return erasure.request(item_ids=[item.pk], actor=actor, **options)


def erase(item, actor, **options):
    made = ask(item, actor, **options)
    erasure.work_off(made.pk)
    return ErasureRequest.objects.get(pk=made.pk)


def test_what_is_personal_goes_and_what_counts_stays(process, cast):
    item = ended(process, cast.operator, external_id="K-1", payload={"text": "I am Jane"})
    write_note(item=item, author=cast.operator, text="Called Jane")
    document = factories.make_document(item)
    before = item.state, item.segment, item.received_at, item.ended_at
    made = erase(item, cast.compliance_officer)
    item.refresh_from_db()
    assert made.state == ErasureRequest.State.DONE
    assert made.finished_at <= made.due_at
    assert (item.state, item.segment, item.received_at, item.ended_at) == before
    assert (item.payload, item.external_id, bytes(item.salt)) == (TOMBSTONE, None, b"")
    assert Candidate.objects.get(item=item).output == TOMBSTONE
    assert item.decisions.get().verdict == "accept"
    assert item.decisions.get().output == TOMBSTONE
    effect = item.effects.get()
    assert (effect.body, effect.compensation, effect.result) == (TOMBSTONE,) * 3
    assert not Note.objects.exists()
    assert not Document.objects.exists()
    assert not ItemKey.objects.exists()
    assert not blobs.storage().exists(document.blob)
    row = made.rows.get()
    assert row.state == ErasureItem.State.DONE
    assert row.counts["documents"] == 1
    assert row.counts["files"] >= 2
    assert {one["kind"] for one in row.keys} == {"data key", "salt", "seed"}
    entry = Entry.objects.get(pk=row.entry)
    assert (entry.kind, entry.data["counts"]) == ("item.erased", row.counts)


def test_erasing_twice_does_nothing_twice(process, cast):
    item = ended(process, cast.operator)
    made = erase(item, cast.compliance_officer)
    erasure.work_off(made.pk)
    again = erase(item, cast.compliance_officer)
    assert again.rows.get().state == ErasureItem.State.BEFORE
    assert Entry.objects.filter(kind="item.erased").count() == 1


def test_work_in_progress_stands_in_the_way(process, cast):
    task = factories.make_claimed_task(process, cast.operator)
    with pytest.raises(erasure.InTheWay) as refused:
        ask(task.item, cast.compliance_officer)
    assert refused.value.codes == {task.item_id: ("in_progress", "task_open")}
    assert not ErasureRequest.objects.exists()


def test_work_in_progress_is_ended_if_that_is_asked_for(process, cast):
    task = factories.make_claimed_task(process, cast.operator)
    erase(task.item, cast.compliance_officer, ends_work=True)
    task.refresh_from_db()
    assert task.state == "cancelled"
    item = Item.objects.get(pk=task.item_id)
    assert item.state == Item.State.REJECTED
    assert item.erased_at is not None


def test_effects_that_wait_are_cancelled_with_the_work(process, cast):
    decision = factories.make_decision(process, cast.operator)
    with pytest.raises(erasure.InTheWay):
        ask(decision.item, cast.compliance_officer)
    erase(decision.item, cast.compliance_officer, ends_work=True)
    assert Effect.objects.get().state == Effect.State.CANCELLED
    effects.run(Effect.objects.get().pk)
    assert Effect.objects.get().state == Effect.State.CANCELLED


def test_an_effect_being_sent_is_waited_for(process, cast):
    decision = factories.make_decision(process, cast.operator)
    Effect.objects.update(state="running", lease_until=timezone.now() + timedelta(minutes=1))
    made = erase(decision.item, cast.compliance_officer, ends_work=True)
    assert made.rows.get().obstacle == "effect_running"
    assert made.state == ErasureRequest.State.WAITING
    Effect.objects.update(state="done", lease_until=None)
    erasure.work_off(made.pk)
    assert made.rows.get().state == ErasureItem.State.DONE


def test_a_request_needs_a_ground_and_a_reference(process, cast):
    item = ended(process, cast.operator)
    for wrong in ({"basis": "because"}, {"reference": " "}, {"basis": "retention"}):
        with pytest.raises(InvalidInput):
            ask(item, cast.compliance_officer, **wrong)


class Killed(Exception):
    """The worker is gone."""


@pytest.mark.parametrize("step", ["_erase_rows", "_remove_files", "_finish"])
def test_a_killed_worker_is_followed_by_another(process, cast, monkeypatch, step):
    item = ended(process, cast.operator)
    document = factories.make_document(item)
    made = ask(item, cast.compliance_officer)

    def die(*args):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(erasure, step, die)
        with pytest.raises(Killed):
            erasure.work_off(made.pk)
    erasure.work_off(made.pk)
    assert ErasureRequest.objects.get().state == ErasureRequest.State.WAITING  # its lease runs
    ErasureRequest.objects.update(lease_until=None)
    erasure.work_off(made.pk)
    assert ErasureRequest.objects.get().state == ErasureRequest.State.DONE
    assert Entry.objects.filter(kind="item.erased").count() == 1
    assert not blobs.storage().exists(document.blob)


def test_a_worker_killed_between_files_goes_on_with_the_rest(process, cast, monkeypatch):
    item = ended(process, cast.operator)
    factories.make_document(item)
    made = ask(item, cast.compliance_officer)
    storage = blobs.storage()
    removed = []

    def delete(name):
        if len(removed) == 2:
            raise Killed
        removed.append(name)
        original(name)

    original = storage.delete
    with monkeypatch.context() as patch:
        patch.setattr(storage, "delete", delete)
        with pytest.raises(Killed):
            erasure.work_off(made.pk)
    names = made.rows.get().blobs
    assert set(removed) < set(names)
    ErasureRequest.objects.update(lease_until=None)
    erasure.work_off(made.pk)
    assert not any(storage.exists(name) for name in names)
    assert made.rows.get().blobs == []


def test_the_sweeper_finds_what_was_lost(process, cast):
    made = ask(ended(process, cast.operator), cast.compliance_officer)
    assert erasure.due() == []
    ErasureRequest.objects.update(hint_at=timezone.now())
    assert erasure.due() == [made.pk]


def test_an_erased_item_takes_nothing_new(process, cast):
    item = ended(process, cast.operator)
    decision = item.decisions.get()
    erase(item, cast.compliance_officer)
    item.refresh_from_db()
    with pytest.raises(Conflict):
        decisions.undo(decision_id=decision.pk, actor=cast.operator)
    with pytest.raises(Conflict):
        decisions.amend(decision_id=decision.pk, actor=cast.operator, verdict="reject", reason="x")
    with pytest.raises(Conflict):
        write_note(item=item, author=cast.operator, text="Jane again")
    for change in (
        lambda: Item.objects.filter(pk=item.pk).update(payload={"text": "Jane"}),
        lambda: Item.objects.filter(pk=item.pk).update(state="waiting"),
        lambda: Item.objects.filter(pk=item.pk).update(erased_at=None),
        lambda: Note.objects.create(item=item, author=cast.operator, text="Jane"),
        lambda: ItemKey.objects.create(item=item, wrapped=b"x"),
    ):
        with pytest.raises(DatabaseError, match="is erased"), transaction.atomic():
            change()


def test_an_index_made_from_what_was_read_before_is_left_out(process, cast):
    item = ended(process, cast.operator)
    stale = list(indexing.rows_of([item.pk]))
    assert stale[0].item == item.pk
    indexing.rebuild([item.pk])
    assert Findable.objects.filter(pk=item.pk).exists()
    erase(item, cast.compliance_officer)
    indexing.rebuild([item.pk])
    assert not Findable.objects.filter(pk=item.pk).exists()


class TestHolds:
    @pytest.fixture
    def item(self, process, cast):
        return ended(process, cast.operator, payload={"text": "x", "subject": "Jane Doe"})

    def hold(self, item, cast):
        return holds.hold_item(
            item=item.pk,
            process=item.process_id,
            actor=cast.compliance_officer,
            reference="Case 3",
            reason="Court order",
        )

    def test_a_hold_refuses_the_request(self, item, cast):
        hold = self.hold(item, cast)
        with pytest.raises(erasure.InTheWay, match="legal hold"):
            ask(item, cast.compliance_officer, ends_work=True)
        holds.lift(hold_id=hold.pk, actor=cast.compliance_officer, reason="Settled")
        assert erase(item, cast.compliance_officer).rows.get().state == ErasureItem.State.DONE

    def test_a_hold_set_after_the_request_keeps_the_item(self, item, cast):
        made = ask(item, cast.compliance_officer)
        self.hold(item, cast)
        erasure.work_off(made.pk)
        row = made.rows.get()
        assert (row.state, row.obstacle) == (ErasureItem.State.REFUSED, "held")
        assert Item.objects.get(pk=item.pk).payload["subject"] == "Jane Doe"

    def test_the_database_refuses_what_is_held(self, item, cast):
        factories.make_document(item)
        write_note(item=item, author=cast.operator, text="A note")
        self.hold(item, cast)
        for change in (
            lambda: Item.objects.filter(pk=item.pk).update(payload=TOMBSTONE),
            lambda: Item.objects.filter(pk=item.pk).update(salt=b""),
            lambda: Item.objects.filter(pk=item.pk).update(erased_at=timezone.now()),
            lambda: Item.objects.filter(pk=item.pk)._raw_delete("default"),
            lambda: Candidate.objects.filter(item=item).update(output=TOMBSTONE),
            lambda: ItemKey.objects.filter(item=item).delete(),
            lambda: Document.objects.filter(item=item).delete(),
            lambda: Note.objects.filter(item=item).delete(),
            lambda: Effect.objects.filter(item=item).update(body=TOMBSTONE),
        ):
            with pytest.raises(DatabaseError, match="legal hold"), transaction.atomic():
                change()
        # What erases nothing goes on.
        Item.objects.filter(pk=item.pk).update(priority=70)

    def test_a_hold_does_not_change_and_is_lifted_once(self, item, cast):
        hold = self.hold(item, cast)
        for change in (
            lambda: type(hold).objects.update(reason="Another"),
            lambda: type(hold).objects.all().delete(),
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                change()
        holds.lift(hold_id=hold.pk, actor=cast.compliance_officer, reason="Settled")
        with pytest.raises(Conflict):
            holds.lift(hold_id=hold.pk, actor=cast.compliance_officer, reason="Again")

    def test_a_hold_on_a_process_keeps_what_came_in_its_time(self, item, cast):
        given = {
            "process": item.process_id,
            "actor": cast.compliance_officer,
            "reference": "Audit",
            "reason": "Year",
        }
        past = timezone.now() - timedelta(days=1)
        holds.hold_process(received_from=None, received_until=past, **given)
        assert erase(item, cast.compliance_officer).rows.get().state == ErasureItem.State.DONE
        other = ended(item.process, cast.operator)
        holds.hold_process(received_from=past, received_until=None, **given)
        with pytest.raises(erasure.InTheWay):
            ask(other, cast.compliance_officer)
