"""An officer's answer to a held output: release it, or refuse it by a policy."""

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from governance.errors import Conflict, InvalidInput, NotAllowed
from governance.ledger.operations import append_many
from governance.models import PolicyVersion, User
from governance.policies import queries as policies
from governance.policies.texts import heading_of
from governance.privacy.redact import commitment
from review.decisions import operations as decisions
from review.decisions.operations import Undone
from review.effects.changing import let_go
from review.effects.ending import settle_item
from review.gate.holding import event
from review.gate.models import GateHold
from review.models import Decision, Item

MAX_COMMENT_CHARACTERS = 2000


@dataclass(frozen=True, slots=True)
class Citation:
    """A version of a policy, and a heading's anchor in it; "" for the policy as a whole."""

    version: PolicyVersion
    heading: str = ""


@transaction.atomic
def release(*, hold_id: UUID, actor: User, comment: str = "") -> GateHold:
    """Let a held output go: what it causes is sent when the undo window has ended.

    Raises Conflict where it is no longer held, NotAllowed for who decided on the item, and
    InvalidInput for a comment that is too long.
    """
    comment = _comment(comment)
    hold, item = _lock(hold_id)
    _require_four_eyes(hold, actor)
    now = timezone.now()
    hold.state = GateHold.State.RELEASED
    hold.answered_by, hold.answered_at, hold.comment = actor, now, comment
    hold.save(update_fields=["state", "answered_by", "answered_at", "comment"])
    let_go(hold.decision, now=now)
    who = f"user:{actor.pk}"
    told = {"comment": commitment(comment, bytes(item.salt))} if comment else {}
    released = event(hold, "gate.released", actor=who, **told)
    append_many([released, *settle_item(item, now=now, actor=who)])
    return hold


@transaction.atomic
def refuse(*, hold_id: UUID, actor: User, citation: Citation, comment: str) -> Undone:
    """Refuse a held output: its decision is undone, and people decide anew with the officer's note.

    Raises Conflict where it is no longer held or the cited version no longer in force, NotAllowed
    for who decided on the item, and InvalidInput without a comment or for a heading that the
    policy does not have.
    """
    comment = _comment(comment)
    if not comment:
        raise InvalidInput("Say what is wrong with it.", {"comment": "A comment is needed."})
    hold, item = _lock(hold_id)
    _require_four_eyes(hold, actor)
    version = citation.version
    if version not in policies.citable(item.process_id):
        raise Conflict("This version of the policy is not in force here.")
    heading = heading_of(version.text, citation.heading) if citation.heading else None
    if citation.heading and heading is None:
        raise InvalidInput("The policy has no such heading.", {"heading": "is not in the policy"})
    hold.state = GateHold.State.REFUSED
    hold.answered_by, hold.answered_at, hold.comment = actor, timezone.now(), comment
    hold.policy_version = version
    if heading is not None:
        hold.heading, hold.heading_title = heading.anchor, heading.title[:200]
    hold.save()
    refused = event(
        hold,
        "gate.refused",
        actor=f"user:{actor.pk}",
        policy=version.policy.slug,
        version=version.number,
        digest=version.digest,
        heading=citation.heading,
        comment=commitment(comment, bytes(item.salt)),
    )
    append_many([refused])
    # Locks the same item again, in the same transaction; the hold is answered, not withdrawn.
    return decisions.undo(decision_id=hold.decision_id, actor=actor, is_refused=True)


def cited(process: str, slug: str, heading: str = "", number: int | None = None) -> Citation:
    """The citation of a policy by its name. Raises InvalidInput where none of it is in force."""
    for version in policies.citable(process):
        if version.policy.slug == slug and number in (None, version.number):
            return Citation(version, heading)
    raise InvalidInput(
        "Cite a policy that is in force.", {"policy": "no version of it is in force here"}
    )


def _lock(hold_id: UUID) -> tuple[GateHold, Item]:
    """Lock the item, then its hold. Raises Conflict where it does not wait for an officer."""
    item_id = GateHold.objects.values_list("item_id", flat=True).get(pk=hold_id)
    item = Item.objects.select_for_update().get(pk=item_id)
    hold = (
        GateHold.objects.select_for_update(of=("self",)).select_related("decision").get(pk=hold_id)
    )
    if hold.state != GateHold.State.WAITING:
        raise Conflict(f"This output is {hold.get_state_display()} already.")
    return hold, item


def _require_four_eyes(hold: GateHold, actor: User) -> None:
    if Decision.objects.filter(item_id=hold.item_id, actor=actor).exists():
        raise NotAllowed("You decided on this item; another officer answers for its output.")


def _comment(text: str) -> str:
    text = text.replace("\0", "").strip()
    if len(text) > MAX_COMMENT_CHARACTERS:
        limit = f"At most {MAX_COMMENT_CHARACTERS} characters."
        raise InvalidInput("The comment is too long.", {"comment": limit})
    return text
