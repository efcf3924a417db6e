"""Papers as a scanner or a telephone's camera sees them.

Noise is drawn by numpy from a seed. The letters' shapes are those of pdfium, so that two machines
may differ in single pixels, never in what the page says.
"""

from __future__ import annotations

import io
import math
import random
from dataclasses import dataclass

import numpy as np
import pypdfium2 as pdfium
from PIL import Image, ImageChops, ImageDraw, ImageFilter
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

POINTS = 72
_TILE = 331  # pixels


@dataclass(frozen=True)
class Scanner:
    """How a page comes out. angle in degrees, noise in grey levels, blur in pixels."""

    dpi: int = 150
    angle: float = 0.0
    noise: float = 6.0
    blur: float = 0.5
    shade: float = 0.0  # how much darker the far edge is, 0 to 1
    contrast: float = 1.0
    turn: int = 0  # 0, 90, 180, 270
    is_colour: bool = False


def scanner(chance: random.Random) -> Scanner:
    """Some scanner: most are good, a few put the paper in askew, the wrong way up, or blurred."""
    return Scanner(
        dpi=chance.choice((130, 150, 150, 200)),
        angle=chance.choice((0.0, chance.uniform(-0.6, 0.6), chance.uniform(-2.5, 2.5))),
        noise=chance.choice((2.0, 5.0, 9.0, 14.0)),
        blur=chance.choice((0.3, 0.5, 0.8)),
        shade=chance.choice((0.0, 0.0, chance.uniform(0.05, 0.2))),
        contrast=chance.choice((1.0, 0.9, 0.75)),
        turn=chance.choices((0, 90, 180, 270), (88, 4, 5, 3))[0],
        is_colour=chance.random() < 0.2,
    )


def pages(content: bytes, *, dpi: int = 150) -> list[Image.Image]:
    """A PDF's pages as pictures in colour."""
    document = pdfium.PdfDocument(content)
    try:
        return [page.render(scale=dpi / POINTS).to_pil().convert("RGB") for page in document]
    finally:
        document.close()


def scan(content: bytes, chance: random.Random, how: Scanner | None = None) -> list[Image.Image]:
    """A PDF printed and put through a scanner, page by page."""
    how = how or scanner(chance)
    return [degrade(page, chance, how) for page in pages(content, dpi=how.dpi)]


def degrade(page: Image.Image, chance: random.Random, how: Scanner) -> Image.Image:
    """A clean picture of a page as that scanner gives it."""
    picture = page if how.is_colour else page.convert("L")
    white = (250, 249, 246) if how.is_colour else 250
    if how.angle:
        picture = picture.rotate(how.angle, Image.Resampling.BILINEAR, fillcolor=white)
    if how.blur:
        picture = picture.filter(ImageFilter.BoxBlur(how.blur))
    picture = _noisy(picture, chance, how)
    return picture.rotate(how.turn, expand=True) if how.turn else picture


