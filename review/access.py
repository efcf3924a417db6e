"""Fetch with permission: what may not be seen is 404, what may not be done is 403.

Whoever fetches something here goes on to open a transaction with it, so the key of its values is
made ready on the way.
"""

from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import Http404

from governance.models import Policy, User
from governance.privacy.vault import keys
from governance.roles.queries import rights_of
from governance.roles.roles import SERVING_ROLES, serve_permission
from governance.rows import Rows
from review.gate import queries as gate
from review.gate.models import GateHold
from review.models import Decision, Document, Effect, Item, Queue, Task

_TASKS, _ITEMS, _QUEUES = Rows(Task, "t"), Rows(Item, "i"), Rows(Queue, "q")
_TASK_SQL = f"""
    SELECT {_TASKS.columns}, {_ITEMS.columns}, {_QUEUES.columns}
    FROM review_task t
    JOIN review_item i ON i.id = t.item_id
    JOIN review_queue q ON q.id = t.queue_id
    WHERE t.id = %s
"""  # noqa: S608

_QUEUE_SQL = f"""
    SELECT {_QUEUES.columns}, i.contract_id FROM review_task t
    JOIN review_item i ON i.id = t.item_id
    JOIN review_queue q ON q.id = t.queue_id WHERE t.id = %s
"""  # noqa: S608


class Rights:
    """A person's rights, read once per request; `within` narrows them to one process."""

    def __init__(self, user: User, *, within: str | None = None) -> None:
        self.user = user
        pairs = user.loaded_rights
        if pairs is None:
            pairs = rights_of(user.pk)
        self._pairs = pairs if within is None else {one for one in pairs if one[0] == within}

    def has(self, process: str, codename: str) -> bool:
        return (process, codename) in self._pairs

    def processes(self, codename: str) -> list[str]:
        return sorted(slug for slug, name in self._pairs if name == codename)

    def visible_processes(self) -> list[str]:
        """The processes in which the person has any right at all."""
        return sorted({slug for slug, _ in self._pairs})

    def codenames(self) -> set[str]:
        """The rights that the person has in any process."""
        return {name for _, name in self._pairs}

    def has_anywhere(self, codename: str) -> bool:
        return any(name == codename for _, name in self._pairs)

    def serves(self, queue: Queue) -> bool:
        return self.has(queue.process_id, serve_permission(queue.role))

    def served_processes(self) -> list[str]:
        wanted = {serve_permission(role) for role in SERVING_ROLES}
        return sorted({slug for slug, name in self._pairs if name in wanted})


def rights(user: User | AnonymousUser) -> Rights:
    """The rights of this request's person; cached on the user object, which lives as long.

    A personal API key that is bound to a process leaves its slug as `rights_within`.
    """
    assert isinstance(user, User)
    cached: Rights | None = getattr(user, "_countersign_rights", None)
    if cached is None:
        cached = Rights(user, within=getattr(user, "rights_within", None))
        user._countersign_rights = cached  # type: ignore[attr-defined]
    return cached


def require(user: User, process: str, codename: str, *, visible: str = "view_items") -> None:
    """403 without the right; 404 where the process itself may not be seen."""
    mine = rights(user)
    if mine.has(process, codename):
        return
    if mine.has(process, visible):
        raise PermissionDenied
    raise Http404


def require_serving(user: User, process: str) -> None:
    """403 for who serves none of the process's queues; 404 where it may not be seen."""
    if process in rights(user).served_processes():
        return
    if rights(user).has(process, "view_items"):
        raise PermissionDenied
    raise Http404


def item_for(user: User, item_id: UUID, **related: Any) -> Item:
    item = Item.objects.filter(pk=item_id).first()
    if item is None:
        raise Http404
    require(user, item.process_id, "view_items")
    return item


def queue_for(user: User, process: str, name: str) -> Queue:
    """A queue this person serves."""
    queue = Queue.objects.filter(process_id=process, name=name).first()
    if queue is None:
        raise Http404
    require(user, process, serve_permission(queue.role))
    return queue


def queue_of_task(user: User, task_id: UUID) -> Queue:
    """The queue in which a task stands, which this person serves."""
    with connection.cursor() as cursor:
        cursor.execute(_QUEUE_SQL, [task_id])
        row = cursor.fetchone()
    if row is None:
        raise Http404
    queue = _QUEUES.read(row[:-1])
    require(user, queue.process_id, serve_permission(queue.role))
    keys.ready(row[-1])
    return queue


def task_for(user: User, task_id: UUID, codename: str | None = None) -> Task:
    """A task with its item and queue; without `codename`, the right to serve its queue."""
    with connection.cursor() as cursor:
        cursor.execute(_TASK_SQL, [task_id])
        row = cursor.fetchone()
    if row is None:
        raise Http404
    task = _TASKS.read(row[: _TASKS.width])
    task.item = _ITEMS.read(row[_TASKS.width : -_QUEUES.width])
    task.queue = _QUEUES.read(row[-_QUEUES.width :])
    require(user, task.queue.process_id, codename or serve_permission(task.queue.role))
    keys.ready(task.item.contract_id)
    return task


def document_for(user: User, document_id: UUID, codename: str = "view_items") -> Document:
    """A document with its item, whose payload is not read."""
    documents = Document.objects.select_related("item").defer("item__payload")
    document = documents.filter(pk=document_id).first()
    if document is None:
        raise Http404
    require(user, document.item.process_id, codename)
    return document


def decision_for(user: User, decision_id: UUID) -> Decision:
    """A decision of one's own, or of another with the right to override."""
    decision = Decision.objects.select_related("item").filter(pk=decision_id).first()
    if decision is None:
        raise Http404
    if decision.actor_id == user.pk:
        require(user, decision.item.process_id, "view_items")
    else:
        require(user, decision.item.process_id, "override_decisions")
    keys.ready(decision.item.contract_id)
    return decision


def hold_for(user: User, hold_id: UUID) -> GateHold:
    """A held output, for the compliance officers of its process."""
    found = gate.hold(hold_id)
    if found is None:
        raise Http404
    require(user, found.process_id, "serve_compliance_officer")
    keys.ready(found.item.contract_id)
    return found


def policy_for(user: User, slug: str, codename: str = "view_governance") -> Policy:
    """A policy of a process, or one of all processes for who has the right in any."""
    policy = Policy.objects.select_related("process").filter(slug=slug).first()
    if policy is None:
        raise Http404
    if policy.process_id is not None:
        require(user, policy.process_id, codename, visible="view_governance")
    elif not rights(user).has_anywhere("view_governance"):
        raise Http404
    elif not rights(user).has_anywhere(codename):
        raise PermissionDenied
    return policy


def effect_for(user: User, effect_id: UUID) -> Effect:
    effect = Effect.objects.select_related("item").filter(pk=effect_id).first()
    if effect is None:
        raise Http404
    require(user, effect.item.process_id, "operate_effects")
    keys.ready(effect.item.contract_id)
    return effect
