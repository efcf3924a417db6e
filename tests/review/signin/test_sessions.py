"""Sessions are listed and ended, and what is ended is over with the next request."""

from datetime import timedelta

import pytest
from django.contrib.sessions.backends.cached_db import SessionStore
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from governance.models import Entry, Intervention, PersonSession, User
from governance.roles.queries import person_with_rights
from governance.signin import sessions
from tests import factories
from tests.review.console.conftest import Browser, statements, text

pytestmark = pytest.mark.django_db

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


def signed_in(username="operator", agent=FIREFOX):
    client = Client(headers={"User-Agent": agent})
    data = {"username": username, "password": factories.PASSWORD}
    assert client.post(reverse("login"), data).status_code == 302
    return client


def is_in(client):
    return client.get(reverse("my-work")).status_code == 200


def row(client):
    return PersonSession.objects.get(session_key=client.session.session_key)


@pytest.fixture
def here(cast):
    assert cast.operator
    return signed_in()


@pytest.fixture
def there(here):
    return signed_in()


def test_they_are_listed_in_words(here, there):
    shown = text(here.get(reverse("sessions")))
    assert shown.count("Firefox on Linux") >= 2
    assert "127.0.0.*" in shown
    assert "127.0.0.1" not in shown
    assert shown.count("this one") == 1