def _noisy(picture: Image.Image, chance: random.Random, how: Scanner) -> Image.Image:
    pixels = np.asarray(picture, dtype=np.float32)
    height, width = pixels.shape[:2]
    generator = np.random.default_rng(chance.randrange(2**32))
    # A tile of grain over the whole page: nobody sees it repeat, and it is made in no time.
    tile = generator.standard_normal((_TILE, _TILE), dtype=np.float32) * how.noise
    grain = np.tile(tile, (height // _TILE + 1, width // _TILE + 1))[:height, :width]
    pixels = 255 - (255 - pixels) * how.contrast
    if how.shade:
        pixels = pixels * _column(1 - how.shade * np.linspace(0, 1, width) ** 2, pixels.ndim)
    pixels = pixels + (grain if pixels.ndim == 2 else grain[:, :, None])
    _specks(pixels, generator, int(width * height / 60_000))
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def _column(values: np.ndarray, dimensions: int) -> np.ndarray:
    row = values.astype(np.float32)[None, :]
    return row if dimensions == 2 else row[:, :, None]


def _specks(pixels: np.ndarray, generator: np.random.Generator, count: int) -> None:
    """Dust: dots of one or two pixels."""
    height, width = pixels.shape[:2]
    for _ in range(count):
        y, x = generator.integers(0, height - 2), generator.integers(0, width - 2)
        pixels[y : y + generator.integers(1, 3), x : x + generator.integers(1, 3)] = 90


def photograph(content: bytes, chance: random.Random, *, dpi: int = 140) -> Image.Image:
    """The first page lying on a table, taken from above by hand: askew, shadowed, in colour."""
    page = pages(content, dpi=dpi)[0]
    width, height = page.size
    margin = round(width * 0.07)
    tone = chance.choice(((96, 74, 55), (60, 66, 74), (150, 128, 104), (196, 190, 180)))
    corners = [
        (margin + chance.randint(-25, 30), margin + chance.randint(-25, 30)),
        (margin + width + chance.randint(-30, 15), margin + chance.randint(-15, 30)),
        (margin + width + chance.randint(-25, 25), margin + height + chance.randint(-25, 20)),
        (margin + chance.randint(-20, 30), margin + height + chance.randint(-30, 20)),
    ]
    size = (width + 2 * margin, height + 2 * margin)
    table = Image.new("RGB", size, tone)
    coefficients = _perspective(corners, [(0, 0), (width, 0), (width, height), (0, height)])
    bilinear = Image.Resampling.BILINEAR
    laid = page.transform(size, Image.Transform.PERSPECTIVE, coefficients, bilinear)
    mask = Image.new("L", size, 0)
    ImageDraw.Draw(mask).polygon(corners, fill=255)
    small = ImageChops.offset(mask, 9, 12).resize((size[0] // 8, size[1] // 8))
    shadow = small.filter(ImageFilter.BoxBlur(1.5)).resize(size, bilinear)
    dark = Image.new("RGB", size, (20, 18, 16))
    table.paste(dark, (0, 0), shadow.point([tone // 2 for tone in range(256)]))
    table.paste(laid, (0, 0), mask)
    how = Scanner(
        noise=4.0, shade=chance.uniform(0.15, 0.35), contrast=0.92, is_colour=True, blur=0
    )
    picture = _noisy(table.filter(ImageFilter.BoxBlur(0.7)), chance, how)
    return picture.rotate(chance.choice((0, 0, 0, 90)), expand=True)


def _perspective(seen: list[tuple[int, int]], flat: list[tuple[int, int]]) -> tuple[float, ...]:
    """The eight numbers that carry the seen corners back to the flat ones."""
    rows = []
    for (x, y), (u, v) in zip(seen, flat, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y])
    targets = np.array([value for corner in flat for value in corner], dtype=np.float64)
    solved = np.linalg.solve(np.array(rows, dtype=np.float64), targets)
    return tuple(float(value) for value in solved)


def jpeg(picture: Image.Image, *, quality: int = 60, dpi: int = 150) -> bytes:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=quality, dpi=(dpi, dpi))
    return file.getvalue()


def png(picture: Image.Image, *, dpi: int = 150) -> bytes:
    """Few tones and a paper made white, as scanners' own software does it: with all the grain of
    a scan the file would have megabytes."""
    cleaned = picture.point(
        [255 if tone > 205 else tone // 16 * 16 for tone in range(256)] * len(picture.getbands())
    )
    levels = cleaned.quantize(32 if picture.mode == "RGB" else 16)
    file = io.BytesIO()
    levels.save(file, "PNG", optimize=True, dpi=(dpi, dpi))
    return file.getvalue()


def tiff(pictures: list[Image.Image], *, dpi: int = 200) -> bytes:
    """Black and white, as office scanners send it (fax group 4), all pages in one file."""
    first, *rest = [one.convert("L").point(lambda v: 255 * (v > 150), "1") for one in pictures]
    file = io.BytesIO()
    first.save(
        file,
        "TIFF",
        compression="group4",
        dpi=(dpi, dpi),
        save_all=bool(rest),
        append_images=rest,
    )
    return file.getvalue()


def pdf_of(pictures: list[Image.Image], *, quality: int = 55, dpi: int = 150) -> bytes:
    """A PDF that holds pictures only: no text can be taken from it."""
    file = io.BytesIO()
    canvas = Canvas(file, invariant=1)
    for picture in pictures:
        width, height = (side * POINTS / dpi for side in picture.size)
        canvas.setPageSize((width, height))
        # From the JPEG's bytes, which reportlab then takes over as they are.
        image = ImageReader(io.BytesIO(jpeg(picture, quality=quality, dpi=dpi)))
        canvas.drawImage(image, 0, 0, width, height)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def scribble(picture: Image.Image, chance: random.Random, at: tuple[float, float]) -> None:
    """Somebody's initials in blue ballpoint, drawn onto the picture."""
    width, height = picture.size
    x, y = at[0] * width, at[1] * height
    points = []
    for step in range(60):
        angle = step / 60 * chance.uniform(5.5, 7) * math.pi
        points.append((x + step * width / 700, y + math.sin(angle) * height / 90))
    colour = (28, 48, 140) if picture.mode == "RGB" else 70
    ImageDraw.Draw(picture).line(points, fill=colour, width=max(2, width // 600))
