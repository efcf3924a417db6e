"""Setting aside the effects of halted processes, so that sweeps do not meet them again and again.

Each is set aside once a halt, and leaves the index that the sweep reads; what one sweep costs then
depends on what is due elsewhere, not on what a halt keeps back. This is about the sweep alone:
whether an effect may be sent is asked where it is taken up, of the halts themselves.
"""

from collections.abc import Collection

from django.db import connection

PARK_LIMIT = 5000  # set aside in one sweep; the sweep passes over what is left of them meanwhile

_PARK = """
    WITH due AS (
        SELECT e.id, i.process_id FROM review_effect e JOIN review_item i ON i.id = e.item_id
        WHERE e.state IN ('scheduled', 'running') AND NOT e.is_held AND e.parked_in_id IS NULL
          AND e.hint_at <= clock_timestamp() AND i.process_id = ANY(%(halted)s)
        ORDER BY e.hint_at LIMIT %(limit)s
        FOR UPDATE OF e SKIP LOCKED)
    UPDATE review_effect e SET parked_in_id = due.process_id FROM due WHERE e.id = due.id
"""
# For each process its own look into the index: there are few of them, and many effects.
_BRING_BACK = """
    WITH waiting AS (
        SELECT e.id FROM governance_process p
        CROSS JOIN LATERAL (
            SELECT id FROM review_effect
            WHERE parked_in_id = p.slug LIMIT %(limit)s FOR UPDATE SKIP LOCKED) e
        WHERE NOT p.slug = ANY(%(halted)s)
        LIMIT %(limit)s)
    UPDATE review_effect e SET parked_in_id = NULL FROM waiting w WHERE e.id = w.id
"""


def park(halted: Collection[str]) -> None:
    """Set aside what is due in these processes, PARK_LIMIT at most."""
    if not halted:
        return
    with connection.cursor() as cursor:
        cursor.execute(_PARK, {"halted": list(halted), "limit": PARK_LIMIT})


def bring_back(halted: Collection[str], *, limit: int) -> None:
    """Let the sweep see what was set aside in processes that are halted no more."""
    with connection.cursor() as cursor:
        cursor.execute(_BRING_BACK, {"halted": list(halted), "limit": limit})
