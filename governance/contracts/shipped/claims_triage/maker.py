"""Made-up damage reports, with what a careful clerk would decide.

What is decided follows from how bad the damage is and how odd the report looks, neither of which
the form states: both show through amount, dates, police report, earlier claims and wording, each
only with some probability. So the form alone is not enough, nor the text, nor both always.
"""

from __future__ import annotations

import datetime
import math
import random
from collections.abc import Iterator

from governance.contracts.shipped.claims_triage.phrases import (
    EXTENT,
    HARMLESS,
    INJURIES,
    ODDITIES,
    PLACES,
    REGIONS,
    STORIES,
)
from governance.contracts.shipped.sample import Sample

SEVERITIES = ("minor", "moderate", "major", "catastrophic")
SIGNS = ("none", "weak", "strong")
# Shares of 100 reports.
SEVERITY_SHARES = (50, 30, 15, 5)
SIGN_SHARES = (80, 12, 8)
# Median claim in the policy's currency and spread (of its logarithm) by severity.
AMOUNTS = ((600, 0.6), (3_800, 0.5), (24_000, 0.5), (160_000, 0.5))
BANDS = (
    (1_000, "up_to_1000"),
    (5_000, "up_to_5000"),
    (25_000, "up_to_25000"),
    (100_000, "up_to_100000"),
    (math.inf, "above_100000"),
)
# Chance of an injury by severity; a report of an injury to others always has one.
INJURY_CHANCES = (0.03, 0.12, 0.35, 0.55)
CAN_INJURE = frozenset({"collision", "fire", "storm"})
CRIMES = frozenset({"theft", "vandalism"})
FIRST_DAY = datetime.date(2024, 1, 1)
DAYS = 700


def make(count: int, seed: int) -> Iterator[Sample]:
    """count samples; the same count and seed give the same ones, on every machine."""
    chance = random.Random(f"claims-triage {seed}")  # noqa: S311  sample data, not secrets
    for number in range(1, count + 1):
        yield _sample(chance, f"CL-{seed}-{number:06d}")


def _sample(chance: random.Random, external_id: str) -> Sample:
    severity = chance.choices(range(4), SEVERITY_SHARES)[0]
    sign = chance.choices(range(3), SIGN_SHARES)[0]
    loss_type = chance.choice(list(STORIES))
    if loss_type in {"baggage", "vandalism"}:
        severity = min(severity, 1)
    policies, stories = STORIES[loss_type]
    median, spread = AMOUNTS[severity]
    # An invented claim is rarely a small one.
    amount = round(chance.lognormvariate(math.log(median * (1, 1.2, 1.6)[sign]), spread), 2)
    is_injured = loss_type in {"injury_to_others", "illness"} or (
        loss_type in CAN_INJURE and chance.random() < INJURY_CHANCES[severity]
    )
    lost = FIRST_DAY + datetime.timedelta(days=chance.randrange(DAYS))
    payload = {
        "policy_type": chance.choice(policies),
        "loss_type": loss_type,
        "loss_date": lost.isoformat(),
        "reported_date": (lost + _delay(chance, sign)).isoformat(),
        "claimed_amount": amount,
        "injury": is_injured,
        "police_report": _is_reported(chance, loss_type, severity, sign),
        "prior_claims": _prior_claims(chance, sign),
        "region": chance.choice(REGIONS),
        "description": _description(chance, stories, severity, sign, is_injured=is_injured),
    }
    if chance.random() < 0.08:
        del payload["prior_claims"]
    output = {
        "severity": SEVERITIES[severity],
        "route": _route(chance, severity, sign, amount, is_injured=is_injured),
        "fraud_signal": SIGNS[sign],
        "reserve_band": _band(amount),
    }
    return Sample(payload, output, external_id)


def _delay(chance: random.Random, sign: int) -> datetime.timedelta:
    """Days from loss to report: a few as a rule, weeks where something is odd."""
    return datetime.timedelta(days=int(chance.expovariate(1 / (3, 9, 30)[sign])))


def _is_reported(chance: random.Random, loss_type: str, severity: int, sign: int) -> bool:
    if loss_type in CRIMES:
        return chance.random() < (0.93, 0.6, 0.2)[sign]
    return chance.random() < (0.05, 0.15, 0.4, 0.7)[severity]


def _prior_claims(chance: random.Random, sign: int) -> int:
    return min(12, int(chance.expovariate(1 / (0.7, 2.0, 4.0)[sign])))


def _description(
    chance: random.Random, stories: tuple[str, ...], severity: int, sign: int, *, is_injured: bool
) -> str:
    parts = [chance.choice(stories)]
    parts += chance.sample(EXTENT[severity], k=chance.choices((0, 1, 2), (5, 60, 35))[0])
    if is_injured:
        parts.append(chance.choice(INJURIES[severity]))
    if sign and chance.random() < (0, 0.8, 0.93)[sign]:
        parts.append(chance.choice(ODDITIES[sign]))
    if not sign and chance.random() < 0.03:  # honest people lose receipts too
        parts.append(chance.choice(ODDITIES[1]))
    if chance.random() < 0.6:
        parts.append(chance.choice(HARMLESS))
    first, *rest = parts
    chance.shuffle(rest)
    return " ".join([first, *rest]).format(place=chance.choice(PLACES))


def _route(
    chance: random.Random, severity: int, sign: int, amount: float, *, is_injured: bool
) -> str:
    if sign == 2:
        return "special_investigation"
    if is_injured and severity >= 2:
        return "legal"
    if sign == 1 and amount > 5_000:
        return "special_investigation" if chance.random() < 0.9 else "adjuster"
    if severity == 0 and sign == 0 and amount <= 2_500 and not is_injured:
        return "fast_track"
    return "adjuster"


def _band(amount: float) -> str:
    """The reserve: the amount claimed with a tenth added for costs, as a band."""
    return next(name for limit, name in BANDS if amount * 1.1 <= limit)
