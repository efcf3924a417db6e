"""The application form: a PDF to fill in, or one that was filled in and printed."""

from __future__ import annotations

import random
from typing import Any

from reportlab.lib.colors import HexColor

from governance.contracts.shipped.drawing.sheet import GREY, Sheet

_FIELDS = (
    ("reference", "Application no."),
    ("declared_surname", "Surname"),
    ("declared_given_names", "Given names"),
    ("declared_birth_date", "Date of birth (YYYY-MM-DD)"),
    ("declared_nationality", "Nationality"),
    ("declared_address", "Home address"),
    ("product", "I apply for"),
)


def draw(payload: dict[str, Any], chance: random.Random) -> bytes:
    """The form with what was declared; two in five keep their fields open, as e-forms do."""
    sheet = Sheet(family="vera", title="Application")
    texts = "".join(map(str, payload.values()))
    # reportlab writes open fields in Latin-1 only.
    has_open_fields = chance.random() < 0.4 and all(ord(one) < 256 for one in texts)
    sheet.box(0, 0, sheet.width, 64, fill="#16324f")
    sheet.text(57, 40, "Application to become a customer", size=15, bold=True, colour="#ffffff")
    sheet.text(57, 92, "Please fill in capitals. Fields marked * are needed.", size=8, colour=GREY)
    y = 122.0
    for name, label in _FIELDS:
        value = str(payload.get(name, ""))
        sheet.text(57, y, f"{label} *", size=8, colour="#374151")
        if has_open_fields:
            sheet.canvas.acroForm.textfield(
                name=name,
                value=value,
                x=57,
                y=sheet.height - y - 26,
                width=480,
                height=20,
                fontSize=10,
                borderColor=HexColor("#9ca3af"),
                fillColor=HexColor("#f9fafb"),
            )
        else:
            sheet.box(57, y + 5, 480, 20, stroke="#9ca3af", fill="#f9fafb")
            sheet.text(63, y + 18.5, value, size=10)
        y += 46
    y += 10
    for text in (
        "I am not, and am not related to, a holder of public office.",
        "I act on my own account.",
    ):
        sheet.box(57, y - 8, 9, 9, stroke="#374151")
        sheet.text(58.5, y - 1, "x", size=9)
        sheet.text(74, y, text, size=8.5)
        y += 18
    sheet.rule(57, 260, y + 60, width=0.6)
    sheet.text(57, y + 72, "Signature", size=7, colour=GREY)
    _signature(sheet, chance, 70, y + 52)
    return sheet.finish()


def _signature(sheet: Sheet, chance: random.Random, x: float, y: float) -> None:
    canvas = sheet.canvas
    canvas.setStrokeColor(HexColor("#1f3d8a"))
    canvas.setLineWidth(1.3)
    path = canvas.beginPath()
    path.moveTo(x, sheet.height - y)
    for step in range(1, 7):
        left = x + step * 24
        path.curveTo(
            left - 18,
            sheet.height - y + chance.uniform(8, 30),
            left - 8,
            sheet.height - y - chance.uniform(4, 16),
            left,
            sheet.height - y + chance.uniform(-4, 8),
        )
    canvas.drawPath(path)
