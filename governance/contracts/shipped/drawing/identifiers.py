"""Account and tax numbers of companies that do not exist, with check digits that are right.

A number is drawn and kept if its check digits hold, as stdnum judges them; one in ten or so does,
which spares a second set of rules for each country. Where one in a hundred would, they are worked
out.
"""

from __future__ import annotations

import importlib
import random
from functools import cache
from typing import Any

from stdnum import iban as ibans
from stdnum import luhn
from stdnum.es import ccc

# What follows the check digits: n a digit, letters as they stand. Bank codes are made up.
_ACCOUNTS = {
    "DE": "99nnnnnnnnnnnnnnnn",
    "AT": "99nnnnnnnnnnnnnn",
    "FR": "99999nnnnnnnnnnnnnnnnnn",
    "NL": "XDEMnnnnnnnnnn",
    "ES": "9999nnnnnnnnnnnnnnnn",
    "IT": "X99999nnnnnnnnnnnnnnnnn",
    "GB": "XDEM99nnnnnnnnnnnn",
    "CH": "99999nnnnnnnnnnnn",
    "SE": "999nnnnnnnnnnnnnnnnn",
    "PL": "9999nnnnnnnnnnnnnnnnnnnn",
    "BE": "999nnnnnnnnn",
}
_VAT_IDS = {
    "DE": "DEnnnnnnnnn",
    "AT": "ATUnnnnnnnn",
    "FR": "FRnnnnnnnnnnn",
    "NL": "NLnnnnnnnnnB0n",
    "ES": "ESBnnnnnnnn",
    "IT": "ITnnnnnnnnnnn",
    "GB": "GBnnnnnnnnn",
    "CH": "CHEnnnnnnnnnMWST",
    "SE": "SEnnnnnnnnnn01",
    "PL": "PLnnnnnnnnnn",
    "BE": "BE0nnnnnnnnn",
}
_JUDGES = {
    "DE": "de.vat",
    "AT": "at.uid",
    "FR": "fr.tva",
    "NL": "nl.btw",
    "ES": "es.nif",
    "IT": "it.iva",
    "GB": "gb.vat",
    "CH": "ch.vat",
    "SE": "se.vat",
    "PL": "pl.nip",
    "BE": "be.vat",
}
COUNTRIES = tuple(_VAT_IDS)


def iban(chance: random.Random, country: str) -> str:
    """An account number without blanks, valid in every digit that can be checked."""
    while True:
        account = _checked(country, _drawn(chance, _ACCOUNTS[country]))
        digits = ibans.calc_check_digits(f"{country}00{account}")
        number = f"{country}{digits}{account}"
        if ibans.is_valid(number):
            return number


def vat_id(chance: random.Random, country: str) -> str:
    """A VAT identification number with its country's letters, without blanks."""
    judge = _judge(country)
    while True:
        number = _french(chance) if country == "FR" else _drawn(chance, _VAT_IDS[country])
        if judge.is_valid(number):
            return number


def bic(chance: random.Random, country: str) -> str:
    """Eight letters in the form of a bank's code; no bank has it."""
    return f"X{''.join(chance.choices('BCDFGKLMNPRSTV', k=3))}{country}X{chance.randint(2, 9)}"


def spaced(number: str, every: int = 4) -> str:
    return " ".join(number[at : at + every] for at in range(0, len(number), every))


def with_wrong_digit(chance: random.Random, number: str) -> str:
    """The IBAN with one of its last digits mistyped, so that its check digits no longer hold."""
    while True:
        at = chance.randrange(len(number) - 6, len(number))
        digit = str((int(number[at]) + chance.randint(1, 9)) % 10)
        changed = number[:at] + digit + number[at + 1 :]
        if not ibans.is_valid(changed):
            return changed


def _checked(country: str, account: str) -> str:
    """The account with its country's own check digits, where it has such."""
    if country == "ES":
        return account[:8] + ccc.calc_check_digits(account) + account[10:]
    if country == "BE":
        return account[:10] + f"{int(account[:10]) % 97 or 97:02}"
    return account


def _french(chance: random.Random) -> str:
    """A SIREN, whose last digit is Luhn's, with the key that goes before it."""
    start = "".join(str(chance.randrange(10)) for _ in range(8))
    siren = start + str(luhn.calc_check_digit(start))
    return f"FR{(12 + 3 * (int(siren) % 97)) % 97:02}{siren}"


@cache
def _judge(country: str) -> Any:
    return importlib.import_module(f"stdnum.{_JUDGES[country]}")


def _drawn(chance: random.Random, form: str) -> str:
    return "".join(str(chance.randrange(10)) if one == "n" else one for one in form)
