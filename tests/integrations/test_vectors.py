"""Texts as vectors: length, sameness, and that likeness means something."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.vectors import DIMENSIONS, likeness, vector_of

LATE = "My parcel has not arrived. It was due on Tuesday and the driver left no card."
LATER = "The parcel did not arrive on Tuesday, and there was no card from the driver."
REFUND = "Please pay the money for the broken lamp back to my bank account."


@given(st.text(min_size=1, max_size=300))
def test_a_vector_has_length_one_or_there_is_none(text):
    vector = vector_of(text)
    if vector is None:
        return
    assert len(vector) == DIMENSIONS
    assert math.isclose(sum(one * one for one in vector), 1.0, rel_tol=1e-9)


def test_the_same_text_gives_the_same_vector():
    assert vector_of(LATE) == vector_of(LATE)


def test_like_texts_are_nearer_than_unlike_ones():
    near = likeness(vector_of(LATE), vector_of(LATER))
    far = likeness(vector_of(LATE), vector_of(REFUND))
    assert near > 0.4
    assert near > far + 0.2


@pytest.mark.parametrize("text", ["", "   ", "…", "\n\f"])
def test_a_text_without_words_has_no_vector(text):
    assert vector_of(text) is None


def test_totals_and_numbers_do_not_make_two_invoices_unlike():
    first = "Invoice 10472 of Lindquell GmbH, total 1.190,00 EUR due 04.03.2026"
    second = "Invoice 10519 of Lindquell GmbH, total 2.380,00 EUR due 17.09.2026"
    assert likeness(vector_of(first), vector_of(second)) > 0.98


def test_case_and_accents_do_not_count():
    assert likeness(vector_of("CAFÉ Señor"), vector_of("cafe senor")) > 0.99
