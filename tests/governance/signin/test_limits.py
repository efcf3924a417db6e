"""How waits grow."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.signin.browsers import browser, masked
from governance.signin.limits import LIMITS, in_words
from governance.signin.throttle import digest, name_digest, network


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(1, 0), (4, 0), (5, 30), (6, 60), (7, 120), (9, 480), (10, 900), (5000, 900)],
)
def test_each_failure_beyond_the_free_ones_doubles_the_wait(failures, seconds):
    assert LIMITS["pair"].wait_seconds(failures) == seconds


@given(st.sampled_from(sorted(LIMITS)), st.integers(0, 10**6))
def test_waits_never_shrink_and_have_an_end(scope, failures):
    limit = LIMITS[scope]
    waits = limit.wait_seconds(failures), limit.wait_seconds(failures + 1)
    assert 0 <= waits[0] <= waits[1] <= limit.most_seconds


def test_a_colleague_is_kept_out_of_new_browsers_for_a_minute_at_most():
    assert LIMITS["name"].most_seconds <= 60
    assert LIMITS["name"].free > 5 * LIMITS["pair"].free


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "1 second"), (30, "30 seconds"), (60, "1 minute"), (61, "2 minutes"), (900, "15 minutes")],
)
def test_waits_in_words(seconds, words):
    assert in_words(seconds) == words


def test_a_name_is_one_name_however_it_is_written():
    assert name_digest("Olga") == name_digest(" olga ") == name_digest("Ｏlga")
    assert name_digest("olga") != name_digest("olgb")


def test_parts_of_a_digest_are_kept_apart():
    assert digest("a", "bc") != digest("ab", "c")


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("no address", "unknown"),
    ],
)
def test_who_an_address_is_counted_as(address, counted):
    assert network(address) == counted


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
            "Firefox on Linux",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
            "Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0",
            "Edge on Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 "
            "(KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
            "Safari on iPhone",
        ),
        (
            "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) "
            "Chrome/131.0.0.0 Mobile Safari/537.36",
            "Chrome on Android",
        ),
        ("curl/8.5.0", "an unknown program"),
        ("", "an unknown program"),
    ],
)
def test_browsers_in_words(agent, words):
    assert browser(agent) == words


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("203.0.113.9", "203.0.113.*"),
        ("::ffff:203.0.113.9", "203.0.113.*"),
        ("2001:db8:1:2:3:4:5:6", "2001:0db8:0001:*"),
        ("<script>", "unknown"),
    ],
)
def test_addresses_lose_their_last_part(address, shown):
    assert masked(address) == shown
