"""Notices in the app: who is told of what, once, and nothing personal in it."""

import json

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from governance.errors import InvalidInput
from review.decisions.operations import amend, undo
from review.effects import operations as effects
from review.effects.sending import Failure
from review.models import Delivery, Effect, Item, Notice, NoticeChoices, Queue, Task
from review.notes.operations import write
from review.notices.choosing import choose
from review.notices.operations import notify
from review.notices.sending import send_due
from review.notices.texts import message_of, path_of, text_of
from review.notices.watching import watch
from review.queues.operations import pause
from review.tasks import operations as tasks
from tests import factories

pytestmark = pytest.mark.django_db

PERSONAL = {
    "subject": "Überfällig: Konto von Erika Mustermann",
    "text": "Erika Mustermann, DE89370400440532013000, erika@example.org, 030 1234567",
}
REFERENCE = "erika.mustermann@example.org"


def client(user):
    found = Client()
    found.force_login(user)
    return found


def kinds(user):
    return sorted(Notice.objects.filter(person=user).values_list("kind", flat=True))


def test_who_is_told_of_what(process, cast):
    everybody = {cast.operator, cast.colleague, cast.lead, cast.platform_engineer}
    decision = factories.make_decision(process, cast.operator)
    effect = Effect.objects.get(decision=decision)
    Effect.objects.update(due_at=timezone.now())
    leased = effects._lease(effect.pk)
    effects._finish(leased, Failure(code="refused", is_permanent=True))
    assert kinds(cast.platform_engineer) == kinds(cast.lead) == ["effect_failed"]
    undo(decision_id=decision.pk, actor=cast.lead)
    assert kinds(cast.operator) == ["decision_changed"]
    pause(queue_id=Queue.objects.get(name="desk").pk, is_paused=True, actor=f"user:{cast.lead.pk}")
    assert kinds(cast.colleague) == ["queue_paused"]
    assert "queue_paused" not in kinds(cast.lead)
    assert {one.person for one in Notice.objects.all()} <= everybody


def test_ones_own_undo_is_no_news_and_anothers_amendment_is(process, cast):
    mine = factories.make_decision(process, cast.operator)
    undo(decision_id=mine.pk, actor=cast.operator)
    assert kinds(cast.operator) == []
    Task.objects.update(state="cancelled", claimed_by=None, claimed_at=None, lease_until=None)
    other = factories.make_decision(process, cast.operator)
    amend(decision_id=other.pk, actor=cast.lead, verdict="reject", reason="No.")
    assert kinds(cast.operator) == ["decision_changed"]


def test_a_lead_hears_of_what_is_due_once_in_a_while(process, cast):
    lead = cast.lead
    task = factories.make_task(process)
    watch()
    assert kinds(lead) == []
    Task.objects.filter(pk=task.pk).update(due_at=timezone.now() + timezone.timedelta(minutes=30))
    watch()
    watch()
    assert kinds(lead) == ["due_soon"]
    Task.objects.filter(pk=task.pk).update(due_at=timezone.now())
    watch()
    watch()
    assert kinds(lead) == ["due_soon", "overdue"]
    assert kinds(cast.operator) == []


def test_one_is_told_one_thing_once(process, cast):
    task = factories.make_task(process)
    for _ in range(2):
        notify([cast.operator.pk] * 2, "escalated", item=task.item, task=task, key="once")
    assert Notice.objects.count() == 1
    assert Delivery.objects.count() == 1


@pytest.fixture
def full_of_names(process, cast, mailoutbox):
    """Every kind of notice about an item that is full of personal data, with all of it sent."""
    NoticeChoices.objects.create(
        person=cast.operator,
        ways={kind: {"email": "now"} for kind in Notice.Kind.values},
    )
    task = factories.make_task(process, payload=PERSONAL, external_id=REFERENCE)
    held = factories.claim(task, cast.colleague)
    write(item=task.item, author=cast.colleague, text=f"@operator: {PERSONAL['text']}")
    tasks.hand_over(task_id=held.pk, actor=cast.colleague, to=cast.operator, note=PERSONAL["text"])
    for kind in Notice.Kind.values:
        queue = task.queue if kind in ("due_soon", "overdue", "queue_paused") else None
        notify(
            [cast.operator.pk], kind, item=task.item, task=task, queue=queue, key=f"every:{kind}"
        )
    send_due()
    return list(Notice.objects.filter(person=cast.operator).select_related("process", "queue"))


