"""Made-up messages to an energy supplier, with what a careful person would decide.

About one in ten cannot be told for sure from its text: wordings that stand for two situations,
and messages that ask for two things. A model that is right on all of them has seen the answers.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from governance.contracts.shipped.customer_triage.phrases import (
    ASIDES,
    CLOSINGS,
    FIRST_NAMES,
    LAST_NAMES,
    MONTHS,
    OPENINGS,
    SITUATIONS,
    STREETS,
    Situation,
)
from governance.contracts.shipped.sample import Sample

CHANNELS = {"email": 55, "web": 25, "chat": 14, "letter": 6}
TWO_WISHES_SHARE = 0.16
ASIDE_SHARE = 0.35
TYPO_SHARE = 0.35
# A person in a hurry reads urgency differently; labels of people are never of one mind.
OTHER_URGENCY_SHARE = 0.02
PLEA_SHARE = 0.06
PLEAS = (
    "This is urgent, please answer today.",
    "I need an answer by tomorrow at the latest!",
    "Please hurry, it cannot wait.",
)
_RAISED = {"low": "normal", "normal": "high", "high": "high", "critical": "critical"}


def make(count: int, seed: int) -> Iterator[Sample]:
    """count samples; the same count and seed give the same ones, on every machine."""
    chance = random.Random(f"customer-triage {seed}")  # noqa: S311  sample data, not secrets
    for number in range(1, count + 1):
        yield _sample(chance, f"CT-{seed}-{number:06d}")


def _sample(chance: random.Random, external_id: str) -> Sample:
    situation = _situation(chance)
    name = f"{chance.choice(FIRST_NAMES)} {chance.choice(LAST_NAMES)}"
    urgency = situation.urgency
    subject = chance.choice(situation.subjects)
    sentences = [chance.choice(situation.wordings)]
    if chance.random() < TWO_WISHES_SHARE:
        other = _situation(chance)
        sentences.append(
            f"{chance.choice(('Also', 'And', 'Besides'))}: {chance.choice(other.wordings)}"
        )
        if other.urgency == "critical":
            situation, urgency = other, "critical"
        elif chance.random() < 0.45:  # the second wish is the one that matters
            situation, urgency = other, other.urgency
    if chance.random() < PLEA_SHARE:
        sentences.append(chance.choice(PLEAS))
        urgency = _RAISED[urgency]
    elif chance.random() < OTHER_URGENCY_SHARE:
        urgency = _RAISED[urgency]
    if chance.random() < ASIDE_SHARE:
        sentences.insert(chance.randint(0, len(sentences)), chance.choice(ASIDES))
    body = " ".join(sentences)
    text = "\n\n".join(
        part for part in (chance.choice(OPENINGS), body, chance.choice(CLOSINGS)) if part
    )
    payload = {
        "subject": _filled(subject, chance, name),
        "message": _with_typos(_filled(text, chance, name), chance),
        "channel": chance.choices(list(CHANNELS), list(CHANNELS.values()))[0],
        "customer_name": name,
    }
    for optional in ("subject", "customer_name"):
        if not payload[optional] or chance.random() < 0.05:
            del payload[optional]
    output = {
        "category": situation.category,
        "urgency": urgency,
        "reply_template": situation.reply,
    }
    return Sample(payload, output, external_id)


def _situation(chance: random.Random) -> Situation:
    return chance.choices(SITUATIONS, [one.share for one in SITUATIONS])[0]


def _filled(text: str, chance: random.Random, name: str) -> str:
    return text.format(
        amount=f"{chance.randint(20, 900)}.{chance.randint(0, 99):02d}",
        month=chance.choice(MONTHS),
        day=f"{chance.randint(1, 28)} {chance.choice(MONTHS)}",
        number=chance.randint(10_000, 999_999),
        street=chance.choice(STREETS),
        name=name,
    )


def _with_typos(text: str, chance: random.Random) -> str:
    """A few letters swapped, dropped or doubled, and now and then no capitals at all."""
    if chance.random() > TYPO_SHARE:
        return text
    letters = list(text.lower() if chance.random() < 0.2 else text)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(letters) - 1)
        if not (letters[at].isalpha() and letters[at + 1].isalpha()):
            continue
        match chance.randrange(3):
            case 0:
                letters[at], letters[at + 1] = letters[at + 1], letters[at]
            case 1:
                letters[at] = ""
            case _:
                letters[at] *= 2
    return "".join(letters)
