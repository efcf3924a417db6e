"""What speaks against giving items back to the model that went to people for a halt."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from governance.approvals.queries import obstacles
from review.items.giving_back import is_for_halt_alone
from review.models import Candidate


def speaks_against(
    items: Collection[UUID],
    candidates: Mapping[UUID, UUID | None],
    routes: Mapping[UUID, Sequence[Mapping[str, Any]]],
) -> dict[UUID, str]:
    """Why items are not given back, as a name of choosing.REASONS; those without one are left out.

    What keeps a version from acting under a contract is asked once for each pair.
    """
    known: dict[tuple[str, UUID | None, UUID], bool] = {}
    origins = {
        row[0]: row[1:]
        for row in Candidate.objects.filter(
            pk__in=[pk for pk in candidates.values() if pk]
        ).values_list("item_id", "item__process_id", "call__version_id", "item__contract_id")
    }
    found = {}
    for item in items:
        if not is_for_halt_alone(routes.get(item, ())):
            found[item] = "not_halt_alone"
        elif candidates.get(item) is None:
            found[item] = "no_candidate"
        else:
            origin = origins[item]
            if origin not in known:
                process, version, contract = origin
                known[origin] = version is None or bool(obstacles(process, version, contract))
            if known[origin]:
                found[item] = "may_not_act"
    return found
