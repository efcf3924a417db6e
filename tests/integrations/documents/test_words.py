"""Spans and places of a page's words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.documents.model import Page, Word
from integrations.documents.words import boxes_in, find, union, words_in, words_of


def page(text: str) -> Page:
    """Every character 100 wide, every line 200 high."""
    words, at = [], 0
    for number, line in enumerate(text.split("\n")):
        column = 0
        for word in line.split(" "):
            if word:
                start = at + column
                box = (100 * column, 200 * number, 100 * (column + len(word)), 200 * number + 200)
                words.append(Word(word, start, start + len(word), number, box))
            column += len(word) + 1
        at += len(line) + 1
    return Page(1, 1000, 1000, "text", text, tuple(words))


SAMPLE = page("Invoice 2010\nTotal 1.00\nSum 1,234.50 EUR\nACME GmbH &\nCo. KG")


def test_a_span_has_the_box_of_the_words_it_touches():
    start = SAMPLE.text.index("1,234.50")
    assert words_in(SAMPLE, start, start + 8) == (400, 400, 1200, 600)
    assert words_in(SAMPLE, start + 1, start + 2) == (400, 400, 1200, 600)
    assert words_in(SAMPLE, start, start + 10) == (400, 400, 1600, 600)


def test_a_span_between_words_has_none():
    assert words_of(SAMPLE, 7, 8) == ()
    assert words_in(SAMPLE, 7, 8) is None


def test_a_span_over_lines_has_a_box_for_each():
    ((start, end),) = find(SAMPLE, "acme gmbh & co kg")
    assert SAMPLE.text[start:end] == "ACME GmbH &\nCo. KG"
    assert boxes_in(SAMPLE, start, end) == ((0, 600, 1100, 800), (0, 800, 600, 1000))


def test_words_without_places_have_no_box():
    plain = Page(1, 0, 0, "text", "a b", (Word("a", 0, 1, 0), Word("b", 2, 3, 0)))
    assert words_in(plain, 0, 3) is None
    assert boxes_in(plain, 0, 3) == ()


@pytest.mark.parametrize(
    ("quoted", "found"),
    [
        ("invoice", ["Invoice"]),
        ("TOTAL: 1.00", ["Total 1.00"]),
        ("1,234.50 €", ["1,234.50"]),
        ("Sum\n1,234.50", ["Sum 1,234.50"]),
        ("10", []),
        ("100", []),
        ("1", []),
        ("234.50", []),
        ("00", []),
        ("…", []),
        ("", []),
    ],
)
def test_a_quoted_text_is_found_as_people_would(quoted, found):
    assert [SAMPLE.text[start:end] for start, end in find(SAMPLE, quoted)] == found


def test_every_place_of_a_text_is_found():
    assert find(page("net 5 tax 5 net"), "5") == ((4, 5), (10, 11))
    assert find(page("net 5 tax 5 net"), "NET") == ((0, 3), (12, 15))
    assert find(page("0 0 0"), "0 0") == ((0, 3), (2, 5))


def test_letters_that_fold_to_two_keep_their_places():
    text = page("Straße 5 Großstraße")
    assert find(text, "STRASSE 5") == ((0, 8),)
    assert find(text, "großstrasse") == ((9, 19),)


@given(
    words=st.lists(st.text("abcß12.,", min_size=1, max_size=5), min_size=1, max_size=12),
    data=st.data(),
)
def test_what_is_cut_from_a_page_at_words_is_found_in_it(words, data):
    text = page(" ".join(words))
    first = data.draw(st.integers(0, len(words) - 1))
    last = data.draw(st.integers(first, len(words) - 1))
    quoted = " ".join(words[first : last + 1])
    spans = find(text, quoted, at_most=1000)
    if any(letter.isalnum() for letter in quoted):
        start, end = text.words[first].start, text.words[last].end
        assert any(start <= found and ended <= end for found, ended in spans)


def test_no_boxes_have_no_union():
    assert union([None, None]) is None
