"""Tests of values, one by one: what holds, what does not, and why it does not."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.contracts.rules import RULES, Given, Rule, register, verdict_of
from governance.contracts.rules import registry as registry_module
from review.routing.words import DETAILS
from tests.governance.contracts.rules.judging import holds, judged

PURE = sorted(name for name, rule in RULES.items() if rule.implementation)


@pytest.mark.parametrize(
    ("value", "detail"),
    [
        ("DE89 3704 0044 0532 0130 00", ""),
        ("de89370400440532013000", ""),
        ("NL91ABNA0417164300", ""),
        ("FR14 2004 1010 0505 0001 3M02 606", ""),
        ("DE89 3704 0044 0532 0130 01", "check_digit_wrong"),
        ("DE8937040044053201300", "check_digit_wrong"),
        ("XX46370400440532013000", "country_unknown"),
        ("DE5137040044053201300", "form_wrong"),  # right check digits, too short for Germany
        ("4711", "check_digit_wrong"),
        (4711, "not_a_text"),
    ],
)
def test_iban(value: Any, detail: str) -> None:
    verdict = judged("iban", value)
    assert verdict.holds is (detail == "")
    assert verdict.detail == detail


@pytest.mark.parametrize(
    ("value", "is_right"),
    [
        ("DE136695976", True),
        ("DE 136 695 976", True),
        ("DE136695975", False),  # check digit
        ("DE13669597", False),  # too short
        ("FR40303265045", True),
        ("ATU13585627", True),
        ("NL004495445B01", True),
        ("GB980780684", True),
        ("GB980780685", False),
        ("CHE-107.787.577 MWST", True),
        ("CHE107787577", True),
        ("NO995525828MVA", True),
        ("EL094259216", True),
        ("US123456789", False),
        ("201/113/40209", False),  # a number of a tax office
        ("", True),  # nothing to judge
    ],
)
def test_vat_id(value: str, is_right: bool) -> None:
    assert holds("vat_id", value) is is_right


@pytest.mark.parametrize(
    ("parts", "whole", "is_right"),
    [
        ([100.0, 19.0], 119.0, True),
        ([100.0, 19.0], 119.02, True),
        ([100.0, 19.0], 119.03, False),
        ([100.0, None], 100.0, True),  # no tax is no tax
        ([0.1, 0.2], 0.3, True),
        ([-100.0, -19.0], -119.0, True),
        ([None, None], 119.0, True),  # nothing to add
        ([100.0, 19.0], None, False),  # nothing to compare with
        ([100.0, "19"], 119.0, False),
        ([100.0, True], 101.0, False),
    ],
)
def test_sum(parts: list[Any], whole: Any, is_right: bool) -> None:
    assert holds("sum", *parts, equals=whole, tolerance=0.02) is is_right


def test_a_sum_that_differs_tells_by_how_much() -> None:
    verdict = judged("sum", 100.0, 19.0, equals=120.5, tolerance=0.02)
    assert (verdict.detail, verdict.numbers) == ("sum_differs", {"difference": "1.50"})


@pytest.mark.parametrize(
    ("rows", "whole", "is_right"),
    [
        ([{"amount": 1.1}, {"amount": 2.2}], 3.3, True),
        ([{"amount": 1.1}, {"amount": 2.2}], 3.4, False),
        ([{"amount": 1.1}, {"other": 2.2}], 1.1, True),
        ([{"amount": "1.1"}], 1.1, False),
        ([], 3.3, True),
        ("rows", 3.3, False),
    ],
)
def test_column_sum(rows: Any, whole: float, is_right: bool) -> None:
    assert holds("column_sum", rows, column="amount", equals=whole) is is_right


@pytest.mark.parametrize(
    ("dates", "is_right"),
    [
        (["2025-01-01", "2025-01-01", "2025-02-01"], True),
        (["2025-02-01", "2025-01-01"], False),
        ([None, "2025-01-01"], True),
        (["2025-01-01T10:00:00Z", "2025-01-01"], True),
        (["01.02.2025", "2025-01-01"], False),
        (["2025-02-30", "2025-03-01"], False),
    ],
)
def test_dates_in_order(dates: list[Any], is_right: bool) -> None:
    assert holds("dates_in_order", *dates) is is_right


def test_a_document_is_valid_on_its_last_day() -> None:
    assert holds("not_expired", "2025-01-01")
    verdict = judged("not_expired", "2024-12-30")
    assert (verdict.holds, verdict.numbers) == (False, {"days": 2})
    assert not holds("not_expired", "soon")


@pytest.mark.parametrize(
    ("born", "day", "is_right"),
    [
        ("2007-01-01", date(2025, 1, 1), True),
        ("2007-01-02", date(2025, 1, 1), False),
        ("2008-02-29", date(2026, 2, 28), False),
        ("2008-02-29", date(2026, 3, 1), True),
        ("2030-01-01", date(2025, 1, 1), False),
    ],
)
def test_at_least_years(born: str, day: date, is_right: bool) -> None:
    assert holds("at_least_years", born, years=18, day=day) is is_right


@pytest.mark.parametrize(
    ("left", "right", "is_right"),
    [
        ("Müller", "MUELLER", True),
        ("Müller", "MULLER", True),
        ("Muñoz", "MUNXXOZ", True),
        ("Åkesson", "AAKESSON", True),
        ("Łukasiewicz", "LUKASIEWICZ", True),
        ("O’Connor", "OCONNOR", True),
        ("Jean-Pierre", "JEAN PIERRE", True),
        ("Anna Maria", "MARIA ANNA", True),
        ("Юлия", "IULIIA", True),
        ("Yılmaz", "YILMAZ", True),
        ("Müller", "MILLER", False),
        ("Suwaennarat", "SUWANNARAT", False),  # an ae that was typed is no ä
        ("Okonkwoo", "OKONKWO", False),
        ("Anna", "ANNA MARIA", False),
        ("Anna", None, False),
        ("Anna", 5, False),
    ],
)
def test_same_name(left: Any, right: Any, is_right: bool) -> None:
    assert holds("same_name", left, right) is is_right


def test_several_values_are_one_name_where_equals_is_given() -> None:
    assert holds("same_name", "Ida Marie", "Groß", equals="GROSS IDA MARIE")
    assert not holds("same_name", "Ida Marie", "Groß", equals="GROSS IDA")
    assert holds("same_name", None, None, equals="GROSS IDA")  # nothing to compare


FULL_ZONE = (
    "I<UTOD231458907<<<<<<<<<<<<<<<|7408122F1204159UTO<<<<<<<<<<<6|SUWANNARAT<PHONGPHAIBOOL<<MAXI"
)
ROOMY_ZONE = (
    "I<UTOD231458907<<<<<<<<<<<<<<<|7408122F1204159UTO<<<<<<<<<<<6|SUWANNARAT<<MAXI<<<<<<<<<<<<<<"
)


def test_a_name_may_be_cut_only_where_its_zone_is_full() -> None:
    def is_same(given_names: str, zone: str) -> bool:
        return holds("same_name", "MAXI", given_names, mrz=zone)

    assert is_same("Maximilian Alexander", FULL_ZONE)
    assert not is_same("Moritz", FULL_ZONE)
    assert not is_same("Maximilian Alexander", ROOMY_ZONE)
    assert not holds("same_name", "MAXI", "Maximilian")


@pytest.mark.parametrize(
    ("left", "right", "is_right"),
    [
        ("2001-05-21", "2001-05-21T00:00:00Z", True),
        ("2001-05-21", "2001-05-22", False),
        ("ab 12", "AB12", True),
        (5, 5.0, True),
        (True, 1, False),
        (None, "x", False),
        (None, None, True),
    ],
)
def test_same_value(left: Any, right: Any, is_right: bool) -> None:
    assert holds("same_value", left, right) is is_right


@pytest.mark.parametrize("test", PURE)
def test_where_nothing_is_given_every_test_holds(test: str) -> None:
    count = RULES[test].at_least
    assert holds(test, *[None] * count)
    assert holds(test, *["  "] * count)


ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=5,
)


@pytest.mark.parametrize("test", PURE)
@given(values=st.lists(ODD, min_size=2, max_size=2), other=ODD)
def test_odd_values_are_judged_and_never_raise(test: str, values: list[Any], other: Any) -> None:
    options = {"column": "a", "years": 18, "list": "no.csv"}
    verdict = judged(test, *values[: RULES[test].at_most], equals=other, mrz=other, **options)
    assert verdict.holds or verdict.detail in DETAILS.keys() - {"test_broke"}


def test_a_test_that_breaks_lets_nothing_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RULES, "odd", Rule("odd", "governance.contracts.rules.dates:no_such"))
    verdict = verdict_of("odd", Given(("x",), {}, date(2025, 1, 1)))
    assert (verdict.holds, verdict.detail) == (False, "test_broke")


def test_an_unknown_test_lets_nothing_through() -> None:
    assert not verdict_of("gone", Given(("x",), {}, date(2025, 1, 1))).holds


def test_tests_can_be_added_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry_module, "RULES", dict(RULES))
    mine = Rule("even", "governance.contracts.rules.dates:not_expired")
    register(mine)
    register(mine)
    with pytest.raises(ValueError, match="called even"):
        register(Rule("even", "other:one"))
