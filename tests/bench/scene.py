"""What is measured on: a shipped process with a trained model, reviewers signed in, a producer."""

import csv
import io
import json
from contextlib import redirect_stderr
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client

from governance.contracts import shipped
from governance.contracts.models import Process
from governance.models import ModelVersion, Producer, User
from governance.roles.keys import issue_key
from governance.roles.operations import grant_role
from governance.roles.roles import Role
from review.models import Queue, Task
from review.tasks.claims import claim_next
from tests.bench.backlog import Line, is_loaded
from tests.factories import enter_stage

PROCESS = "customer-triage"
QUEUE = "triage"
ACTOR = "system:bench"
TRAINING_ROWS = 120
CSRF = "b" * 32
DECISION = json.dumps({"verdict": "accept", "next": True})
DECIDE = "/api/v1/tasks/{task}/decide/"
ITEMS = "/api/v1/items/"
BULK = "/api/v1/items/bulk/"


@dataclass(frozen=True)
class Reviewer:
    user: User
    session: str

    def head(self, path: str = DECIDE) -> str:
        """A console request to the API: session, CSRF token, and TLS ended in front."""
        return (
            f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"Cookie: sessionid={self.session}; csrftoken={CSRF}\r\nX-CSRFToken: {CSRF}\r\n"
            "Origin: https://localhost\r\nX-Forwarded-Proto: https\r\n"
            "Content-Length: {length}\r\n\r\n"
        )


@dataclass(frozen=True)
class Scene:
    line: Line
    queue: Queue
    reviewers: list[Reviewer]
    key: str

    def producer_head(self, path: str = ITEMS, kind: str = "application/json") -> str:
        return (
            f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\n"
            f"Authorization: Bearer {self.key}\r\nX-Forwarded-Proto: https\r\n"
            "Content-Length: {length}\r\n\r\n"
        )

    def body(self, number: int = 0) -> str:
        payload, _ = self.line.samples[number % len(self.line.samples)]
        return json.dumps({"process": PROCESS, "payload": payload})

    def constants(self) -> dict[str, Any]:
        line = self.line
        return {
            "process": line.process,
            "contract": str(line.contract),
            "producer": str(line.producer),
        }

    def held(self, reviewer: Reviewer) -> str:
        """The loaded task this reviewer holds; claimed now if there is none yet."""
        mine = Task.objects.filter(state=Task.State.CLAIMED, claimed_by=reviewer.user)
        for task in mine.values_list("pk", flat=True):
            if is_loaded(task):
                return str(task)
        claim = claim_next(queue=self.queue, actor_id=reviewer.user.pk)
        if claim is None or not is_loaded(claim.task_id):
            raise RuntimeError("The backlog holds no loaded task to begin with.")
        return str(claim.task_id)


def make(reviewers: int) -> Scene:
    """Migrate an empty database and set everything up; Django is set up already."""
    quiet = io.StringIO()
    with redirect_stderr(quiet):
        call_command("migrate", interactive=False, verbosity=0)
        folder = shipped.folder(PROCESS)
        call_command("contract", "apply", str(folder / "contract.yaml"), verbosity=0)
        source = _beginning_of(folder / "training.csv", rows=TRAINING_ROWS)
        call_command("train_local", PROCESS, "--from", source, stdout=quiet)
    process = Process.objects.select_related("contract").get(pk=PROCESS)
    enter_stage(PROCESS, "partial")
    assert process.contract is not None
    queue = Queue.objects.get(process=process, name=QUEUE)
    producer = Producer.objects.create(name="bench")
    _, key = issue_key(
        actor=ACTOR, scopes=["items:write", "items:read"], producer=producer, process=process
    )
    samples = [
        (sample.payload, sample.output) for sample in shipped.maker(PROCESS).make(200, seed=11)
    ]
    line = Line(
        process=PROCESS,
        contract=process.contract.pk,
        version=ModelVersion.objects.get().pk,
        producer=producer.pk,
        queue=queue.pk,
        samples=samples,
    )
    return Scene(line, queue, [_reviewer(number, process) for number in range(reviewers)], key)


def _beginning_of(path: Path, *, rows: int) -> str:
    """A shorter training file: how good the model is does not matter here."""
    short = Path(settings.DATA_DIR) / "training.csv"
    with path.open(newline="") as whole, short.open("w", newline="") as part:
        csv.writer(part).writerows(islice(csv.reader(whole), rows + 1))
    return str(short)


def _reviewer(number: int, process: Process) -> Reviewer:
    user = User.objects.create_user(f"reviewer-{number}")
    grant_role(user=user, role=Role.OPERATOR, process=process, actor=ACTOR)
    client = Client()
    client.force_login(user)
    return Reviewer(user, client.cookies[settings.SESSION_COOKIE_NAME].value)


def close() -> None:
    connection.close()
