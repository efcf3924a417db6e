"""Telling officers that outputs wait: at most once an hour and process, whatever the backlog."""

from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from governance.roles.queries import people_who_may
from review.models import Notice
from review.notices.operations import notify

_SQL = """
    SELECT p.slug, date_trunc('hour', newest.opened_at)
    FROM governance_process p CROSS JOIN LATERAL (
        SELECT h.opened_at FROM review_gatehold h
        WHERE h.process_id = p.slug AND h.state = 'waiting' AND h.opened_at > %s
        ORDER BY h.opened_at DESC LIMIT 1
    ) newest
"""


def tell() -> int:
    """Tell those who may release outputs of each process in which some were held lately.

    Returns how many processes. The key has the hour, so that telling twice says it once.
    """
    with connection.cursor() as cursor:
        cursor.execute(_SQL, [timezone.now() - timedelta(hours=1)])
        found = cursor.fetchall()
    for process, hour in found:
        with transaction.atomic():
            officers = people_who_may(process, "serve_compliance_officer")
            key = f"gate:{process}:{hour:%Y-%m-%dT%H}"
            people = [one.pk for one in officers]
            notify(people, Notice.Kind.GATE_HELD, process=process, key=key)
    return len(found)
