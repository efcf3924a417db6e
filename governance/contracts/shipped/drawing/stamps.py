"""Rubber stamps on paper that came by post."""

from __future__ import annotations

import datetime
import random

from reportlab.lib.colors import HexColor

from governance.contracts.shipped.drawing.sheet import Sheet

_WORDS = ("EINGEGANGEN", "RECEIVED", "REÇU LE", "ONTVANGEN", "RECIBIDO", "POSTEINGANG")
_COLOURS = ("#b3261e", "#1f4fa3", "#3f3f9f")


def received(sheet: Sheet, chance: random.Random, day: datetime.date) -> None:
    """A post room's stamp with the day of receipt, turned a little, on the page being drawn."""
    canvas = sheet.canvas
    colour = HexColor(chance.choice(_COLOURS))
    canvas.saveState()
    canvas.translate(
        sheet.width * chance.uniform(0.5, 0.68), sheet.height * chance.uniform(0.12, 0.2)
    )
    canvas.rotate(chance.uniform(-9, 9))
    canvas.setStrokeColor(colour)
    canvas.setFillColor(colour)
    canvas.setLineWidth(1.6)
    canvas.roundRect(0, 0, 118, 40, 4)
    canvas.setFont("Helvetica-Bold", 12)
    canvas.drawCentredString(59, 24, chance.choice(_WORDS))
    canvas.setFont("Courier-Bold", 11)
    canvas.drawCentredString(59, 8, f"{day:%d. %m. %Y}")
    canvas.restoreState()
