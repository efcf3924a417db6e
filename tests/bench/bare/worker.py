"""A bare Celery worker: the recorded statements from item to route, as one job."""

import os
import time
from functools import cache

import django
from celery import Celery
from redis import Redis

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.bench.bare.settings")
django.setup()

LATENCIES_KEY = "bench:latencies"

app = Celery("bare", broker=os.environ["REDIS_URL"])
app.conf.update(
    task_ignore_result=True,
    task_acks_late=True,
    worker_prefetch_multiplier=1,
    task_default_queue="bare",
    broker_connection_retry_on_startup=True,
)


@cache
def redis() -> Redis:
    return Redis.from_url(os.environ["REDIS_URL"])


@app.task
def route(item: str, received_at: float) -> None:
    from django.db import connection, transaction

    from tests.bench.bare.views import player
    from tests.bench.script import Names

    with connection.cursor() as cursor:
        player("route").play(Names({"fresh item": item}), cursor, transaction.atomic)
    redis().rpush(LATENCIES_KEY, time.time() - received_at)
