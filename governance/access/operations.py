"""Starting, answering and finishing a review of access."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from governance.access.acts import last_acts
from governance.access.held import live_keys
from governance.access.models import AccessReview, AccessReviewLine
from governance.errors import Conflict, InvalidInput, NotAllowed
from governance.ledger import operations as ledger
from governance.roles.keys import revoke_key
from governance.roles.models import User
from governance.roles.operations import revoke_role
from governance.roles.queries import roles_in
from governance.roles.roles import Role

REVIEW_DAYS = 14  # how long a review may take before it is late


@transaction.atomic
def start(*, process: str, actor: User, days: int = REVIEW_DAYS) -> AccessReview:
    """Write down who holds what, and which keys are live, now.

    Raises Conflict while another review is open there.
    """
    now = timezone.now()
    try:
        with transaction.atomic():
            review = AccessReview.objects.create(
                process_id=process,
                started_by=actor,
                started_at=now,
                due_at=now + timedelta(days=days),
            )
    except IntegrityError:
        raise Conflict("A review of this process is open already.") from None
    lines = [*_role_lines(review), *_key_lines(review)]
    AccessReviewLine.objects.bulk_create(lines)
    _record("access.review_started", review, actor, {"lines": len(lines)})
    return review


def _role_lines(review: AccessReview) -> list[AccessReviewLine]:
    held = roles_in(review.process_id)
    acts = last_acts(review.process_id, [(person.pk, role) for person, role in held])
    return [
        AccessReviewLine(
            review=review,
            person=person,
            role=role.value,
            last_sign_in_at=person.last_login,
            last_act_at=acts.get((person.pk, role.value)),
        )
        for person, role in held
    ]


def _key_lines(review: AccessReview) -> list[AccessReviewLine]:
    return [
        AccessReviewLine(review=review, person=key.user, key=key, last_act_at=key.last_used_at)
        for key in live_keys(review.process_id)
    ]


@transaction.atomic
def answer(*, line_id: UUID, answer: str, actor: User) -> AccessReviewLine:
    """Confirm a role or key, or take it back; each line is answered once, and not by its person.

    Raises InvalidInput for another answer, NotAllowed for one's own line, Conflict where it was
    answered or the review is over.
    """
    if answer not in AccessReviewLine.Answer.values:
        raise InvalidInput("Confirm or revoke.")
    locked = AccessReviewLine.objects.select_for_update(of=("self",))
    line = locked.select_related("review__process", "person", "key").get(pk=line_id)
    if line.person_id == actor.pk:
        raise NotAllowed("Nobody reviews their own access.")
    if line.answer or line.review.finished_at is not None:
        raise Conflict("This line was answered already.")
    line.answer, line.answered_by, line.answered_at = answer, actor, timezone.now()
    line.save(update_fields=["answer", "answered_by", "answered_at"])
    if answer == AccessReviewLine.Answer.REVOKE:
        _take_back(line, f"user:{actor.pk}")
    said = {"answer": answer}
    if line.key is not None:
        said["key"] = line.key.prefix
    else:
        said |= {"user": str(line.person_id), "role": line.role}
    _record("access.reviewed", line.review, actor, said)
    return line


def _take_back(line: AccessReviewLine, actor: str) -> None:
    """End the role or key of a line, where it has not ended meanwhile."""
    if line.key is not None:
        if line.key.revoked_at is None:
            revoke_key(key_id=line.key.pk, actor=actor)
    elif line.person is not None:
        role, process = Role(line.role), line.review.process
        revoke_role(
            user=line.person, role=role, process=process, actor=actor, reason="By a review."
        )


@transaction.atomic
def finish(*, review_id: UUID, actor: User) -> AccessReview:
    """Close a review of which every line is answered. Raises Conflict before that, and twice."""
    locked = AccessReview.objects.select_for_update(of=("self",))
    review = locked.get(pk=review_id)
    if review.finished_at is not None:
        raise Conflict("This review is finished already.")
    if review.lines.filter(answer="").exists():
        raise Conflict("Some lines are not answered yet.")
    review.finished_at = timezone.now()
    review.save(update_fields=["finished_at"])
    _record("access.review_finished", review, actor, {})
    return review


def _record(kind: str, review: AccessReview, actor: User, data: Mapping[str, object]) -> None:
    ledger.append(
        kind,
        process=review.process_id,
        actor=f"user:{actor.pk}",
        data={"review": str(review.pk), **data},
    )
