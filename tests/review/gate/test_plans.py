"""What officers and the sweeper ask of held outputs is answered by an index, whatever waits."""

import pytest
from django.db import connection, transaction

from review.gate import queries
from review.gate.checking import due_checks
from review.gate.models import GateHold
from review.gate.telling import tell
from tests.review.test_plans import Backlog, Plans, large  # noqa: F401 (a fixture)

pytestmark = pytest.mark.django_db

# One hold a decision of the backlog: a tenth waits, some are checked, the others are long past.
_HOLDS = """
    INSERT INTO review_gatehold (id, process_id, item_id, decision_id, state, reasons, due_at,
        opened_at, comment, heading, heading_title, attempts, hint_at)
    SELECT gen_random_uuid(), %(process)s, item_id, id, 'checking', '[]',
        created_at + random() * interval '9 days', created_at, '', '', '', 0, created_at
    FROM review_decision;
    UPDATE review_gatehold SET state = 'waiting' WHERE hashtext(id::text) %% 10 = 0;
    UPDATE review_gatehold SET state = 'withdrawn'
    WHERE state = 'checking' AND hashtext(id::text) %% 100 <> 1;
    ANALYZE review_gatehold
"""


def test_held_outputs_are_found_by_their_indexes(large: Backlog, subtests):  # noqa: F811
    with connection.cursor() as cursor:
        for statement in _HOLDS.split(";"):
            cursor.execute(statement, {"process": large.process.pk})
    somewhere = GateHold.objects.filter(state="waiting").order_by("due_at")[200]
    processes = [large.process.pk]
    for name, ask, index in (
        ("the first", lambda: queries.held(processes, limit=51), "hold_by_due"),
        (
            "a later page",
            lambda: queries.held(processes, after=somewhere.pk, limit=51),
            "hold_by_due",
        ),
        ("how many", lambda: queries.waiting(processes), "hold_by_opening"),
        ("what to check", due_checks, "hold_to_check"),
        ("whom to tell", tell, "hold_by_opening"),
    ):
        plans = Plans()
        with subtests.test(name), transaction.atomic():
            with connection.execute_wrapper(plans):
                ask()
            whole = [one for one in plans.nodes if one["Node Type"] == "Seq Scan"]
            assert "review_gatehold" not in {one["Relation Name"] for one in whole}
            assert index in plans.indexes
