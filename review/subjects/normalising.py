"""Values that name a person, as they are compared: however they are written, one text each."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from review.finding.terms import folded

MAX_CHARACTERS = 120  # a longer value is no name or number, only text that may contain some
_EMAIL = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")
_WORD = re.compile(r"[a-z0-9]+")
_DAY_FIRST = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})")
_YEAR_FIRST = re.compile(r"(\d{4})[./-](\d{1,2})[./-](\d{1,2})")


def normalised(text: str) -> str:
    """`Doe, Jane` and `Jane DOE` alike, `C-123 45` and `c12345` alike, dates as 19800201.

    "" for what has no letter or digit.
    """
    text = text.strip()
    if day := _DAY_FIRST.fullmatch(text):
        return f"{day[3]}{int(day[2]):02}{int(day[1]):02}"
    if day := _YEAR_FIRST.fullmatch(text):
        return f"{day[1]}{int(day[2]):02}{int(day[3]):02}"
    if _EMAIL.fullmatch(text):
        return text.casefold()
    words = _WORD.findall(folded(text))
    if any(character.isdigit() for word in words for character in word):
        return "".join(words)
    return " ".join(sorted(words))


def is_one_persons(values: Sequence[str]) -> bool:
    """Whether values are hardly those of several people: an address or a number among them, or a
    day beside something else. A name alone, or a day alone, may be many people's."""
    found = {normalised(one) for one in values if normalised(one)}
    days = {
        normalised(one)
        for one in values
        if _DAY_FIRST.fullmatch(one.strip()) or _YEAR_FIRST.fullmatch(one.strip())
    }
    numbers = {one for one in found - days if "@" in one or any(map(str.isdigit, one))}
    return bool(numbers) or bool(days and found - days)


def identifiers(value: Any) -> Iterator[str]:
    """What of a value may name a person, normalised: short values, and addresses in long texts."""
    if isinstance(value, Mapping):
        for one in value.values():
            yield from identifiers(one)
    elif isinstance(value, list):
        for one in value:
            yield from identifiers(one)
    elif isinstance(value, str):
        if len(value) <= MAX_CHARACTERS:
            yield normalised(value)
        for address in _EMAIL.findall(value):
            yield address.casefold()
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield normalised(str(value))
