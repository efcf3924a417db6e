"""Machine-readable zones of identity documents, read strictly (ICAO Doc 9303, parts 3 to 7).

Nothing is repaired here: a zone is what it says, with a list of what is wrong about it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from integrations.structured.states import STATES

Format = Literal["TD1", "TD2", "TD3", "MRVA", "MRVB"]
FILLER = "<"
_WEIGHTS = (7, 3, 1)
_SHAPES: dict[tuple[int, int], tuple[Format, Format | None]] = {
    (3, 30): ("TD1", None),
    (2, 36): ("TD2", "MRVB"),
    (2, 44): ("TD3", "MRVA"),
}
_CODES = {"TD1": "ACI", "TD2": "ACI", "TD3": "P", "MRVA": "V", "MRVB": "V"}
_ANYTHING = re.compile(r"[A-Z0-9<]*")
_NAMES = re.compile(r"[A-Z<]*")
_STATE = re.compile(r"[A-Z]{1,3}<{0,2}")
_DATE = re.compile(r"\d{6}")
# Parts of a birth date that are not known are fillers (part 3, 4.8).
_BIRTH = re.compile(r"\d{6}|\d{4}<<|\d{2}<<<<|<{6}")

# Expiry years lie at most this far ahead, else they are of the century before.
_AHEAD_YEARS = 49


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a zone: a code, and the element it concerns, in words."""

    code: str  # length_wrong, form_wrong, check_digit_wrong, date_impossible, country_unknown
    element: str


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone's elements as they stand in it, without fillers; "" where they are empty.

    surname and given_names have single blanks for the fillers between parts. sex is M, F or X
    (not stated). Dates are None where the zone gives no whole date.
    """

    format: Format
    lines: tuple[str, ...]
    document_code: str
    issuing_state: str
    document_number: str
    nationality: str
    birth_date: date | None
    sex: str
    expiry_date: date | None
    surname: str
    given_names: str
    optional: str
    is_full: bool  # the names fill their element: some may be cut or missing
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """Where an element lies: line and positions, both from 0; `check` is its digit's position."""

    line: int
    start: int
    end: int
    check: int | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the elements of a format lie. composite: what the last digit covers, and its place."""

    code: Span
    issuer: Span
    names: Span
    number: Span
    birth: Span
    sex: Span
    expiry: Span
    nationality: Span
    optional: Span
    composite: tuple[tuple[Span, ...], Span] | None


def _two_lines(width: int, *, optional: Span, composite: tuple[Span, ...] | None) -> Layout:
    return Layout(
        code=Span(0, 0, 2),
        issuer=Span(0, 2, 5),
        names=Span(0, 5, width),
        number=Span(1, 0, 9, 9),
        nationality=Span(1, 10, 13),
        birth=Span(1, 13, 19, 19),
        sex=Span(1, 20, 21),
        expiry=Span(1, 21, 27, 27),
        optional=optional,
        composite=None if composite is None else (composite, Span(1, width - 1, width)),
    )


LAYOUTS: dict[Format, Layout] = {
    "TD1": Layout(
        code=Span(0, 0, 2),
        issuer=Span(0, 2, 5),
        number=Span(0, 5, 14, 14),
        optional=Span(0, 15, 30),
        birth=Span(1, 0, 6, 6),
        sex=Span(1, 7, 8),
        expiry=Span(1, 8, 14, 14),
        nationality=Span(1, 15, 18),
        names=Span(2, 0, 30),
        composite=(
            (Span(0, 5, 30), Span(1, 0, 7), Span(1, 8, 15), Span(1, 18, 29)),
            Span(1, 29, 30),
        ),
    ),
    "TD2": _two_lines(
        36,
        optional=Span(1, 28, 35),
        composite=(Span(1, 0, 10), Span(1, 13, 20), Span(1, 21, 35)),
    ),
    "TD3": _two_lines(
        44,
        optional=Span(1, 28, 42, 42),
        composite=(Span(1, 0, 10), Span(1, 13, 20), Span(1, 21, 43)),
    ),
    "MRVA": _two_lines(44, optional=Span(1, 28, 44), composite=None),
    "MRVB": _two_lines(36, optional=Span(1, 28, 36), composite=None),
}


def check_digit(text: str) -> str:
    """The digit over a text of A-Z, 0-9 and fillers, weights 7, 3, 1 (part 3, 4.9).

    Raises ValueError for any other character.
    """
    total = 0
    for at, character in enumerate(text):
        total += _value(character) * _WEIGHTS[at % 3]
    return str(total % 10)


def _value(character: str) -> int:
    if character == FILLER:
        return 0
    if character.isascii() and (character.isdigit() or character.isupper()):
        return int(character, 36)
    raise ValueError("A zone has only A-Z, 0-9 and fillers.")


def lines_of(text: str) -> tuple[str, ...]:
    """The lines of a zone written as one text: parted by line breaks or `|`, or run together."""
    parts = tuple(part.strip() for part in re.split(r"[\n\r|]+", text) if part.strip())
    if len(parts) == 1:
        whole = parts[0]
        for count, width in _SHAPES:
            if len(whole) == count * width:
                return tuple(whole[at : at + width] for at in range(0, len(whole), width))
    return parts


def format_of(lines: Sequence[str]) -> Format | None:
    """The format by number and length of lines, None where no format has such lines."""
    widths = {len(line) for line in lines}
    shapes = _SHAPES.get((len(lines), widths.pop())) if len(widths) == 1 else None
    if shapes is None:
        return None
    document, visa = shapes
    return visa if visa is not None and lines[0].startswith("V") else document


def read(lines: Sequence[str], *, day: date) -> Zone | None:
    """The zone with all its faults; None where number or length of the lines fit no format.

    day decides the century of the two-digit years: nobody is born after it.
    """
    kind = format_of(lines)
    if kind is None:
        return None
    layout = LAYOUTS[kind]

    def at(span: Span) -> str:
        return lines[span.line][span.start : span.end]

    number, optional, _ = long_number(lines, layout)
    surname, given_names = _names(at(layout.names))
    return Zone(
        format=kind,
        lines=tuple(lines),
        document_code=at(layout.code).strip(FILLER),
        issuing_state=at(layout.issuer).strip(FILLER),
        document_number=number,
        nationality=at(layout.nationality).strip(FILLER),
        birth_date=_birth_date(at(layout.birth), day),
        sex={"M": "M", "F": "F"}.get(at(layout.sex), "X"),
        expiry_date=_expiry_date(at(layout.expiry), day),
        surname=surname,
        given_names=given_names,
        optional=optional.strip(FILLER),
        # A single filler at the end is where a part was left out that had no room.
        is_full=not at(layout.names).endswith(FILLER * 2),
        faults=tuple(faults(lines, day=day)),
    )


def long_number(lines: Sequence[str], layout: Layout) -> tuple[str, str, str]:
    """(document number, what else is in the optional element, the text and digit that prove it).

    A number longer than nine goes on in the optional element of TD1 and TD2, then its check digit
    stands there, and a filler where it would be (part 5, 4.2.2.2, note j; part 6, note j).
    """
    span, more = layout.number, layout.optional
    number = lines[span.line][span.start : span.end]
    digit = lines[span.line][span.end]
    optional = lines[more.line][more.start : more.end]
    has_room = layout in (LAYOUTS["TD1"], LAYOUTS["TD2"])
    if has_room and digit == FILLER and not number.endswith(FILLER):
        head, _, rest = optional.partition(FILLER)
        if len(head) >= 2:
            whole = number + head[:-1]
            return whole, rest, whole + head[-1]
    return number.rstrip(FILLER), optional, number + digit


def faults(lines: Sequence[str], *, day: date) -> Iterator[Fault]:
    """Everything that is wrong with a zone's lines, in the order of its elements."""
    kind = format_of(lines)
    if kind is None:
        yield Fault("length_wrong", "lines")
        return
    if not all(_ANYTHING.fullmatch(line) for line in lines):
        yield Fault("form_wrong", "lines")
        return
    layout = LAYOUTS[kind]

    def at(span: Span) -> str:
        return lines[span.line][span.start : span.end]

    if at(layout.code)[0] not in _CODES[kind]:
        yield Fault("form_wrong", "document code")
    yield from _state_faults(at(layout.issuer), "issuing state")
    _, _, proof = long_number(lines, layout)
    yield from _digit_faults(proof[:-1], proof[-1], "document number")
    yield from _state_faults(at(layout.nationality), "nationality")
    birth, expiry = at(layout.birth), at(layout.expiry)
    yield from _date_faults(birth, _BIRTH, "birth date", _birth_date(birth, day))
    yield from _digit_faults(birth, lines[layout.birth.line][layout.birth.end], "birth date")
    if at(layout.sex) not in {"M", "F", FILLER}:
        yield Fault("form_wrong", "sex")
    yield from _date_faults(expiry, _DATE, "expiry date", _expiry_date(expiry, day))
    yield from _digit_faults(expiry, lines[layout.expiry.line][layout.expiry.end], "expiry date")
    if layout.optional.check is not None:
        text, digit = at(layout.optional), lines[layout.optional.line][layout.optional.check]
        is_empty = not text.strip(FILLER) and digit == FILLER  # then the digit may be left out
        if not is_empty:
            yield from _digit_faults(text, digit, "personal number")
    if layout.composite is not None:
        covered, place = layout.composite
        yield from _digit_faults("".join(map(at, covered)), at(place), "whole zone")
    yield from _name_faults(at(layout.names))


