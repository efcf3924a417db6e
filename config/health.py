"""`/healthz`: the process answers. `/readyz`: it can do its work."""

import structlog
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpResponse, JsonResponse
from redis import Redis
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)
_migrated = False


def alive() -> HttpResponse:
    return JsonResponse({"status": "ok"})


def ready() -> HttpResponse:
    """200 when PostgreSQL answers and is migrated; a missing Redis is named but no reason to
    stop serving, since it only carries hints."""
    checks = {"database": _database(), "redis": _redis()}
    if checks["database"] != "ok":
        return JsonResponse({"status": "unavailable", "checks": checks}, status=503)
    status = "ok" if checks["redis"] == "ok" else "degraded"
    return JsonResponse({"status": status, "checks": checks})


def _database() -> str:
    global _migrated
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        if not _migrated:
            executor = MigrationExecutor(connection)
            if executor.migration_plan(executor.loader.graph.leaf_nodes()):
                return "migrations outstanding"
            _migrated = True
    except Exception as error:
        log.warning("database_unreachable", error=type(error).__name__)
        return "unreachable"
    return "ok"


def _redis() -> str:
    try:
        client = Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)
        try:
            client.ping()
        finally:
            client.close()
    except (RedisError, OSError):
        return "unreachable"
    return "ok"
