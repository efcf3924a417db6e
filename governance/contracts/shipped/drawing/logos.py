"""Logos of companies that do not exist, drawn as shapes."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

from governance.contracts.shipped.drawing.sheet import Sheet

Logo = Callable[[Sheet, float, float, float, str, str], None]


def draw(
    sheet: Sheet, chance: random.Random, x: float, y: float, size: float, dark: str, light: str
) -> None:
    """A logo in the square whose top left corner is (x, y)."""
    chance.choice(LOGOS)(sheet, x, y, size, dark, light)


def _bars(sheet: Sheet, x: float, y: float, size: float, dark: str, light: str) -> None:
    for number, share in enumerate((0.45, 0.7, 1.0)):
        width = size * 0.26
        left = x + number * size * 0.36
        colour = light if number == 1 else dark
        sheet.box(left, y + size * (1 - share), width, size * share, fill=colour)


def _wave(sheet: Sheet, x: float, y: float, size: float, dark: str, light: str) -> None:
    sheet.disc(x + size / 2, y + size / 2, size / 2, fill=dark)
    steps = 24
    upper = [
        (
            x + size * step / steps,
            y + size * 0.55 + math.sin(step / steps * 2 * math.pi) * size * 0.10,
        )
        for step in range(1, steps)
    ]
    lower = [(one, two + size * 0.14) for one, two in reversed(upper)]
    sheet.polygon([*upper, *lower], fill=light)


def _triangles(sheet: Sheet, x: float, y: float, size: float, dark: str, light: str) -> None:
    sheet.polygon([(x, y + size), (x + size * 0.5, y), (x + size, y + size)], fill=dark)
    sheet.polygon(
        [
            (x + size * 0.25, y + size),
            (x + size * 0.5, y + size * 0.5),
            (x + size * 0.75, y + size),
        ],
        fill=light,
    )


def _rings(sheet: Sheet, x: float, y: float, size: float, dark: str, light: str) -> None:
    sheet.ring(x + size * 0.36, y + size * 0.5, size * 0.3, stroke=dark, width=size * 0.11)
    sheet.ring(x + size * 0.68, y + size * 0.5, size * 0.3, stroke=light, width=size * 0.11)


def _tile(sheet: Sheet, x: float, y: float, size: float, dark: str, light: str) -> None:
    sheet.box(x, y, size, size, fill=dark, radius=size * 0.2)
    third = size / 5
    for column, row in ((1, 1), (2, 2), (3, 3), (3, 1), (1, 3)):
        sheet.box(x + column * third, y + row * third, third * 0.8, third * 0.8, fill=light)


def _leaf(sheet: Sheet, x: float, y: float, size: float, dark: str, light: str) -> None:
    steps = 20
    curve = [
        (size * step / steps, math.sin(step / steps * math.pi) * size * 0.32)
        for step in range(steps + 1)
    ]
    middle = y + size / 2
    sheet.polygon(
        [(x + a, middle - b) for a, b in curve] + [(x + a, middle) for a, b in reversed(curve)],
        fill=dark,
    )
    sheet.polygon(
        [(x + a, middle + b) for a, b in curve] + [(x + a, middle) for a, b in reversed(curve)],
        fill=light,
    )


def _gear(sheet: Sheet, x: float, y: float, size: float, dark: str, light: str) -> None:
    centre_x, centre_y = x + size / 2, y + size / 2
    points = []
    for step in range(48):
        radius = size * (0.5 if (step // 2) % 2 else 0.4)
        angle = step / 48 * 2 * math.pi
        points.append((centre_x + math.cos(angle) * radius, centre_y + math.sin(angle) * radius))
    sheet.polygon(points, fill=dark)
    sheet.disc(centre_x, centre_y, size * 0.2, fill=light)


def _stripes(sheet: Sheet, x: float, y: float, size: float, dark: str, light: str) -> None:
    for number in range(4):
        top = y + number * size * 0.27
        inset = size * 0.09 * number
        colour = dark if number % 2 == 0 else light
        sheet.polygon(
            [
                (x + inset + size * 0.1, top),
                (x + size, top),
                (x + size - size * 0.1, top + size * 0.17),
                (x + inset, top + size * 0.17),
            ],
            fill=colour,
        )


LOGOS: tuple[Logo, ...] = (_bars, _wave, _triangles, _rings, _tile, _leaf, _gear, _stripes)

# A dark and a light tone that go together.
PALETTES = (
    ("#0b3d6b", "#7fb3d5"),
    ("#14532d", "#86c79b"),
    ("#7c1d1d", "#e2a3a3"),
    ("#374151", "#b6bcc6"),
    ("#5b2a86", "#c3a6dd"),
    ("#9a4a00", "#f0b67f"),
    ("#0f5c63", "#8fd0d4"),
    ("#111111", "#c9a227"),
    ("#1d4ed8", "#bcd0ff"),
    ("#3f3d1c", "#c5c08a"),
)
