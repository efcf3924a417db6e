"""Every hot statement finds its rows by an index, so that its cost does not grow with the backlog.

Read from PostgreSQL's plans at 20,000 tasks; the benchmark measures at a million.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from governance.catalogue import queries as catalogue
from governance.catalogue import shadowing
from governance.models import Process, Producer, User
from governance.roles.queries import person_with_rights
from review import access
from review.decisions.queries import history_of
from review.effects.ending import has_outstanding
from review.effects.operations import due_effects
from review.items import proposing
from review.items.queries import newest
from review.models import Item, Queue, Task
from review.notices.watching import watch
from review.queues.queries import lines
from review.shadows import asking, drawing
from review.tasks import operations as tasks
from review.tasks.claims import CLAIM_NEXT_SQL, claim_next
from review.tasks.escalating import escalate_due
from review.tasks.queries import held_by, task_view
from tests import factories
from tests.bench import backlog

pytestmark = pytest.mark.django_db

TASKS = 20_000
LARGE = {
    "review_item",
    "review_task",
    "review_candidate",
    "review_call",
    "review_route",
    "review_decision",
    "review_effect",
    "review_passedover",
    "review_shadowcandidate",
}
# What a year of decisions leaves behind: rows that no hot statement may have to read.
_PAST = """
    INSERT INTO review_decision (id, item_id, actor_id, verdict, output, reason, state, settles,
        created_at, undo_until)
    SELECT gen_random_uuid(), id, %(actor)s, 'accept', '{}', '', 'undone', false,
        received_at, received_at FROM review_item;
    INSERT INTO review_effect (id, item_id, decision_id, name, connector, target, body,
        irreversible, state, is_withdrawn, due_at, hint_at, attempts, max_attempts,
        first_delay_seconds, max_delay_seconds, error, created_at)
    SELECT gen_random_uuid(), item_id, id, 'mail', 'file', '{}', '{}', 'It is gone.',
        CASE WHEN hashtext(id::text) % 50 = 0 THEN 'scheduled' ELSE 'done' END, false,
        created_at, created_at, 1, 8, 5, 60, '', created_at FROM review_decision;
    INSERT INTO review_passedover (task_id, actor_id, kind, reason, at)
    SELECT id, %(actor)s, 'skipped', 'Not mine.', now() - interval '1 day' FROM review_task
    ORDER BY id DESC LIMIT 5000;
    UPDATE review_item SET state = CASE WHEN hashtext(id::text) % 100 = 0 THEN 'received'
        ELSE 'completed' END WHERE hashtext(id::text) % 2 = 0;
    UPDATE review_task SET state = 'claimed', claimed_by_id = %(actor)s, claimed_at = now(),
        lease_until = now() - interval '1 minute' WHERE hashtext(id::text) % 200 = 0;
    INSERT INTO review_shadowcandidate (id, deployment_id, item_id, probability, state, confidence,
        error, drawn_at, due_at, attempts)
    SELECT gen_random_uuid(), %(shadow)s, id, 1, 'due', '{}', '',
        now() - abs(hashtext(id::text) % 90) * interval '1 day', received_at, 0 FROM review_item;
    UPDATE review_shadowcandidate SET state = 'withdrawn', ended_at = now()
    WHERE hashtext(id::text) % 2 = 0;
