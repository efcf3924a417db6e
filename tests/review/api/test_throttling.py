"""Items are counted per caller; a Redis that is away counts nothing and stops nothing."""

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from governance.identifiers import uuid7
from review.api import throttling
from review.models import Item
from tests import factories
from tests.review.api.conftest import Caller, problem

pytestmark = pytest.mark.django_db

BODY = {"process": "desk", "payload": {"text": "Hello"}}


@pytest.fixture
def rate(settings, monkeypatch):
    """Three items an hour, counted in a place of this test's own."""
    settings.INTAKE_RATE = "3/hour"
    place = uuid7().hex
    in_earnest = throttling._identity
    monkeypatch.setattr(throttling, "_identity", lambda request: f"{place}:{in_earnest(request)}")


def test_the_item_after_the_last_allowed_one_is_refused(rate, producer):
    for _ in range(3):
        assert producer.post("items/", BODY).status_code == 202
    response = producer.post("items/", BODY)
    problem(response, 429, "throttled")
    assert 1 <= int(response.headers["Retry-After"]) <= 3600
    assert Item.objects.count() == 3


def test_each_key_has_a_rate_of_its_own(rate, process, producer):
    for _ in range(4):
        producer.post("items/", BODY)
    _, secret = factories.make_key(process, producer="another")
    assert Caller(secret=secret).post("items/", BODY).status_code == 202


def test_a_bulk_call_counts_its_items(rate, producer):
    lines = [{"payload": {"text": f"Message {number}"}} for number in range(2)]
    assert [one["status"] for one in producer.bulk(lines, query="?process=desk")] == ["created"] * 2
    refused = producer.bulk(lines, query="?process=desk")
    assert [one["code"] for one in refused] == ["throttled"] * 2
    assert producer.post("items/", BODY).status_code == 202  # the third; refused ones cost nothing
    problem(producer.bulk(lines, query="?process=desk"), 429, "throttled")
    assert Item.objects.count() == 3


def test_what_is_refused_for_another_reason_costs_nothing(rate, producer):
    for _ in range(5):
        problem(producer.post("items/", {**BODY, "process": "other"}), 403)
    assert producer.post("items/", BODY).status_code == 202


def test_without_redis_items_are_let_in_and_redis_is_left_alone_for_a_while(
    rate, producer, monkeypatch
):
    asked = []

    def gone(*_):
        asked.append(1)
        raise RedisConnectionError

    monkeypatch.setattr(throttling, "_limiter", gone)
    for _ in range(5):
        assert producer.post("items/", BODY).status_code == 202
    assert len(asked) == 1
    throttling.away.end()
    assert producer.bulk([BODY], query="?process=desk")[0]["status"] == "created"
