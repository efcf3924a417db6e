"""Who is let in: keys, sessions, and neither."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from governance.models import ApiKey, Producer
from governance.roles.keys import issue_key, revoke_key
from governance.roles.operations import revoke_role
from governance.roles.roles import Role
from governance.roles.scopes import OF_PEOPLE
from review.api.authentication import kept_keys
from tests import factories
from tests.review.api.conftest import API, Caller, problem, signed_in

pytestmark = pytest.mark.django_db


def test_without_key_or_session_one_is_asked_for_it(process):
    response = Caller().get("items/")
    problem(response, 401, "not_authenticated")
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "secret", ["csk_00000000_wrong", "nonsense", "", "csk_\u00e9", "csk_a\x7fb_c", "x" * 5000]
)
def test_a_key_that_is_none_is_refused(process, secret):
    problem(Caller(secret=secret or " ").get("items/"), 401, "not_authenticated")


def test_the_right_prefix_with_another_secret_is_refused(process):
    key, _ = factories.make_key(process)
    problem(Caller(secret=f"{key.prefix}_guess").get("items/"), 401)


def test_a_revoked_key_stops_within_seconds(process):
    key, secret = factories.make_key(process)
    caller = Caller(secret=secret)
    assert caller.get("items/").status_code == 200
    revoke_key(key_id=key.pk, actor=factories.ACTOR)
    kept_keys.clear()  # what the ten seconds do
    problem(caller.get("items/"), 401)


def test_an_expired_key_stops_at_once_even_if_it_is_kept(process):
    producer = Producer.objects.create(name="till")
    _, secret = issue_key(
        actor=factories.ACTOR,
        scopes=["items:read"],
        producer=producer,
        process=process,
        expires_at=timezone.now() + timedelta(hours=1),
    )
    caller = Caller(secret=secret)
    assert caller.get("items/").status_code == 200
    ApiKey.objects.update(expires_at=timezone.now())
    for kept, _ in kept_keys._keys.values():
        kept.expires_at = timezone.now()
    problem(caller.get("items/"), 401)


def test_a_busy_key_is_verified_once_and_its_use_noted_once(process):
    _, secret = factories.make_key(process)
    caller = Caller(secret=secret)
    caller.get("items/")
    used_at = ApiKey.objects.get().last_used_at
    assert used_at is not None
    with CaptureQueriesContext(connection) as captured:
        caller.get("items/")
    assert not [one for one in captured.captured_queries if "governance_apikey" in one["sql"]]
    kept_keys.clear()
    caller.get("items/")
    assert ApiKey.objects.get().last_used_at == used_at


def test_a_role_that_is_taken_away_stops_with_the_next_call_of_a_persons_key(process, cast):
    _, secret = issue_key(actor=factories.ACTOR, scopes=OF_PEOPLE, user=cast.auditor)
    caller = Caller(secret=secret)
    item = factories.make_item(process)
    assert caller.get(f"items/{item.pk}/").status_code == 200
    revoke_role(user=cast.auditor, role=Role.AUDITOR, process=process, actor=factories.ACTOR)
    problem(caller.get(f"items/{item.pk}/"), 404)


def test_a_persons_key_for_one_process_reaches_no_other(process, cast):
    other = factories.make_process("other")
    factories.grant_role(user=cast.auditor, role=Role.AUDITOR, process=other, actor=factories.ACTOR)
    item = factories.make_item(other)
    _, secret = issue_key(
        actor=factories.ACTOR, scopes=OF_PEOPLE, user=cast.auditor, process=process
    )
    assert signed_in(cast.auditor).get(f"items/{item.pk}/").status_code == 200
    problem(Caller(secret=secret).get(f"items/{item.pk}/"), 404)


def test_a_change_by_session_needs_the_csrf_token(process, cast):
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.operator)
    factories.make_task(process)
    problem(client.post(f"{API}/queues/desk/desk/next/"), 403, "csrf_failed")
    assert client.get(f"{API}/items/").status_code == 200
    client.cookies["csrftoken"] = "a" * 32
    answer = client.post(
        f"{API}/queues/desk/desk/next/",
        content_type="application/json",
        headers={"X-CSRFToken": "a" * 32},
    )
    assert answer.status_code == 200


def test_a_change_by_key_needs_none(process):
    _, secret = factories.make_key(process)
    client = Client(enforce_csrf_checks=True, headers={"Authorization": f"Bearer {secret}"})
    body = {"process": "desk", "payload": {"text": "Hello"}}
    answer = client.post(f"{API}/items/", body, content_type="application/json")
    assert answer.status_code == 202