def test_one_is_ended(here, there, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        here.post(reverse("session-end", args=[row(there).pk]))
    assert not is_in(there)
    assert is_in(here)
    assert Entry.objects.filter(kind="session.ended").count() == 1


def test_the_row_and_the_copy_are_gone(here, there, django_capture_on_commit_callbacks):
    key = there.session.session_key
    assert is_in(there)
    store = SessionStore(key)
    assert cache.get(store.cache_key) is not None
    with django_capture_on_commit_callbacks(execute=True):
        here.post(reverse("session-end", args=[row(there).pk]))
    assert not Session.objects.filter(session_key=key).exists()
    assert cache.get(store.cache_key) is None


def test_a_copy_that_a_cache_kept_opens_nothing(here, there):
    """As where Redis was away when the session ended, and came back."""
    key = there.session.session_key
    assert is_in(there)
    store = SessionStore(key)
    copy = cache.get(store.cache_key)
    here.post(reverse("session-end", args=[row(there).pk]))
    cache.set(store.cache_key, copy, 3600)
    assert not is_in(there)


def test_it_goes_on_when_the_cache_is_flushed(here):
    cache.clear()
    assert is_in(here)


def test_all_others_are_ended(here, there):
    third = signed_in()
    here.post(reverse("sessions-end-others"))
    assert (is_in(here), is_in(there), is_in(third)) == (True, False, False)


def test_nobody_ends_anothers(here, there, cast):
    other = Browser(cast.colleague)
    refused = other.post("session-end", row(there).pk)
    assert refused.status_code == 409
    assert is_in(there)


def test_signing_out_ends_it(here):
    here.post(reverse("logout"))
    assert not PersonSession.objects.exists()
    assert Entry.objects.get(kind="session.ended").data["why"] == "signed out"


def test_the_api_hears_of_it_too(here, there):
    assert there.get("/api/v1/tasks/").status_code == 200
    here.post(reverse("session-end", args=[row(there).pk]))
    assert there.get("/api/v1/tasks/").status_code == 401


def test_a_session_that_nobody_noted_belongs_to_nobody(here):
    PersonSession.objects.all().delete()
    assert not is_in(here)


def test_a_session_of_another_person_does_not_carry(here, cast):
    mine = Client()
    mine.force_login(cast.colleague)
    session = mine.session
    session[sessions.KEY] = str(row(here).pk)
    session.save()
    assert not is_in(mine)


def test_use_is_noted_at_most_once_in_ten_minutes(here):
    _, first = statements(lambda: here.get(reverse("keys")))
    assert not [sql for sql in first if "governance_personsession" in sql and "UPDATE" in sql]
    PersonSession.objects.update(seen_at=timezone.now() - timedelta(minutes=11))
    _, then = statements(lambda: here.get(reverse("keys")))
    assert len([sql for sql in then if sql.startswith('UPDATE "governance_personsession"')]) == 1
    _, after = statements(lambda: here.get(reverse("keys")))
    assert len(after) == len(first)


def test_the_person_comes_with_their_sessions_in_one_statement(
    cast, here, django_assert_num_queries
):
    with django_assert_num_queries(1):
        loaded = person_with_rights(cast.operator.pk)
    assert sessions.is_live(loaded, str(row(here).pk))


def test_what_ran_out_is_swept_and_what_runs_is_not(here, there):
    old = row(there)
    Session.objects.filter(session_key=old.session_key).update(
        expire_date=timezone.now() - timedelta(seconds=1)
    )
    PersonSession.objects.update(started_at=timezone.now() - timedelta(hours=2))
    assert text(here.get(reverse("sessions"))).count("Firefox on Linux") < 3
    assert sessions.sweep() == 1
    assert PersonSession.objects.get() == row(here)


class TestPasswordChange:
    NEW = "four unusual words here"

    def change(self, client, new=NEW, again=NEW):
        return client.post(reverse("security-password"), {"new": new, "again": again})

    def test_it_ends_the_others_and_goes_on_here(self, here, there):
        assert self.change(here).url == reverse("security")
        assert is_in(here)
        assert not is_in(there)
        assert row(here)
        assert Entry.objects.filter(kind="password.changed").count() == 1

    def test_the_new_one_opens(self, here):
        self.change(here)
        old = Client().post(
            reverse("login"), {"username": "operator", "password": factories.PASSWORD}
        )
        assert old.status_code == 200
        new = Client().post(reverse("login"), {"username": "operator", "password": self.NEW})
        assert new.status_code == 302

    @pytest.mark.parametrize(
        ("new", "again", "why"),
        [
            ("short", "short", "too short"),
            ("password1234", "password1234", "too common"),
            (NEW, "another", "do not match"),
        ],
    )
    def test_a_bad_one_is_refused(self, here, there, new, again, why):
        refused = self.change(here, new, again)
        assert refused.status_code == 422
        assert why in text(refused)
        assert is_in(there)

    def test_it_is_asked_anew_who_it_is(self, here):
        session = here.session
        session["confirmed_at"] -= 601
        session.save()
        asked = self.change(here)
        assert asked.url.startswith(reverse("security-confirm"))
        wrong = here.post(reverse("security-confirm"), {"password": "not it"})
        assert wrong.status_code == 422
        page = reverse("security-password")
        right = here.post(
            reverse("security-confirm"), {"password": factories.PASSWORD, "next": page}
        )
        assert right.url == page
        assert self.change(here).url == reverse("security")

    def test_the_question_is_not_for_guessing(self, here):
        for _ in range(5):
            here.post(reverse("security-confirm"), {"password": "not it"})
        refused = here.post(reverse("security-confirm"), {"password": factories.PASSWORD})
        assert refused.status_code == 429

    @pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example"])
    def test_it_leads_nowhere_else(self, here, elsewhere):
        data = {"password": factories.PASSWORD, "next": elsewhere}
        assert here.post(reverse("security-confirm"), data).url == reverse("security")


class TestOfficer:
    @pytest.fixture
    def officer(self, cast):
        return Browser(cast.compliance_officer)

    def test_they_see_and_end_sessions_with_a_reason(self, officer, here, there, cast):
        shown = text(officer.get("access-person", cast.operator.pk))
        assert shown.count("Firefox on Linux") >= 2
        without = officer.post("access-person-sessions", cast.operator.pk, reason="")
        assert without.status_code == 422
        assert is_in(here)
        officer.post("access-person-sessions", cast.operator.pk, reason="A lost laptop.")
        assert not is_in(here)
        assert not is_in(there)
        assert Intervention.objects.get().reason == "A lost laptop."
        entry = Entry.objects.filter(kind="session.ended").first()
        assert entry.actor == f"user:{cast.compliance_officer.pk}"
        assert "laptop" not in str(entry.data)
        assert "A lost laptop." in text(officer.get("access-person", cast.operator.pk))

    def test_one_alone(self, officer, here, there, cast):
        data = {"session": str(row(there).pk), "reason": "x"}
        officer.post("access-person-sessions", cast.operator.pk, **data)
        assert (is_in(here), is_in(there)) == (True, False)

    def test_not_their_own(self, officer, cast):
        own = officer.post("access-person-sessions", cast.compliance_officer.pk, reason="x")
        assert own.status_code == 403
        assert officer.get("my-work").status_code == 200

    def test_not_of_people_elsewhere(self, officer, cast):
        data = {"reason": "x"}
        assert officer.get("access-person", cast.outsider.pk).status_code == 404
        assert officer.post("access-person-factor", cast.outsider.pk, **data).status_code == 404

    def test_they_lift_a_wait(self, officer, cast):
        data = {"username": "operator", "password": "not it"}
        for _ in range(5):
            Client().post(reverse("login"), data)
        assert "waiting" in text(officer.get("access-person", cast.operator.pk))
        officer.post("access-person-wait", cast.operator.pk, reason="I saw her.")
        assert signed_in()


class TestDeactivating:
    def test_it_ends_their_sessions(self, here, admin_client, cast):
        form = {"username": "operator", "is_active": "", "date_joined_0": "2026-01-01"}
        address = f"/admin/governance/user/{cast.operator.pk}/change/"
        answer = admin_client.post(address, {**form, "date_joined_1": "00:00:00"})
        assert answer.status_code == 302, answer.content
        assert not User.objects.get(pk=cast.operator.pk).is_active
        assert not PersonSession.objects.filter(user=cast.operator).exists()
        assert not is_in(here)

    def test_a_password_given_by_the_admin_does_too(self, here, admin_client, cast):
        address = f"/admin/governance/user/{cast.operator.pk}/password/"
        new = "four unusual words here"
        answer = admin_client.post(
            address, {"password1": new, "password2": new, "usable_password": "true"}
        )
        assert answer.status_code == 302, answer.content
        assert not PersonSession.objects.filter(user=cast.operator).exists()
        assert not is_in(here)
