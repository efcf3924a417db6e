"""Who is told of what happens: called by the operations that make it so, in their transaction."""

from uuid import UUID

from governance.models import User
from governance.roles.queries import people_who_may
from governance.roles.roles import serve_permission
from review.models import Decision, Effect, Item, Notice, Queue
from review.notices.operations import notify
from review.notices.texts import REFUSED


def effect_failed(effect: Effect, item: Item) -> None:
    """Tell those who may send the effect again or give it up."""
    people = people_who_may(item.process_id, "operate_effects")
    key = f"effect:{effect.pk}:{effect.attempts}"
    notify([one.pk for one in people], Notice.Kind.EFFECT_FAILED, item=item, key=key)


def decision_changed(
    decision: Decision, item: Item, actor: User, *, is_refused: bool = False
) -> None:
    """Tell a person that another undid or amended what they decided, or refused it at the gate."""
    if decision.actor_id is None or decision.actor_id == actor.pk:
        return
    key = f"{REFUSED if is_refused else 'changed:'}{decision.pk}"
    notify([decision.actor_id], Notice.Kind.DECISION_CHANGED, item=item, key=key)


def queue_paused(queue: Queue, actor: str, entry: UUID) -> None:
    """Tell those who serve a queue that it hands nothing out, but for who paused it."""
    people = people_who_may(queue.process_id, serve_permission(queue.role))
    others = [one.pk for one in people if f"user:{one.pk}" != actor]
    notify(others, Notice.Kind.QUEUE_PAUSED, queue=queue, key=f"paused:{entry}")
