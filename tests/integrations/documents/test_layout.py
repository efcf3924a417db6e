"""What is stored of a document comes back whole or not at all; fingerprints of near-identical
documents are near."""

import json
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.documents import layout
from integrations.documents.limits import Limits
from integrations.documents.model import (
    Attachment,
    DocumentRefused,
    Embedded,
    Normalised,
    Page,
    ReadDocument,
    Rendition,
    Word,
)
from integrations.documents.normalise import normalise
from integrations.documents.reading.lines import Found, arrange
from integrations.documents.wire import decode, encode

SAFE = st.text(st.characters(blacklist_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=8)


@st.composite
def pages(draw, number: int = 1) -> Page:
    places = st.floats(0, 1000, allow_nan=False)
    found = [
        Found(text, left, top, left + 30, top + 10, confidence)
        for text, left, top, confidence in draw(
            st.lists(st.tuples(SAFE, places, places, st.none() | st.integers(0, 100)), max_size=8)
        )
    ]
    text, words = arrange(found, 1000, 1000)
    return Page(number, 1000, 1400, draw(st.sampled_from(["text", "ocr"])), text, words)


@st.composite
def documents(draw) -> ReadDocument:
    count = draw(st.integers(1, 3))
    parts = draw(st.lists(st.tuples(SAFE, st.binary(max_size=50)), max_size=2))
    return ReadDocument(
        "application/pdf",
        tuple(draw(pages(number)) for number in range(1, count + 1)),
        tuple(Embedded("xml", name, content) for name, content in parts),
        tuple(draw(st.lists(SAFE, max_size=2))),
    )


@given(document=documents())
def test_a_document_comes_back_as_it_was(document):
    assert layout.from_bytes(layout.to_bytes(document)) == document


WORD = Word("Total", 0, 5, 0, (100, 100, 300, 200), 90)
DOCUMENT = ReadDocument("application/pdf", (Page(1, 800, 600, "ocr", "Total", (WORD,)),))


def changed(**page: object) -> bytes:
    raw = json.loads(layout.to_bytes(DOCUMENT))
    raw["pages"][0] |= page
    return json.dumps(raw).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"{}",
        b"\xff",
        b"[" * 100_000,
        changed(words=[0, 6, 0, 1, 1, 2, 2, 90]),
        changed(words=[3, 3, 0, 1, 1, 2, 2, 90]),
        changed(words=[0, 5, 2, 1, 1, 2, 2, 90]),
        changed(words=[0, 5, 0, 5, 1, 2, 2, 90]),
        changed(words=[0, 5, 0, 1, 1, 2, 10_001, 90]),
        changed(words=[0, 5, 0, -1, 1, 2, 2, 90]),
        changed(words=[0, 5, 0, 1, 1, 2, 2, 101]),
        changed(words=[0, 5, 0, 1, 1, 2, 2]),
        changed(words=[0, 5, 0, 1, 1, 2, 2.5, 90]),
        changed(words=[0, 5, 0, 1, 1, 2, 2, True]),
        changed(words=[0, 3, 0, 1, 1, 2, 2, 90, 1, 5, 0, 1, 1, 2, 2, 90]),
        changed(text="a\u0000b"),
        changed(text="\ud800bcde"),
        changed(text=5),
        changed(width=-1),
        changed(width=10**9),
        changed(width=0),
        changed(source="dreamt"),
        changed(more=1),
    ],
)
def test_what_was_not_stored_by_us_is_refused(content):
    with pytest.raises(ValueError):
        layout.from_bytes(content)


def normalised() -> Normalised:
    import io

    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, "WEBP")
    return Normalised(
        DOCUMENT, (Rendition(out.getvalue(), out.getvalue()),), (Attachment("a", b"x"),)
    )


def test_an_honest_answer_comes_back_as_it_was():
    assert decode(encode(normalised()), Limits()) == normalised()


@given(data=st.data())
@settings(max_examples=300)
def test_a_changed_answer_is_a_result_of_the_right_shape_or_damage(data):
    answer = bytearray(encode(normalised()))
    for _ in range(data.draw(st.integers(1, 3))):
        answer[data.draw(st.integers(0, len(answer) - 1))] = data.draw(st.integers(0, 255))
    try:
        result = decode(bytes(answer), Limits())
    except DocumentRefused as refusal:
        assert refusal.code in {"damaged", "empty"}  # noqa: PT017
    else:
        assert len(result.renditions) == len(result.document.pages)


@pytest.mark.parametrize(
    "picture",
    [b"", b"RIFF", b"<svg onload='alert(1)'>", b"\x89PNG\r\n\x1a\n" + b"x" * 40],
)
def test_only_a_plain_webp_passes_for_a_picture(picture):
    whole = normalised()
    for rendition in (
        Rendition(picture, whole.renditions[0].zoom),
        Rendition(whole.renditions[0].screen, picture),
        Rendition(whole.renditions[0].screen + b"<script>", whole.renditions[0].zoom),
    ):
        with pytest.raises(DocumentRefused):
            decode(encode(Normalised(DOCUMENT, (rendition,))), Limits())


@pytest.mark.parametrize("limits", [Limits(pages=0), Limits(characters=4), Limits(attachments=0)])
def test_the_parent_holds_the_limits_too(limits):
    with pytest.raises(DocumentRefused):
        decode(encode(normalised()), limits)


def prose(chance: random.Random, count: int) -> list[str]:
    letters = "abcdefghijklmnoprstuvw"
    return ["".join(chance.choices(letters, k=chance.randrange(2, 9))) for _ in range(count)]


@given(text=st.text(max_size=300))
def test_a_fingerprint_fits_a_bigint_and_ignores_case_and_punctuation(text):
    value = layout.fingerprint(text)
    assert -(2**63) <= value < 2**63
    assert layout.fingerprint(f"  {text} \n…") == value
    assert layout.distance(value, value) == 0


@pytest.mark.parametrize("count", [80, 200, 600])
def test_near_identical_documents_have_near_fingerprints_and_others_have_not(count):
    near, far = [], []
    for seed in range(60):
        chance = random.Random(seed)
        words = prose(chance, count)
        value = layout.fingerprint(" ".join(words))
        other = list(words)
        for _ in range(max(1, count // 100)):  # a misread word in a hundred
            other[chance.randrange(count)] = "misread"
        near.append(layout.distance(value, layout.fingerprint(" ".join(other))))
        far.append(layout.distance(value, layout.fingerprint(" ".join(prose(chance, count)))))
    assert sum(bits <= 10 for bits in near) >= 54
    assert min(far) > 14


def test_a_text_without_words_has_no_fingerprint():
    assert layout.fingerprint("") == layout.fingerprint(" … ") == 0


def test_an_answer_about_another_kind_of_file_is_damage(monkeypatch):
    monkeypatch.setattr("integrations.documents.sandbox.run", lambda *_: encode(normalised()))
    with pytest.raises(DocumentRefused) as refusal:
        normalise(b"only words")
    assert refusal.value.code == "damaged"
