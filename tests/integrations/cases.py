"""A small triage process with made-up examples, for every test of this room."""

from __future__ import annotations

import random
from typing import Any

INPUT: dict[str, Any] = {
    "type": "object",
    "properties": {
        "subject": {"type": "string", "x-privacy": "internal"},
        "message": {"type": "string", "x-privacy": "personal"},
        "channel": {"enum": ["mail", "chat", "letter"], "x-privacy": "none"},
        "amount": {"type": ["number", "null"], "x-privacy": "internal"},
        "is_member": {"type": "boolean", "x-privacy": "internal"},
    },
    "required": ["message"],
    "additionalProperties": False,
}
OUTPUT: dict[str, Any] = {
    "type": "object",
    "properties": {
        "category": {"enum": ["card", "loan", "login"], "x-privacy": "none"},
        "is_urgent": {"type": "boolean", "x-privacy": "none"},
    },
    "required": ["category", "is_urgent"],
    "additionalProperties": False,
}

TEXTS = {
    "card": ["my card was declined", "the card has not arrived", "card payment shown twice"],
    "loan": ["what rate has the loan", "I want to repay the loan early", "loan for a new car"],
    "login": ["I forgot my password", "the app does not let me sign in", "code never arrives"],
}
FILLERS = ["please help", "thank you", "since monday", "I am waiting", "again", "kind regards"]


def examples(count: int, seed: int = 3) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Made-up (payload, output) pairs: category follows the text, urgency the amount."""
    chance = random.Random(seed)
    rows: list[tuple[dict[str, Any], dict[str, Any]]] = []
    for _ in range(count):
        category = chance.choice(list(TEXTS))
        amount = chance.choice([None, *(round(chance.uniform(0, 20_000), 2) for _ in range(4))])
        payload = {
            "subject": chance.choice(FILLERS),
            "message": f"{chance.choice(TEXTS[category])} {chance.choice(FILLERS)}",
            "channel": chance.choice(["mail", "chat", "letter"]),
            "amount": amount,
            "is_member": chance.random() < 0.5,
        }
        if chance.random() < 0.2:
            del payload[chance.choice(["subject", "channel", "is_member"])]
        urgent = amount is not None and amount > 10_000
        rows.append((payload, {"category": category, "is_urgent": urgent}))
    return rows
