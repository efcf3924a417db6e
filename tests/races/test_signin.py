"""Many guesses at once are no more guesses than one after another."""

import pytest

from governance.errors import Conflict
from governance.models import Entry, ResetRequest, SignInCount, SignInMail
from governance.signin import factors, passwords, resetting, sessions, throttle
from tests.factories import make_person
from tests.races.together import together
from tests.review.signin.test_signing_in import code_of, with_app

pytestmark = pytest.mark.race

AT_ONCE = 24


def guess(name):
    attempt = throttle.admit_password(name=name, address="203.0.113.9")
    throttle.failed(attempt)
    return attempt


def test_five_of_many_guesses_at_once_are_looked_at(desk):
    person = make_person(f"{desk.process.slug}-olga")
    outcomes = together(*[lambda: guess(person.username)] * AT_ONCE)
    assert sum(isinstance(one, throttle.Attempt) for one in outcomes) == 5
    assert sum(isinstance(one, throttle.Throttled) for one in outcomes) == AT_ONCE - 5
    told = Entry.objects.filter(kind="signin.throttled", data__user=str(person.pk))
    assert told.count() == 1


def test_lifting_beside_guessing_breaks_nothing(desk):
    person = make_person(f"{desk.process.slug}-otto")
    lift = lambda: throttle.lift(person=person, actor="system:tests")  # noqa: E731
    outcomes = together(*[lambda: guess(person.username), lift] * (AT_ONCE // 2))
    known = (throttle.Attempt, throttle.Throttled, int)
    assert all(isinstance(one, known) for one in outcomes), outcomes
    assert SignInCount.objects.filter(about=throttle.name_digest(person.username)).count() <= 2


def test_one_code_opens_one_of_many_doors(desk):
    person = make_person(f"{desk.process.slug}-oscar")
    code = code_of(with_app(person))
    outcomes = together(*[lambda: factors.accept_code(user=person, code=code)] * 8)
    assert sum(one is not None for one in outcomes) == 1, outcomes


def test_a_session_ends_once(desk):
    person = make_person(f"{desk.process.slug}-olaf")
    one = sessions.begin(user=person, session_key=f"{desk.process.slug}-key", method="password")
    end = lambda: sessions.end(  # noqa: E731
        user=person, session_id=one.pk, actor=f"user:{person.pk}"
    )
    outcomes = together(*[end] * 8)
    assert sum(isinstance(one, Conflict) for one in outcomes) == 7
    ended = Entry.objects.filter(kind="session.ended", data__session=str(one.pk))
    assert ended.count() == 1


def test_a_link_changes_one_password(desk):
    person = make_person(f"{desk.process.slug}-ottilie")
    token = resetting.token_for(person)
    outcomes = together(
        *[
            lambda new=f"unusual words {number}": passwords.reset(
                user_id=person.pk, token=token, new=new
            )
            for number in range(6)
        ]
    )
    assert sum(isinstance(one, resetting.LinkOver) for one in outcomes) == 5, outcomes
    changed = Entry.objects.filter(kind="password.changed", data__user=str(person.pk))
    assert changed.count() == 1


def test_a_request_is_answered_once(desk):
    person = make_person(f"{desk.process.slug}-osmin")
    resetting.ask(mail=person.email, address="203.0.113.9")
    together(*[resetting.answer] * 6)
    assert not ResetRequest.objects.exists()
    asked = Entry.objects.filter(kind="password.reset_asked", data__user=str(person.pk))
    assert asked.count() == 1
    assert SignInMail.objects.filter(user=person).count() == 1
