"""What the console's pages read: each page a fixed number of statements, whatever the backlog."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import F, Prefetch, Q, QuerySet
from django.db.models.functions import Now

from governance.models import User
from governance.roles.roles import serve_permission
from review.gate.models import GateHold
from review.models import Decision, Effect, Item, Queue, Route, Task

PAGE_ROWS = 50
HISTORY_ROWS = 20
FAILED_ROWS = 50


def held_in(queue: Queue, actor: User) -> UUID | None:
    """The task of a queue that a person has in hand already, if any; not what they put by."""
    return (
        Task.objects.filter(state=Task.State.CLAIMED, claimed_by=actor, queue=queue)
        .exclude(holds__ended_at__isnull=True, holds__actor=actor, holds__until__gt=Now())
        .order_by("claimed_at")
        .values_list("pk", flat=True)
        .first()
    )


def history_of(actor: User, *, before: UUID | None = None) -> list[Decision]:
    """A person's decisions, newest first, with their effects; one more than a page holds."""
    decisions = Decision.objects.filter(actor=actor)
    if before is not None:
        decisions = decisions.filter(pk__lt=before)
    return list(
        decisions.select_related("item__process", "task")
        .prefetch_related(_effects())
        .order_by("-created_at", "-pk")[: HISTORY_ROWS + 1]
    )


def _effects() -> "Prefetch[str, QuerySet[Effect], str]":
    return Prefetch(
        "effects", Effect.objects.filter(compensates__isnull=True).order_by("pk"), "shown_effects"
    )


def item_decisions(item: Item) -> list[Decision]:
    """All decisions on an item, oldest first."""
    return list(
        item.decisions.select_related("actor", "task__queue")
        .prefetch_related(_effects())
        .order_by("created_at", "pk")
    )


def open_hold(item: Item) -> GateHold | None:
    """The hold of the item's output before the gate, while it is open."""
    return GateHold.objects.filter(item=item, state__in=GateHold.OPEN).first()


def item_holds(item: Item) -> list[GateHold]:
    """All that the gate held or looked at of the item, oldest first, with its answers."""
    return list(
        GateHold.objects.filter(item=item)
        .select_related("answered_by", "policy_version__policy")
        .order_by("opened_at", "pk")
    )


def item_effects(item: Item) -> list[Effect]:
    """All effects of an item and their compensations, in the order they came about."""
    return list(item.effects.order_by("pk"))


def item_tasks(item: Item) -> list[Task]:
    return list(Task.objects.filter(item=item).select_related("queue", "claimed_by").order_by("pk"))


def item_route(item: Item) -> Route | None:
    """How the item was routed, with its candidate and the call that made it."""
    return Route.objects.filter(item=item).select_related("candidate__call__version__model").first()


def names_of(user_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Display names by user id."""
    return {user.pk: user.display_name for user in User.objects.filter(pk__in=set(user_ids))}


def failed_effects(processes: Sequence[str], *, before: UUID | None = None) -> list[Effect]:
    """Effects that failed for good, newest first; one more than a page holds."""
    effects = Effect.objects.filter(state=Effect.State.FAILED, item__process_id__in=processes)
    if before is not None:
        effects = effects.filter(pk__lt=before)
    return list(effects.select_related("item").order_by("-pk")[: FAILED_ROWS + 1])


def claimed_in(processes: Sequence[str]) -> list[Task]:
    """Tasks that people hold in these processes, by person."""
    return list(
        Task.objects.filter(state=Task.State.CLAIMED, queue__process_id__in=processes)
        .select_related("item", "queue", "claimed_by")
        .order_by("claimed_by__first_name", "claimed_by__username", "lease_until")[:200]
    )


def people_serving(queues: Sequence[Queue]) -> dict[int, list[User]]:
    """Queue id to the active people whose roles let them serve it, by name."""
    wanted = {(queue.process_id, serve_permission(queue.role)) for queue in queues}
    condition = Q(pk__in=[])
    for process, codename in wanted:
        condition |= Q(
            groups__groupobjectpermission__object_pk=process,
            groups__groupobjectpermission__permission__codename=codename,
        )
    people = (
        User.objects.filter(condition, is_active=True)
        .annotate(
            on=F("groups__groupobjectpermission__object_pk"),
            may=F("groups__groupobjectpermission__permission__codename"),
        )
        .order_by("first_name", "username")
        .distinct()
    )
    found: dict[int, list[User]] = {queue.pk: [] for queue in queues}
    for person in people:
        pair = (person.on, person.may)
        for queue in queues:
            if pair == (queue.process_id, serve_permission(queue.role)):
                found[queue.pk].append(person)
    return found
