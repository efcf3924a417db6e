"""Sending: together, once, again after a failure, and not for ever."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from integrations.errors import PermanentError, TransientError
from review.models import Delivery, NoticeChoices
from review.notices import jobs, sending
from review.notices.operations import notify
from tests import factories
from tests.integrations.servers import Server

pytestmark = pytest.mark.django_db


@pytest.fixture
def item(process):
    return factories.make_item(process)


def tell(person, item, number=0, kind="handed_over"):
    return notify([person.pk], kind, item=item, key=f"{kind}:{number}")


def states():
    return sorted(Delivery.objects.values_list("state", flat=True))


def later(**span):
    """As if so much time had passed for what waits."""
    for one in Delivery.objects.filter(state="waiting"):
        one.due_at -= timedelta(**span)
        one.save()


def test_what_is_due_together_is_one_e_mail(item, cast, mailoutbox):
    for number in range(3):
        tell(cast.operator, item, number)
    tell(cast.colleague, item)
    jobs.send()
    jobs.send()
    assert sorted((one.to, one.subject) for one in mailoutbox) == [
        (["colleague@example.invalid"], f"Countersign: {lines(mailoutbox, 'colleague')}"),
        (["operator@example.invalid"], "Countersign: 3 notices"),
    ]
    assert states() == ["sent"] * 4


def lines(mails, name):
    (mail,) = [one for one in mails if one.to[0].startswith(name)]
    return mail.body.split("\n")[0]


def test_a_digest_waits_for_its_hour(item, cast, mailoutbox):
    tell(cast.operator, item, kind="mentioned")  # hourly, unless chosen otherwise
    jobs.send()
    assert mailoutbox == []
    later(hours=1)
    jobs.send()
    assert len(mailoutbox) == 1


def test_a_failure_that_may_pass_is_tried_again_later_under_the_same_id(
    item, cast, mailoutbox, monkeypatch
):
    tell(cast.operator, item)
    ids = []

    def refuse(message, **_):
        ids.append(message.id)
        raise TransientError("The mail server answered 451.")

    monkeypatch.setattr(sending, "send_email", refuse)
    jobs.send()
    row = Delivery.objects.get()
    assert (row.state, row.attempts, row.lease_until) == ("waiting", 1, None)
    assert row.due_at > timezone.now()
    jobs.send()
    assert len(ids) == 1  # not before its time
    later(minutes=1)
    monkeypatch.undo()
    jobs.send()
    assert states() == ["sent"]
    assert mailoutbox[0].extra_headers["Message-ID"].startswith(f"<{ids[0]}@")


def test_it_is_given_up_after_some_tries(item, cast, monkeypatch):
    tell(cast.operator, item)

    def refuse(message, **_):
        raise TransientError("No.")

    monkeypatch.setattr(sending, "send_email", refuse)
    for _ in range(sending.MOST_ATTEMPTS + 3):
        later(hours=2)
        jobs.send()
    row = Delivery.objects.get()
    assert (row.state, row.attempts) == ("failed", sending.MOST_ATTEMPTS)


def test_a_failure_for_good_is_not_tried_again(item, cast, monkeypatch):
    tell(cast.operator, item)
    monkeypatch.setattr(sending, "send_email", lambda *_, **__: _raise(PermanentError("No.")))
    jobs.send()
    assert states() == ["failed"]


def _raise(error):
    raise error


def test_a_worker_that_dies_while_sending_leaves_it_to_the_next(item, cast, mailoutbox):
    tell(cast.operator, item)
    assert sending._lease() is not None  # and nothing after it
    jobs.send()
    assert mailoutbox == []  # its lease still holds
    later(seconds=61)
    jobs.send()
    assert len(mailoutbox) == 1
    assert states() == ["sent"]


def test_who_lost_the_lease_writes_nothing(item, cast):
    tell(cast.operator, item)
    old = sending._lease()
    later(seconds=61)
    new = sending._lease()
    sending._record(old, PermanentError("late"))
    assert states() == ["waiting"]
    sending._record(new, None)
    assert states() == ["sent"]


def test_nothing_is_sent_inside_a_transaction(item, cast, monkeypatch):
    tell(cast.operator, item)
    depth = len(connection.savepoint_ids)
    seen = []
    monkeypatch.setattr(
        sending, "send_email", lambda *_, **__: seen.append(len(connection.savepoint_ids))
    )
    jobs.send()
    assert seen == [depth]


def test_people_who_left_are_told_nothing(item, cast, mailoutbox):
    tell(cast.operator, item)
    cast.operator.is_active = False
    cast.operator.save()
    jobs.send()
    assert mailoutbox == []
    assert states() == ["dropped"]


def test_chat_gets_a_text_under_the_messages_id(item, cast, settings):
    settings.CHAT_SECRET = "whsec_" + "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"
    with Server().running() as server:
        NoticeChoices.objects.create(person=cast.operator, chat_url=f"{server.url}/hook")
        tell(cast.operator, item)
        jobs.send()
        jobs.send()
    (request,) = server.seen
    body = request.json
    assert set(body) == {"text"}
    assert "A task was handed to you: Help desk" in body["text"]
    assert request.headers["webhook-id"].startswith("notice-chat-")
    assert request.headers["webhook-signature"].startswith("v1,")
    assert states() == ["sent", "sent"]


def test_a_host_that_is_no_longer_allowed_gets_nothing(item, cast, settings):
    with Server().running() as server:
        NoticeChoices.objects.create(person=cast.operator, chat_url=f"{server.url}/hook")
        tell(cast.operator, item)
        settings.CHAT_HOSTS = []
        jobs.send()
    assert server.seen == []
    assert "dropped" in states()
