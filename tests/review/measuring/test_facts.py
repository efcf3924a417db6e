"""Facts of a version from its calls and what people decided."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from governance.cards import operations as cards
from governance.cards import queries
from governance.cards.models import CardFacts
from governance.catalogue.queries import champion
from governance.ledger.models import Entry
from review.decisions import operations as decisions
from review.measuring import facts as measuring
from review.measuring import jobs, operations
from review.models import Task
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def version(process):
    return champion(process.pk)


def of(facts, name):
    return next(one for one in facts["overrides"] if one["slice"] == name)


def test_corrections_and_rejections_count_as_overrides(process, cast, version):
    for verdict in ("accept", "accept", "correct", "reject"):
        factories.make_decision(process, cast.operator, verdict=verdict)
    factories.make_task(process)  # nobody has judged it
    found = measuring.facts(version.pk)
    assert of(found, "all items") | {"low": 0, "high": 0} == {
        **{"slice": "all items", "judged": 4, "overridden": 2, "rate": 0.5, "low": 0, "high": 0}
    }
    assert of(found, "all items")["low"] < 0.5 < of(found, "all items")["high"]
    (category,) = found["fields"]
    assert (category["field"], category["judged"], category["right"]) == ("category", 3, 2)
    assert category["brier"] == pytest.approx((2 * 0.05**2 + 0.95**2) / 3, abs=1e-6)
    assert found["calls"]["answered"] == 5
    assert found["calls"]["latency_ms"] == {"median": 3, "p95": 3, "p99": 3}


def test_segments_are_counted_apart_and_one_of_two_slots_is_no_judgement(process, cast, version):
    factories.make_decision(process, cast.operator, verdict="correct")
    factories.make_decision(process, cast.operator, payload={"text": "x", "channel": "vip"})
    found = measuring.facts(version.pk)
    assert [one["slice"] for one in found["overrides"]] == ["all items", "segment default"]


def test_an_undone_decision_counts_no_more(process, cast, version):
    decision = factories.make_decision(process, cast.operator)
    decisions.undo(decision_id=decision.pk, actor=cast.operator)
    assert measuring.facts(version.pk)["overrides"] == []


def test_what_acted_alone_is_judged_by_its_blind_sample():
    process = factories.make_process("auto", stage="partial", sample_rate=1.0)
    senior = factories.make_cast(process).senior
    item = factories.propose(factories.make_item(process), confidence=0.99)
    sample = factories.claim(item.tasks.get(kind=Task.Kind.QUALITY), senior)
    decisions.decide(
        task_id=sample.pk, actor=senior, verdict="correct", output={"category": "bill"}
    )
    found = measuring.facts(champion("auto").pk)
    assert of(found, measuring.SAMPLES)["judged"] == 1
    assert of(found, measuring.SAMPLES)["overridden"] == 0


def test_a_sample_counts_for_as_many_as_its_rate_says_and_what_was_not_drawn_for_none():
    process = factories.make_process("auto", stage="partial", sample_rate=0.25)
    cast = factories.make_cast(process)
    drawn = other = None
    while drawn is None or other is None:
        item = factories.propose(factories.make_item(process), confidence=0.99)
        if item.tasks.exists():
            drawn = drawn or item
        else:
            other = other or item
    sample = factories.claim(drawn.tasks.get(kind=Task.Kind.QUALITY), cast.senior)
    decisions.decide(
        task_id=sample.pk, actor=cast.senior, verdict="correct", output={"category": "other"}
    )
    # Somebody came upon this one; it says nothing of those that nobody looked at.
    decisions.amend(
        decision_id=other.decisions.get().pk,
        actor=cast.senior,
        verdict="correct",
        output={"category": "other"},
    )
    seen = factories.propose(factories.make_item(process), confidence=0.7)
    task = factories.claim(seen.tasks.get(), cast.operator)
    decisions.decide(task_id=task.pk, actor=cast.operator, verdict="accept")
    found = measuring.facts(champion("auto").pk)
    assert found["window"]["not_drawn"] == 1
    whole = of(found, "all items")
    assert (whole["judged"], whole["overridden"], whole["rate"]) == (2, 1, 0.8)
    (category,) = found["fields"]
    assert (category["right"], category["accuracy"]) == (1, 0.2)
    assert category["brier"] == pytest.approx((4 * 0.99**2 + 0.3**2) / 5, abs=1e-6)
    assert category["ece_low"] <= category["ece"] <= category["ece_high"]


def test_what_acted_alone_and_nobody_judged_counts_as_no_judgement():
    process = factories.make_process("auto", stage="partial")
    item = factories.propose(factories.make_item(process), confidence=0.99)
    assert item.decisions.get().actor is None
    found = measuring.facts(champion("auto").pk)
    assert (found["overrides"], found["calls"]["answered"]) == ([], 1)


def test_no_value_of_an_item_leaves(process, cast, version):
    factories.make_decision(process, cast.operator, payload={"text": "My secret letter."})
    found = str(measuring.facts(version.pk))
    assert "secret" not in found
    assert "bill" not in found


def test_it_reads_the_newest_only_by_the_index(process, cast, version, monkeypatch):
    for verdict in ("reject", "accept", "accept"):
        factories.make_decision(process, cast.operator, verdict=verdict)
    monkeypatch.setattr(measuring, "DECIDED", 2)
    assert of(measuring.facts(version.pk), "all items")["overridden"] == 0
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT id FROM review_call WHERE version_id = %s ORDER BY id DESC LIMIT 5",
            [version.pk],
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "call_by_version" in plan
    assert "Sort" not in plan


def test_measuring_stores_the_facts_with_their_digest(process, cast, version):
    factories.make_decision(process, cast.operator)
    operations.ask(version=version, actor=cast.model_owner)
    assert operations.due() == [version.pk]
    jobs.measure(str(version.pk))
    row = CardFacts.objects.get(version=version)
    assert row.digest == cards.digest_of(row.facts)
    assert row.asked_at is None
    assert row.measured_at is not None
    kinds = Entry.objects.filter(kind__startswith="card.").values_list("kind", flat=True)
    assert sorted(kinds) == ["card.measured", "card.measuring_asked"]
    assert operations.due() == []
    assert queries.card(version).measured["overrides"]


def test_what_serves_is_due_again_after_a_day_and_what_was_asked_for_meanwhile_stays_due(
    process, cast, version
):
    assert operations.due() == [version.pk]
    began_at = timezone.now() - timedelta(days=2)
    cards.ask_measuring(version=version, actor="system:tests")
    cards.store_facts(version_id=version.pk, facts={}, began_at=began_at, actor="system:tests")
    assert CardFacts.objects.get().asked_at is not None
    operations.measure(version.pk)
    assert operations.due() == []


def test_an_older_measurement_does_not_replace_a_newer_one(version):
    now = timezone.now()
    for began_at, facts in ((now, {"a": 1}), (now - timedelta(minutes=1), {"a": 2})):
        cards.store_facts(
            version_id=version.pk, facts=facts, began_at=began_at, actor="system:tests"
        )
    assert CardFacts.objects.get().facts == {"a": 1}


def test_the_web_process_needs_no_numerical_library():
    import subprocess
    import sys

    code = (
        "import os, sys, django;"
        "os.environ['DJANGO_SETTINGS_MODULE'] = 'config.settings.test'; django.setup();"
        "import config.urls, review.console.urls;"
        "print([m for m in ('sklearn', 'scipy', 'reportlab', 'cyclonedx') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