def _state_faults(text: str, element: str) -> Iterator[Fault]:
    if not _STATE.fullmatch(text):
        yield Fault("form_wrong", element)
    elif text.strip(FILLER) not in STATES:
        yield Fault("country_unknown", element)


def _digit_faults(text: str, digit: str, element: str) -> Iterator[Fault]:
    if check_digit(text) != digit:
        yield Fault("check_digit_wrong", element)


def _date_faults(
    text: str, form: re.Pattern[str], element: str, found: date | None
) -> Iterator[Fault]:
    if not form.fullmatch(text):
        yield Fault("form_wrong", element)
    elif found is None and FILLER not in text:
        yield Fault("date_impossible", element)


def _name_faults(text: str) -> Iterator[Fault]:
    if not _NAMES.fullmatch(text):
        yield Fault("form_wrong", "names")
        return
    parts = text.rstrip(FILLER).split(FILLER * 2)
    is_whole = all(part and not part.startswith(FILLER) for part in parts)
    if len(parts) > 2 or not is_whole:
        yield Fault("form_wrong", "names")


def _names(text: str) -> tuple[str, str]:
    surname, _, given = text.partition(FILLER * 2)
    return _spaced(surname), _spaced(given)


def _spaced(text: str) -> str:
    return " ".join(part for part in text.split(FILLER) if part)


def _birth_date(text: str, day: date) -> date | None:
    """The day in the latest century that is not after `day`."""
    found = _day(text, day.year // 100)
    return _day(text, day.year // 100 - 1) if found is None or found > day else found


def _expiry_date(text: str, day: date) -> date | None:
    if not _DATE.fullmatch(text):
        return None
    century = day.year // 100
    years = [100 * (century + step) + int(text[:2]) for step in (-1, 0, 1)]
    nearest = max(year for year in years if year <= day.year + _AHEAD_YEARS)
    return _day(text, nearest // 100)


def _day(text: str, century: int) -> date | None:
    if not _DATE.fullmatch(text):
        return None
    try:
        return date(100 * century + int(text[:2]), int(text[2:4]), int(text[4:6]))
    except ValueError:
        return None
