"""Pictures: scans and photos, one page or (TIFF) several."""

from __future__ import annotations

import io
import warnings

from PIL import Image, ImageOps, ImageSequence

from integrations.documents import sniff
from integrations.documents.limits import Limits
from integrations.documents.model import Normalised, Page, ReadDocument, Rendition
from integrations.documents.reading import budget, renditions
from integrations.documents.reading.lines import arrange
from integrations.documents.refusals import refused

_FORMATS = {sniff.PNG: "PNG", sniff.JPEG: "JPEG", sniff.TIFF: "TIFF", sniff.WEBP: "WEBP"}
_LONGEST_SIDE = 4000  # pixels that OCR and zoom can make use of


def read(content: bytes, media_type: str, limits: Limits) -> Normalised:
    Image.MAX_IMAGE_PIXELS = limits.page_pixels
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    pages: list[Page] = []
    pictures: list[Rendition] = []
    pixels = 0
    with Image.open(io.BytesIO(content), formats=[_FORMATS[media_type]]) as file:
        frames = ImageSequence.Iterator(file) if media_type == sniff.TIFF else [file]
        for frame in frames:
            pixels += frame.width * frame.height
            if frame.width * frame.height > limits.page_pixels or pixels > limits.all_pixels:
                raise refused("too_many_pixels")
            if len(pages) >= limits.pages:
                raise refused("too_many_pages")
            budget.allow(len(pages) + 1)
            page, rendition = read_page(upright(frame), len(pages) + 1)
            pages.append(page)
            pictures.append(rendition)
    return Normalised(ReadDocument(media_type, tuple(pages)), tuple(pictures))


def upright(frame: Image.Image) -> Image.Image:
    """The frame on white, in RGB or grey, turned as its EXIF orientation says, not oversized."""
    # Smaller by whole factors while still decoding: a photo of 40 megapixels costs a quarter.
    frame.draft("RGB", (_LONGEST_SIDE // 2, _LONGEST_SIDE // 2))
    picture = ImageOps.exif_transpose(frame)
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture)
    if picture.mode in ("I", "I;16", "F"):
        picture = ImageOps.autocontrast(picture.convert("F").convert("L"))
    if picture.mode not in ("RGB", "L"):
        picture = picture.convert("L" if picture.mode == "1" else "RGB")
    picture.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE), Image.Resampling.LANCZOS)
    return picture


def read_page(picture: Image.Image, number: int) -> tuple[Page, Rendition]:
    from integrations.documents.reading import ocr

    picture, found = ocr.read(picture)
    text, words = arrange(found, picture.width, picture.height)
    page = Page(number, picture.width, picture.height, "ocr", text, words)
    return page, renditions.render(picture)
