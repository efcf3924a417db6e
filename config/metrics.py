"""`/metrics` for Prometheus, read from PostgreSQL, so that any web process gives the same figures.

Every figure comes from an index and is capped, so that a scrape costs the same at any backlog.
"""

import hmac
from collections.abc import Iterator

from django.conf import settings
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

CAP = 10_000

_QUEUES_SQL = """
    SELECT q.process_id, q.name, head.length, head.oldest
    FROM review_queue q
    CROSS JOIN LATERAL (
        SELECT count(*) AS length,
               coalesce(extract(epoch FROM now() - min(opened_at)), 0) AS oldest
        FROM (SELECT opened_at FROM review_task
              WHERE queue_id = q.id AND state = 'open'
              ORDER BY order_at, id LIMIT %s) t
    ) head
"""
_CAPPED = {
    "countersign_items_without_route": (
        "Items received and not yet routed (capped)",
        "SELECT count(*) FROM (SELECT 1 FROM review_item WHERE state = 'received' LIMIT %s) t",
    ),
    "countersign_documents_unread": (
        "Files handed in and not yet read (capped)",
        "SELECT count(*) FROM (SELECT 1 FROM review_document WHERE state = 'received' LIMIT %s) t",
    ),
    "countersign_tasks_claimed": (
        "Tasks held by people (capped)",
        "SELECT count(*) FROM (SELECT 1 FROM review_task WHERE state = 'claimed' LIMIT %s) t",
    ),
    "countersign_effects_outstanding": (
        "Effects scheduled or being sent (capped)",
        "SELECT count(*) FROM (SELECT 1 FROM review_effect "
        "WHERE state IN ('scheduled', 'running') LIMIT %s) t",
    ),
    "countersign_effects_failed": (
        "Effects that failed for good and wait for a person (capped)",
        "SELECT count(*) FROM (SELECT 1 FROM review_effect WHERE state = 'failed' LIMIT %s) t",
    ),
    "countersign_ledger_unsequenced": (
        "Ledger entries waiting for the sequencer (capped)",
        "SELECT count(*) FROM (SELECT 1 FROM governance_outbox LIMIT %s) t",
    ),
}
_PLAIN = {
    "countersign_ledger_entries": (
        "Sequenced ledger entries",
        "SELECT coalesce(max(index) + 1, 0) FROM governance_leaf",
    ),
    "countersign_ledger_checkpoint_age_seconds": (
        "Seconds since the newest checkpoint; 0 before the first",
        "SELECT coalesce(extract(epoch FROM now() - max(at)), 0) FROM "
        "(SELECT at FROM governance_checkpoint ORDER BY size DESC LIMIT 1) c",
    ),
}


class DatabaseCollector(Collector):
    def collect(self) -> Iterator[GaugeMetricFamily]:
        labels = ["process", "queue"]
        length = GaugeMetricFamily(
            "countersign_queue_open_tasks", "Open tasks of a queue (capped)", labels=labels
        )
        oldest = GaugeMetricFamily(
            "countersign_queue_oldest_seconds",
            "Age of the oldest open task among those counted",
            labels=labels,
        )
        with connection.cursor() as cursor:
            cursor.execute(_QUEUES_SQL, [CAP])
            for process, name, count, age in cursor.fetchall():
                length.add_metric([process, name], count)
                oldest.add_metric([process, name], float(age))
            yield length
            yield oldest
            for name, (text, sql) in _CAPPED.items():
                cursor.execute(sql, [CAP])
                yield GaugeMetricFamily(name, text, value=cursor.fetchone()[0])
            for name, (text, sql) in _PLAIN.items():
                cursor.execute(sql)
                yield GaugeMetricFamily(name, text, value=float(cursor.fetchone()[0]))


def _is_local(request: HttpRequest) -> bool:
    return request.META.get("REMOTE_ADDR") in {"127.0.0.1", "::1", ""}


def metrics(request: HttpRequest) -> HttpResponse:
    """With METRICS_TOKEN set, only for its bearer; without, only for this machine, and in
    production for nobody."""
    if settings.METRICS_TOKEN:
        wanted = f"Bearer {settings.METRICS_TOKEN}"
        given = request.headers.get("Authorization", "")
        if not hmac.compare_digest(given.encode(errors="replace"), wanted.encode()):
            raise Http404
    elif not settings.METRICS_OPEN_LOCALLY or not _is_local(request):
        raise Http404
    registry = CollectorRegistry(auto_describe=False)
    registry.register(DatabaseCollector())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
