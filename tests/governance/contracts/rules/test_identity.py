"""Every way in which a made-up identity record can be defective is caught, every sound one passes.

The zones are built here from their elements, so that their check digits are right by ICAO Doc 9303
until a defect is put in.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import pytest

from integrations.structured import mrz
from integrations.structured.mrz import check_digit
from tests.governance.contracts.rules.judging import DAY, judged

FORMATS = ("TD1", "TD2", "TD3", "MRVA", "MRVB")


@dataclass(frozen=True)
class Person:
    surname: str
    given_names: str
    written: tuple[str, str]  # surname and given names as they stand in a zone
    born: str = "1974-08-12"
    expires: str = "2031-04-15"
    number: str = "D23145890"
    state: str = "UTO"


PEOPLE = (
    Person("Eriksson", "Anna Maria", ("ERIKSSON", "ANNA<MARIA")),
    Person("Müller-Groß", "Zoë", ("MUELLER<GROSS", "ZOE"), state="D"),
    Person("O'Connor", "Jean-Pierre", ("OCONNOR", "JEAN<PIERRE"), born="1931-02-28"),
    Person("van den Berg", "Noël", ("VAN<DEN<BERG", "NOEL"), number="7S73NGG"),
    Person("Łukasiewicz", "Siobhán", ("LUKASIEWICZ", "SIOBHAN"), expires="2025-01-01"),
    Person("Suwannarat-Phongphaibool", "Maximilian Alexander Friedrich",
           ("SUWANNARAT<PHONGPHAIBOOL", "MAXIMILIAN<ALEXANDER<FRIEDRICH")),
)  # fmt: skip


def zone_of(person: Person, kind: str, *, optional: str = "") -> str:
    def short(day: str) -> str:
        text = day[2:].replace("-", "")
        return text + check_digit(text)

    def number(width: int = 9) -> str:
        text = person.number.ljust(width, "<")[:width]
        return text + check_digit(text)

    state = person.state.ljust(3, "<")
    width = {"TD1": 30, "TD2": 36, "TD3": 44, "MRVA": 44, "MRVB": 36}[kind]
    names = "<<".join(person.written)
    if kind == "TD1":
        first = f"I<{state}{number()}{optional}".ljust(30, "<")
        second = f"{short(person.born)}F{short(person.expires)}{state}".ljust(29, "<")
        whole = first[5:30] + second[0:7] + second[8:15] + second[18:29]
        return "|".join([first, second + check_digit(whole), names.ljust(30, "<")[:30]])
    code = {"TD2": "I<", "TD3": "P<"}.get(kind, "V<")
    first = f"{code}{state}{names}".ljust(width, "<")[:width]
    second = f"{number()}{state}{short(person.born)}F{short(person.expires)}{optional}"
    if kind == "TD3":
        personal = optional.ljust(14, "<")
        second = second[:28] + personal + check_digit(personal)
        second += check_digit(second[0:10] + second[13:20] + second[21:43])
    elif kind == "TD2":
        second = second.ljust(35, "<")
        second += check_digit(second[0:10] + second[13:20] + second[21:35])
    return f"{first}|{second.ljust(width, '<')}"


def reasons(
    zone: str, person: Person, *, declared_born: str | None = None, day: date = DAY
) -> dict[str, str]:
    """The checks of an identity process that do not hold, with their details."""
    read = mrz.read(mrz.lines_of(zone), day=day)
    found = {"mrz": judged("mrz", zone, day=day)}
    if read is not None and not read.faults:
        born = read.birth_date.isoformat() if read.birth_date else None
        expires = read.expiry_date.isoformat() if read.expiry_date else None
        found |= {
            "adult": judged("at_least_years", born, years=18, day=day),
            "expired": judged("not_expired", expires, day=day),
            "born": judged("same_value", born, declared_born or person.born, day=day),
            "surname": judged("same_name", read.surname, person.surname, mrz=zone, day=day),
            "given": judged("same_name", read.given_names, person.given_names, mrz=zone, day=day),
        }
    return {name: verdict.detail for name, verdict in found.items() if not verdict.holds}


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("person", PEOPLE, ids=lambda one: one.surname)
def test_a_sound_record_passes(person: Person, kind: str) -> None:
    assert reasons(zone_of(person, kind), person) == {}


def swapped(zone: str) -> str:
    return "|".join(reversed(zone.split("|")))


def shortened(zone: str) -> str:
    return zone[:-3] + zone[-1]


def with_another(at: int, change: Callable[[str], str]) -> Callable[[str], str]:
    """A change of the character at a position of the line with the dates."""

    def changed(zone: str) -> str:
        lines = zone.split("|")
        line = 1
        lines[line] = lines[line][:at] + change(lines[line][at]) + lines[line][at + 1 :]
        return "|".join(lines)

    return changed


def next_digit(character: str) -> str:
    return str((int(character) + 1) % 10) if character.isdigit() else "7"


def misread(character: str) -> str:
    return {"0": "O", "1": "I", "2": "Z", "5": "S", "8": "B"}.get(character, "G")


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize(
    ("defect", "detail"),
    [
        (swapped, "lines_swapped"),
        (shortened, "length_wrong"),
        (with_another(5, next_digit), "check_digit_wrong_of"),
        (with_another(5, misread), None),
        (with_another(19, next_digit), None),
    ],
    ids=["swapped lines", "short line", "digit", "misread", "later digit"],
)
def test_a_defective_zone_is_caught(
    kind: str, defect: Callable[[str], str], detail: str | None
) -> None:
    found = reasons(defect(zone_of(PEOPLE[0], kind)), PEOPLE[0])
    assert "mrz" in found
    assert detail is None or found["mrz"] == detail


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize(
    ("person", "declared_born", "check"),
    [
        (replace(PEOPLE[0], expires="2024-12-31"), None, "expired"),
        (replace(PEOPLE[0], expires="1999-12-31"), None, "expired"),
        (replace(PEOPLE[0], born="2007-01-02"), None, "adult"),
        (PEOPLE[0], "1974-08-13", "born"),
        (replace(PEOPLE[0], surname="Lindgren"), None, "surname"),
        (replace(PEOPLE[0], surname="Erikssonn"), None, "surname"),
        (replace(PEOPLE[0], given_names="Anna"), None, "given"),
        (replace(PEOPLE[5], given_names="Moritz Alexander"), None, "given"),
    ],
    ids=["expired", "long expired", "under age", "birth date", "name", "typo", "part", "cut"],
)
def test_a_record_that_does_not_agree_is_caught(
    kind: str, person: Person, declared_born: str | None, check: str
) -> None:
    assert check in reasons(zone_of(person, kind), person, declared_born=declared_born)


@pytest.mark.parametrize("kind", FORMATS)
def test_every_single_wrong_digit_is_caught(kind: str) -> None:
    """Where a check digit covers it: the weights 7, 3, 1 see every change of one digit."""
    zone = zone_of(PEOPLE[0], kind, optional="" if kind.startswith("MRV") else "A12")
    lines = zone.split("|")
    for row, line in enumerate(lines):
        for at, character in enumerate(line):
            if character.isdigit():
                changed = line[:at] + next_digit(character) + line[at + 1 :]
                broken = "|".join([*lines[:row], changed, *lines[row + 1 :]])
                assert not judged("mrz", broken).holds, (row, at)


@pytest.mark.parametrize(
    ("zone", "detail"),
    [
        ("I<UTOD231458907<<<<<<<<<<<<<<<|7413122F1204159UTO<<<<<<<<<<<6|ERIKSSON<<ANNA", "length"),
        (zone_of(replace(PEOPLE[0], state="QQQ"), "TD3"), "country_unknown"),
        (zone_of(replace(PEOPLE[0], born="1974-13-12"), "TD3"), "date_impossible"),
        (zone_of(replace(PEOPLE[0], born="1974-02-30"), "TD2"), "date_impossible"),
        (zone_of(PEOPLE[0], "TD3").replace("P<UTO", "X<UTO"), "form_wrong"),
        (zone_of(PEOPLE[0], "TD3").replace("ERIKSSON<<ANNA", "ERIKSSON<<<NNA"), "form_wrong"),
        (zone_of(PEOPLE[0], "TD3").lower(), "form_wrong"),
        ("no zone at all", "length_wrong"),
    ],
)
def test_what_is_wrong_is_said(zone: str, detail: str) -> None:
    assert judged("mrz", zone).detail.startswith(detail)


def test_a_long_document_number_goes_on_in_the_optional_element() -> None:
    whole = "D23145890734"
    digit = check_digit(whole)
    first = f"I<UTO{whole[:9]}<{whole[9:]}{digit}".ljust(30, "<")
    second = "7408122F1204159UTO".ljust(29, "<")
    second += check_digit(first[5:30] + second[0:7] + second[8:15] + second[18:29])
    lines = (first, second, "ERIKSSON<<ANNA<MARIA".ljust(30, "<"))
    read = mrz.read(lines, day=DAY)
    assert read is not None
    assert (read.document_number, read.faults) == (whole, ())
    broken = first.replace(f"{whole[9:]}{digit}", f"{whole[9:]}{next_digit(digit)}")
    assert not judged("mrz", "\n".join([broken, *lines[1:]])).holds


def test_the_specimen_of_the_standard_is_read() -> None:
    read = mrz.read(
        (
            "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
            "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
        ),
        day=date(2011, 1, 1),
    )
    assert read is not None
    assert read.faults == ()
    assert (read.surname, read.given_names, read.document_number) == (
        "ERIKSSON",
        "ANNA MARIA",
        "L898902C3",
    )
    assert (read.birth_date, read.expiry_date) == (date(1974, 8, 12), date(2012, 4, 15))


def test_nobody_is_born_tomorrow() -> None:
    zone = zone_of(replace(PEOPLE[0], born="2025-01-02"), "TD2")
    read = mrz.read(mrz.lines_of(zone), day=DAY)
    assert read is not None
    assert read.birth_date == date(1925, 1, 2)


def test_random_texts_are_no_zone() -> None:
    source = random.Random(7)
    for _ in range(500):
        text = "|".join("".join(source.choices("ABCDEFGHIJ0123456789<", k=44)) for _ in range(2))
        assert not judged("mrz", text).holds
