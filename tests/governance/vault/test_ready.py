"""A key service may be far away: no transaction waits for it, whoever is first to need a key."""

import pytest
from django.db import connection
from django.test import Client

from governance.privacy.vault import keys
from governance.roles.keys import issue_key
from governance.roles.scopes import OF_PEOPLE
from integrations.encryption import MasterKeys
from review.access import Rights
from review.bulk import operations as bulk
from review.bulk import working
from review.erasure import operations as erasure
from review.finding.filters import ItemFilter
from review.models import Decision, Item
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def asked(monkeypatch):
    """Whether a transaction was open, for each time that a key of a process was asked for."""
    found = []
    for name in ("wrap", "unwrap"):
        original = getattr(MasterKeys, name)

        def watched(self, content, *, context, original=original):
            if context[0] == "process":
                found.append(connection.in_atomic_block)
            return original(self, content, context=context)

        monkeypatch.setattr(MasterKeys, name, watched)
    return found


@pytest.fixture
def fresh(asked):
    """A call as the first of its process would make it; it must have asked, and in time."""

    def call(act):
        keys.process_key.cache_clear()
        asked.clear()
        answer = act()
        assert asked, "nothing was opened, so nothing is shown"
        assert not any(asked), "a transaction waited for the key service"
        return answer

    return call


def test_a_new_process_is_given_its_key_before_its_transaction(asked):
    factories.make_process()
    assert asked[:1] == [False]
    assert not any(asked)


def test_items_are_taken_in_decided_and_undone(process, cast, fresh):
    _, producer = factories.make_key(process)
    _, secret = issue_key(actor=factories.ACTOR, scopes=OF_PEOPLE, user=cast.operator)

    def post(address, body, key):
        answer = Client().post(
            f"/api/v1/{address}",
            body,
            content_type="application/json",
            headers={"Authorization": f"Bearer {key}"},
        )
        assert answer.status_code < 300, answer.content
        return answer

    body = {"process": "desk", "payload": {"text": "Hello"}}
    fresh(lambda: post("items/", body, producer))
    item = factories.propose(Item.objects.get(), {"category": "bill", "note": "x"})
    task = factories.claim(item.tasks.get(), cast.operator)
    verdict = {"verdict": "correct", "output": {"category": "other"}}
    fresh(lambda: post(f"tasks/{task.pk}/decide/", verdict, secret))
    fresh(lambda: post(f"decisions/{Decision.objects.get().pk}/undo/", {}, secret))


def test_a_run_in_bulk_decides(process, cast, fresh):
    factories.make_task(process, {"category": "bill", "note": "x"})
    run, _ = bulk.plan(
        process="desk",
        wanted=ItemFilter(),
        verb="accept",
        options={},
        reason="All alike.",
        actor=cast.lead,
        rights=Rights(cast.lead),
    )
    fresh(lambda: working.work(run.pk))


def test_an_item_is_erased(process, cast, fresh):
    factories.make_decision(process, cast.operator, verdict="reject")
    made = erasure.request(
        item_ids=[Item.objects.get().pk],
        actor=cast.compliance_officer,
        origin="item",
        basis="consent",
        reference="Letter 17",
    )
    fresh(lambda: erasure.work_off(made.pk))
    assert Item.objects.get().seed is None
