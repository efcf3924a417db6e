"""Which words of a text layer a person would see: what nobody sees must not be read either.

A file can carry words for machines alone (white on white, under a picture, in no colour at all).
They would reach a model and not the person who answers for it.
"""

from __future__ import annotations

from typing import Any

import pypdfium2 as pdfium
from PIL import Image, ImageChops

from integrations.documents.reading.lines import Found

_WIDTH = 800  # pixels of the two drawings that are compared
_CONTRAST = 16  # of 255: less between the lightest and darkest spot is no print
_CHANGE = 40
_LEAST_POINTS = 2.0  # print below is no print for people: 0.7 mm


def seen(page: Any, found: list[Found], picture: Image.Image) -> list[Found]:
    """Those that show on the picture.

    The page is drawn with all print black, then white: where nothing changes, none is drawn. On
    the true picture there has to be contrast besides, or print of the paper's colour would pass.
    """
    width, _ = page.get_size()
    grey = picture.convert("L")
    changed = ImageChops.difference(_drawn(page, 0, width), _drawn(page, 255, width))
    factor = changed.width / picture.width
    least = _LEAST_POINTS * picture.width / width
    return [
        word
        for word in found
        if min(word.height, max(word.right - word.left, word.height)) >= least
        and _spread(grey, word, 1.0) >= _CONTRAST
        and _spread(changed, word, factor) >= _CHANGE
    ]


def _drawn(page: Any, shade: int, width: float) -> Image.Image:
    """With print in one shade, and lines and areas in another, the same in both drawings."""
    print_in, areas_in = (shade, shade, shade, 255), (128, 128, 128, 255)
    scheme = pdfium.PdfColorScheme(
        path_fill=areas_in, path_stroke=areas_in, text_fill=print_in, text_stroke=print_in
    )
    bitmap = page.render(scale=_WIDTH / width, grayscale=True, color_scheme=scheme)
    drawn: Image.Image = bitmap.to_pil()
    return drawn


def _spread(picture: Image.Image, word: Found, factor: float) -> int:
    box = (
        max(0, int(word.left * factor)),
        max(0, int(word.top * factor)),
        min(picture.width, int(word.right * factor) + 1),
        min(picture.height, int(word.bottom * factor) + 1),
    )
    if box[0] >= box[2] or box[1] >= box[3]:
        return 0
    seen: Any = picture.crop(box).getextrema()
    return int(seen[1]) - int(seen[0])
