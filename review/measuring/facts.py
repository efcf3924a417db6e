"""What is known of a version from its calls and from what people decided about its answers.

Bounded: the newest CALLS calls are looked at, and of them the newest DECIDED that were judged,
whatever number the version has answered. Only counts and figures leave here, never a value.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection

from governance.privacy.vault.vault import Vault
from review.measuring.judgements import JUDGEMENT_SQL, RATE_SQL
from review.measuring.scores import Bin, Scored, bins, brier, calibration
from review.measuring.weighting import Strata, estimate

CALLS = 20_000
DECIDED = 5_000
ALL_ITEMS, SAMPLES = "all items", "acted alone, sampled blind"
_DIGITS = 6

_CALLS_SQL = """
    SELECT count(*) FILTER (WHERE outcome = 'answered'),
           count(*) FILTER (WHERE outcome <> 'answered'),
           percentile_disc(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY latency_ms)
               FILTER (WHERE outcome = 'answered'),
           coalesce(sum(cost_micros), 0)::bigint,
           coalesce(sum(input_tokens), 0)::bigint,
           coalesce(sum(output_tokens), 0)::bigint
    FROM (SELECT outcome, latency_ms, cost_micros, input_tokens, output_tokens
          FROM review_call WHERE version_id = %s ORDER BY id DESC LIMIT %s) newest
"""
_JUDGED_SQL = f"""
    SELECT i.segment, r.outcome = 'automatic', {RATE_SQL},
           c.output, c.confidence, d.output, d.created_at,
           i.contract_id, i.id, i.seed
    FROM (SELECT id FROM review_call WHERE version_id = %s ORDER BY id DESC LIMIT %s) newest
    JOIN review_candidate c ON c.call_id = newest.id
    JOIN review_route r ON r.candidate_id = c.id
    JOIN review_item i ON i.id = c.item_id
    CROSS JOIN LATERAL ({JUDGEMENT_SQL}) d
    ORDER BY newest.id DESC LIMIT %s
"""  # noqa: S608


@dataclass
class _Slice:
    judged: int = 0
    overridden: int = 0
    strata: Strata = field(default_factory=Strata)

    def add(self, is_overridden: bool, rate: float) -> None:
        self.judged += 1
        self.overridden += is_overridden
        self.strata.add(rate, is_overridden)


@dataclass
class _OfField:
    judged: int = 0
    right: int = 0
    strata: Strata = field(default_factory=Strata)
    scored: list[Scored] = field(default_factory=list)

    def add(self, is_right: bool, confidence: float | None, rate: float) -> None:
        self.judged += 1
        self.right += is_right
        self.strata.add(rate, is_right)
        if confidence is not None:
            self.scored.append(Scored(float(confidence), is_right, rate))


def facts(version_id: UUID) -> dict[str, Any]:
    """The facts of a version as plain JSON; governance.cards.in_use says them in tables.

    An item counts as overridden where it was rejected, or any field of the output in force differs
    from the model's. A field is judged where the item was not rejected.
    """
    slices: dict[str, _Slice] = defaultdict(_Slice)
    fields: dict[str, _OfField] = defaultdict(_OfField)
    moments = []
    not_drawn = 0
    for segment, is_alone, rate, answer, confidence, output, at in _judged(version_id):
        if rate is None:
            not_drawn += 1
            continue
        moments.append(at)
        is_overridden = output is None or output != answer
        for name in (ALL_ITEMS, f"segment {segment}", *([SAMPLES] if is_alone else [])):
            slices[name].add(is_overridden, rate)
        for name in sorted(answer.keys() | (output or {}).keys()) if output is not None else ():
            is_right = answer.get(name) == output.get(name)
            fields[name].add(is_right, confidence.get(name), rate)
    return {
        "window": {
            "limit": DECIDED,
            "judged": len(moments),
            "not_drawn": not_drawn,
            "since": min(moments).isoformat() if moments else None,
            "until": max(moments).isoformat() if moments else None,
        },
        "calls": _calls(version_id),
        "overrides": [_override(name, one) for name, one in _ordered(slices.items())],
        "fields": [_of_field(name, one) for name, one in sorted(fields.items())],
    }


def _ordered(slices: Iterable[tuple[str, _Slice]]) -> list[tuple[str, _Slice]]:
    """All items first, then samples, then segments by name."""
    return sorted(slices, key=lambda one: (one[0] != ALL_ITEMS, one[0] != SAMPLES, one[0]))


def _judged(version_id: UUID) -> Iterator[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(_JUDGED_SQL, [version_id, CALLS, DECIDED])
        while rows := cursor.fetchmany(500):
            for segment, is_alone, rate, answer, confidence, output, at, *owner in rows:
                vault = Vault(*owner)
                yield (
                    segment,
                    is_alone,
                    rate,
                    vault.open("output", json.loads(answer)),
                    json.loads(confidence),
                    None if output is None else vault.open("output", json.loads(output)),
                    at,
                )


def _calls(version_id: UUID) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(_CALLS_SQL, [version_id, CALLS])
        answered, failed, latency, cost, given, got = cursor.fetchone()
    return {
        "limit": CALLS,
        "answered": answered,
        "failed": failed,
        "latency_ms": dict(zip(("median", "p95", "p99"), latency, strict=True))
        if latency
        else None,
        "cost_micros": cost,
        "input_tokens": given,
        "output_tokens": got,
    }


def _override(name: str, one: _Slice) -> dict[str, Any]:
    found = estimate(one.strata)
    return {
        "slice": name,
        "judged": one.judged,
        "overridden": one.overridden,
        "rate": round(found.value, _DIGITS),
        "low": round(found.low, _DIGITS),
        "high": round(found.high, _DIGITS),
    }


def _of_field(name: str, one: _OfField) -> dict[str, Any]:
    found, binned = estimate(one.strata), bins(one.scored)
    error = calibration(binned) if binned else None
    return {
        "field": name,
        "judged": one.judged,
        "right": one.right,
        "accuracy": round(found.value, _DIGITS),
        "low": round(found.low, _DIGITS),
        "high": round(found.high, _DIGITS),
        "brier": round(brier(one.scored), _DIGITS) if one.scored else None,
        "ece": round(error.value, _DIGITS) if error else None,
        "ece_low": round(error.low, _DIGITS) if error else None,
        "ece_high": round(error.high, _DIGITS) if error else None,
        "bins": [_bin(part) for part in binned],
    }


def _bin(part: Bin) -> dict[str, Any]:
    found = estimate(part.strata)
    return {
        "from": round(part.low, _DIGITS),
        "to": round(part.high, _DIGITS),
        "count": part.count,
        "confidence": round(part.confidence, _DIGITS),
        "accuracy": round(found.value, _DIGITS),
        "low": round(found.low, _DIGITS),
        "high": round(found.high, _DIGITS),
    }
