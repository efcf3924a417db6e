"""A page to draw on: points from the top left corner, as one thinks of a letter."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Literal

from reportlab import rl_config
from reportlab.lib.colors import Color, HexColor
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from governance.contracts.shipped.drawing import fonts

A4 = (595.0, 842.0)
LETTER = (612.0, 792.0)
Align = Literal["left", "right", "centre"]
INK = "#1a1a1a"
GREY = "#6b7280"
# Pictures as bytes, not as text: a quarter smaller, and made in a tenth of the time.
rl_config.useA85 = 0


class Sheet:
    """Pages of one PDF. All lengths in points (1/72 inch), y downwards; y of text is its base."""

    def __init__(
        self, *, size: tuple[float, float] = A4, family: str = "helvetica", title: str = ""
    ) -> None:
        fonts.register()
        self.width, self.height = size
        self.faces = fonts.FAMILIES[family]
        self.page = 1
        self._file = io.BytesIO()
        # invariant: neither the time nor a random id goes into the file.
        self.canvas = Canvas(self._file, pagesize=size, invariant=1)
        self.canvas.setTitle(title)
        self.canvas.setAuthor("")
        self.canvas.setCreator("made-up sample")

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 9,
        bold: bool = False,
        italic: bool = False,
        colour: str = INK,
        align: Align = "left",
    ) -> None:
        """One line; x is where it starts, ends or has its middle."""
        face = self._face(bold, italic)
        self.canvas.setFont(face, size)
        self.canvas.setFillColor(HexColor(colour))
        bottom = self.height - y
        if align == "right":
            self.canvas.drawRightString(x, bottom, text)
        elif align == "centre":
            self.canvas.drawCentredString(x, bottom, text)
        else:
            self.canvas.drawString(x, bottom, text)

    def block(
        self,
        x: float,
        y: float,
        lines: Iterable[str],
        *,
        size: float = 9,
        leading: float = 1.35,
        first_bold: bool = False,
        colour: str = INK,
        align: Align = "left",
    ) -> float:
        """Lines below one another; returns the y below the last."""
        for number, line in enumerate(lines):
            bold = first_bold and number == 0
            self.text(x, y, line, size=size, bold=bold, colour=colour, align=align)
            y += size * leading
        return y

    def paragraph(
        self, x: float, y: float, text: str, width: float, *, size: float = 9, colour: str = INK
    ) -> float:
        return self.block(x, y, self.wrap(text, width, size=size), size=size, colour=colour)

    def wrap(self, text: str, width: float, *, size: float = 9, bold: bool = False) -> list[str]:
        """The text in lines no wider than width, broken at blanks."""
        lines: list[str] = []
        line = ""
        for word in text.split(" "):
            longer = f"{line} {word}" if line else word
            if line and self.length(longer, size=size, bold=bold) > width:
                lines.append(line)
                line = word
            else:
                line = longer
        return [*lines, line]

    def length(self, text: str, *, size: float = 9, bold: bool = False) -> float:
        return float(stringWidth(text, self._face(bold, False), size))

    def rule(
        self, x1: float, x2: float, y: float, *, width: float = 0.5, colour: str = INK
    ) -> None:
        self.canvas.setStrokeColor(HexColor(colour))
        self.canvas.setLineWidth(width)
        self.canvas.line(x1, self.height - y, x2, self.height - y)

    def upright(
        self, x: float, y1: float, y2: float, *, width: float = 0.5, colour: str = INK
    ) -> None:
        self.canvas.setStrokeColor(HexColor(colour))
        self.canvas.setLineWidth(width)
        self.canvas.line(x, self.height - y1, x, self.height - y2)

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        fill: str | None = None,
        stroke: str | None = None,
        line_width: float = 0.6,
        radius: float = 0,
    ) -> None:
        """A rectangle whose top left corner is (x, y)."""
        canvas = self.canvas
        canvas.setLineWidth(line_width)
        canvas.setFillColor(HexColor(fill) if fill else Color(1, 1, 1, 0))
        canvas.setStrokeColor(HexColor(stroke) if stroke else Color(1, 1, 1, 0))
        bottom = self.height - y - height
        does_fill, does_stroke = int(fill is not None), int(stroke is not None)
        if radius:
            canvas.roundRect(x, bottom, width, height, radius, does_stroke, does_fill)
        else:
            canvas.rect(x, bottom, width, height, does_stroke, does_fill)

    def disc(self, x: float, y: float, radius: float, *, fill: str) -> None:
        self.canvas.setFillColor(HexColor(fill))
        self.canvas.circle(x, self.height - y, radius, stroke=0, fill=1)

    def ring(self, x: float, y: float, radius: float, *, stroke: str, width: float) -> None:
        self.canvas.setStrokeColor(HexColor(stroke))
        self.canvas.setLineWidth(width)
        self.canvas.circle(x, self.height - y, radius, stroke=1, fill=0)

    def polygon(self, points: Sequence[tuple[float, float]], *, fill: str) -> None:
        path = self.canvas.beginPath()
        (x, y), *rest = points
        path.moveTo(x, self.height - y)
        for x, y in rest:
            path.lineTo(x, self.height - y)
        path.close()
        self.canvas.setFillColor(HexColor(fill))
        self.canvas.drawPath(path, stroke=0, fill=1)

    def next_page(self) -> None:
        self.canvas.showPage()
        self.page += 1

    def finish(self) -> bytes:
        """The PDF; nothing can be drawn afterwards."""
        self.canvas.showPage()
        self.canvas.save()
        return self._file.getvalue()

    def _face(self, bold: bool, italic: bool) -> str:
        if bold:
            return self.faces.bold
        return self.faces.italic if italic else self.faces.regular
