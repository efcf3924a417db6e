from __future__ import annotations

import time

import pytest

from integrations.documents.model import Page, ReadDocument, Word
from integrations.extraction.layout import MAX_WORDS, lay_out
from integrations.extraction.prepared import prepare
from tests.integrations.extraction.making import page_of


def test_words_of_one_row_far_apart_are_two_segments() -> None:
    sheet = lay_out([page_of([("Total due", 100, 100), ("12.00", 700, 101)])])
    assert [sheet.text(one.first, one.last) for one in sheet.segments] == ["Total due", "12.00"]
    assert sheet.rows == [[0, 1]]


def test_a_segment_knows_what_stands_above_and_below_it() -> None:
    sheet = lay_out(
        [page_of([("Amount", 700, 100), ("Tea", 100, 130), ("3.00", 710, 130), ("4.00", 710, 160)])]
    )
    by_text = {sheet.text(one.first, one.last): one for one in sheet.segments}
    assert sheet.segments[by_text["3.00"].above] is by_text["Amount"]
    assert sheet.segments[by_text["3.00"].below] is by_text["4.00"]


def test_a_text_without_boxes_is_laid_out_line_by_line() -> None:
    text = "Invoice 17\nTotal 5.00"
    words = (
        Word("Invoice", 0, 7, 0),
        Word("17", 8, 10, 0),
        Word("Total", 11, 16, 1),
        Word("5.00", 17, 21, 1),
    )
    sheet = lay_out([ReadDocument("text/plain", (Page(1, 0, 0, "text", text, words),))])
    assert [sheet.text(one.first, one.last) for one in sheet.segments] == [
        "Invoice 17",
        "Total 5.00",
    ]


def test_a_document_without_words_has_nothing_to_choose_from() -> None:
    empty = ReadDocument("image/png", (Page(1, 800, 600, "ocr", "", ()),))
    prepared = prepare([empty])
    assert prepared.points("amount").candidates == []
    assert prepared.spans("name").parts == []


def _hostile(kind: str) -> ReadDocument:
    if kind == "words":
        said = [f"w{at}.{at % 100:02d}" for at in range(100_000)]
    elif kind == "one word":
        said = ["A1" * 200_000]
    elif kind == "accounts":
        said = ["DE12" + "A1B2" * 12] * 20_000
    else:
        said = ["12/" * 30] * 50_000
    text = " ".join(said)
    words, at = [], 0
    for one in said:
        words.append(Word(one, at, at + len(one), 0))
        at += len(one) + 1
    return ReadDocument("text/plain", (Page(1, 0, 0, "text", text, tuple(words)),))


@pytest.mark.parametrize("kind", ["words", "one word", "accounts", "slashes"])
def test_a_hostile_text_costs_seconds(kind: str) -> None:
    document = _hostile(kind)
    began = time.process_time()
    prepared = prepare([document])
    for one in ("amount", "date", "code", "iban", "vat_id", "currency"):
        prepared.points(one)
    prepared.spans("address")
    spent = time.process_time() - began
    assert len(prepared.sheet.tokens) <= MAX_WORDS
    assert all(len(prepared.points(one).candidates) <= 400 for one in ("amount", "date", "code"))
    assert spent < 20  # about 4 s of this machine
