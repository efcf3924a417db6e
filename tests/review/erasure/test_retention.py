"""What was kept long enough goes by the rule in force, in parts or whole, never what is held."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from governance.approvals import operations as approvals
from governance.errors import InvalidInput, NotAllowed
from governance.models import RetentionRule
from governance.privacy.holds import operations as holds
from governance.privacy.retention import operations as rules
from governance.privacy.retention import queries
from review.erasure import operations as erasure
from review.erasure import retention
from review.erasure.registry import TOMBSTONE
from review.finding import indexing
from review.models import Document, ErasureRequest, Findable, Item, Note, Task
from review.notes.operations import write as write_note
from review.subjects.indexing import remember
from review.subjects.queries import find
from tests import factories
from tests.review.erasure.test_erasing import ended

pytestmark = pytest.mark.django_db


def write(cast, **days):
    return rules.write(process="desk", days=days, actor=cast.compliance_officer)


def in_force(cast, **days):
    rule = write(cast, **days)
    asked = rules.for_retention(rule, actor=cast.compliance_officer, reason="The law.")
    factories.grant(asked)
    return rule


def old(process, cast, days, **options):
    item = ended(process, cast.operator, **options)
    Item.objects.filter(pk=item.pk).update(ended_at=timezone.now() - timedelta(days=days))
    return Item.objects.get(pk=item.pk)


def round_of_retention():
    asked = retention.ask_for_due()
    for made in ErasureRequest.objects.filter(state="waiting"):
        erasure.work_off(made.pk)
    return asked


def test_a_rule_counts_once_it_is_approved(process, cast):
    item = old(process, cast, 40)
    rule = write(cast, item=30)
    assert queries.in_force("desk") is None
    assert round_of_retention() == 0
    asked = rules.for_retention(rule, actor=cast.compliance_officer, reason="The law.")
    with pytest.raises(NotAllowed):
        approvals.sign(
            approval_id=asked.pk, actor=cast.compliance_officer, is_yes=True, digest=asked.digest
        )
    factories.grant(asked)
    assert queries.in_force("desk") == rule
    assert round_of_retention() == 1
    assert Item.objects.get(pk=item.pk).erased_at is not None
    made = ErasureRequest.objects.get()
    assert (made.rule, made.requested_by, made.origin) == (rule, None, "retention")


def test_the_newest_approved_rule_is_followed(process, cast):
    first = in_force(cast, item=30)
    second = write(cast, item=60)
    assert queries.in_force("desk") == first
    factories.grant(rules.for_retention(second, actor=cast.compliance_officer, reason="Longer."))
    assert queries.in_force("desk") == second
    old(process, cast, 40)
    assert round_of_retention() == 0


def test_parts_go_before_the_whole(process, cast):
    item = old(process, cast, 40)
    factories.make_document(item)
    write_note(item=item, author=cast.operator, text="Called")
    in_force(cast, documents=10, notes=30, content=50, item=60)
    round_of_retention()
    assert not Document.objects.exists()
    assert not Note.objects.exists()
    item.refresh_from_db()
    assert item.documents_erased_at is not None
    assert item.payload["text"] == "The bill is wrong."
    assert (item.content_erased_at, item.erased_at) == (None, None)
    assert round_of_retention() == 0
    Item.objects.update(ended_at=timezone.now() - timedelta(days=55))
    round_of_retention()
    item.refresh_from_db()
    assert (item.payload, item.erased_at) == (TOMBSTONE, None)
    assert bytes(item.salt) != b""
    Item.objects.update(ended_at=timezone.now() - timedelta(days=65))
    round_of_retention()
    item.refresh_from_db()
    assert item.erased_at is not None


def test_an_item_without_values_is_still_found_and_listed(process, cast):
    item = old(process, cast, 40, payload={"text": "x", "subject": "Jane Doe"})
    remember([item.pk])
    in_force(cast, content=10)
    round_of_retention()
    assert [one.pk for one in find(["Jane Doe"], ["desk"])] == [item.pk]
    indexing.rebuild([item.pk])
    assert "jane" not in Findable.objects.get(pk=item.pk).terms


def test_what_is_held_or_in_progress_stays(process, cast):
    held, running = old(process, cast, 40), factories.make_task(process).item
    Item.objects.filter(pk=running.pk).update(ended_at=timezone.now() - timedelta(days=40))
    hold = holds.hold_item(
        item=held.pk,
        process="desk",
        actor=cast.compliance_officer,
        reference="Case",
        reason="Court",
    )
    in_force(cast, item=30)
    assert round_of_retention() == 0
    holds.lift(hold_id=hold.pk, actor=cast.compliance_officer, reason="Settled")
    assert round_of_retention() == 1


def test_batches_are_small_and_the_next_round_goes_on(process, cast, monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 2)
    monkeypatch.setattr(retention, "BATCHES", 2)
    monkeypatch.setattr(retention.due, "__defaults__", (2,))
    for _ in range(5):
        old(process, cast, 40)
    in_force(cast, item=30)
    assert [round_of_retention() for _ in range(3)] == [4, 1, 0]
    assert ErasureRequest.objects.count() == 3


def test_what_is_asked_for_already_is_not_asked_for_again(process, cast):
    old(process, cast, 40)
    in_force(cast, item=30)
    assert retention.ask_for_due() == 1
    assert retention.ask_for_due() == 0


@pytest.mark.parametrize(
    "days", [{}, {"item": 0}, {"item": 40_000}, {"item": 10, "documents": 20}, {"notes": -1}]
)
def test_a_rule_that_makes_no_sense_is_refused(process, cast, days):
    with pytest.raises(InvalidInput):
        write(cast, **days)


def test_a_rule_never_changes(process, cast):
    rule = write(cast, item=30)
    for change in (
        lambda: RetentionRule.objects.filter(pk=rule.pk).update(item_days=1),
        lambda: RetentionRule.objects.filter(pk=rule.pk).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_what_is_due_is_read_from_an_index(process, cast):
    old_one = old(process, cast, 40)
    factories.make_backlog(process, 3000)
    others = Item.objects.exclude(pk=old_one.pk)
    Task.objects.filter(item__in=others).update(state="cancelled")
    others.update(state="completed", ended_at=timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE review_item")
        cursor.execute(
            "EXPLAIN " + retention._DUE_SQL.format(column="erased_at"),
            {
                "process": "desk",
                "part": "item",
                "before": timezone.now() - timedelta(days=30),
                "limit": 50,
            },
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "item_erased_due" in plan, plan
    assert retention.due("desk", "item", 30) == [old_one.pk]
