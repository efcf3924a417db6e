"""Failed attempts are counted in the database, and nobody is locked out by somebody else."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from governance.models import Entry, SignInCount
from governance.signin import throttle
from governance.signin.limits import LIMITS
from tests import factories

pytestmark = pytest.mark.django_db
HERE, THERE = "203.0.113.9", "198.51.100.7"


@pytest.fixture
def olga(process):
    return factories.make_person("olga", process)


def fail(name="olga", address=HERE, device=""):
    throttle.failed(throttle.admit_password(name=name, address=address, device=device))


def is_kept_out(name="olga", address=HERE, device=""):
    try:
        throttle.admit_password(name=name, address=address, device=device)
    except throttle.Throttled:
        return True
    return False


def later(**kwargs):
    """Let time pass for all that was counted."""
    for row in SignInCount.objects.all():
        row.last_at -= timedelta(**kwargs)
        row.blocked_until = row.blocked_until and row.blocked_until - timedelta(**kwargs)
        row.save()


def test_the_fifth_failure_makes_wait_and_says_how_long(olga):
    for _ in range(5):
        fail()
    with pytest.raises(throttle.Throttled) as refused:
        throttle.admit_password(name="olga", address=HERE)
    assert 1 <= refused.value.seconds <= 30
    assert "Try again in 30 seconds" in str(refused.value)


def test_it_holds_when_the_cache_is_flushed(olga):
    for _ in range(5):
        fail()
    cache.clear()
    assert is_kept_out()


def test_the_next_failure_after_the_wait_doubles_it(olga):
    for _ in range(5):
        fail()
    later(seconds=31)
    fail()
    with pytest.raises(throttle.Throttled) as refused:
        throttle.admit_password(name="olga", address=HERE)
    assert 31 < refused.value.seconds <= 60


def test_attempts_while_one_waits_are_not_counted(olga):
    for _ in range(5):
        fail()
    assert all(is_kept_out() for _ in range(20))
    assert SignInCount.objects.get(scope="pair").failures == 5


def test_others_and_elsewhere_are_not_kept_out(olga):
    for _ in range(5):
        fail()
    assert not is_kept_out(name="otto")
    assert not is_kept_out(address=THERE)


def test_a_right_password_ends_the_count(olga):
    for _ in range(4):
        fail()
    throttle.succeeded(throttle.admit_password(name="olga", address=HERE))
    for _ in range(4):
        fail()
    assert not is_kept_out()


def test_an_attempt_is_counted_before_its_password_is_looked_at(olga):
    """Or many at once were many guesses."""
    for _ in range(5):
        throttle.admit_password(name="olga", address=HERE)
    assert is_kept_out()


def test_many_addresses_together_make_the_name_wait_but_not_long(olga):
    for number in range(LIMITS["name"].free):
        fail(address=f"198.51.{number}.1")
    with pytest.raises(throttle.Throttled) as refused:
        throttle.admit_password(name="olga", address=THERE)
    assert refused.value.seconds <= 60


def test_who_signed_in_in_this_browser_before_is_not_locked_out_by_others(olga):
    for number in range(LIMITS["name"].free):
        fail(address=f"198.51.{number}.1")
    for _ in range(5):
        later(seconds=61)
        fail()
    assert is_kept_out()
    assert not is_kept_out(device="kept-by-her-browser")


def test_a_known_browser_has_no_more_guesses_than_another(olga):
    for _ in range(5):
        fail(device="kept-by-her-browser")
    assert is_kept_out(device="kept-by-her-browser")


def test_one_address_cannot_try_many_names():
    for number in range(LIMITS["address"].free):
        fail(name=f"person-{number}")
    assert is_kept_out(name="somebody else")
    assert not is_kept_out(name="somebody else", address=THERE)


def test_neighbours_of_an_ipv6_address_are_the_same(olga):
    for number in range(5):
        fail(address=f"2001:db8:1:2::{number + 1}")
    assert is_kept_out(address="2001:db8:1:2::99")


def test_neither_names_nor_addresses_are_kept(olga):
    fail(name="my-password-in-the-wrong-field")
    fail()
    kept = str([list(row.values()) for row in SignInCount.objects.values()])
    assert "olga" not in kept
    assert "password" not in kept
    assert HERE not in kept


def test_a_wait_that_begins_is_in_the_ledger_once(olga):
    for _ in range(5):
        fail()
    is_kept_out()
    entry = Entry.objects.get(kind="signin.throttled")
    assert entry.data == {"user": str(olga.pk), "scope": "pair", "seconds": 30}
    assert HERE not in str(entry.data)


def test_names_of_nobody_leave_no_entry(db):
    for _ in range(5):
        fail(name="nobody")
    assert is_kept_out(name="nobody")
    assert not Entry.objects.filter(kind="signin.throttled").exists()


def test_what_is_lifted_is_open_again_everywhere(olga):
    for _ in range(5):
        fail()
        fail(address=THERE)
    attempt = throttle.admit_code(olga)
    throttle.failed(attempt)
    assert throttle.lift(person=olga, actor="system:tests")
    assert not is_kept_out()
    assert not is_kept_out(address=THERE)
    assert not SignInCount.objects.filter(scope="code").exists()
    assert Entry.objects.filter(kind="signin.lifted").count() == 1


def test_an_address_is_lifted(olga):
    for number in range(LIMITS["address"].free):
        fail(name=f"person-{number}")
    assert throttle.lift_address(address=HERE, actor="system:tests")
    assert not is_kept_out()
    assert not throttle.lift_address(address=THERE, actor="system:tests")


def test_an_hour_of_rest_starts_anew(olga):
    for _ in range(4):
        fail()
    later(hours=1, seconds=1)
    fail()
    assert not is_kept_out()


def test_old_counts_are_forgotten_and_young_ones_kept(olga):
    fail()
    later(hours=2)
    fail(name="otto", address=THERE)
    throttle.forget_old()
    assert SignInCount.objects.filter(scope="name").count() == 1
    assert SignInCount.objects.get(scope="name").last_at > timezone.now() - timedelta(minutes=1)


def test_codes_are_counted_by_person(olga):
    for _ in range(5):
        throttle.failed(throttle.admit_code(olga))
    with pytest.raises(throttle.Throttled):
        throttle.admit_code(olga)
    assert throttle.blocked_until(olga) is not None
