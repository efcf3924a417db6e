"""Do a contract's checks hold of an output? Those that need the other items are asked here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from django.utils import timezone

from governance.contracts.agreement import Agreement, CheckSpec, given_of
from governance.contracts.rules import Given, Verdict, verdict_of
from governance.contracts.rules.registry import HOLDS, fails
from review.documents.duplicates import near_duplicates, same_file
from review.documents.models import Document
from review.duplicates import operations as duplicates
from review.items.models import Item
from review.routing import FailedCheck, Outcome


def tested(agreement: Agreement, item: Item, output: Mapping[str, Any]) -> dict[str, Verdict]:
    """The verdicts of the tests that look at this output alone, by check.

    Screening a name against a long list takes a tenth of a second, so this is asked before the
    transaction that keeps the output.
    """
    return {
        check.name: verdict_of(check.test, given)
        for check, given in _given(agreement, item, output)
        if check.test not in AMONG_ITEMS
    }


def failed_checks(
    agreement: Agreement,
    item: Item,
    output: Mapping[str, Any],
    answers: Mapping[str, Verdict] | None = None,
) -> tuple[FailedCheck, ...]:
    """The contract's checks that do not hold for this output, in the contract's order.

    Must run in the transaction that keeps the output, with the item's row locked: the tests for
    duplicates claim what they compare. answers are the verdicts of `tested`, where at hand.
    """
    among_items = {
        check.name: AMONG_ITEMS[check.test](item, agreement, check, given)
        for check, given in _given(agreement, item, output)
        if check.test in AMONG_ITEMS
    }
    failed = agreement.failed_checks(
        item=_names(item),
        input=item.payload,
        output=output,
        day=day_of(item),
        answers={**(answers or {}), **among_items},
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


def _names(item: Item) -> dict[str, Any]:
    return {"priority": item.priority, "segment": item.segment, "external_id": item.external_id}


def _given(
    agreement: Agreement, item: Item, output: Mapping[str, Any]
) -> Iterator[tuple[CheckSpec, Given]]:
    context = {"item": _names(item), "input": item.payload, "output": output}
    for check in agreement.checks:
        if check.test:
            yield check, given_of(check, context, day_of(item))


def _duplicate(item: Item, agreement: Agreement, check: CheckSpec, given: Given) -> Verdict:
    is_taken = duplicates.claim(item, agreement, check, given.values)
    return fails("seen_before") if is_taken else HOLDS


def _near_duplicate(item: Item, agreement: Agreement, check: CheckSpec, given: Given) -> Verdict:
    """Whether no document of the item is the same file as, or reads nearly like, one that came
    with another item. Rejected items do not count."""
    bits = int(given.options.get("bits") or 0)
    documents = Document.objects.filter(item=item, state=Document.State.READY)
    is_copy = any(
        same_file(item.process_id, sha256, item.pk, limit=1)
        or near_duplicates(item.process_id, mark, item.pk, max_distance=bits, limit=1)
        for mark, sha256 in documents.values_list("fingerprint", "sha256")
    )
    return fails("near_copy") if is_copy else HOLDS


# Tests of the item among the process's others.
AMONG_ITEMS: dict[str, Callable[[Item, Agreement, CheckSpec, Given], Verdict]] = {
    duplicates.TEST: _duplicate,
    "near_duplicate": _near_duplicate,
}


def day_of(item: Item) -> date:
    """The day an item came in, in the installation's time zone: what dates are judged by."""
    return timezone.localtime(item.received_at).date()
