"""The applications that are made up: true to their contract, odd only where they say so."""

import datetime
import random
import re
import shutil
from pathlib import Path

import pypdfium2 as pdfium
import pytest

from governance.contracts import shipped
from governance.contracts.agreement import Agreement
from governance.contracts.parse import parse
from governance.contracts.rules.registry import HOLDS, fails
from governance.contracts.shipped.kyc_intake import maker, zone
from governance.contracts.shipped.kyc_intake.oddities import ODDITIES
from governance.contracts.shipped.kyc_intake.person import Person, person
from governance.contracts.shipped.sample import Sample
from integrations.structured import mrz

DAY = datetime.date(2026, 11, 1)
STANDARD = Person(
    "Eriksson", "Anna Maria", "F", datetime.date(1974, 8, 12), "Zenith", "UTO", "GB", ("", "")
)


@pytest.fixture(autouse=True)
def screening_list(tmp_path: Path, settings) -> None:
    settings.SCREENING_DIR = tmp_path
    shutil.copyfile(maker.SCREENING_LIST, tmp_path / "screening.csv")


@pytest.fixture(scope="module")
def contract() -> Agreement:
    source = (shipped.folder("kyc-intake") / "contract.yaml").read_text()
    return Agreement.from_body(parse(source, providers={"extraction"}))


def failing(contract: Agreement, sample: Sample) -> set[str]:
    is_first = "not_a_duplicate" not in sample.failing
    failed = contract.failed_checks(
        item={},
        input=sample.payload,
        output=sample.output,
        day=DAY,
        answers={"not_a_duplicate": HOLDS if is_first else fails("seen_before")},
    )
    return {check.name for check, _ in failed}


def test_zones_are_those_that_the_standard_prints() -> None:
    """The specimens of ICAO Doc 9303, parts 4 and 5, but for their optional elements."""
    expiry = datetime.date(2012, 4, 15)
    assert zone.passport(STANDARD, "L898902C3", "UTO", expiry) == (
        "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
        "L898902C36UTO7408122F1204159<<<<<<<<<<<<<<08",
    )
    assert zone.card(STANDARD, "D23145890", "UTO", expiry) == (
        "I<UTOD231458907<<<<<<<<<<<<<<<",
        "7408122F1204159UTO<<<<<<<<<<<6",
        "ERIKSSON<<ANNA<MARIA<<<<<<<<<<",
    )


@pytest.mark.parametrize("number", range(30))
def test_zones_hold_together_and_one_wrong_digit_shows(number: int) -> None:
    chance = random.Random(number)
    who = person(chance, has_long_name=number % 5 == 0, is_minor=number % 7 == 0)
    for write in (zone.card, zone.passport):
        lines = write(who, "CFG123456", who.nationality, datetime.date(2033, 1, 2))
        read = mrz.read(list(lines), day=DAY)
        assert read is not None
        assert read.faults == ()
        assert (read.birth_date, read.nationality) == (who.birth_date, who.nationality)
        broken = mrz.read(list(zone.with_wrong_digit(chance, lines)), day=DAY)
        assert broken is not None
        assert broken.faults


@pytest.mark.parametrize("width", [30, 39])
def test_a_name_without_room_fills_the_zone_and_keeps_given_names(width: int) -> None:
    for number in range(20):
        who = person(random.Random(number), has_long_name=True)
        text = zone.names(who, width)
        assert len(text) == width
        assert text[-1].isalpha()
        assert re.fullmatch(r"[A-Z<]+<<[A-Z][A-Z<]*", text)


def test_samples_fit_their_contract_and_fail_only_the_checks_they_name(contract: Agreement) -> None:
    for at in range(1, 201):
        sample = without_files(at)
        assert contract.payload_errors(sample.payload) == {}
        assert contract.output_errors(sample.output) == {}
        assert failing(contract, sample) == set(sample.failing), sample.special


@pytest.mark.parametrize("oddity", [one.name for one in ODDITIES])
def test_each_odd_one_fails_the_checks_it_was_made_for(contract: Agreement, oddity: str) -> None:
    for at in (31, 32, 33):
        sample = without_files(at, oddity=oddity)
        assert sample.special == oddity
        assert failing(contract, sample) == set(sample.failing)


def test_the_same_seed_makes_the_same_files_and_another_others() -> None:
    first = list(maker.make(3, seed=1))
    assert first == list(maker.make(3, seed=1))
    assert first[2] == maker.sample(1, 3)
    assert next(iter(maker.make(1, seed=2))).documents != first[0].documents


def test_clean_pages_show_all_that_is_to_be_read() -> None:
    """The pages before the camera: what is on them, pictures of them show."""
    for at in range(1, 13):
        sample = maker.sample(6, at, oddity="", is_zone_only=False, is_clean=True)
        text = "".join(text_of(file.content) for file in sample.documents)
        values = [sample.output[name] for name in ("surname", "given_names", "document_number")]
        values += sample.output["mrz"].split("\n") + sample.output["address"].split(", ")
        for value in values:
            assert re.sub(r"\s", "", value) in text, value
        assert "SPECIMEN" in text


def test_people_are_of_many_states_with_letters_of_their_own() -> None:
    people = [person(random.Random(number)) for number in range(300)]
    assert len({one.nationality for one in people}) >= 12
    letters = {letter for one in people for letter in one.surname if not letter.isascii()}
    assert len(letters) >= 12
    assert {one.sex for one in people} == {"F", "M", "X"}


def test_an_encrypted_form_cannot_be_opened() -> None:
    sample = maker.sample(6, 2, oddity="encrypted")
    with pytest.raises(pdfium.PdfiumError):
        pdfium.PdfDocument(sample.documents[-1].content)


def test_files_stay_small_and_come_in_several_kinds() -> None:
    endings = set()
    for sample in maker.make(5, seed=4):
        for file in sample.documents:
            assert len(file.content) < 1_000_000
            endings.add(file.name.rpartition(".")[2])
    assert endings == {"pdf", "jpg"}


def without_files(at: int, **options) -> Sample:
    """A sample's values only: pictures take a hundred times as long."""
    return maker.sample(3, at, has_files=False, **options)


def text_of(content: bytes) -> str:
    document = pdfium.PdfDocument(content)
    text = "".join(page.get_textpage().get_text_bounded() for page in document)
    document.close()
    return re.sub(r"\s", "", text)
