"""Words in a picture: turned upright, made level, read line by line, placed word by word."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from PIL import Image

from integrations.documents.reading import recognition
from integrations.documents.reading.lines import Found
from integrations.documents.reading.recognition import Line, Pixels, Quad

_LEAST = 0.5  # confidence below which a line is no print but dirt
_SAMPLE = 8  # lines looked at to tell which way is up
_LEVEL_DEGREES, _STEEPEST_DEGREES = 0.3, 20.0
_WIDE_GAP = 5  # columns of the recogniser between two letters that no blank was seen between


def read(picture: Image.Image) -> tuple[Image.Image, list[Found]]:
    """The picture turned upright and level, and its words in its pixels."""
    pixels = _pixels(picture)
    quads = recognition.detect(pixels)
    if _stands_on_its_side(quads):
        picture, pixels, _ = _turned(picture, quads, quarters=1)
        quads = recognition.detect(pixels)  # finds more of small print than on its side
    if quads and _is_upside_down(pixels, quads):
        picture, pixels, quads = _turned(picture, quads, quarters=2)
    lines = _lines(pixels, quads)
    degrees = _tilt(quads)
    if _LEVEL_DEGREES < abs(degrees) < _STEEPEST_DEGREES:
        picture, quads = _levelled(picture, quads, degrees)
    return picture, _found(quads, lines)


def words(picture: Image.Image) -> list[Found]:
    """The words of a picture that is upright already, in its pixels."""
    pixels = _pixels(picture)
    quads = recognition.detect(pixels)
    return _found(quads, _lines(pixels, quads))


def _turned(
    picture: Image.Image, quads: list[Quad], *, quarters: int
) -> tuple[Image.Image, Pixels, list[Quad]]:
    """All of it turned against the clock; what was a line's right end comes to lie first."""
    for _ in range(quarters):
        width = picture.width
        quads = [
            np.roll(np.stack([quad[:, 1], width - quad[:, 0]], axis=1), -1, axis=0)
            for quad in quads
        ]
        picture = picture.transpose(Image.Transpose.ROTATE_90)
    return picture, _pixels(picture), quads


def _lines(pixels: Pixels, quads: list[Quad]) -> list[Line]:
    return recognition.recognise(recognition.cut(pixels, quads)) if quads else []


def _found(places: list[Quad], lines: list[Line]) -> list[Found]:
    found: list[Found] = []
    for quad, line in zip(places, lines, strict=True):
        if line.score >= _LEAST and line.text.strip():
            found += _words(quad, line)
    return found


def _pixels(picture: Image.Image) -> Pixels:
    return np.ascontiguousarray(np.asarray(picture.convert("RGB"))[:, :, ::-1])


def _length(quad: Quad) -> float:
    return float(np.linalg.norm(quad[1] - quad[0]))


def _height(quad: Quad) -> float:
    return float(np.linalg.norm(quad[3] - quad[0]))


def _stands_on_its_side(quads: list[Quad]) -> bool:
    """Whether more of the print runs up or down than along."""
    along = sum(_length(quad) for quad in quads if _length(quad) > 1.5 * _height(quad))
    upright = sum(_height(quad) for quad in quads if _height(quad) > 1.5 * _length(quad))
    return upright > along


def _is_upside_down(pixels: Pixels, quads: list[Quad]) -> bool:
    """Asks the small classifier first; where it wavers, reads the longest lines both ways."""
    longest = sorted(quads, key=_length, reverse=True)[:_SAMPLE]
    crops = recognition.cut(pixels, longest)
    share = recognition.upside_down(crops)
    if share < 0.2:
        return False
    as_it_is = recognition.recognise(crops)
    turned = recognition.recognise([np.ascontiguousarray(crop[::-1, ::-1]) for crop in crops])
    return _sureness(turned) > _sureness(as_it_is)


def _sureness(lines: list[Line]) -> float:
    return sum(line.score * len(line.text) for line in lines)


def _tilt(quads: list[Quad]) -> float:
    """Degrees by which most print falls to the right, by its longer lines."""
    tilts = sorted(
        (math.degrees(math.atan2(*(quad[1] - quad[0])[::-1])), _length(quad))
        for quad in quads
        if _length(quad) > 4 * _height(quad)
    )
    half = sum(length for _, length in tilts) / 2
    for degrees, length in tilts:
        half -= length
        if half <= 0:
            return degrees
    return 0.0


def _levelled(
    picture: Image.Image, quads: list[Quad], degrees: float
) -> tuple[Image.Image, list[Quad]]:
    """The picture turned by its tilt on a larger sheet, and where the lines come to lie."""
    level = picture.rotate(
        degrees,
        Image.Resampling.BICUBIC,
        expand=True,
        fillcolor="white" if picture.mode == "RGB" else 255,
    )
    angle = math.radians(-degrees)
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    centre = np.array([picture.width / 2, picture.height / 2])
    new_centre = np.array([level.width / 2, level.height / 2])
    return level, [(quad - centre) @ turn.T + new_centre for quad in quads]


def _words(quad: Quad, line: Line) -> list[Found]:
    """A line's words: parted at blanks and wide gaps, placed by where each letter was seen."""
    letters = [at for at, letter in enumerate(line.text) if not letter.isspace()]
    columns, total = line.columns, line.total
    if len(columns) != len(letters) or total <= 0:
        columns, total = letters, float(len(line.text))
    words: list[list[int]] = []
    for number, at in enumerate(letters):
        gap = columns[number] - columns[number - 1] if number else 0
        if number and at == letters[number - 1] + 1 and gap <= _WIDE_GAP:
            words[-1].append(number)
        else:
            words.append([number])
    found = []
    for word in words:
        text = "".join(line.text[letters[number]] for number in word)
        certain = [line.certain[letters[number]] for number in word if line.certain]
        begin, end = _extent(columns, word, total)
        sure = round(100 * sum(certain) / len(certain)) if certain else round(100 * line.score)
        found.append(_placed(text, quad, begin, end, sure))
    return found


def _extent(columns: list[int], word: list[int], total: float) -> tuple[float, float]:
    """Where a word begins and ends, 0 to 1 along its line: half way into the gaps around it, yet
    no further than a letter is wide."""
    first, last = word[0], word[-1]
    before = (columns[first] - columns[first - 1]) / 2 if first else math.inf
    after = (columns[last + 1] - columns[last]) / 2 if last + 1 < len(columns) else math.inf
    width = (columns[last] - columns[first]) / (last - first) if last > first else 2.0
    begin = columns[first] + 0.5 - min(before, 0.6 * width)
    end = columns[last] + 0.5 + min(after, 0.6 * width)
    return max(0.0, begin / total), min(1.0, end / total)


def _placed(word: str, quad: Any, begin: float, end: float, confidence: int) -> Found:
    stands = _height(quad) > 1.5 * _length(quad)
    if stands:  # it was laid down to be read: its left end is at the top
        quad = np.roll(quad, -1, axis=0)
    top_left, top_right, bottom_right, bottom_left = quad
    corners = [
        top_left + (top_right - top_left) * begin,
        top_left + (top_right - top_left) * end,
        bottom_left + (bottom_right - bottom_left) * begin,
        bottom_left + (bottom_right - bottom_left) * end,
    ]
    xs, ys = [float(corner[0]) for corner in corners], [float(corner[1]) for corner in corners]
    sure = max(0, min(100, confidence))
    return Found(word, min(xs), min(ys), max(xs), max(ys), sure, stands)
