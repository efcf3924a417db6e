"""What is wrong with some applications, and which checks do not hold because of it."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True)
class Oddity:
    """share is out of 1,000 applications."""

    name: str
    share: int
    note: str
    failing: tuple[str, ...] = ()


ODDITIES = (
    Oddity("expired", 50, "The document had expired.", ("not_expired",)),
    Oddity("minor", 40, "The applicant is a minor.", ("of_age",)),
    Oddity("wrong_digit", 50, "A check digit of the zone is wrong.", ("mrz_valid",)),
    Oddity("other_name", 35, "Another surname was declared.", ("surname_as_declared",)),
    Oddity("typo", 25, "The surname declared is mistyped.", ("surname_as_declared",)),
    Oddity("other_birth", 40, "Another date of birth was declared.", ("birth_date_as_declared",)),
    Oddity(
        "other_nationality", 20, "Another nationality was declared.", ("nationality_as_declared",)
    ),
    Oddity(
        "listed",
        45,
        "The name is on the screening list.",
        ("declared_name_not_listed", "not_listed"),
    ),
    Oddity("long_name", 35, "The name does not fit into the zone and is cut there."),
    Oddity("high_risk", 25, "From a country whose applicants two people look at."),
    Oddity("page_differs", 30, "The print and the machine-readable zone name different people."),
    Oddity("repeated", 25, "The same document was handed in before.", ("not_a_duplicate",)),
    Oddity("no_address", 30, "There is no proof of address.", ("address_proved",)),
    Oddity("encrypted", 12, "The form asks for a password."),
)
BY_NAME = {one.name: one for one in ODDITIES}


def draw_oddity(chance: random.Random) -> Oddity | None:
    """One of them as often as its share says; mostly none."""
    drawn = chance.randrange(1000)
    for oddity in ODDITIES:
        drawn -= oddity.share
        if drawn < 0:
            return oddity
    return None
