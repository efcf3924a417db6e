"""The benchmark's limits do what the real request does; nothing here is timed."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection, transaction
from django.test import Client, RequestFactory

from governance.models import Entry, User
from review.items import proposing
from review.models import Decision, Effect, Item, Queue, Route, Task
from tests import factories
from tests.bench import backlog, load, recording, table
from tests.bench.bare import views
from tests.bench.measures import Sample
from tests.bench.playing import names_of_task, remember_next
from tests.bench.scene import DECISION, Reviewer, Scene
from tests.bench.script import Names, Player, Recorder, Script

SLUG = "desk"


@pytest.fixture
def scene(db, monkeypatch, settings) -> Scene:
    """The benchmark's scene in small: the tests' own process in place of the shipped one."""
    monkeypatch.setattr("tests.bench.scene.PROCESS", SLUG)
    process = factories.make_process(SLUG)
    operator = factories.make_cast(process).operator
    client = Client()
    client.force_login(operator)
    queue = Queue.objects.get(process=process, name="desk")
    key, secret = factories.make_key(process)
    line = backlog.Line(
        process=process.pk,
        contract=process.contract_id,
        version=process.deployments.get().version_id,
        producer=key.producer_id,
        queue=queue.pk,
        samples=[({"text": "The bill is wrong."}, {"category": "bill"})],
    )
    backlog.fill(connection.connection, line, 60, is_superuser=False)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    return Scene(line, queue, [Reviewer(operator, session)], secret)


def carried(script: Script) -> Player:
    """A player of the script after its way through a file."""
    return Player(Script.from_json(json.loads(json.dumps(script.as_json()))))


def counts() -> dict[str, int]:
    models = (Decision, Effect, Entry, Item, Route, Task)
    return {model.__name__: model.objects.count() for model in models}


@contextmanager
def growth() -> Iterator[dict[str, int]]:
    """How many rows of each kind the block adds."""
    before, added = counts(), {}
    yield added
    added |= {
        name: count - before[name] for name, count in counts().items() if count - before[name]
    }


def holds(user: User) -> str:
    return str(Task.objects.get(state=Task.State.CLAIMED, claimed_by=user).pk)


DECIDED = {"Decision": 1, "Effect": 1, "Entry": 3}


def test_deciding_and_claiming_the_next_takes_at_most_twelve_statements(scene):
    script, recorder = recording.decide(scene, scene.reviewers[0])
    # The tests' own transaction turns the request's into a savepoint.
    assert len([text for text in recorder.texts() if "SAVEPOINT" not in text]) <= 12
    assert sum(statement.is_claim for statement in script.statements) == 1


def test_a_raw_decision_does_what_the_real_one_does(scene):
    reviewer = scene.reviewers[0].user
    player = carried(recording.decide(scene, scene.reviewers[0])[0])
    task = holds(reviewer)
    with growth() as added, connection.connection.cursor() as cursor:
        names = names_of_task(str(reviewer.pk), task)
        player.play(names, cursor, connection.connection.transaction, remember_next)
    assert added == DECIDED
    assert Task.objects.get(pk=task).state == Task.State.DECIDED
    assert Task.objects.get(pk=task).item.state == Item.State.DECIDED
    assert holds(reviewer) == names["next task"] != task
    decision = Decision.objects.get(task=task)
    assert (decision.actor, decision.candidate.item) == (reviewer, decision.item)
    kinds = Entry.objects.filter(item=decision.item_id).values_list("kind", flat=True)
    assert set(kinds) >= {"decision.made", "effect.scheduled"}


def test_a_bare_decision_sends_the_real_one_s_statements(scene, monkeypatch):
    reviewer = scene.reviewers[0].user
    script, real = recording.decide(scene, scene.reviewers[0])
    monkeypatch.setattr(views, "player", lambda name: carried(script))
    task, bare = holds(reviewer), Recorder()
    request = RequestFactory().post("/", DECISION, content_type="application/json")
    with growth() as added, connection.execute_wrapper(bare):
        answer = views.decide(request, str(reviewer.pk), task)
    assert json.loads(answer.content) == {"next": {"id": holds(reviewer)}}
    assert added == DECIDED
    sent = [text for text in bare.texts() if "SAVEPOINT" not in text]
    assert sent == [text for text in real.texts() if "SAVEPOINT" not in text]


class Unsure:
    """A provider whose answers a person must look at."""

    name = "local"

    def propose_many(self, requests):
        return [factories.make_proposal(confidence=0.6) for _ in requests]


def test_intake_and_routing_replayed_leave_an_item_in_its_queue(scene, monkeypatch):
    monkeypatch.setattr(proposing, "provider", lambda name: Unsure())
    received, route = carried(recording.receive(scene)[0]), carried(recording.route(scene))
    names = Names()
    with growth() as added, connection.cursor() as cursor:
        received.play(names, cursor, transaction.atomic)
        route.play(names, cursor, transaction.atomic)
    assert added == {"Entry": 4, "Item": 1, "Route": 1, "Task": 1}
    assert Item.objects.get(pk=names["fresh item"]).state == Item.State.WAITING


def test_two_replays_share_no_id(scene):
    player = carried(recording.receive(scene)[0])
    with growth() as added, connection.cursor() as cursor:
        for _ in range(2):
            player.play(Names(), cursor, transaction.atomic)
    assert added == {"Entry": 2, "Item": 2}


@contextmanager
def server(*answers: bytes) -> Iterator[int]:
    """Gives these answers to one client, each after a request."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            client, _ = listener.accept()
            with client:
                for answer in answers:
                    client.recv(4096)
                    client.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(5)


def run_load(port: int, **job: object) -> dict[str, object]:
    client = {"head": "POST /{task} HTTP/1.1\r\n\r\n", "body": "{}", "task": "one"}
    return load.run({"port": port, "seconds": 5, "clients": [client], **job})


def test_the_clients_read_answers_with_a_length_and_in_chunks():
    whole = b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{next: 'two'}"[:-1]
    chunked = (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nd\r\n{next: 'end'}\r\n0\r\n\r\n"
    )
    with server(whole, chunked) as port:
        result = run_load(port, each=2, next="next: '([a-z]+)'?")
    assert len(result["latencies"]) == 2
    assert result["tasks"] == ["end"]
    assert result["problems"] == []


def test_an_answer_that_is_not_good_ends_a_client_and_is_told():
    with server(b"HTTP/1.1 409 Conflict\r\nContent-Length: 0\r\n\r\n") as port:
        result = run_load(port, each=9)
    assert len(result["latencies"]) == 1
    assert "409" in result["problems"][0]


def test_percentiles_are_those_of_the_nearest_rank():
    sample = Sample([number / 1000 for number in range(1, 101)], elapsed=2.0)
    assert sample.rate == 50
    assert [sample.percentile(one) for one in (50, 95, 99)] == [50.0, 95.0, 99.0]


def test_the_table_says_which_aims_are_missed():
    rows = [
        table.row("p95", "ms", [80.0, 40.0, None], "under 60", lambda ms: ms < 60),
        table.row("reviews", "a second", [400.0, 500.0, 1600.0], "half of bare", lambda rate: True),
    ]
    shown = table.rendered([table.Section("Deciding", rows)]).splitlines()
    assert shown[-2].split() == [
        "p95,",
        "ms",
        "80",
        "40",
        "-",
        "2.00",
        "-",
        "under",
        "60",
        "NOT",
        "MET",
    ]
    assert shown[-1].endswith("half of bare  met")
