"""`manage.py role` and `manage.py api_key`: what an engineer does at the machine."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from governance.models import ApiKey, Entry, RoleGrant
from governance.roles.queries import rights_of

pytestmark = pytest.mark.django_db


def run(*arguments):
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def test_a_role_is_given_until_and_for_a_reason_and_listed_so(process, cast):
    until = timezone.now() + timedelta(days=2)
    said = run(
        *("role", "grant", cast.outsider.username, "operator", "desk"),
        *("--until", until.isoformat(), "--reason", " Holidays "),
    )
    assert "outsider is now operator of desk until" in said
    grant = RoleGrant.objects.get(user=cast.outsider)
    assert (grant.until, grant.reason) == (until, "Holidays")
    assert f"until {until:%Y-%m-%dT%H:%MZ}  (Holidays)" in run("role", "list", "desk")
    assert run("role", "list", "elsewhere") == ""


def test_a_time_without_a_zone_is_utc(process, cast):
    run("role", "grant", cast.outsider.username, "operator", "desk", "--until", "2099-01-01T10:00")
    until = RoleGrant.objects.get(user=cast.outsider).until
    assert until.isoformat() == "2099-01-01T10:00:00+00:00"


@pytest.mark.parametrize("until", ["yesterday", "2020-01-01T00:00Z", "2099-13-01"])
def test_an_end_that_is_none_or_past_gives_nothing(process, cast, until):
    with pytest.raises(CommandError):
        run("role", "grant", cast.outsider.username, "operator", "desk", "--until", until)
    assert not RoleGrant.objects.filter(user=cast.outsider).exists()


def test_an_end_for_a_role_that_is_held_is_refused_and_not_passed_over(process, cast):
    held = cast.operator.username
    assert "is already" in run("role", "grant", held, "operator", "desk")
    with pytest.raises(CommandError, match="revoke it before"):
        run("role", "grant", held, "operator", "desk", "--until", "2099-01-01T10:00")
    assert RoleGrant.objects.get(user=cast.operator).until is None


def test_taking_back_keeps_the_reason_and_says_if_nothing_was_held(process, cast):
    name = cast.operator.username
    assert "is no longer" in run("role", "revoke", name, "operator", "desk", "--reason", "Left")
    assert RoleGrant.objects.get(user=cast.operator).end_reason == "Left"
    assert rights_of(cast.operator.pk) == frozenset()
    assert "was not" in run("role", "revoke", name, "operator", "desk")
    assert Entry.objects.filter(kind="role.revoked").count() == 1
    assert "(Left)" in run("role", "list", "--ended")
    assert name not in run("role", "list")


def test_what_clashes_is_an_error_of_the_command(process, cast):
    with pytest.raises(CommandError, match="One person may not be"):
        run("role", "grant", cast.operator.username, "auditor", "desk")


def test_a_key_for_personal_values_needs_a_reason_here_too(process):
    with pytest.raises(CommandError, match="Say why"):
        run("api_key", "issue", "shop", "desk", "--personal")
    assert not ApiKey.objects.exists()
    run("api_key", "issue", "shop", "desk", "--personal", "--reason", "It pays.", "--days", "30")
    key = ApiKey.objects.get()
    assert key.reason == "It pays."
    assert key.expires_at > timezone.now() + timedelta(days=29)
    assert f"{key.prefix}  shop  desk" in run("api_key", "list")
