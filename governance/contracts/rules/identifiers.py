"""Numbers that prove themselves: bank accounts, tax numbers, machine-readable zones."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from typing import Any

from stdnum.eu import vat as eu_vat
from stdnum.exceptions import InvalidChecksum, InvalidComponent, InvalidLength, ValidationError
from stdnum.iban import validate as validate_iban

from governance.contracts.rules.registry import HOLDS, Given, Verdict, fails
from integrations.structured import mrz as zones

# VAT numbers outside the Union, by the letters before them, and their module in python-stdnum.
_OTHER_VAT = {"GB": "gb.vat", "XI": "gb.vat", "CHE": "ch.vat", "NO": "no.mva"}
_WITHOUT_SUFFIX = re.compile(r"CHE\d{9}")


def iban(given: Given) -> Verdict:
    """Whether an IBAN has its country's form and right check digits (ISO 13616)."""
    return _judged(given.values[0], validate_iban)


def vat_id(given: Given) -> Verdict:
    """Whether a VAT number has its country's form, and right check digits where it has such.

    It starts with the country's letters. Known: the member states of the Union, the United
    Kingdom, Switzerland and Norway.
    """
    value = given.values[0]
    if not isinstance(value, str):
        return fails("not_a_text")
    text = re.sub(r"[\s.\-/]", "", value).upper()
    for prefix, module in _OTHER_VAT.items():
        if text.startswith(prefix):
            if _WITHOUT_SUFFIX.fullmatch(text):
                text += "MWST"
            number = "GB" + text[2:] if prefix == "XI" else text
            return _judged(number, importlib.import_module(f"stdnum.{module}").validate)
    if text[:2].lower() not in {*eu_vat.MEMBER_STATES, "el"}:
        return fails("country_unknown")
    return _judged(text, eu_vat.validate)


def _judged(value: Any, validate: Callable[[str], Any]) -> Verdict:
    if not isinstance(value, str):
        return fails("not_a_text")
    try:
        validate(value)
    except InvalidChecksum:
        return fails("check_digit_wrong")
    except InvalidLength:
        return fails("length_wrong")
    except InvalidComponent:
        return fails("country_unknown")
    except ValidationError:
        return fails("form_wrong")
    return HOLDS


def mrz(given: Given) -> Verdict:
    """Whether a machine-readable zone is whole: lines, characters, all check digits, dates, codes
    of states. Lines are parted by line breaks or `|`."""
    value = given.values[0]
    if not isinstance(value, str):
        return fails("not_a_text")
    lines = zones.lines_of(value)
    found = list(zones.faults(lines, day=given.day))
    if not found:
        return HOLDS
    if any(not list(zones.faults(order, day=given.day)) for order in _orders(lines)):
        return fails("lines_swapped")
    first = found[0]
    if first.code == "check_digit_wrong":
        return fails("check_digit_wrong_of", element=first.element)
    return fails(first.code, element=first.element)


def _orders(lines: tuple[str, ...]) -> list[tuple[str, ...]]:
    if len(lines) == 2:
        return [lines[::-1]]
    if len(lines) == 3:
        a, b, c = lines
        return [(a, c, b), (b, a, c), (b, c, a), (c, a, b), (c, b, a)]
    return []
