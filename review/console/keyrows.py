"""API keys as the pages of access and of a person's own keys list them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from governance.models import ApiKey
from governance.roles.keys import ENDS_SOON, IDLE

MOST_LIVE = 500
MOST_ENDED = 20


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key and what is to be said of it now."""

    key: ApiKey
    now: datetime

    @property
    def is_live(self) -> bool:
        return self.key.is_live(self.now)

    @property
    def ends_soon(self) -> bool:
        ends = self.key.expires_at
        return self.is_live and ends is not None and ends <= self.now + ENDS_SOON

    @property
    def is_idle(self) -> bool:
        used = self.key.last_used_at or self.key.created_at
        return self.is_live and used <= self.now - IDLE

    @property
    def scopes(self) -> list[tuple[str, str]]:
        """Each scope and what it lets the key do."""
        return [(scope, str(ApiKey.Scope(scope).label)) for scope in self.key.scopes]


def rows(keys: Iterable[ApiKey]) -> list[KeyRow]:
    now = timezone.now()
    return [KeyRow(key, now) for key in keys]


def of_producers(process: str) -> tuple[list[KeyRow], list[KeyRow]]:
    """The live keys of a process's producers by producer, and the last that ended."""
    now = timezone.now()
    keys = ApiKey.objects.filter(process=process, producer__isnull=False)
    keys = keys.select_related("producer", "issued_by")
    lives = Q(revoked_at__isnull=True) & (Q(expires_at__isnull=True) | Q(expires_at__gt=now))
    live = keys.filter(lives).order_by("producer__name", "-created_at")[:MOST_LIVE]
    ended = keys.exclude(lives).order_by("-created_at")[:MOST_ENDED]
    return rows(live), rows(ended)
