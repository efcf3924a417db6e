"""When a notice goes out: at once, hourly, daily, never in quiet hours; by the person's clock."""

from datetime import UTC, datetime, time

import pytest

from review.notices.ways import DAILY, HOURLY, NOW, OFF, Choices, due_at

BERLIN = Choices(ways={}, time_zone="Europe/Berlin")
QUIET = Choices(
    ways={}, time_zone="Europe/Berlin", quiet_from=time(22), quiet_until=time(7), digest_hour=8
)
NOON = Choices(ways={}, time_zone="UTC", quiet_from=time(12), quiet_until=time(13, 30))


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("when", "choices", "now", "wanted"),
    [
        (NOW, BERLIN, "2026-11-22 20:15", "2026-11-22 20:15"),
        (HOURLY, BERLIN, "2026-11-22 20:15", "2026-11-22 21:00"),
        (HOURLY, Choices({}, "Asia/Kolkata"), "2026-11-22 20:15", "2026-11-22 20:30"),
        (DAILY, BERLIN, "2026-11-22 06:59", "2026-11-22 07:00"),
        (DAILY, BERLIN, "2026-11-22 07:00", "2026-11-23 07:00"),
        (DAILY, BERLIN, "2026-10-24 12:00", "2026-10-25 07:00"),  # the clock goes back
        (DAILY, BERLIN, "2026-03-28 12:00", "2026-03-29 06:00"),  # and forward
        (NOW, QUIET, "2026-11-22 20:59", "2026-11-22 20:59"),
        (NOW, QUIET, "2026-11-22 21:00", "2026-11-23 06:00"),
        (NOW, QUIET, "2026-11-23 05:59", "2026-11-23 06:00"),
        (NOW, QUIET, "2026-11-23 06:00", "2026-11-23 06:00"),
        (HOURLY, QUIET, "2026-11-22 20:30", "2026-11-23 06:00"),
        (NOW, NOON, "2026-11-22 12:00", "2026-11-22 13:30"),
        (NOW, NOON, "2026-11-22 13:30", "2026-11-22 13:30"),
    ],
)
def test_it_goes_out_when_its_person_wants_it(when, choices, now, wanted):
    assert due_at(when, choices, at(now)) == at(wanted)


def test_never_is_never():
    assert due_at(OFF, BERLIN, at("2026-11-22 12:00")) is None
