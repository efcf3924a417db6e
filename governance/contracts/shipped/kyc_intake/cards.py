"""Identity documents drawn as pictures. They imitate no state's, and say SPECIMEN all over."""

from __future__ import annotations

import datetime
import math
import random
from collections.abc import Callable

from reportlab.lib.colors import Color, HexColor

from governance.contracts.shipped.drawing.sheet import GREY, Sheet
from governance.contracts.shipped.kyc_intake.person import Identity

# Millimetres in points, drawn twice as large as in life: a scan takes them down again.
MM = 72 / 25.4 * 2
CARD = (85.6 * MM, 54.0 * MM)
BOOK = (125.0 * MM, 88.0 * MM)
_TINTS = (
    ("#dbe7f3", "#9db8d4", "#1f3a5f"),
    ("#e6efe2", "#a9c4a0", "#23502f"),
    ("#f2e6ea", "#d1a9b6", "#5e1f34"),
    ("#efe9dc", "#c8b78f", "#5a4520"),
)
_MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_STATES = {
    "SWE": "SVERIGE / SWEDEN", "D": "DEUTSCHLAND / GERMANY", "AUT": "ÖSTERREICH / AUSTRIA",
    "FRA": "FRANCE", "NLD": "NEDERLAND / NETHERLANDS", "ESP": "ESPAÑA / SPAIN",
    "ITA": "ITALIA / ITALY", "IRL": "ÉIRE / IRELAND", "TUR": "TÜRKİYE", "HRV": "HRVATSKA / CROATIA",
    "DNK": "DANMARK / DENMARK", "POL": "POLSKA / POLAND", "UTO": "UTOPIA", "IRN": "IRAN",
    "MMR": "MYANMAR",
}  # fmt: skip


Tint = tuple[str, str, str]  # ground, fine lines, print


def tint_of(chance: random.Random) -> Tint:
    """Colours for all sides of one document."""
    return chance.choice(_TINTS)


def front(identity: Identity, chance: random.Random, colours: Tint) -> bytes:
    """The side of a card with portrait and names, as a PDF of its own size."""
    sheet = Sheet(size=CARD, family="vera", title="Specimen")
    tint, line, dark = colours
    _ground(sheet, chance, tint, line)
    person = identity.person
    sheet.text(14, 24, _STATES[identity.issuing_state], size=11, bold=True, colour=dark)
    sheet.text(14, 38, "IDENTITY CARD / CARTE D'IDENTITÉ", size=7.5, colour=dark)
    sheet.text(
        CARD[0] - 14, 26, identity.number, size=11, bold=True, align="right", colour="#111111"
    )
    _portrait(sheet, 16, 56, 118, 150, dark)
    day = _dates(chance)
    y = 62.0
    for label, value in (
        ("Surname / Nom", person.surname.upper()),
        ("Given names / Prénoms", person.given_names.upper()),
        ("Nationality / Nationalité", person.nationality),
        ("Date of birth / Date de naissance", day(person.birth_date)),
        ("Place of birth / Lieu de naissance", person.birth_place.upper()),
        ("Date of expiry / Date d'expiration", day(identity.expiry_date)),
    ):
        y = _field(sheet, 150, y, label, value, CARD[0] - 164)
    _field(sheet, 380, 119, "Sex / Sexe", person.sex, 60)
    _specimen(sheet, *CARD)
    return sheet.finish()


def back(identity: Identity, chance: random.Random, colours: Tint) -> bytes:
    """The side with the machine-readable zone."""
    sheet = Sheet(size=CARD, family="vera", title="Specimen")
    tint, line, dark = colours
    _ground(sheet, chance, tint, line)
    day = _dates(chance)
    _field(sheet, 16, 30, "Document No. / N° du document", identity.number, 200)
    _field(sheet, 250, 30, "Date of issue / Délivrée le", day(identity.issue_date), 180)
    _field(sheet, 16, 64, "Authority / Autorité", "CIVIL REGISTRY OFFICE", 200)
    _chip(sheet, CARD[0] - 110, 70, dark)
    _zone(sheet, identity.lines, 14, CARD[1] - 92, CARD[0] - 28)
    _specimen(sheet, CARD[0] * 0.8, CARD[1] * 0.5)
    return sheet.finish()


def book(identity: Identity, chance: random.Random, colours: Tint) -> bytes:
    """A passport's page with portrait, names and machine-readable zone."""
    sheet = Sheet(size=BOOK, family="vera", title="Specimen")
    tint, line, dark = colours
    _ground(sheet, chance, tint, line)
    person = identity.person
    sheet.text(24, 34, "PASSPORT / PASSEPORT", size=12, bold=True, colour=dark)
    state = _STATES[identity.issuing_state]
    sheet.text(BOOK[0] - 24, 34, state, size=11, bold=True, align="right", colour=dark)
    _portrait(sheet, 28, 66, 168, 218, dark)
    _field(sheet, 220, 74, "Type", "P", 60)
    _field(sheet, 300, 74, "Code", identity.issuing_state, 100)
    _field(sheet, 440, 74, "Passport No. / N° de passeport", identity.number, 200, size=13)
    day = _dates(chance)
    y = 106.0
    for label, value in (
        ("Surname / Nom", person.surname.upper()),
        ("Given names / Prénoms", person.given_names.upper()),
        ("Nationality / Nationalité", person.nationality),
        ("Date of birth / Date de naissance", day(person.birth_date)),
        ("Place of birth / Lieu de naissance", person.birth_place.upper()),
        ("Date of issue / Date de délivrance", day(identity.issue_date)),
        ("Date of expiry / Date d'expiration", day(identity.expiry_date)),
    ):
        y = _field(sheet, 220, y, label, value, BOOK[0] - 250, size=13)
    _field(sheet, 560, 168, "Sex / Sexe", person.sex, 60, size=13)
    _field(sheet, 480, 256, "Authority / Autorité", "PASSPORT OFFICE", 190, size=12)
    sheet.box(0, BOOK[1] - 108, BOOK[0], 108, fill="#f7f7f5")
    _zone(sheet, identity.lines, 22, BOOK[1] - 64, BOOK[0] - 44)
    _specimen(sheet, BOOK[0], BOOK[1] * 0.75)
    return sheet.finish()


