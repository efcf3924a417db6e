"""A page's pictures for people: WebP, one small for the first look, one for looking closely."""

from __future__ import annotations

import io

from PIL import Image

from integrations.documents.model import Rendition

SCREEN_WIDTH = 1000
ZOOM_WIDTH = 2000
# The review page's first load has 200 KB for everything; a page of print stays readable below 70.
_SCREEN_BYTES = 70_000
_SCREEN_QUALITIES = (60, 45, 32, 20)


def render(picture: Image.Image) -> Rendition:
    """Both pictures of an upright page."""
    picture = _plain(picture)
    return Rendition(screen=_screen(picture), zoom=_webp(_narrowed(picture, ZOOM_WIDTH), 60))


def _screen(picture: Image.Image) -> bytes:
    small = _narrowed(picture, SCREEN_WIDTH)
    for quality in _SCREEN_QUALITIES:
        content = _webp(small, quality)
        if len(content) <= _SCREEN_BYTES:
            break
    return content


def _plain(picture: Image.Image) -> Image.Image:
    return picture if picture.mode in ("RGB", "L") else picture.convert("RGB")


def _narrowed(picture: Image.Image, width: int) -> Image.Image:
    """At most so wide, and at most four times as high as that."""
    ratio = min(width / picture.width, 4 * width / picture.height)
    if ratio >= 1:
        return picture
    size = (max(1, round(picture.width * ratio)), max(1, round(picture.height * ratio)))
    return picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)


def _webp(picture: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, "WEBP", quality=quality, method=2)
    return out.getvalue()
