"""How a person wants to be told: checked, then kept."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import time
from typing import Any
from zoneinfo import available_timezones

from django.conf import settings

from governance.errors import InvalidInput
from governance.models import User
from integrations.notifications.addresses import validate_url
from review.models import Notice, NoticeChoices
from review.notices.ways import USUAL, WHEN, Choices

CHANNELS = ("email", "chat")


def choose(*, person: User, given: Mapping[str, str]) -> Choices:
    """Keep what a form says; returns it. Raises InvalidInput with a reason a field.

    given: "<kind>-app" present or not, "<kind>-email" and "<kind>-chat" one of WHEN, time_zone,
    quiet_from and quiet_until as HH:MM or empty, digest_hour, chat_url.
    """
    errors: dict[str, str] = {}
    choices = Choices(
        ways=_ways(given, errors),
        time_zone=_zone(given.get("time_zone", "UTC"), errors),
        digest_hour=_hour(given.get("digest_hour", "8"), errors),
        chat_url=_chat_url(given.get("chat_url", "").strip(), errors),
    )
    choices = replace(
        choices,
        quiet_from=_time("quiet_from", given, errors),
        quiet_until=_time("quiet_until", given, errors),
    )
    if (choices.quiet_from is None) != (choices.quiet_until is None):
        errors.setdefault("quiet_until", "Give both ends of your quiet hours, or neither.")
    if errors:
        raise InvalidInput("Something here does not fit.", errors)
    NoticeChoices.objects.update_or_create(
        person=person,
        defaults={
            "ways": choices.ways,
            "time_zone": choices.time_zone,
            "quiet_from": choices.quiet_from,
            "quiet_until": choices.quiet_until,
            "digest_hour": choices.digest_hour,
            "chat_url": choices.chat_url,
        },
    )
    return choices


def _ways(given: Mapping[str, str], errors: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Kind to what differs from the usual."""
    ways: dict[str, dict[str, Any]] = {}
    for kind in Notice.Kind.values:
        way: dict[str, Any] = {"app": f"{kind}-app" in given}
        for channel in CHANNELS:
            when = given.get(f"{kind}-{channel}", USUAL[kind][channel])
            if when not in WHEN:
                errors[f"{kind}-{channel}"] = "Choose one of the list."
            way[channel] = when
        differs = {name: value for name, value in way.items() if value != USUAL[kind][name]}
        if differs:
            ways[kind] = differs
    return ways


def _zone(text: str, errors: dict[str, str]) -> str:
    if text in available_timezones():
        return text
    errors["time_zone"] = "There is no such time zone."
    return "UTC"


def _hour(text: str, errors: dict[str, str]) -> int:
    if text.isascii() and text.isdigit() and len(text) <= 2 and int(text) <= 23:
        return int(text)
    errors["digest_hour"] = "An hour from 0 to 23."
    return 8


def _time(name: str, given: Mapping[str, str], errors: dict[str, str]) -> time | None:
    text = given.get(name, "").strip()
    if not text:
        return None
    try:
        return time.fromisoformat(text).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        errors[name] = "A time such as 18:30."
        return None


def _chat_url(text: str, errors: dict[str, str]) -> str:
    if not text:
        return ""
    problem = validate_url(
        text[:500], settings.CHAT_HOSTS, allow_http=settings.ALLOW_PRIVATE_ADDRESSES
    )
    if problem:
        errors["chat_url"] = f"The address {problem}."
    return text[:500]
