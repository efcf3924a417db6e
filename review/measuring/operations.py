"""Asking for a version to be measured, and measuring it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from governance.cards import operations as cards
from governance.cards.models import CardFacts
from governance.catalogue.models import Deployment, ModelVersion
from governance.models import User
from review.measuring.facts import facts

ACTOR = "system:measuring"
AGAIN_AFTER = timedelta(days=1)  # what serves is measured anew
AT_ONCE = 50  # versions that a sweep hints at


@transaction.atomic
def ask(*, version: ModelVersion, actor: User) -> None:
    """Have a version measured by a worker soon."""
    from review.measuring.jobs import measure as job

    cards.ask_measuring(version=version, actor=f"user:{actor.pk}")
    job.delay_on_commit(str(version.pk))


def measure(version_id: UUID) -> CardFacts:
    """Measure a version by its newest calls and decisions, and keep what was found."""
    began_at = timezone.now()
    return cards.store_facts(
        version_id=version_id, facts=facts(version_id), began_at=began_at, actor=ACTOR
    )


def due() -> list[UUID]:
    """Versions that were asked for, and those that serve and were not measured for a day."""
    asked = CardFacts.objects.filter(asked_at__isnull=False).order_by("asked_at")
    found = list(asked.values_list("pk", flat=True)[:AT_ONCE])
    champions = Deployment.objects.filter(role=Deployment.Role.CHAMPION, until__isnull=True)
    serving = champions.exclude(version__facts__measured_at__gt=timezone.now() - AGAIN_AFTER)
    return list(dict.fromkeys([*found, *serving.values_list("version", flat=True)[:AT_ONCE]]))
