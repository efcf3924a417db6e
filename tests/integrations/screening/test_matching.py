"""Names as lists have to find them, and as they must not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.screening.lists import DEFAULT_THRESHOLD
from integrations.screening.matching import prepared, score
from integrations.screening.sameness import is_cut, is_same
from integrations.screening.transliteration import capitals

# Made up for this purpose.
ALIKE = [
    ("Orlando Vestergaard", "VESTERGAARD, Orlando"),
    ("Orlando Vestergard", "Orlando Vestergaard"),
    ("Olrando Vestergaard", "Orlando Vestergaard"),
    ("OrlandoVestergaard", "Orlando Vestergaard"),
    ("O. Vestergaard", "Orlando Vestergaard"),
    ("Dr. Orlando Vestergaard", "Orlando Vestergaard"),
    ("Orlando Maria Vestergaard", "Orlando Vestergaard"),
    ("Юрий Карпенко", "Yuriy Karpenko"),
    ("Abd al-Karim al-Haddadi", "Abdul Karim Haddadi"),
    ("Müller Søren", "Soren Mueller"),
    ("Wladimir Kusnezow", "Vladimir Kuznetsov"),
    ("Nordwind Handels GmbH", "NORDWIND HANDELS G.m.b.H."),
    ("Limited Liability Company Nordwind", "Nordwind LLC"),
    ("Nordwind & Söhne AG", "Nordwind and Sohne Aktiengesellschaft"),
    ("First Harbour Bank Ltd", "1st Harbour Bank Limited"),
]
DIFFERENT = [
    ("Orlando Vestergaard", "Matilda Vestergaard"),
    ("Orlando Vestergaard", "Orlando Kristensen"),
    ("Kim Jong Bae", "Ri Hong Sop"),
    ("Nordwind Handels GmbH", "Nordwind Reederei GmbH"),
    ("Harbour Fund 7 L.P.", "Harbour Fund 9 L.P."),
    ("AG", "GmbH & Co. KG"),
    ("Ida", "Ida Lindqvist-Moreau"),
]


@pytest.mark.parametrize(("left", "right"), ALIKE)
def test_one_name_in_two_spellings_is_found(left: str, right: str) -> None:
    assert score(prepared(left), prepared(right)) >= DEFAULT_THRESHOLD


@pytest.mark.parametrize(("left", "right"), DIFFERENT)
def test_two_names_are_told_apart(left: str, right: str) -> None:
    assert score(prepared(left), prepared(right)) < DEFAULT_THRESHOLD


@given(left=st.text(max_size=40), right=st.text(max_size=40))
def test_a_score_is_a_share_and_has_no_sides(left: str, right: str) -> None:
    a, b = prepared(left), prepared(right)
    assert 0 <= score(a, b) <= 1
    assert score(a, b) == pytest.approx(score(b, a))


@given(
    name=st.text(alphabet=st.characters(codec="ascii", categories=["L"]), min_size=1, max_size=40)
)
def test_a_name_is_wholly_like_itself(name: str) -> None:
    assert score(prepared(name), prepared(name.lower())) == pytest.approx(
        score(prepared(name), prepared(name.upper()))
    )
    assert score(prepared(name), prepared(name)) == 1


@given(name=st.text(max_size=60))
def test_capitals_are_letters_digits_and_single_blanks(name: str) -> None:
    written = capitals(name)
    assert all(one.isascii() and (one.isupper() or one.isdigit() or one == " ") for one in written)
    assert written == " ".join(written.split())


def test_sameness_is_exact_where_likeness_is_not() -> None:
    assert score(prepared("Okonkwoo"), prepared("Okonkwo")) >= DEFAULT_THRESHOLD
    assert not is_same("Okonkwoo", "Okonkwo")


@pytest.mark.parametrize(
    ("short", "whole", "is_last", "expected"),
    [
        ("ANNA MAR", "Anna Maria", True, True),
        ("ANNA MAR", "Anna Maria", False, False),
        ("ANNA M", "Anna Maria Luise", False, True),
        ("ANNA", "Anna Maria", False, True),
        ("ANNA MARIA LUISE", "Anna Maria", True, False),
        ("ANN MARIA", "Anna Maria", True, False),
        ("", "Anna", True, False),
    ],
)
def test_what_a_full_zone_may_leave_of_a_name(
    short: str, whole: str, is_last: bool, expected: bool
) -> None:
    assert is_cut(short, whole, is_last=is_last) is expected
