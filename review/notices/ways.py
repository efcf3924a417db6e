"""By which ways and when a person is told: pure, from what they chose."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from review.notices.models import Notice

OFF, NOW, HOURLY, DAILY = "off", "now", "hourly", "daily"
WHEN = (OFF, NOW, HOURLY, DAILY)
Kind = Notice.Kind
# What is urgent and spoken to one person comes at once; what concerns a team comes together.
USUAL: Mapping[str, Mapping[str, Any]] = {
    Kind.HANDED_OVER: {"app": True, "email": NOW, "chat": NOW},
    Kind.MENTIONED: {"app": True, "email": HOURLY, "chat": NOW},
    Kind.ESCALATED: {"app": True, "email": NOW, "chat": NOW},
    Kind.DUE_SOON: {"app": True, "email": OFF, "chat": NOW},
    Kind.OVERDUE: {"app": True, "email": HOURLY, "chat": NOW},
    Kind.EFFECT_FAILED: {"app": True, "email": HOURLY, "chat": NOW},
    Kind.DECISION_CHANGED: {"app": True, "email": DAILY, "chat": OFF},
    Kind.QUEUE_PAUSED: {"app": True, "email": OFF, "chat": OFF},
    Kind.APPROVAL_WAITS: {"app": True, "email": DAILY, "chat": OFF},
    Kind.APPROVAL_ANSWERED: {"app": True, "email": DAILY, "chat": OFF},
    Kind.APPROVAL_LAPSES: {"app": True, "email": DAILY, "chat": OFF},
    Kind.GATE_HELD: {"app": True, "email": HOURLY, "chat": NOW},
    Kind.INCIDENT: {"app": True, "email": NOW, "chat": NOW},
    Kind.KEY_ENDS: {"app": True, "email": DAILY, "chat": OFF},
    Kind.ROLE_ENDS: {"app": True, "email": DAILY, "chat": OFF},
    Kind.ACCESS_REVIEW: {"app": True, "email": DAILY, "chat": OFF},
}


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person chose; ways holds only what differs from USUAL."""

    ways: Mapping[str, Mapping[str, Any]]
    time_zone: str = "UTC"
    quiet_from: time | None = None
    quiet_until: time | None = None
    digest_hour: int = 8
    chat_url: str = ""

    def way(self, kind: str) -> Mapping[str, Any]:
        return {**USUAL[kind], **self.ways.get(kind, {})}


NOTHING_CHOSEN = Choices(ways={})


def due_at(when: str, choices: Choices, now: datetime) -> datetime | None:
    """When a notice of this moment goes out; None where it does not.

    Hourly at the next full hour, daily at the person's digest hour, both by their clock; what
    falls into their quiet hours waits for the end of these.
    """
    if when == OFF:
        return None
    zone = ZoneInfo(choices.time_zone)
    local = now.astimezone(zone)
    if when == HOURLY:
        local = (local + timedelta(hours=1)).replace(minute=0, second=0, microsecond=0)
    elif when == DAILY:
        at = local.replace(hour=choices.digest_hour, minute=0, second=0, microsecond=0)
        local = at if at > local else _next_day(at)
    return _after_quiet_hours(local, choices).astimezone(UTC)


def _next_day(local: datetime) -> datetime:
    """The same time of the next day, by the clock of its zone."""
    zone = local.tzinfo
    return datetime.combine(local.date() + timedelta(days=1), local.time(), zone)


def _after_quiet_hours(local: datetime, choices: Choices) -> datetime:
    start, end = choices.quiet_from, choices.quiet_until
    if start is None or end is None or start == end:
        return local
    clock = local.time()
    runs_over_midnight = start > end
    is_quiet = clock >= start or clock < end if runs_over_midnight else start <= clock < end
    if not is_quiet:
        return local
    at = datetime.combine(local.date(), end, local.tzinfo)
    return _next_day(at) if runs_over_midnight and clock >= start else at
