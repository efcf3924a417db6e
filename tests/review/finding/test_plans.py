"""Lists read the indexes that were made for them, at twenty thousand items as at a million."""

import pytest
from django.db import connection, transaction
from django.utils import timezone

from review.finding import queries
from review.finding.filters import ItemFilter
from review.finding.listing import listed
from review.models import Queue
from review.team.queries import overrides, standings
from tests.review.test_plans import LARGE, Backlog, Plans

pytestmark = pytest.mark.django_db

_ROWS = """
    INSERT INTO review_findable (item_id, process_id, terms, given, made, decided_at)
    SELECT i.id, i.process_id, (
        '''bench'':1A ''n' || n || ''':2A ''common'':3B ''w' || n % 200 || ''':4B '
        || '''in/desk'' ''state/' || i.state || ''' ''segment/default'' ''route/review'''
        || CASE WHEN n % 500 = 3 THEN ' ''has/documents''' ELSE '' END)::tsvector, '', '',
        CASE WHEN n % 2 = 0 THEN i.received_at END
    FROM (SELECT *, substr(external_id, 7)::int AS n FROM review_item) i;
    SET CONSTRAINTS ALL IMMEDIATE;
    ALTER TABLE review_decision DISABLE TRIGGER decision_rules;
    UPDATE review_decision SET verdict = 'reject', state = 'active', output = NULL
        WHERE hashtext(id::text) % 50 = 0;
    ALTER TABLE review_decision ENABLE ALWAYS TRIGGER decision_rules;
    VACUUM
"""


@pytest.fixture
def large():
    connection.ensure_connection()
    backlog = Backlog()
    with connection.cursor() as cursor:
        for statement in _ROWS.split(";")[:-1]:
            cursor.execute(statement)
        # Entries of an index that are not sorted in yet count as the cost of reading it.
        cursor.execute("SELECT gin_clean_pending_list('findable_terms')")
        for table in ("review_findable", "review_decision"):
            cursor.execute(f"ANALYZE {table}")
    return backlog


def find(**wanted):
    return lambda it: queries.find([it.process.pk], ItemFilter(**wanted))


ASKED = {
    "newest": (find(), set()),  # of one process that is all there is: by the primary key
    "one state": (find(state="received"), {"item_by_state"}),
    "by due time": (find(sort="due"), {"item_by_due"}),
    "overdue": (find(due="over"), {"item_by_due"}),
    "decided last": (find(sort="decided"), {"findable_decided"}),
    "decided on days": (find(decided_from="2020-01-01"), {"findable_decided"}),
    "a rare facet": (find(documents="yes"), {"findable_terms"}),
    "a rare word": (find(q="n77"), {"findable_terms"}),
    "a word and facets": (find(q="w17", state="received"), {"findable_terms"}),
    "an exact external id": (find(external_id="bench-77"), {"item_external_id_once"}),
    "the beginning of one": (find(external_id="bench-77*"), {"findable_terms"}),
    "rows of a page": (lambda it: listed([it.task.item_id], {}), {"review_item_pkey"}),
    "lines as they stand": (
        lambda it: standings(list(Queue.objects.filter(process=it.process)), timezone.now()),
        {"task_by_due", "task_by_age"},
    ),
    "why people override": (
        lambda it: overrides([it.process.pk], timezone.now()),
        {"decision_override"},
    ),
}


def test_lists_use_their_indexes_and_read_no_large_table_whole(large, subtests):
    for name, (ask, indexes) in ASKED.items():
        plans = Plans()
        with subtests.test(name), transaction.atomic():
            with connection.execute_wrapper(plans):
                ask(large)
            whole = {
                node["Relation Name"] for node in plans.nodes if node["Node Type"] == "Seq Scan"
            }
            assert whole & (LARGE | {"review_findable"}) == set()
            assert indexes <= plans.indexes


@pytest.mark.parametrize(("walk", "limits"), [(200, {200}), (20, {20, 101})])
def test_a_common_word_is_bounded_by_what_is_looked_at(large, monkeypatch, walk, limits):
    """It reads a stretch of the list, and hits of the index only where that gives too little."""
    monkeypatch.setattr(queries, "HITS", 100)
    monkeypatch.setattr(queries, "WALK", walk)
    plans = Plans()
    with connection.execute_wrapper(plans):
        found = find(q="common")(large)
    assert len(found.ids) == queries.PAGE_ROWS
    read = {node["Plan Rows"] for node in plans.nodes if node["Node Type"] == "Limit"}
    assert limits <= read
    assert max(read) <= max(limits)
