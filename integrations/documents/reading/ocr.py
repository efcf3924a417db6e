"""Words in a picture, by rapidocr on one thread with its wheel's models; nothing is fetched."""

from __future__ import annotations

import functools
from typing import Any

import cv2
import numpy as np
from PIL import Image
from rapidocr import RapidOCR

from integrations.documents.reading.lines import Found

_SIDE = 2000  # of the picture that is searched, in pixels: A4 at 170 dpi
_LEAST = 0.5  # confidence below which a line is no print but dirt


def read(picture: Image.Image) -> tuple[Image.Image, list[Found]]:
    """The picture turned upright, and its words in its pixels."""
    return picture, _words(picture)


@functools.cache
def _engine() -> Any:
    cv2.setNumThreads(1)
    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.max_side_len": _SIDE,
            "Global.text_score": _LEAST,
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )


def _words(picture: Image.Image) -> list[Found]:
    pixels = np.asarray(picture.convert("RGB"))[:, :, ::-1]
    shrunk = min(1.0, _SIDE / max(pixels.shape[:2]))
    if shrunk < 1:
        pixels = cv2.resize(pixels, None, fx=shrunk, fy=shrunk, interpolation=cv2.INTER_AREA)
    pixels = np.ascontiguousarray(pixels)
    engine = _engine()
    detected = engine._load_det_model()(pixels)
    if detected.boxes is None:
        return []
    engine.return_word_box = True
    lines = engine.recognize_txt(engine.crop_text_regions(pixels, detected.boxes))
    found: list[Found] = []
    for quad, text, score, spots in zip(
        detected.boxes, lines.txts, lines.scores, lines.word_results, strict=True
    ):
        if score >= _LEAST and text.strip():
            found += _line(quad / shrunk, text, spots)
    return found


def _line(quad: Any, text: str, spots: Any) -> list[Found]:
    """A line's words: parted at its spaces, placed along the line by where each letter was seen."""
    columns = [column for word in spots.word_cols for column in word]
    letters = sum(not letter.isspace() for letter in text)
    if letters != len(columns) or not columns:
        columns = list(range(letters))
        total = float(letters)
    else:
        total = float(spots.line_txt_len)
    found: list[Found] = []
    at = place = 0
    for word in text.split():
        place = text.index(word, place)
        first, last = columns[at], columns[at + len(word) - 1]
        confidence = spots.confs[place : place + len(word)]
        found.append(
            _placed(
                word,
                quad,
                (first - 0.5) / total,
                (last + 1.5) / total,
                round(100 * sum(confidence) / max(1, len(confidence))),
            )
        )
        at += len(word)
        place += len(word)
    return found


def _placed(word: str, quad: Any, begin: float, end: float, confidence: int) -> Found:
    begin, end = max(0.0, begin), min(1.0, end)
    top_left, top_right, bottom_right, bottom_left = quad
    corners = [
        top_left + (top_right - top_left) * begin,
        top_left + (top_right - top_left) * end,
        bottom_left + (bottom_right - bottom_left) * begin,
        bottom_left + (bottom_right - bottom_left) * end,
    ]
    xs, ys = [float(corner[0]) for corner in corners], [float(corner[1]) for corner in corners]
    return Found(word, min(xs), min(ys), max(xs), max(ys), max(0, min(100, confidence)))
