"""Do a contract's checks hold of an output? Those that need the other items are asked here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.utils import timezone

from governance.contracts.agreement import Agreement, CheckSpec, given_of
from governance.contracts.rules import Given, Verdict
from review.items.models import Item
from review.routing import FailedCheck, Outcome

# Tests of the item among the process's others: test -> (item, check, what it looks at) -> verdict.
AMONG_ITEMS: dict[str, Callable[[Item, CheckSpec, Given], Verdict]] = {}


def failed_checks(
    agreement: Agreement, item: Item, output: Mapping[str, Any]
) -> tuple[FailedCheck, ...]:
    """The contract's checks that do not hold for this output, in the contract's order.

    Must run in the transaction that keeps the output, with the item's row locked: the tests for
    duplicates claim what they compare.
    """
    names = {
        "priority": item.priority,
        "segment": item.segment,
        "external_id": item.external_id,
    }
    day = day_of(item)
    context = {"item": names, "input": item.payload, "output": output}
    answers = {
        check.name: AMONG_ITEMS[check.test](item, check, given_of(check, context, day))
        for check in agreement.checks
        if check.test in AMONG_ITEMS
    }
    failed = agreement.failed_checks(
        item=names, input=item.payload, output=output, day=day, answers=answers
    )
    return tuple(
        FailedCheck(
            name=check.name,
            message=check.message,
            otherwise=Outcome(check.otherwise),
            fields=check.fields,
            detail=verdict.detail,
            numbers=verdict.numbers,
        )
        for check, verdict in failed
    )


def day_of(item: Item) -> date:
    """The day an item came in, in the installation's time zone: what dates are judged by."""
    return timezone.localtime(item.received_at).date()
