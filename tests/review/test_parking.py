"""A halt that lasts costs the sweep nothing: what it keeps back is set aside, and comes back."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from governance.incidents.operations import go_on, halt
from governance.roles.roles import Role
from review.effects import operations as effects
from review.effects import parking
from review.models import Effect
from tests import factories
from tests.review.test_plans import Backlog, _walk

pytestmark = pytest.mark.django_db
ACTOR = factories.ACTOR


@pytest.fixture
def two():
    """Two processes with a decision each, whose effects are due: (halted one, other one)."""
    made = []
    for slug in ("desk", "other"):
        process = factories.make_process(slug)
        person = factories.make_person(f"of-{slug}", process, Role.OPERATOR)
        made.append(factories.make_decision(process, person).effects.get())
    past = timezone.now() - timedelta(minutes=1)
    Effect.objects.update(due_at=past, hint_at=past)
    return made


def test_a_halted_process_is_set_aside_and_comes_back(two):
    held, other = two
    halt(process="desk", actor=ACTOR, reason="Stop.")
    assert effects.due_effects() == [other.pk]
    held.refresh_from_db()
    other.refresh_from_db()
    assert (held.parked_in_id, other.parked_in_id) == ("desk", None)
    assert held.state == "scheduled"

    go_on(process="desk", actor=ACTOR)
    assert effects.due_effects() == [held.pk]
    held.refresh_from_db()
    assert held.parked_in_id is None


def test_one_that_was_set_aside_is_sent_without_a_sweep_once_it_goes_on(two, monkeypatch):
    sent = []
    monkeypatch.setattr(
        effects, "send", lambda effect: (sent.append(effect.pk), effects.Outcome({}))[1]
    )
    held, _ = two
    halt(process="desk", actor=ACTOR, reason="Stop.")
    effects.due_effects()
    effects.run(held.pk)
    assert sent == []
    go_on(process="desk", actor=ACTOR)
    effects.run(held.pk)
    assert sent == [held.pk]
    assert effects.due_effects() != [held.pk]


def test_halted_anew_it_stays_aside(two):
    held, _ = two
    for _ in range(2):
        halt(process="desk", actor=ACTOR, reason="Stop.")
        effects.due_effects()
        go_on(process="desk", actor=ACTOR)
    halt(process="desk", actor=ACTOR, reason="Stop.")
    effects.due_effects()
    held.refresh_from_db()
    assert held.parked_in_id == "desk"


def test_what_is_not_set_aside_yet_holds_up_no_other_process(two, monkeypatch):
    monkeypatch.setattr(parking, "PARK_LIMIT", 0)
    _, other = two
    halt(process="desk", actor=ACTOR, reason="Stop.")
    assert effects.due_effects(limit=1) == [other.pk]


def test_it_comes_back_in_portions(two):
    halt(process="desk", actor=ACTOR, reason="Stop.")
    halt(process="other", actor=ACTOR, reason="Stop.")
    assert effects.due_effects() == []
    go_on(process="desk", actor=ACTOR)
    go_on(process="other", actor=ACTOR)
    assert len(effects.due_effects(limit=1)) == 1
    assert Effect.objects.filter(parked_in__isnull=False).count() == 1
    assert len(effects.due_effects(limit=1)) == 1


class Read:
    """Rows of effects that statements read, those that a filter then drops included."""

    def __init__(self) -> None:
        self.rows = 0

    def __call__(self, execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        if "review_effect" in sql:
            with transaction.atomic(), connection.connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", params)
                found = cursor.fetchone()[0]
                transaction.set_rollback(True)
            plan = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
            for node in _walk(plan):
                if node.get("Relation Name") == "review_effect":
                    kept = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
                    self.rows += kept * node["Actual Loops"]
        return execute(sql, params, many, context)


def read_by_a_sweep() -> float:
    read = Read()
    with connection.execute_wrapper(read):
        effects.due_effects()
    return read.rows


def test_a_sweep_reads_nothing_of_what_a_halt_keeps_back():
    connection.ensure_connection()
    Backlog()
    Effect.objects.filter(state="done").update(state="scheduled")
    held = Effect.objects.filter(state="scheduled").count()
    assert held == 20_000
    halt(process="desk", actor=ACTOR, reason="Stop.")
    assert read_by_a_sweep() >= parking.PARK_LIMIT  # so this test sees what is read
    for _ in range(held // parking.PARK_LIMIT):
        effects.due_effects()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE review_effect")
    assert read_by_a_sweep() == 0

    go_on(process="desk", actor=ACTOR)
    assert read_by_a_sweep() <= 10_000  # a portion of 500, in a few statements
    assert Effect.objects.filter(parked_in__isnull=False).count() == held - 500
