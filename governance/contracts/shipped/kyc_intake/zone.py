"""Machine-readable zones written after ICAO Doc 9303, parts 3, 4 and 5."""

from __future__ import annotations

import datetime
import random

from governance.contracts.shipped.kyc_intake.person import Person
from integrations.screening.transliteration import capitals

_VALUES = {sign: value for value, sign in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")}


def check_digit(text: str) -> str:
    """Sum of values times 7, 3, 1, 7, …, modulo 10 (part 3, 4.9); fillers count nothing."""
    weights = (7, 3, 1)
    total = sum(_VALUES.get(sign, 0) * weights[at % 3] for at, sign in enumerate(text))
    return str(total % 10)


def card(person: Person, number: str, state: str, expiry: datetime.date) -> tuple[str, ...]:
    """Three lines of 30: size TD1, an identity card (part 5)."""
    numbered = _filled(number, 9)
    numbered += check_digit(numbered)
    born, ends = _dated(person.birth_date), _dated(expiry)
    first = f"I<{_filled(state, 3)}{numbered}{'<' * 15}"
    whole = check_digit(first[5:] + born + ends + "<" * 11)
    second = f"{born}{_sex(person)}{ends}{_filled(person.nationality, 3)}{'<' * 11}{whole}"
    return first, second, names(person, 30)


def passport(person: Person, number: str, state: str, expiry: datetime.date) -> tuple[str, ...]:
    """Two lines of 44: size TD3 (part 4)."""
    numbered = _filled(number, 9)
    numbered += check_digit(numbered)
    born, ends = _dated(person.birth_date), _dated(expiry)
    rest = "<" * 14
    rest += check_digit(rest)
    whole = check_digit(numbered + born + ends + rest)
    nationality = _filled(person.nationality, 3)
    second = f"{numbered}{nationality}{born}{_sex(person)}{ends}{rest}{whole}"
    return f"P<{_filled(state, 3)}{names(person, 39)}", second


def names(person: Person, width: int) -> str:
    """`SURNAME<<GIVEN<NAMES<<<`; where there is no room, parts of the surname from the end on by
    their first letter, and the given names cut (part 3, 4.6.2), so that a letter stands last."""
    surname = capitals(person.surname).split()
    given = capitals(person.given_names).replace(" ", "<")
    for at in range(len(surname) - 1, 0, -1):
        if len("<".join(surname)) + 2 + min(len(given), 4) <= width:
            break
        surname[at] = surname[at][0]
    return _filled(f"{'<'.join(surname)}<<{given}"[:width], width)


def with_wrong_digit(chance: random.Random, lines: tuple[str, ...]) -> tuple[str, ...]:
    """The zone with one check digit changed: of the number, the birth date or the expiry date."""
    row, at = chance.choice(((0, 14), (1, 6), (1, 14)) if len(lines) == 3 else ((1, 9), (1, 19)))
    line = lines[row]
    digit = str((int(line[at]) + chance.randint(1, 9)) % 10)
    changed = line[:at] + digit + line[at + 1 :]
    return tuple(changed if number == row else one for number, one in enumerate(lines))


def _filled(text: str, width: int) -> str:
    return text.ljust(width, "<")


def _dated(day: datetime.date) -> str:
    text = f"{day:%y%m%d}"
    return text + check_digit(text)


def _sex(person: Person) -> str:
    return "<" if person.sex == "X" else person.sex
