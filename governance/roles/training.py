"""Recording that people were trained to oversee a process."""

from datetime import date

from django.db import IntegrityError, transaction
from django.utils import timezone

from governance.errors import Conflict, InvalidInput, NotAllowed
from governance.ledger import operations as ledger
from governance.models import Process, Training, User


@transaction.atomic
def record_training(
    *,
    user: User,
    process: Process,
    title: str,
    completed_on: date,
    valid_until: date | None,
    actor: User,
) -> Training:
    """Attest a training of somebody else. Raises InvalidInput, NotAllowed for one's own, and
    Conflict for one that is recorded already."""
    errors: dict[str, str] = {}
    title = title.strip()
    if not 0 < len(title) <= 200:
        errors["title"] = "1 to 200 characters."
    if completed_on > timezone.now().date():
        errors["completed_on"] = "Not in the future."
    if valid_until is not None and valid_until < completed_on:
        errors["valid_until"] = "Not before it was completed."
    if errors:
        raise InvalidInput("This is no record of a training.", errors)
    if user.pk == actor.pk:
        raise NotAllowed("Somebody else has to attest your training.")
    try:
        with transaction.atomic():
            training = Training.objects.create(
                user=user,
                process=process,
                title=title,
                completed_on=completed_on,
                valid_until=valid_until,
                recorded_by=actor,
                recorded_at=timezone.now(),
            )
    except IntegrityError:
        raise Conflict("This training is recorded already.") from None
    ledger.append(
        "training.recorded",
        process=process.slug,
        actor=f"user:{actor.pk}",
        data={
            "training": str(training.pk),
            "user": str(user.pk),
            "completed_on": completed_on.isoformat(),
            "valid_until": valid_until.isoformat() if valid_until else None,
        },
    )
    return training
