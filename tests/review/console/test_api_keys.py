"""A person's API keys: shown once, rotated with an overlap, revoked."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from governance.errors import Conflict, InvalidInput
from governance.models import ApiKey
from governance.roles.keys import issue_key, revoke_key, rotate_key
from governance.roles.queries import key_for
from governance.roles.scopes import OF_PEOPLE
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def mine(cast):
    client = Client()
    client.force_login(cast.operator)
    return client


def secret_in(response):
    return re.search(r"csk_[0-9a-f]{8}_[\w-]+", response.content.decode()).group()


def make(client, **fields):
    return client.post(
        reverse("api-keys"), {"process": "desk", "days": "30", "scopes": ["items:read"], **fields}
    )


def test_a_key_is_shown_once_never_cached_and_works(mine, cast):
    made = make(mine)
    secret = secret_in(made)
    assert "no-store" in made.headers["Cache-Control"]
    key = key_for(secret)
    assert (key.user, key.process_id) == (cast.operator, "desk")
    assert key.expires_at > timezone.now() + timedelta(days=29)
    again = mine.get(reverse("api-keys")).content.decode()
    assert key.prefix in again
    assert secret not in again


@pytest.mark.parametrize(
    "fields",
    [
        {"days": "31"},
        {"days": ""},
        {"process": "elsewhere"},
        {"scopes": []},
        {"scopes": ["items:everything"]},
        {"scopes": ["items:personal"]},
        {"scopes": ["items:read", "processes:govern"]},  # an operator governs nothing
    ],
)
def test_what_nobody_may_choose_makes_no_key(mine, fields):
    factories.make_process("elsewhere")
    assert make(mine, **fields).status_code == 422
    assert not ApiKey.objects.exists()


def test_rotating_keeps_the_old_key_for_the_overlap(mine):
    old = key_for(secret := secret_in(make(mine)))
    rotated = mine.post(reverse("api-key-rotate", args=[old.pk]), {"overlap": "1"})
    assert key_for(secret_in(rotated)).process_id == "desk"
    left = key_for(secret).expires_at - timezone.now()
    assert timedelta(hours=23) < left <= timedelta(days=1)
    now = mine.post(reverse("api-key-rotate", args=[old.pk]), {"overlap": "0"})
    assert now.status_code == 200
    assert key_for(secret) is None
    ended = mine.post(reverse("api-key-rotate", args=[old.pk]), {"overlap": "0"})
    assert ended.status_code == 409


def test_a_revoked_key_works_no_more_and_is_not_rotated(mine):
    key = key_for(secret := secret_in(make(mine)))
    address = reverse("api-key-revoke", args=[key.pk])
    assert mine.post(address).status_code == 302
    assert key_for(secret) is None
    assert mine.post(address).status_code == 409
    with pytest.raises(Conflict):
        rotate_key(key_id=key.pk, overlap=timedelta(0), actor=factories.ACTOR)


def test_an_overlap_is_at_most_seven_days_and_never_lengthens_a_life(cast):
    ends = timezone.now() + timedelta(hours=1)
    key, _ = issue_key(actor=factories.ACTOR, scopes=OF_PEOPLE, user=cast.operator, expires_at=ends)
    with pytest.raises(InvalidInput):
        rotate_key(key_id=key.pk, overlap=timedelta(days=8), actor=factories.ACTOR)
    rotate_key(key_id=key.pk, overlap=timedelta(days=7), actor=factories.ACTOR)
    key.refresh_from_db()
    assert key.expires_at == ends


def test_a_key_of_somebody_else_is_not_there(mine, cast):
    key, _ = issue_key(actor=factories.ACTOR, scopes=OF_PEOPLE, user=cast.senior)
    for name in ("api-key-rotate", "api-key-revoke"):
        assert mine.post(reverse(name, args=[key.pk]), {"overlap": "0"}).status_code == 404
    revoke_key(key_id=key.pk, actor=factories.ACTOR)


def test_only_what_one_could_use_is_offered_and_the_key_has_what_was_chosen(mine, cast):
    shown = mine.get(reverse("api-keys")).content.decode()
    offered = re.findall(r'name="scopes" value="([^"]+)"', shown)
    assert offered == ["items:read", "tasks:decide"]
    key = key_for(secret_in(make(mine, scopes=["tasks:decide"])))
    assert key.scopes == ["tasks:decide"]
    assert key.issued_by == cast.operator
    assert "claim, decide, undo" in mine.get(reverse("api-keys")).content.decode()


def test_who_has_no_rights_is_offered_no_key(cast):
    nobody = Client()
    nobody.force_login(cast.outsider)
    assert "no right that a key could use" in nobody.get(reverse("api-keys")).content.decode()
    assert make(nobody, process="").status_code == 422
