"""The same item handed in several times at once is one item."""

import pytest
from django.db import transaction
from django.test import Client

from governance.errors import Conflict
from governance.models import Entry
from review.items import intake
from review.items.intake import Incoming, Received, body_digest
from review.models import IdempotencyKey, Item
from tests.factories import make_key
from tests.races.together import Beside, kinds, together

pytestmark = pytest.mark.race

AT_ONCE = 8
REPETITIONS = 10
CALLER = "producer:races"


def statuses(outcomes: list[Received]) -> list[str]:
    return sorted(one.status for one in outcomes)


def receive(desk, text: str, *, external_id: str | None = None, key: str | None = None) -> Received:
    incoming = Incoming({"text": text}, external_id=external_id)
    idempotency = (key, body_digest(text.encode())) if key else None
    return intake.receive(desk.process, incoming, actor=CALLER, idempotency=idempotency)


@pytest.mark.parametrize("name", ["key", "external_id"])
def test_the_same_item_sent_at_once_is_taken_in_once(desk, name):
    for number in range(REPETITIONS):
        named = {name: f"{desk.process.slug}-{number}"}
        outcomes = together(*[lambda n=named: receive(desk, "Hello", **n)] * AT_ONCE)
        assert kinds(outcomes) == ["Received"] * AT_ONCE, outcomes
        assert statuses(outcomes) == ["created"] + ["repeated"] * (AT_ONCE - 1)
        assert len({one.item_id for one in outcomes}) == 1
    items = Item.objects.filter(process=desk.process)
    assert items.count() == REPETITIONS
    told = Entry.objects.filter(process=desk.process.slug, kind="item.received")
    assert set(told.values_list("item", flat=True)) == set(items.values_list("pk", flat=True))
    assert told.count() == REPETITIONS


@pytest.mark.parametrize("name", ["key", "external_id"])
def test_two_different_items_under_one_name_one_wins_and_the_other_is_told(desk, name):
    for number in range(REPETITIONS):
        named = {name: f"{desk.process.slug}-{number}"}
        outcomes = together(
            lambda n=named: receive(desk, "One", **n), lambda n=named: receive(desk, "Two", **n)
        )
        assert kinds(outcomes) == ["Conflict", "Received"], outcomes
        assert any(isinstance(one, Conflict) for one in outcomes)
    assert Item.objects.filter(process=desk.process).count() == REPETITIONS
    if name == "key":
        assert IdempotencyKey.objects.filter(item__process=desk.process).count() == REPETITIONS


@pytest.mark.parametrize("count", [5, 200], ids=["few", "many"])
def test_batches_with_the_same_ids_in_other_orders_do_not_deadlock(desk, count):
    """Few rows go by VALUES, many by COPY."""
    for number in range(5):
        batch = [
            Incoming({"text": f"Row {row}"}, external_id=f"{desk.process.slug}-{number}-{row}")
            for row in range(count)
        ]

        def send(rows) -> list[Received]:
            return intake.receive_bulk(desk.process, rows, actor=CALLER)

        outcomes = together(
            *[lambda b=batch: send(b), lambda b=batch: send(b[::-1])] * 2,
        )
        assert kinds(outcomes) == ["list"] * 4, outcomes
        everything = [one for outcome in outcomes for one in outcome]
        assert [one.status for one in everything].count("created") == count
    assert Item.objects.filter(process=desk.process).count() == count * 5


@pytest.mark.parametrize("padding", [0, 100], ids=["few", "many"])
def test_a_batch_that_waits_for_a_row_holds_none_that_sorts_after_it(desk, padding):
    """The order itself, replayed: with any other, the last line below would deadlock."""
    name = desk.process.slug
    rows = [f"{name}-b", f"{name}-a", *(f"{name}-c{number}" for number in range(padding))]
    batch = [Incoming({"text": "Hello"}, external_id=row) for row in rows]
    with transaction.atomic():
        receive(desk, "Hello", external_id=f"{name}-a")
        beside = Beside(lambda: intake.receive_bulk(desk.process, batch, actor=CALLER))
        beside.wait_until_blocked()
        receive(desk, "Hello", external_id=f"{name}-b")
    assert statuses(beside.outcome()) == ["created"] * padding + ["repeated"] * 2


def test_posted_at_once_over_http_one_answer_says_created(desk):
    _, secret = make_key(desk.process)
    body = {"process": desk.process.slug, "payload": {"text": "Hello"}}

    def post() -> tuple[int, str]:
        answer = Client().post(
            "/api/v1/items/",
            body,
            content_type="application/json",
            headers={"Authorization": f"Bearer {secret}", "Idempotency-Key": desk.process.slug},
        )
        return answer.status_code, answer.json()["id"]

    outcomes = together(*[post] * AT_ONCE)
    assert {status for status, _ in outcomes} <= {200, 202}, outcomes
    assert len({item for _, item in outcomes}) == 1
    assert Item.objects.filter(process=desk.process).count() == 1


def test_an_item_waits_for_the_one_with_its_external_id_to_be_decided(desk):
    """Whoever comes second learns whether the first one's transaction held."""
    with transaction.atomic():
        first = receive(desk, "Hello", external_id=desk.process.slug)
        beside = Beside(lambda: receive(desk, "Hello", external_id=desk.process.slug))
        beside.wait_until_blocked()
    assert beside.outcome() == Received("repeated", first.item_id, "received")
