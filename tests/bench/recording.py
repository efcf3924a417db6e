"""Records what a real request asks of the database, through the real views and middleware."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from review.items.proposing import propose
from review.tasks.claims import CLAIM_NEXT_SQL
from tests.bench.backlog import ids_of
from tests.bench.scene import CSRF, DECIDE, DECISION, ITEMS, Reviewer, Scene
from tests.bench.script import Encoder, Recorder, Script


def decide(scene: Scene, reviewer: Reviewer) -> tuple[Script, Recorder]:
    """The statements of one decide-and-next request; the reviewer holds the next task after it."""
    client = Client(enforce_csrf_checks=True)
    client.cookies[settings.SESSION_COOKIE_NAME] = reviewer.session
    client.cookies[settings.CSRF_COOKIE_NAME] = CSRF
    _decide(client, scene.held(reviewer))  # the first request fills caches that the next ones use
    task, began, recorder = scene.held(reviewer), timezone.now(), Recorder()
    with connection.execute_wrapper(recorder):
        _decide(client, task)
    known = {str(reviewer.user.pk): "actor"}
    for kind, identifier in ids_of(task).items():
        known[identifier] = kind
    for kind, identifier in ids_of(scene.held(reviewer)).items():
        known[identifier] = f"next {kind}"
    return recorder.script(Encoder(known, _just_before(began), "decide"), CLAIM_NEXT_SQL), recorder


def _decide(client: Client, task: str) -> None:
    answer = client.post(
        DECIDE.format(task=task),
        DECISION,
        content_type="application/json",
        secure=True,
        headers={"host": "localhost", "origin": "https://localhost", "x-csrftoken": CSRF},
    )
    if answer.status_code != 200:
        raise RuntimeError(f"{answer.status_code} {answer.content[:1000]!r}")


def receive(scene: Scene) -> tuple[Script, UUID]:
    """The statements of handing one item in, and the item's id."""
    _receive(scene)
    began, recorder = timezone.now(), Recorder()
    with connection.execute_wrapper(recorder):
        item = _receive(scene)
    encoder = Encoder({str(item): "fresh item"}, _just_before(began), "receive")
    return recorder.script(encoder), item


def _receive(scene: Scene) -> UUID:
    answer = Client().post(
        ITEMS,
        scene.body(),
        content_type="application/json",
        secure=True,
        headers={"host": "localhost", "authorization": f"Bearer {scene.key}"},
    )
    if answer.status_code != 202:
        raise RuntimeError(f"{answer.status_code} {answer.content[:1000]!r}")
    return UUID(answer.json()["id"])


def route(scene: Scene) -> Script:
    """The statements from a received item to its route, as the worker sends them."""
    propose([receive(scene)[1]])  # the model is in memory from here on
    item = receive(scene)[1]
    began, recorder = timezone.now(), Recorder()
    with connection.execute_wrapper(recorder):
        propose([item])
    return recorder.script(Encoder({str(item): "fresh item"}, _just_before(began), "route"))


def _just_before(instant: datetime) -> datetime:
    """Ids made in the same millisecond count as younger."""
    return instant - timedelta(milliseconds=1)
