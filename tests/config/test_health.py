"""Probes, metrics and headers: what a platform sees."""

import pytest
from django.db import connection

from config import health
from tests import factories


@pytest.mark.django_db
def test_ready_when_the_database_is_migrated_and_redis_answers(client):
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "checks": {"database": "ok", "redis": "ok"}}
    assert client.get("/healthz").json() == {"status": "ok"}


@pytest.mark.django_db
def test_a_missing_redis_is_named_but_no_reason_to_stop_serving(client, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")


def test_not_ready_without_a_database(client, monkeypatch):
    def broken(*args, **kwargs):
        raise OSError

    monkeypatch.setattr(connection, "cursor", broken)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["database"] == "unreachable"


@pytest.mark.django_db
def test_not_ready_while_migrations_are_outstanding(client, monkeypatch):
    monkeypatch.setattr(health, "_migrated", False)
    monkeypatch.setattr(
        "django.db.migrations.executor.MigrationExecutor.migration_plan",
        lambda self, targets: [object()],
    )
    assert client.get("/readyz").status_code == 503


def test_probes_answer_whatever_the_host_header_says(client, settings):
    settings.ALLOWED_HOSTS = ["countersign.example"]
    assert client.get("/healthz", headers={"host": "10.1.2.3"}).status_code == 200


def test_metrics_count_from_indexes(client, process, cast, django_assert_num_queries):
    factories.make_task(process)
    with django_assert_num_queries(9):
        text = client.get("/metrics").content.decode()
    assert 'countersign_queue_open_tasks{process="desk",queue="desk"} 1.0' in text
    assert "countersign_items_without_route 0.0" in text
    assert "countersign_ledger_unsequenced" in text


@pytest.mark.django_db
def test_metrics_are_for_the_token_or_this_machine_only(client, settings):
    assert client.get("/metrics", REMOTE_ADDR="10.0.0.9").status_code == 404
    settings.METRICS_OPEN_LOCALLY = False  # as in production
    assert client.get("/metrics").status_code == 404
    settings.METRICS_TOKEN = "t0ken"
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"authorization": "Bearer tökén"}).status_code == 404
    bearer = {"authorization": "Bearer t0ken"}
    assert client.get("/metrics", headers=bearer, REMOTE_ADDR="10.0.0.9").status_code == 200


@pytest.mark.django_db
def test_every_page_carries_the_strict_policy(client):
    policy = client.get("/login/").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert client.get("/api/v1/nowhere/").headers["Content-Security-Policy"] == policy
