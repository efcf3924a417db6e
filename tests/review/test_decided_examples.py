"""Which decided items a model learns from."""

from __future__ import annotations

import pytest
from django.utils import timezone

from review.decisions.examples import decided
from review.models import Decision, Run
from tests.factories import make_decision, make_document, make_process, unguarded

pytestmark = pytest.mark.django_db


@pytest.fixture
def process():
    return make_process(stage="assisted")


def _with_document(process, person, verdict: str, text: str) -> Decision:
    decision = make_decision(process, person, verdict=verdict)
    make_document(decision.item, text)
    return decision


def test_what_people_accepted_or_corrected_is_learnt_oldest_first(process, cast):
    _with_document(process, cast.operator, "accept", "first")
    _with_document(process, cast.operator, "correct", "second")
    _with_document(process, cast.operator, "reject", "third")
    found = list(decided(process.pk))
    assert [(read[0].text, output) for read, output in found] == [
        ("first", {"category": "bill"}),
        ("second", {"category": "other"}),
    ]


def test_what_was_undone_or_decided_by_nobody_is_not(process, cast):
    undone, automatic, _ = (
        _with_document(process, cast.operator, "accept", text) for text in ("a", "b", "c")
    )
    Decision.objects.filter(pk=undone.pk).update(state="undone")
    with unguarded("review_decision", "decision_rules"):
        Decision.objects.filter(pk=automatic.pk).update(actor=None)
    assert [read[0].text for read, _ in decided(process.pk)] == ["c"]


def test_an_acceptance_in_bulk_is_not_but_a_correction_is(process, cast):
    run = Run.objects.create(
        process=process, actor=cast.lead, verb="accept", reason="Alike.", hint_at=timezone.now()
    )
    for verdict, text in (("accept", "a"), ("correct", "b")):
        _with_document(process, cast.operator, verdict, text)
    with unguarded("review_decision", "decision_rules"):
        Decision.objects.update(run=run)
    assert [read[0].text for read, _ in decided(process.pk)] == ["b"]


def test_items_without_documents_and_of_other_processes_are_not(process, cast):
    make_decision(process, cast.operator)
    assert list(decided(process.pk)) == []
    _with_document(process, cast.operator, "accept", "here")
    assert list(decided("another")) == []


def test_only_the_last_ones_are_read(process, cast):
    for text in ("a", "b", "c"):
        _with_document(process, cast.operator, "accept", text)
    assert [read[0].text for read, _ in decided(process.pk, most=2)] == ["b", "c"]
