"""Effects that failed for good and wait for a person."""

from collections.abc import Sequence
from uuid import UUID

from review.models import Effect


def failed(processes: Sequence[str], *, before: UUID | None = None, limit: int) -> list[Effect]:
    """Failed effects of these processes, newest first."""
    effects = Effect.objects.filter(state=Effect.State.FAILED, item__process_id__in=processes)
    if before is not None:
        effects = effects.filter(pk__lt=before)
    return list(effects.order_by("-pk")[:limit])