def test_nothing_of_an_item_is_in_a_notice(full_of_names, cast, mailoutbox):
    assert len(full_of_names) == len(Notice.Kind.values) + 2
    rows = json.dumps(list(Notice.objects.values()), default=str)
    page = client(cast.operator).get(reverse("notices")).content.decode()
    message = message_of(full_of_names, message_id="m")
    mails = "".join(mail.message().as_string() + mail.body for mail in mailoutbox)
    assert mailoutbox
    said = "\n".join([rows, page, message.as_text(), message.subject, mails])
    words = ["Mustermann", "Erika", "DE89", "030 1234567", REFERENCE, "example.org", "colleague"]
    assert [word for word in words if word in said] == []
    assert "Help desk" in mails


# For those alone who operate effects, sign, release, handle incidents or manage access.
FOR_OTHERS = (
    {"effect_failed", "gate_held", "incident"}
    | {
        *("key_ends", "role_ends", "access_review"),
    }
    | {kind for kind in Notice.Kind.values if kind.startswith("approval_")}
)


def test_every_notice_leads_somewhere(full_of_names, cast):
    mine = client(cast.operator)
    for notice in full_of_names:
        assert text_of(notice)
        assert mine.get(reverse("notice", args=[notice.pk])).status_code == 302
        if notice.kind not in FOR_OTHERS:
            assert mine.get(path_of(notice)).status_code == 200
    assert not Notice.objects.filter(person=cast.operator, read_at__isnull=True).exists()


def test_the_bell_counts_and_reading_is_ones_own(process, cast):
    task = factories.make_task(process)
    for person in (cast.operator, cast.colleague):
        for number in range(2):
            notify([person.pk], "mentioned", item=task.item, key=f"{number}")
    mine = client(cast.operator)
    assert ", 2 not read" in mine.get(reverse("notices-count")).content.decode()
    theirs = Notice.objects.filter(person=cast.colleague).first()
    assert mine.get(reverse("notice", args=[theirs.pk])).status_code == 404
    mine.post(reverse("notices-read"))
    assert mine.get(reverse("notices-count")).content.decode().strip() == ""
    assert Notice.objects.filter(person=cast.colleague, read_at__isnull=True).count() == 2


def test_what_is_switched_off_in_the_app_is_not_listed(process, cast):
    choose(person=cast.operator, given={"time_zone": "Europe/Berlin", "mentioned-email": "off"})
    item = factories.make_item(process)
    notify([cast.operator.pk], "mentioned", item=item, key="k")
    mine = client(cast.operator)
    assert "mentioned" not in mine.get(reverse("notices")).content.decode().split("<main")[1]
    assert mine.get(reverse("notices-count")).content.decode().strip() == ""
    assert not Delivery.objects.exists()


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"time_zone": "Nowhere/City"}, "time_zone"),
        ({"quiet_from": "22:00"}, "quiet_until"),
        ({"quiet_from": "noon", "quiet_until": "13:00"}, "quiet_from"),
        ({"digest_hour": "24"}, "digest_hour"),
        ({"mentioned-email": "always"}, "mentioned-email"),
        ({"chat_url": "https://evil.example/hook"}, "chat_url"),
        ({"chat_url": "file:///etc/passwd"}, "chat_url"),
        ({"chat_url": "http://127.0.0.1@evil.example/"}, "chat_url"),
    ],
)
def test_choices_that_do_not_fit_are_refused(cast, given, field):
    with pytest.raises(InvalidInput) as caught:
        choose(person=cast.operator, given={"time_zone": "UTC", **given})
    assert field in caught.value.errors
    assert not NoticeChoices.objects.exists()


def test_an_erased_item_takes_its_notices_along(process, cast):
    task = factories.make_task(process)
    factories.make_notice(task, cast.operator)
    Item.objects.filter(pk=task.item_id).delete()
    assert not Notice.objects.exists()


def test_a_lead_hears_of_what_is_overdue_behind_much_of_high_priority(process, cast):
    lead, now = cast.lead, timezone.now()
    late = factories.make_task(process)
    Task.objects.filter(pk=late.pk).update(due_at=now, order_at=now + timezone.timedelta(days=1))
    Task.objects.bulk_create(
        Task(item=late.item, queue=late.queue, kind=late.kind, due_at=late.due_at, order_at=now)
        for _ in range(200)
    )
    watch()
    assert kinds(lead) == ["overdue"]
