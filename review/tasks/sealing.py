"""What must not be seen of an item while somebody is still to judge it for themselves.

One rule for every face: pages, API, timeline, notes, presence, notices and search ask here.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

# Whether something of the item `i` must not be seen, for use in other statements.
SEALED_SQL = """EXISTS (SELECT FROM review_task t WHERE t.item_id = i.id
    AND t.state IN ('open', 'claimed') AND (t.is_blind OR t.slots > 1))"""
_SQL = """
    SELECT item_id, bool_or(is_blind) FROM review_task
    WHERE item_id = ANY(%s) AND state IN ('open', 'claimed') AND (is_blind OR slots > 1)
    GROUP BY item_id
"""


_UNSETTLED_SQL = """
    SELECT i.id FROM review_item i WHERE i.id = ANY(%s) AND (
        i.ended_at IS NULL
        OR EXISTS (SELECT FROM review_task t
                   WHERE t.item_id = i.id AND t.state IN ('open', 'claimed'))
        OR EXISTS (SELECT FROM review_gatehold h
                   WHERE h.item_id = i.id AND h.state IN ('checking', 'waiting')))
"""


@dataclass(frozen=True, slots=True)
class Concealment:
    """candidate: the model's answer. decisions: what others decided, and all that tells it."""

    candidate: bool
    decisions: bool

    def __bool__(self) -> bool:
        return self.candidate or self.decisions


NOTHING = Concealment(candidate=False, decisions=False)


def concealments(item_ids: Collection[UUID]) -> Mapping[UUID, Concealment]:
    """What must not be seen right now, by item; items of which nothing is hidden are left out.

    A blind task hides the candidate, and with it every decision, since an automatic acceptance
    says what the model said; of two slots each hides what the other decided. It is hidden from
    everybody but from who decided it: also from those who are asked to judge nothing today, since
    a role, an escalation or a hand-over may bring them the task, and people talk. It ends with the
    last of these tasks. One statement.
    """
    if not item_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_SQL, [list(item_ids)])
        rows = cursor.fetchall()
    return {item_id: Concealment(candidate=is_blind, decisions=True) for item_id, is_blind in rows}


def concealment(item_id: UUID) -> Concealment:
    """What must not be seen of one item right now."""
    return concealments([item_id]).get(item_id, NOTHING)


def unsettled(item_ids: Collection[UUID]) -> set[UUID]:
    """Those of the items that somebody may still have to judge: not ended, a task or a hold open.

    What a shadow said of them is seen by nobody, not even that it differs.
    """
    with connection.cursor() as cursor:
        cursor.execute(_UNSETTLED_SQL, [list(item_ids)])
        return {item_id for (item_id,) in cursor.fetchall()}


def withholds(concealed: Concealment, *, kind: str, is_own: bool) -> bool:
    """Whether a ledger entry of this kind would say what is concealed."""
    if kind.startswith(("candidate.", "shadow.")) or kind == "item.routed":
        return concealed.candidate
    return kind.startswith(("decision.", "effect.", "gate.")) and concealed.decisions and not is_own
