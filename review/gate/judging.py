"""The checks of a gate that take their time: tests, own functions, a second model.

Called outside any transaction. Whatever goes wrong holds the output: a check that could not be made
says nothing good of it.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import structlog
from django.conf import settings

from governance.catalogue import queries as catalogue
from governance.contracts import conditions
from governance.contracts.agreement import (
    Agreement,
    GateCheck,
    SecondOpinion,
    agreement_of,
    given_of,
)
from governance.contracts.rules.registry import Verdict, verdict_of
from integrations.errors import TransientError
from integrations.providers.base import Proposal, ProposalRequest, ProviderPermanent
from review.documents import giving
from review.gate.holding import Reasons, context_of, reason_of
from review.gate.models import GateHold
from review.items.checking import day_of
from review.models import Item

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Output:
    """What a function of one's own is given; it returns a Verdict, or whether the output may go."""

    process: str
    item: Mapping[str, Any]
    input: Mapping[str, Any]
    output: Mapping[str, Any]
    day: date


@dataclass(frozen=True, slots=True)
class Judged:
    """Reasons to hold, none to let go; proposals are the second models' answers, to be kept."""

    reasons: Reasons
    proposals: tuple[Proposal, ...] = ()


@dataclass(frozen=True, slots=True)
class TryAgain:
    """A check failed for now; error names its kind and holds no content."""

    error: str
    retry_after_seconds: float | None = None


@dataclass(slots=True)
class _Bench:
    """One output on the bench: what is looked at, and what has come of it so far."""

    agreement: Agreement
    item: Item
    output: Mapping[str, Any]
    proposals: list[Proposal] = field(default_factory=list)


def judge(hold: GateHold, *, is_last: bool) -> Judged | TryAgain:
    """Make a hold's slow checks. With is_last a failure for now holds like one for good."""
    item = Item.objects.get(pk=hold.item_id)
    agreement = agreement_of(item.contract_id)
    assert agreement.gate is not None
    decision = item.decisions.get(pk=hold.decision_id)
    bench = _Bench(agreement, item, decision.output or {})
    reasons: Reasons = []
    for check in agreement.gate.checks:
        if check.is_quick:
            continue
        try:
            reasons += _judge(check, bench)
        except TransientError as error:
            if not is_last:
                return TryAgain(type(error).__name__, error.retry_after_seconds)
            reasons.append(_broke(check, "it failed too often"))
        except Exception as error:
            log.error("gate_check_broke", check=check.name, error=type(error).__name__)
            reasons.append(_broke(check, type(error).__name__))
    return Judged(reasons, tuple(bench.proposals))


def abandoned(hold: GateHold) -> Judged:
    """What holds an output whose checks ended one worker after another."""
    item = Item.objects.only("contract_id").get(pk=hold.item_id)
    gate = agreement_of(item.contract_id).gate
    assert gate is not None
    slow = (check for check in gate.checks if not check.is_quick)
    return Judged([_broke(check, "worker lost") for check in slow])


def _broke(check: GateCheck, error: str) -> dict[str, Any]:
    return reason_of(check, "gate_check_broke", error=error)


def _judge(check: GateCheck, bench: _Bench) -> Reasons:
    if check.second_opinion is not None:
        return _second_opinion(check, check.second_opinion, bench)
    context, day = context_of(bench.item, bench.output), day_of(bench.item)
    if check.check is not None:
        verdict = verdict_of(check.check.test, given_of(check.check, context, day))
    else:
        verdict = _own(check.callable, Output(bench.item.process_id, day=day, **context))
    if verdict.holds:
        return []
    told = {"detail": verdict.detail, **verdict.numbers} if verdict.detail else {}
    return [reason_of(check, **told)]


def _own(where: str, output: Output) -> Verdict:
    """The answer of a function that the settings name; any other does not run."""
    if where not in settings.GATE_CALLABLES:
        raise LookupError("not in GATE_CALLABLES")
    module, _, name = where.partition(":")
    answer = getattr(importlib.import_module(module), name)(output)
    if isinstance(answer, Verdict):
        return answer
    if not isinstance(answer, bool):
        raise TypeError("neither a Verdict nor true or false")
    return Verdict(answer)


def _second_opinion(check: GateCheck, asked: SecondOpinion, bench: _Bench) -> Reasons:
    """Ask another model the same, and compare; what either says is not told, only where they
    differ."""
    from review.items.proposing import provider

    item, agreement = bench.item, bench.agreement
    version = catalogue.latest(item.process_id, asked.provider)
    documents = giving.given_of([item.pk]) if agreement.documents else {}
    request = ProposalRequest(
        payload=item.payload,
        input_schema=agreement.input_schema,
        output_schema=agreement.output_schema,
        prompt=agreement.candidate.prompt,
        title=agreement.title,
        timeout_seconds=agreement.candidate.timeout_seconds,
        model=version.config if version else {},
        documents=documents.get(item.pk, giving.NOTHING).documents,
    )
    (answer,) = provider(asked.provider).propose_many([request])
    if not isinstance(answer, Proposal):
        raise answer
    if not isinstance(answer.output, dict):
        raise ProviderPermanent("The answer is no output.")
    bench.proposals.append(answer)
    differing = [
        name
        for name in asked.fields
        if not _is_alike(bench.output.get(name), answer.output.get(name))
    ]
    agreed, of = len(asked.fields) - len(differing), len(asked.fields)
    if agreed >= asked.at_least * of:
        return []
    numbers = {"agreed": agreed, "of": of, "fields": differing}
    return [reason_of(check, "gate_second_opinion", **numbers)]


def _is_alike(one: Any, other: Any) -> bool:
    """Equal values; texts but for case and blanks. Nothing and an empty text are the same."""
    return conditions.is_same(_plain(one), _plain(other))


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return " ".join(value.split()).casefold() or None
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    return value
