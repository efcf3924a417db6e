"""One page of a PDF: drawn, and read from its text layer or, where that is no use, by its print."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pypdfium2.raw as raw
from PIL import Image

from integrations.documents.model import Page, PageSource, Rendition
from integrations.documents.reading import pdftext, renditions, seeing
from integrations.documents.reading.lines import Found, arrange
from integrations.documents.refusals import refused

_MOST_PIXELS_A_POINT = 300 / 72
_UNREAD_SHARE = 0.1  # of the page: a smaller picture is a logo, not a scan
_UNREAD_WORDS = 8  # in a picture: with more, its print is in the text layer already
_UNREAD_PICTURES = 3
_HIDDEN_SHARE = 0.5  # of the words: with more, the layer is no image of the page


HIDDEN = "Text that nobody can see on the page was left out."
LAYER = "The file's own text does not show on the page or makes no sense: the print was read."


@dataclass(frozen=True, slots=True)
class Reading:
    page: Page
    rendition: Rendition
    note: str = ""


def read(document: Any, index: int) -> Reading:
    page = document[index]
    if document.formenv and page.flatten() == raw.FLATTEN_SUCCESS:
        page.close()  # so that forms' values become print like any other
        page = document[index]
    try:
        return _read(page, index + 1)
    finally:
        page.close()


def _read(page: Any, number: int) -> Reading:
    textpage = page.get_textpage()
    try:
        turns = pdftext.quarter_turns(textpage)
        if turns is not None and turns != page.get_rotation() // 90:
            page.set_rotation(90 * turns)
        picture = _drawn(page)
        laid = pdftext.words(textpage, page, picture.size)
        found = seeing.seen(page, laid, picture) if laid else []
        if not laid:
            return _by_print(picture, number, "")
        usable = found and len(found) >= (1 - _HIDDEN_SHARE) * len(laid)
        if not usable or not pdftext.is_sound(textpage, found):
            return _by_print(picture, number, LAYER)
    finally:
        textpage.close()
    note = HIDDEN if len(found) < len(laid) else ""
    found += _in_pictures(page, picture, found)
    return _reading(picture, number, "text", found, note)


def _reading(
    picture: Image.Image, number: int, source: PageSource, found: list[Found], note: str
) -> Reading:
    text, words = arrange(found, picture.width, picture.height)
    page = Page(number, picture.width, picture.height, source, text, words)
    return Reading(page, renditions.render(picture), note)


def _by_print(picture: Image.Image, number: int, note: str) -> Reading:
    darkest, lightest = picture.convert("L").getextrema()
    if lightest == darkest:
        return _reading(picture, number, "text", [], note)
    from integrations.documents.reading import ocr

    upright, found = ocr.read(picture)
    return _reading(upright, number, "ocr", found, note)


def _drawn(page: Any) -> Image.Image:
    """The page as it is printed; pixels by what its zoomed picture can use."""
    width, height = page.get_size()
    if not (width > 0 and height > 0):
        raise refused("damaged")
    scale = min(renditions.ZOOM_WIDTH / width, 4 * renditions.ZOOM_WIDTH / height)
    scale = min(scale, _MOST_PIXELS_A_POINT)
    picture: Image.Image = page.render(scale=scale, limit_image_cache=True).to_pil()
    return picture if picture.mode == "RGB" else picture.convert("RGB")


def _in_pictures(page: Any, picture: Image.Image, found: list[Found]) -> list[Found]:
    """The print in scans that are set into a page of text, as far as the layer lacks it."""
    added: list[Found] = []
    for box in _unread(page, picture, found):
        from integrations.documents.reading import ocr

        for word in ocr.words(picture.crop(box)):
            word.left, word.right = word.left + box[0], word.right + box[0]
            word.top, word.bottom = word.top + box[1], word.bottom + box[1]
            if not any(_overlap(word, other) for other in found):
                added.append(word)
    return added


def _unread(page: Any, picture: Image.Image, found: list[Found]) -> list[tuple[int, int, int, int]]:
    boxes = []
    whole = picture.width * picture.height
    for image in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        left, top, right, bottom = pdftext.place_box(page, picture.size, image.get_bounds())
        box = (
            max(0, int(left)),
            max(0, int(top)),
            min(picture.width, int(right) + 1),
            min(picture.height, int(bottom) + 1),
        )
        width, height = box[2] - box[0], box[3] - box[1]
        if width <= 0 or height <= 0 or width * height < _UNREAD_SHARE * whole:
            continue
        if sum(_centre_in(word, box) for word in found) < _UNREAD_WORDS:
            boxes.append(box)
        if len(boxes) == _UNREAD_PICTURES:
            break
    return boxes


def _centre_in(word: Found, box: tuple[int, int, int, int]) -> bool:
    return box[0] <= (word.left + word.right) / 2 <= box[2] and box[1] <= word.middle <= box[3]


def _overlap(word: Found, other: Found) -> bool:
    """Whether the other covers a good part of the word."""
    wide = min(word.right, other.right) - max(word.left, other.left)
    high = min(word.bottom, other.bottom) - max(word.top, other.top)
    return wide > 0.3 * (word.right - word.left) and high > 0.3 * word.height
