"""How a shadow compares with the champion: where they agree, and who was right.

Both answered the same items, so that they are compared in pairs. Items are weighted by how likely
it was that people judge them; that they were drawn for the shadow was equally likely for all. What
still waits for people is left out: whoever reads the figures may be the one who is asked.

Bounded: the newest PAIRS answers of a shadow are looked at, whatever number there are. Only counts
and figures leave here.
"""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from governance.catalogue.models import Deployment
from governance.privacy.vault import keys
from governance.privacy.vault.vault import Vault
from governance.shares import share
from review.measuring.judgements import JUDGEMENT_SQL, RATE_SQL
from review.measuring.weighting import Estimate, Strata, estimate
from review.models import ShadowCandidate, ShadowComparison

PAIRS = 2_000
STILL_DECIDED = timedelta(days=7)  # after its end, people still decide what it answered
COUNTED = 50_000
_DIGITS = 6
_COUNTS_SQL = """
    SELECT state, count(*) FROM (
        SELECT state FROM review_shadowcandidate WHERE deployment_id = %s
        ORDER BY drawn_at DESC LIMIT %s) newest
    GROUP BY state
"""
_PAIRS_SQL = f"""
    SELECT {RATE_SQL}, s.output, c.output, d.created_at IS NOT NULL, d.output,
           coalesce(d.is_blind, false), s.ended_at, own.latency_ms, own.cost_micros,
           theirs.latency_ms, theirs.cost_micros, i.contract_id, i.id, i.seed
    FROM (SELECT id, item_id, call_id, output, ended_at FROM review_shadowcandidate
          WHERE deployment_id = %s AND state = 'answered' ORDER BY id DESC LIMIT %s) s
    JOIN review_item i ON i.id = s.item_id AND i.content_erased_at IS NULL
        AND i.ended_at IS NOT NULL
    JOIN review_call own ON own.id = s.call_id
    LEFT JOIN review_route r ON r.item_id = i.id
    LEFT JOIN review_candidate c ON c.id = r.candidate_id
    LEFT JOIN review_call theirs ON theirs.id = c.call_id
    LEFT JOIN LATERAL ({JUDGEMENT_SQL}) d ON true
    ORDER BY s.id DESC
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Pair:
    """One item that both answered. decided is None where it was rejected."""

    shadow: Mapping[str, Any]
    champion: Mapping[str, Any] | None
    is_judged: bool
    decided: Mapping[str, Any] | None
    is_blind: bool
    rate: float | None
    at: datetime
    latency_ms: tuple[int, int | None]
    cost_micros: tuple[int, int | None]


@dataclass
class Counts:
    """Of pairs that people judged: who of the two was right, by the rate at which they were."""

    both: Counter[float] = field(default_factory=Counter)
    only_shadow: Counter[float] = field(default_factory=Counter)
    only_champion: Counter[float] = field(default_factory=Counter)
    neither: Counter[float] = field(default_factory=Counter)

    def add(self, is_shadow_right: bool, is_champion_right: bool, rate: float) -> None:
        if is_shadow_right and is_champion_right:
            self.both[rate] += 1
        elif is_shadow_right:
            self.only_shadow[rate] += 1
        elif is_champion_right:
            self.only_champion[rate] += 1
        else:
            self.neither[rate] += 1

    @property
    def judged(self) -> Counter[float]:
        return self.both + self.only_shadow + self.only_champion + self.neither

    def as_dict(self) -> dict[str, Any]:
        return {
            "judged": self.judged.total(),
            "both": self.both.total(),
            "only_shadow": self.only_shadow.total(),
            "only_champion": self.only_champion.total(),
            "neither": self.neither.total(),
            "shadow": _interval(estimate(self._right(self.only_shadow))),
            "champion": _interval(estimate(self._right(self.only_champion))),
            "ahead": round(self._ahead(), _DIGITS),
            "p": round(self.chance(), _DIGITS),
        }

    def _right(self, alone: Counter[float]) -> Strata:
        return Strata(seen=self.judged, holds=self.both + alone)

    def _ahead(self) -> float:
        """By how much of the whole the shadow is right more often than the champion; -1 to 1."""
        whole = sum(count / rate for rate, count in self.judged.items())
        if not whole:
            return 0.0
        differing = self.only_shadow + self.only_champion
        return (
            sum((self.only_shadow[rate] - self.only_champion[rate]) / rate for rate in differing)
            / whole
        )

    def chance(self) -> float:
        """How often two that are equally good differ at least so unevenly: from 0 to 1.

        Exact where all were judged at one rate. With several, by the normal limit of the weighted
        difference, whose variance if both are equally good is the sum of the squared weights of
        the pairs that differ.
        """
        differing = self.only_shadow + self.only_champion
        if len(self.judged) < 2:
            return chance(self.only_shadow.total(), self.only_champion.total())
        variance = sum(count / rate**2 for rate, count in differing.items())
        if not variance:
            return 1.0
        ahead = sum((self.only_shadow[r] - self.only_champion[r]) / r for r in differing)
        return math.erfc(abs(ahead) / math.sqrt(2 * variance))


def chance(one: int, other: int) -> float:
    """How often two that are equally good differ at least so unevenly: from 0 to 1.

    one and other count the pairs in which only the one, only the other was right. Two-sided and
    exact. Source: McNemar, Psychometrika 12 (1947), with the binomial in place of its limit.
    """
    total, least = one + other, min(one, other)
    tail = sum(math.comb(total, at) for at in range(least + 1))
    return min(1.0, 2 * tail / 2**total)


def stepped(chances: Sequence[float]) -> list[float]:
    """The same for several looked at together, so that any falsely below 5% is as rare as 5%.

    Source: Holm, Scandinavian Journal of Statistics 6 (1979).
    """
    order = sorted(range(len(chances)), key=lambda at: chances[at])
    found, least = [0.0] * len(chances), 0.0
    for rank, at in enumerate(order):
        least = max(least, min(1.0, (len(chances) - rank) * chances[at]))
        found[at] = least
    return found


def due() -> list[Deployment]:
    """Shadows whose figures may have changed: what runs, and what ended a short while ago."""
    lately = timezone.now() - STILL_DECIDED
    rows = Deployment.objects.filter(role=Deployment.Role.SHADOW)
    return list(rows.filter(Q(until__isnull=True) | Q(until__gt=lately)).order_by("since"))


def compare(deployment: Deployment) -> ShadowComparison:
    """Compare a shadow with the champion by its newest pairs, and keep what was found."""
    began_at = timezone.now()
    kept, _ = ShadowComparison.objects.update_or_create(
        deployment=deployment,
        defaults={"figures": figures(deployment.pk), "compared_at": began_at},
    )
    return kept


def figures(deployment_id: UUID) -> dict[str, Any]:
    """The comparison as plain JSON.

    Agreement counts what both answered, whether or not people judged it. Right is what the output
    in force says, an output where every field is; a rejected item says nothing of fields. An item
    was judged blind where who decided it had not seen the champion's answer, which otherwise leans
    people towards it.
    """
    agree, fields = Strata(), defaultdict[str, Counts](Counts)
    agree_on: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    whole, blind = Counts(), Counts()
    rejected = not_drawn = alone = 0
    pairs = list(_pairs(deployment_id))
    for pair in pairs:
        if pair.champion is None:
            alone += 1
            continue
        said = sorted(pair.shadow.keys() | pair.champion.keys())
        differing = [one for one in said if pair.shadow.get(one) != pair.champion.get(one)]
        agree.add(1.0, not differing)
        for name in said:
            agree_on[name][0] += 1
            agree_on[name][1] += name not in differing
        if not pair.is_judged:
            continue
        if pair.decided is None:
            rejected += 1
        elif pair.rate is None:
            not_drawn += 1
        else:
            _judge(pair, pair.champion, pair.decided, pair.rate, fields, whole, blind)
    names = sorted(agree_on)
    return {
        "counts": {"limit": COUNTED, **_counts(deployment_id)},
        "window": {
            "limit": PAIRS,
            "answered": len(pairs),
            "without_candidate": alone,
            "rejected": rejected,
            "not_drawn": not_drawn,
            "since": min(one.at for one in pairs).isoformat() if pairs else None,
            "until": max(one.at for one in pairs).isoformat() if pairs else None,
        },
        "agreement": {"compared": sum(agree.seen.values()), **_interval(estimate(agree))},
        "calls": _calls(pairs),
        "all": whole.as_dict(),
        "blind": blind.as_dict(),
        "fields": [
            {
                "field": name,
                **_agreed(*agree_on[name]),
                **fields[name].as_dict(),
                "p": round(p, _DIGITS),
            }
            for name, p in zip(names, stepped([fields[one].chance() for one in names]), strict=True)
        ],
    }


def _judge(
    pair: Pair,
    champion: Mapping[str, Any],
    decided: Mapping[str, Any],
    rate: float,
    fields: Mapping[str, Counts],
    whole: Counts,
    blind: Counts,
) -> None:
    answers = (pair.shadow, champion)
    right = [True, True]
    for name in sorted(pair.shadow.keys() | champion.keys() | decided.keys()):
        told = [one.get(name) == decided.get(name) for one in answers]
        fields[name].add(told[0], told[1], rate)
        right = [so_far and part for so_far, part in zip(right, told, strict=True)]
    for counts in (whole, *([blind] if pair.is_blind else [])):
        counts.add(right[0], right[1], rate)


def _agreed(compared: int, agreeing: int) -> dict[str, Any]:
    found = share(agreeing, compared)
    return {
        "compared": compared,
        "agree": round(found.value, _DIGITS),
        "agree_low": round(found.low, _DIGITS),
        "agree_high": round(found.high, _DIGITS),
    }


def _interval(found: Estimate) -> dict[str, float]:
    return {
        "value": round(found.value, _DIGITS),
        "low": round(found.low, _DIGITS),
        "high": round(found.high, _DIGITS),
    }


def _calls(pairs: list[Pair]) -> dict[str, Any]:
    """Latency and cost of both on the same items; null where there are none."""
    both = [one for one in pairs if one.latency_ms[1] is not None]
    if not both:
        return {"compared": 0, "shadow": None, "champion": None}
    return {
        "compared": len(both),
        "shadow": _spent([(one.latency_ms[0], one.cost_micros[0]) for one in both]),
        "champion": _spent([(one.latency_ms[1] or 0, one.cost_micros[1] or 0) for one in both]),
    }


def _spent(calls: list[tuple[int, int]]) -> dict[str, Any]:
    ordered = sorted(latency for latency, _ in calls)
    return {
        "latency_ms": {
            "median": round(median(ordered)),
            "p95": ordered[math.ceil(0.95 * len(ordered)) - 1],
        },
        "cost_micros": sum(cost for _, cost in calls),
    }


def _pairs(deployment_id: UUID) -> Iterator[Pair]:
    ready: set[UUID] = set()
    with connection.cursor() as cursor:
        cursor.execute(_PAIRS_SQL, [deployment_id, PAIRS])
        while rows := cursor.fetchmany(500):
            for row in rows:
                rate, own, theirs, is_judged, decided, is_blind, at, *spent, owner, item, seed = row
                if owner not in ready:
                    keys.ready(owner)
                    ready.add(owner)
                vault = Vault(owner, item, seed)
                yield Pair(
                    shadow=vault.open("output", json.loads(own)),
                    champion=None if theirs is None else vault.open("output", json.loads(theirs)),
                    is_judged=is_judged,
                    decided=None if decided is None else vault.open("output", json.loads(decided)),
                    is_blind=is_blind,
                    rate=rate,
                    at=at,
                    latency_ms=(spent[0], spent[2]),
                    cost_micros=(spent[1], spent[3]),
                )


def _counts(deployment_id: UUID) -> dict[str, int]:
    """How many of the newest items that were drawn stand where."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS_SQL, [deployment_id, COUNTED])
        found = dict(cursor.fetchall())
    return {state: found.get(state, 0) for state in ShadowCandidate.State.values}