"""


class Backlog:
    """A process with TASKS tasks, mostly open, and people to work on them."""

    def __init__(self) -> None:
        self.process: Process = factories.make_process()
        self.operator: User = factories.make_cast(self.process).operator
        self.colleague: User = factories.make_cast(self.process).colleague
        beside = factories.make_version(self.process, "b")
        self.shadow = shadowing.begin(beside, share=1, daily_limit=500, actor=factories.ACTOR)
        over = factories.make_version(self.process, "c")
        shadowing.end(
            shadowing.begin(over, share=1, daily_limit=500, actor=factories.ACTOR),
            actor=factories.ACTOR,
        )
        self.queue = Queue.objects.get(process=self.process, name="desk")
        version = catalogue.champion(self.process.pk)
        assert version is not None
        assert self.process.contract_id is not None
        line = backlog.Line(
            process=self.process.pk,
            contract=self.process.contract_id,
            version=version.pk,
            producer=Producer.objects.create(name="shop").pk,
            queue=self.queue.pk,
            samples=[({"text": "The bill is wrong."}, {"category": "bill"})],
        )
        assert connection.connection is not None
        backlog.fill(connection.connection, line, TASKS, is_superuser=False)
        with connection.cursor() as cursor:
            for statement in _PAST.split(";")[:-1]:
                cursor.execute(
                    re.sub(r"%(?!\()", "%%", statement),
                    {"actor": self.colleague.pk, "shadow": self.shadow.pk},
                )
            for table in LARGE:
                cursor.execute(f"ANALYZE {table}")
        self.task = Task.objects.filter(state="open").order_by("pk")[100]


@pytest.fixture
def large() -> Backlog:
    connection.ensure_connection()
    return Backlog()


class Plans:
    """Explains each statement that is sent while it wraps the connection."""

    def __init__(self) -> None:
        self.nodes: list[dict[str, Any]] = []

    def __call__(
        self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any
    ) -> Any:
        if re.match(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\b", sql):
            with connection.connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
                self.add(cursor.fetchone()[0])
        return execute(sql, params, many, context)

    def add(self, explained: Any) -> None:
        found = json.loads(explained) if isinstance(explained, str) else explained
        self.nodes += _walk(found[0]["Plan"])

    @property
    def indexes(self) -> set[str]:
        return {node["Index Name"] for node in self.nodes if "Index Name" in node}

    @property
    def scanned(self) -> set[str]:
        """Large tables that are read from end to end."""
        whole = (node for node in self.nodes if node["Node Type"] == "Seq Scan")
        return {node["Relation Name"] for node in whole} & LARGE


def _walk(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", []):
        yield from _walk(child)


HOT: dict[str, tuple[Callable[[Backlog], Any], set[str]]] = {
    "claiming": (
        lambda it: claim_next(queue=it.queue, actor_id=it.operator.pk),
        {"task_next"},
    ),
    "claiming with a long history": (
        lambda it: claim_next(queue=it.queue, actor_id=it.colleague.pk),
        {"task_next"},
    ),
    "lengths of queues": (
        lambda it: lines(list(Queue.objects.filter(process=it.process))),
        {"task_next"},
    ),
    "showing a task": (lambda it: task_view(it.task.pk, it.operator.pk), set()),
    "fetching with permission": (lambda it: access.task_for(it.operator, it.task.pk), set()),
    "locking": (lambda it: tasks.lock(it.task.pk), set()),
    "a person with rights": (lambda it: person_with_rights(it.operator.pk), set()),
    "what a person holds": (lambda it: list(held_by(it.colleague)[:20]), {"task_held_by"}),
    "a page of items": (lambda it: newest([it.process.pk], limit=51), set()),
    "a page of items of one state": (
        lambda it: newest([it.process.pk], state=Item.State.RECEIVED, limit=51),
        {"item_by_state"},
    ),
    "an item by its external id": (
        lambda it: newest([it.process.pk], external_id="bench-77", limit=51),
        {"item_external_id_once"},
    ),
    "a page of history": (lambda it: history_of(it.colleague, limit=21), {"decision_history"}),
    "effects under way": (lambda it: has_outstanding(it.task.item), set()),
    "effects due": (lambda it: due_effects(), {"effect_to_run"}),
    "items to hint at": (lambda it: proposing.due_chunks(), set()),
    "skips to forget": (
        lambda it: tasks.forget_skips(10),
        {"task_next", "review_passedover_pkey"},
    ),
    "leases that ran out": (lambda it: tasks.free_expired(10), {"task_lease_end"}),
    "steps of escalation paths that are due": (lambda it: escalate_due(10), {"task_to_escalate"}),
    "what a shadow is asked for": (lambda it: asking._lease(), {"shadow_due"}),
    "what no shadow is asked for any more": (lambda it: asking.withdraw_ended(), set()),
    "how many a shadow was asked for today": (
        lambda it: drawing.left_today(it.shadow, timezone.now()),
        {"shadow_by_drawing"},
    ),
    "queues that are due": (lambda it: watch(), {"task_by_due"}),
}


def test_hot_statements_use_their_indexes_and_read_no_large_table_whole(large, subtests):
    for name, (ask, indexes) in HOT.items():
        plans = Plans()
        with subtests.test(name), transaction.atomic():
            with connection.execute_wrapper(plans):
                ask(large)
            assert plans.nodes
            assert plans.scanned == set()
            assert indexes <= plans.indexes


def test_the_claim_keeps_its_plan_once_it_is_prepared_for_any_queue(large):
    """A prepared statement's plan is made without its values, so it is looked at by itself."""
    places: dict[str, int] = {}
    sql = re.sub(
        r"%\((\w+)\)s",
        lambda name: f"${places.setdefault(name[1], len(places) + 1)}",
        CLAIM_NEXT_SQL,
    )
    plans = Plans()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (GENERIC_PLAN, FORMAT JSON) {sql}")
        plans.add(cursor.fetchone()[0])
    assert plans.scanned == set()
    assert {"task_next"} <= plans.indexes


def test_this_module_sees_a_table_read_whole(large):
    plans = Plans()
    with connection.execute_wrapper(plans):
        assert Task.objects.filter(opened_at__lt="2001-01-01T00:00Z").exists() is False
    assert plans.scanned == {"review_task"}
