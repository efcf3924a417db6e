"""Zones found on pages: read as printed, mended only where the check digits prove it, and told."""

from datetime import date

import pytest

from integrations.structured import Record, findings, read, zone_in_text, zones_in
from tests.integrations.structured.invoices import PAGE, document_of

DAY = date(2025, 1, 1)
PASSPORT = (
    "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
    "L898902C36UTO7408122F1204159ZE184226B<<<<<10",
)
CARD = (
    "I<UTOD231458907<<<<<<<<<<<<<<<",
    "7408122F1204159UTO<<<<<<<<<<<6",
    "ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
)
BEFORE, AFTER = "REPUBLIC OF UTOPIA\nPASSPORT\nSurname ERIKSSON\n", "\nSignature"


def zone_of(*lines: str) -> Record:
    (record,) = zones_in([document_of(BEFORE + "\n".join(lines) + AFTER)], day=DAY)
    return record


@pytest.mark.parametrize("lines", [PASSPORT, CARD], ids=["passport", "card"])
def test_a_printed_zone_is_read_with_its_place(lines: tuple[str, ...]) -> None:
    record = zone_of(*lines)
    assert record.fault == ""
    assert record.values["surname"] == "ERIKSSON"
    assert record.values["given_names"] == "ANNA MARIA"
    assert record.values["birth_date"] == "1974-08-12"
    assert record.values["expiry_date"] == "2012-04-15"
    assert record.values["mrz"] == "\n".join(lines)
    place = record.evidence["surname"]
    assert (place.source, place.document, place.page) == ("mrz", "doc-1", 1)
    assert place.text == "\n".join(lines)
    assert place.box is not None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("MARIA<<<<<<<<<<<<<<<<<<<", "MARIA<<<<<<<<<<<<<<<<<"),
        ("MARIA<<<<<<<<<<<<<<<<<<<", "MARIA<<<<<<<<<<<<<<<<<<<<<"),
        ("226B<<<<<10", "226B<<<10"),
        ("P<UTOERIKSSON<<", "P < UTO ERIKSSON <<"),
        ("MARIA<<<<<<", "MARIA«««"),
    ],
)
def test_fillers_that_were_miscounted_change_nothing(old: str, new: str) -> None:
    lines = [line.replace(old, new) for line in PASSPORT]
    record = zone_of(*lines)
    assert (record.fault, record.values["mrz"]) == ("", "\n".join(PASSPORT))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("UTO7408122F", "UTO74O8I22F"),  # letters among a date's digits
        ("F1204159Z", "F12O4159Z"),
        ("UTO7408", "UT07408"),  # a digit among a state's letters
        ("MARIA<<<<<<<<", "MARIA<<<K<<<<"),
    ],
)
def test_what_was_misread_is_mended_where_it_proves_itself_and_told(old: str, new: str) -> None:
    lines = [line.replace(old, new) for line in PASSPORT]
    assert lines != list(PASSPORT)
    record = zone_of(*lines)
    assert (record.fault, record.values["mrz"]) == ("repaired", "\n".join(PASSPORT))
    assert record.evidence["mrz"].text == "\n".join(lines)
    document = document_of(BEFORE + "\n".join(lines) + AFTER)
    assert [one.code for one in findings([document], {})] == ["mrz_repaired"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("L898902C36", "L898902C37"),
        ("L898902C36", "L89890ZC36"),  # Z or 2: the number may hold both
        ("7408122F", "7408132F"),
        ("<<<<<10", "<<<<<11"),
    ],
)
def test_a_zone_that_does_not_prove_itself_stays_as_it_was_read(old: str, new: str) -> None:
    lines = [line.replace(old, new) for line in PASSPORT]
    record = zone_of(*lines)
    assert record.fault == "invalid"
    assert record.values == {"mrz": "\n".join(lines)}


def test_swapped_lines_are_not_put_right() -> None:
    assert zone_of(*reversed(PASSPORT)).fault == "invalid"


def test_print_in_capitals_is_no_zone() -> None:
    text = "\n".join(["THIS IS NOT A ZONE BUT PRINT IN CAPITAL LETTERS"] * 4)
    assert zones_in([document_of(text)], day=DAY) == []
    assert read([document_of(PAGE)]) == []


def test_a_zone_in_a_payload_is_read_strictly() -> None:
    record = zone_in_text("|".join(PASSPORT), path="mrz", day=DAY)
    assert record is not None
    assert (record.fault, record.values["document_number"]) == ("", "L898902C3")
    assert (record.evidence["surname"].source, record.evidence["surname"].path) == ("input", "mrz")
    misread = zone_in_text("|".join(PASSPORT).replace("740812", "74O812"), path="mrz", day=DAY)
    assert misread is not None
    assert misread.fault == "invalid"
    assert zone_in_text("Anna Maria Eriksson", path="name", day=DAY) is None
