from __future__ import annotations

from decimal import Decimal

import pytest

from integrations.extraction.candidates import codes, find
from integrations.extraction.layout import lay_out
from integrations.extraction.values import amount_of, dates_in, iban_holds, letters, plain
from tests.integrations.extraction.making import page_of


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.234,56", "1234.56"),
        ("1,234.56", "1234.56"),
        ("1'234.56", "1234.56"),
        ("12,5", "12.5"),
        ("1.234", "1234"),
        ("0.125", "0.125"),
        ("6.00-", "-6.00"),
        ("-6,00", "-6.00"),
        ("(6.00)", "-6.00"),
        ("1.234.567", "1234567"),
    ],
)
def test_amounts_of_both_decimal_conventions_are_one_number(text: str, value: str) -> None:
    assert amount_of(text) == Decimal(value)


@pytest.mark.parametrize("text", ["", "abc", "-", "1" * 30])
def test_what_is_no_amount_is_none(text: str) -> None:
    assert amount_of(text) is None


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("13/05/2026", {"2026-05-13"}),
        ("05/06/2026", {"2026-06-05", "2026-05-06"}),
        ("05/05/2026", {"2026-05-05"}),
        ("5. März 2026", {"2026-03-05"}),
        ("le 1er février 2026", {"2026-02-01"}),
        ("March 5, 2026", {"2026-03-05"}),
        ("14/MAY/2026", {"2026-05-14"}),
        ("20260304", {"2026-03-04"}),
        ("23 12 1960", {"1960-12-23"}),
        ("24 041982", {"1982-04-24"}),
        ("#19- 18/01/2018 10:27", {"2018-01-18"}),
        ("31.02.2026", set()),
        ("12.34.56", set()),
    ],
)
def test_dates_are_read_in_every_order_they_could_mean(text: str, days: set[str]) -> None:
    assert {day.isoformat() for _, _, _, day in dates_in(plain(text))} == days


def test_texts_are_compared_by_letters_and_digits() -> None:
    assert letters("Müller & Söhne, GmbH") == letters("MULLER SOHNE GMBH")


def test_an_account_number_ends_where_its_check_digits_hold() -> None:
    sheet = lay_out([page_of([("IBAN: DE89 3704 0044 0532 0130 00 BIC COBADEFF", 100, 100)])])
    held = [one for one in find("iban", sheet) if one.numbers[0]]
    assert [one.value for one in held] == ["DE89370400440532013000"]
    assert iban_holds("DE89370400440532013000")
    assert not iban_holds("DE89370400440532013001")


def test_a_tax_number_is_found_behind_words_that_begin_like_one() -> None:
    sheet = lay_out([page_of([("26 de febrero de 2026 ESB09028663", 100, 100)])])
    assert "ESB09028663" in {one.value for one in codes.find_vat_ids(sheet)}


def test_words_are_no_pieces_of_a_code() -> None:
    sheet = lay_out([page_of([("Invoice RE-2026/505 issued at CS 10012", 100, 100)])])
    assert {one.value for one in codes.find_codes(sheet)} >= {"RE-2026/505", "CS 10012"}
    assert not any("issued" in one.value for one in codes.find_codes(sheet))


def test_a_number_knows_that_it_is_the_sum_of_two_others() -> None:
    sheet = lay_out(
        [page_of([("Net 100.00", 100, 100), ("Tax 19.00", 100, 130), ("Total 119.00", 100, 160)])]
    )
    is_sum = {one.value: one.numbers[10] for one in find("amount", sheet)}
    assert is_sum == {100.0: 0.0, 19.0: 0.0, 119.0: 1.0}


def test_thousands_may_be_parted_by_blanks() -> None:
    sheet = lay_out([page_of([("Total 1 193,28", 100, 100)])])
    assert 1193.28 in {one.value for one in find("amount", sheet)}
