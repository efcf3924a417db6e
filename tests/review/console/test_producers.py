"""The pages of producers' keys: what they show, mark and refuse."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from governance.models import ApiKey, Entry, Producer
from governance.roles.keys import issue_key, revoke_key
from governance.roles.queries import key_for
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(cast):
    client = Client()
    client.force_login(cast.compliance_officer)
    return client


def issue(officer, process="desk", **fields):
    usual = {"producer": "Web shop", "scopes": ["items:write"], "days": "90", "reason": ""}
    return officer.post(reverse("producer-key-issue", args=[process]), {**usual, **fields})


def shown(officer):
    return officer.get(reverse("producers")).content.decode()


def secret_in(response):
    return re.search(r"csk_[0-9a-f]{8}_[\w-]+", response.content.decode()).group()


def test_a_key_is_issued_to_a_new_producer_shown_once_and_works(officer, cast):
    made = issue(officer)
    key = key_for(secret := secret_in(made))
    assert "no-store" in made.headers["Cache-Control"]
    assert (key.producer.name, key.process_id, key.scopes) == ("Web shop", "desk", ["items:write"])
    assert key.issued_by == cast.compliance_officer
    assert key.expires_at > timezone.now() + timedelta(days=89)
    page = shown(officer)
    assert key.prefix in page
    assert secret not in page
    kinds = Entry.objects.filter(actor=f"user:{cast.compliance_officer.pk}")
    assert set(kinds.values_list("kind", flat=True)) == {"producer.made", "api_key.issued"}


@pytest.mark.parametrize(
    "fields",
    [
        {"producer": " "},
        {"producer": "a\0b"},
        {"scopes": []},
        {"scopes": ["tasks:decide"]},
        {"days": "31"},
        {"days": ""},
        {"scopes": ["items:read", "items:personal"]},
        {"scopes": ["items:read", "items:personal"], "reason": " "},
        {"reason": "x" * 501},
        {"reason": "a\0b"},
    ],
)
def test_what_nobody_may_issue_makes_neither_key_nor_producer(officer, fields):
    answer = issue(officer, **fields)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert 'role="alert"' in page
    typed = {"producer": "Web shop", **fields}["producer"]
    if typed.isprintable() and len(typed) < 100:
        assert f'name="producer" value="{typed}"' in page
    assert not ApiKey.objects.exists()
    assert not Producer.objects.exists()


def test_personal_values_are_marked_with_their_reason(officer):
    issue(officer, scopes=["items:read", "items:personal"], reason="It pays out by them.")
    page = shown(officer)
    assert '<span class="badge badge-warn">read personal values of items</span>' in page
    assert "It pays out by them." in page


def test_what_ends_soon_and_what_is_not_used_is_marked(officer, process):
    soon, _ = factories.make_key(process)
    ApiKey.objects.filter(pk=soon.pk).update(expires_at=timezone.now() + timedelta(days=6))
    page = shown(officer)
    assert ">soon</span>" in page
    assert "not for 90 days" not in page
    used = timezone.now() - timedelta(days=91)
    ApiKey.objects.filter(pk=soon.pk).update(last_used_at=used)
    assert "not for 90 days" in shown(officer)
    revoke_key(key_id=soon.pk, actor=factories.ACTOR)
    page = shown(officer)
    assert ">soon</span>" not in page
    assert ">revoked</span>" in page


def test_a_key_is_rotated_with_an_overlap_and_revoked(officer, process):
    old, secret = factories.make_key(process)
    rotate = reverse("producer-key-rotate", args=[old.pk])
    assert officer.post(rotate, {"overlap": "30"}).status_code == 422
    new = key_for(secret_in(officer.post(rotate, {"overlap": "7"})))
    assert (new.producer, new.scopes) == (old.producer, old.scopes)
    assert key_for(secret) is not None
    revoke = reverse("producer-key-revoke", args=[old.pk])
    assert officer.post(revoke).headers["Location"].endswith("/producers/?process=desk")
    assert key_for(secret) is None
    assert officer.post(revoke).status_code == 409
    assert officer.post(rotate, {"overlap": "1"}).status_code == 409


def test_keys_of_other_processes_and_of_people_are_not_there(officer, cast):
    elsewhere = factories.make_process("elsewhere")
    other, _ = factories.make_key(elsewhere, producer="Elsewhere shop")
    persons = {"actor": factories.ACTOR, "scopes": ["items:read"], "user": cast.operator}
    own, _ = issue_key(**persons)
    here, _ = issue_key(**persons, process=cast._process)
    page = shown(officer)
    assert other.prefix not in page
    assert "Elsewhere shop" not in page
    for key in (other, own, here):
        for name in ("producer-key-rotate", "producer-key-revoke"):
            answer = officer.post(reverse(name, args=[key.pk]), {"overlap": "0"})
            assert answer.status_code == 404
    assert issue(officer, "elsewhere").status_code == 404
    assert not ApiKey.objects.exclude(revoked_at=None).exists()


def test_the_page_costs_the_same_for_many_keys(officer, process, django_assert_max_num_queries):
    for number in range(15):
        factories.make_key(process, producer=f"shop {number}")
    shown(officer)
    with django_assert_max_num_queries(5):
        shown(officer)