def _field(
    sheet: Sheet, x: float, y: float, label: str, value: str, width: float, *, size: float = 12
) -> float:
    """A small label and the value below it; returns where the next one goes."""
    sheet.text(x, y, label, size=size * 0.62, colour="#2b323c")
    while sheet.length(value, size=size) > width and size > 6:
        size -= 0.5
    sheet.text(x, y + size + 2.5, value, size=size, colour="#111111")
    return y + size * 2.3


def _zone(sheet: Sheet, lines: tuple[str, ...], x: float, y: float, width: float) -> None:
    """Lines of fixed pitch over the whole width, in letters near to OCR-B: a plain face, but I, J
    and zero from one whose forms cannot be taken for others."""
    pitch = width / len(lines[0])
    size = pitch / 0.6
    canvas = sheet.canvas
    canvas.setFillColor(HexColor("#0a0a0a"))
    canvas.setStrokeColor(HexColor("#0a0a0a"))
    canvas.setLineWidth(size * 0.035)  # the second face is half as heavy as the first
    for number, line in enumerate(lines):
        base = sheet.height - y - number * size * 1.5
        for at, sign in enumerate(line):
            middle = x + (at + 0.5) * pitch
            if sign in "IJ0":
                canvas.setFont("Courier", size)
                canvas.drawCentredString(middle, base, sign, mode=2)
            else:
                canvas.setFont("Helvetica", size * 0.88)
                canvas.drawCentredString(middle, base, sign, mode=0)


def _ground(sheet: Sheet, chance: random.Random, tint: str, line: str) -> None:
    """A tinted ground with fine waves, such as keep copies from looking right."""
    sheet.box(0, 0, sheet.width, sheet.height, fill=tint)
    canvas = sheet.canvas
    canvas.setStrokeColor(HexColor(line))
    canvas.setLineWidth(0.35)
    phase, depth = chance.uniform(0, math.pi), chance.uniform(10, 26)
    for wave in range(0, round(sheet.height) + 40, 11):
        path = canvas.beginPath()
        for step in range(61):
            x = sheet.width * step / 60
            y = wave + math.sin(step / 60 * 4 * math.pi + phase + wave / 60) * depth
            (path.moveTo if step == 0 else path.lineTo)(x, y)
        canvas.drawPath(path)


def _portrait(sheet: Sheet, x: float, y: float, width: float, height: float, colour: str) -> None:
    """Nobody: a head and shoulders in grey."""
    sheet.box(x, y, width, height, fill="#f4f5f7", stroke="#8a93a1")
    middle = x + width / 2
    sheet.disc(middle, y + height * 0.4, width * 0.22, fill="#9aa3b0")
    steps = 24
    arch = [
        (
            middle - math.cos(step / steps * math.pi) * width * 0.38,
            y + height - 1 - math.sin(step / steps * math.pi) * height * 0.3,
        )
        for step in range(steps + 1)
    ]
    sheet.polygon(arch, fill="#9aa3b0")
    sheet.text(middle, y + height - 6, "SPECIMEN", size=7, align="centre", colour=colour)


def _chip(sheet: Sheet, x: float, y: float, colour: str) -> None:
    sheet.box(x, y, 80, 50, stroke=colour, radius=6)
    sheet.text(x + 40, y + 29, "NOT VALID", size=8, align="centre", colour=colour)


def _specimen(sheet: Sheet, width: float, height: float) -> None:
    canvas = sheet.canvas
    canvas.saveState()
    canvas.translate(width / 2, sheet.height - height / 2)
    canvas.rotate(22)
    canvas.setFillColor(Color(0.75, 0.1, 0.1, alpha=0.13))
    canvas.setFont("Helvetica-Bold", width / 7)
    canvas.drawCentredString(0, -width / 24, "SPECIMEN")
    canvas.restoreState()
    text = "Made-up sample, no official document"
    sheet.text(width - 12, 9, text, size=4.5, align="right", colour=GREY)


def _dates(chance: random.Random) -> Callable[[datetime.date], str]:
    form = chance.choice(("%d.%m.%Y", "%d/%m/%Y", "%d {} %Y", "%d %m %Y"))

    def write(day: datetime.date) -> str:
        return day.strftime(form.format(_MONTHS[day.month - 1]))

    return write
