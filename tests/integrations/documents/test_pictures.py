"""Scans and photos: turned upright, made level, read."""

import io
import random

import pytest
from PIL import Image, ImageFilter, ImageFont

from integrations.documents import sniff
from integrations.documents.limits import Limits
from integrations.documents.model import DocumentRefused
from integrations.documents.normalise import normalise
from tests.integrations.documents import making

LINES = ("Muster GmbH Rechnung", "Nummer RE-2026-0815", "Datum 14.03.2026", "Summe 1.190,00 EUR")


def page_of(content: bytes):
    (page,) = normalise(content).document.pages
    return page


@pytest.mark.parametrize("turned", [90, 180, 270])
def test_a_turned_scan_is_set_upright(turned):
    picture = making.print_of(*LINES).rotate(turned, expand=True)
    result = normalise(making.saved(picture))
    (page,) = result.document.pages
    assert page.text == "\n".join(LINES)
    assert page.width > page.height
    with Image.open(io.BytesIO(result.renditions[0].screen)) as shown:
        assert shown.width / shown.height == pytest.approx(page.width / page.height, rel=0.01)


@pytest.mark.parametrize("degrees", [-7, 4])
def test_a_tilted_noisy_scan_is_made_level(degrees):
    picture = making.print_of(*LINES).convert("L")
    noise = random.Random(7)
    picture = picture.rotate(degrees, expand=True, fillcolor=235).filter(
        ImageFilter.GaussianBlur(1)
    )
    dots = picture.load()
    for _ in range(picture.width * picture.height // 50):
        dots[noise.randrange(picture.width), noise.randrange(picture.height)] = 128
    page = page_of(making.saved(picture, "JPEG", quality=60))
    assert page.text == "\n".join(LINES)
    for line in range(len(LINES)):
        tops = [word.box[1] for word in page.words if word.line == line]
        assert max(tops) - min(tops) < 150


def test_a_photo_is_turned_as_its_camera_says():
    exif = Image.Exif()
    exif[0x0112] = 6  # the sensor lay on its side
    picture = making.print_of(*LINES).rotate(90, expand=True)
    page = page_of(making.saved(picture, "JPEG", exif=exif))
    assert page.text == "\n".join(LINES)


def test_words_lie_where_they_are_printed():
    page = page_of(making.picture("Alpha 0123456789 omega"))
    font = ImageFont.load_default(36)
    assert len(page.words) == 3
    for word in page.words:
        begin = 80 + font.getlength(page.text[: word.start])
        end = 80 + font.getlength(page.text[: word.end])
        assert word.box[0] / 10_000 * page.width == pytest.approx(begin, abs=10)
        assert word.box[2] / 10_000 * page.width == pytest.approx(end, abs=10)


def test_a_tiff_has_as_many_pages_as_frames():
    first, second = making.print_of("First page"), making.print_of("Second page")
    content = making.saved(first, "TIFF", save_all=True, append_images=[second.convert("1")])
    result = normalise(content)
    assert result.document.media_type == sniff.TIFF
    assert [page.text for page in result.document.pages] == ["First page", "Second page"]
    with pytest.raises(DocumentRefused) as refusal:
        normalise(content, limits=Limits(pages=1))
    assert refusal.value.code == "too_many_pages"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16", "CMYK"])
def test_every_kind_of_pixel_is_read(mode):
    picture = making.print_of("Total 119.00")
    if mode == "I;16":
        picture = picture.convert("L").point(lambda value: value * 257, "I").convert("I;16")
    else:
        picture = picture.convert(mode)
    kind = "TIFF" if mode == "CMYK" else "PNG"
    assert page_of(making.saved(picture, kind)).text == "Total 119.00"


def test_print_on_a_transparent_sheet_is_read():
    picture = making.print_of("Total 119.00").convert("RGBA")
    picture.putalpha(picture.convert("L").point(lambda value: 255 - value))
    assert page_of(making.saved(picture)).text == "Total 119.00"


def test_an_empty_page_is_a_page_without_words():
    page = page_of(making.saved(Image.new("RGB", (400, 300), "white")))
    assert (page.text, page.words, page.source) == ("", (), "ocr")


def test_the_first_picture_of_a_page_is_light():
    noise = Image.effect_noise((2400, 3400), 80).convert("RGB")
    noise.paste(making.print_of(*LINES), (200, 200))
    rendition = normalise(making.saved(noise, "JPEG")).renditions[0]
    with (
        Image.open(io.BytesIO(rendition.screen)) as screen,
        Image.open(io.BytesIO(rendition.zoom)) as zoom,
    ):
        assert screen.width == 1000
        assert zoom.width == 2000
    page = normalise(making.pdf(*["Some words of an invoice, twelve to a line"] * 30)).renditions[0]
    assert len(page.screen) < 70_000


def test_pixels_are_limited_by_page_and_in_all():
    content = making.saved(Image.new("L", (300, 200), 255))
    assert normalise(content, limits=Limits(page_pixels=60_000))
    for limits in (Limits(page_pixels=59_999), Limits(all_pixels=59_999)):
        with pytest.raises(DocumentRefused) as refusal:
            normalise(content, limits=limits)
        assert refusal.value.code == "too_many_pixels"
