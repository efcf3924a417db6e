"""`manage.py signin`: help from the server, and the hourly tidying."""

from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.utils import timezone

from governance.models import Entry, Intervention, PersonSession, SignInCount
from governance.signin import jobs, sessions, throttle
from tests import factories
from tests.review.signin.test_signing_in import with_app

pytestmark = pytest.mark.django_db


@pytest.fixture
def olga(process):
    return factories.make_person("olga", process)


def run(*words):
    said = StringIO()
    call_command("signin", *words, stdout=said)
    return said.getvalue()


def open_session(person, key="key", lasts=timedelta(hours=1)):
    sessions.begin(user=person, session_key=key, method="password", address="203.0.113.9")
    until = timezone.now() + lasts
    Session.objects.create(session_key=key, session_data="", expire_date=until)


def wait(person):
    for _ in range(5):
        throttle.failed(throttle.admit_password(name=person.username, address="203.0.113.9"))


def test_it_shows_how_somebody_stands(olga):
    assert run("show", "olga") == "does not wait\n"
    open_session(olga)
    wait(olga)
    with_app(olga)
    assert "second factor: totp" in run("show", "olga")
    assert "waits until" in run("show", "olga")


def test_it_lifts_ends_and_resets_with_a_reason(olga):
    wait(olga)
    run("lift", "olga", "--reason", "She called.")
    assert throttle.blocked_until(olga) is None
    with_app(olga)
    open_session(olga)
    run("end", "olga", "--reason", "A lost laptop.")
    assert not PersonSession.objects.exists()
    run("reset", "olga", "--reason", "A lost phone.")
    assert Intervention.objects.filter(actor=None).count() == 3
    last = Entry.objects.filter(kind="second_factor.reset").get()
    assert last.actor == "system:signin_command"


def test_it_says_what_it_cannot_do(olga):
    with pytest.raises(CommandError, match="nobody called 'otto'"):
        run("show", "otto")
    with pytest.raises(CommandError, match="no second factor"):
        run("reset", "olga", "--reason", "x")
    with pytest.raises(CommandError, match="--reason"):
        run("reset", "olga")


def test_it_lifts_an_address(olga):
    assert run("lift-address", "203.0.113.9") == "Nothing was counted for this address.\n"
    wait(olga)
    assert run("lift-address", "203.0.113.9") == "Lifted.\n"


def test_the_hourly_job_forgets_what_is_over(olga):
    open_session(olga, "over", lasts=timedelta(seconds=-1))
    open_session(olga, "open")
    wait(olga)
    PersonSession.objects.update(started_at=timezone.now() - timedelta(hours=2))
    SignInCount.objects.update(last_at=timezone.now() - timedelta(hours=2))
    jobs.tidy()
    assert list(PersonSession.objects.values_list("session_key", flat=True)) == ["open"]
    assert not SignInCount.objects.exists()
