"""The files of an application: copies of the identity document, a proof of address, the form."""

from __future__ import annotations

import io
import random
from typing import Any

from PIL import Image
from reportlab.lib import pdfencrypt
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from governance.contracts.shipped.drawing import scanning
from governance.contracts.shipped.kyc_intake import cards, form, letters
from governance.contracts.shipped.kyc_intake.letters import Letter
from governance.contracts.shipped.kyc_intake.person import Identity
from governance.contracts.shipped.sample import SampleFile

_DPI = 200
_A4 = (1654, 2339)  # pixels at 200 to the inch


def files(
    identity: Identity,
    proof: Letter | None,
    payload: dict[str, Any],
    chance: random.Random,
    *,
    is_encrypted: bool = False,
    is_clean: bool = False,
) -> tuple[SampleFile, ...]:
    """Two to four files, in the order in which people hand them in. is_clean spares the camera:
    identity document and letter are PDFs whose text can be taken as it is."""
    if is_clean:
        pages = _sides(identity, cards.tint_of(chance), chance)
        pages += [] if proof is None else [letters.draw(proof, chance)]
        return tuple(SampleFile(f"{at}.pdf", page) for at, page in enumerate(pages))
    found = list(_identity(identity, chance))
    if proof is not None:
        found.append(_proof(proof, chance))
    if is_encrypted or chance.random() < 0.6:
        found.append(_form(payload, chance, is_encrypted=is_encrypted))
    return tuple(found)


def _identity(identity: Identity, chance: random.Random) -> tuple[SampleFile, ...]:
    sides = _sides(identity, cards.tint_of(chance), chance)
    how = chance.choice(("copy", "copy", "pictures"))
    number = chance.randint(100, 999)
    if how == "copy":
        page = _copy(sides, chance)
        form = chance.choice(("pdf", "pdf", "jpg"))
        if form == "pdf":
            content = scanning.pdf_of([page], quality=62, dpi=_DPI)
            return (SampleFile(f"copy-{number}.pdf", content),)
        return (SampleFile(f"copy-{number}.jpg", scanning.jpeg(page, quality=62, dpi=_DPI)),)
    names = ("front", "back") if len(sides) == 2 else ("passport",)
    return tuple(
        SampleFile(f"{name}-{number}.jpg", _picture(side, chance))
        for name, side in zip(names, sides, strict=True)
    )


def _sides(identity: Identity, colours: cards.Tint, chance: random.Random) -> list[bytes]:
    if identity.kind == "passport":
        return [cards.book(identity, chance, colours)]
    return [cards.front(identity, chance, colours), cards.back(identity, chance, colours)]


def _copy(sides: list[bytes], chance: random.Random) -> Image.Image:
    """All sides on one sheet, as a copier makes it of what lies on its glass."""
    sheet = Image.new("RGB", _A4, (252, 252, 250))
    y = chance.randint(180, 320)
    for side in sides:
        # Cards are drawn twice as large as in life, so that half the resolution is life size.
        picture = scanning.pages(side, dpi=_DPI // 2)[0].convert("RGBA")
        tilt = chance.choice((0.0, 0.5, 0.5, 1.8)) * chance.uniform(-1, 1)
        picture = picture.rotate(tilt, Image.Resampling.BICUBIC, expand=True)
        sheet.paste(picture, (chance.randint(220, 420), y), picture)
        y += picture.height + chance.randint(90, 200)
    how = scanning.Scanner(
        dpi=_DPI,
        noise=chance.choice((2.0, 4.0, 7.0)),
        blur=0.4,
        is_colour=chance.random() < 0.6,
    )
    return scanning.degrade(sheet, chance, how)


def _picture(side: bytes, chance: random.Random) -> bytes:
    """One side photographed on a table."""
    return scanning.jpeg(scanning.photograph(side, chance, dpi=_DPI * 3 // 5), quality=70)


def _proof(proof: Letter, chance: random.Random) -> SampleFile:
    content = letters.draw(proof, chance)
    number = chance.randint(1000, 9999)
    if chance.random() < 0.6:
        return SampleFile(f"{proof.kind}-{number}.pdf", content)
    how = scanning.scanner(chance)
    page = scanning.scan(content, chance, how)[0]
    return SampleFile(f"scan{number}.jpg", scanning.jpeg(page, quality=50, dpi=how.dpi))


def _form(payload: dict[str, Any], chance: random.Random, *, is_encrypted: bool) -> SampleFile:
    content = form.draw(payload, chance)
    if is_encrypted:
        content = _locked(content)
    return SampleFile("application.pdf", content)


def _locked(content: bytes) -> bytes:
    """The pages as pictures in a PDF that asks for a password."""
    file = io.BytesIO()
    encryption = pdfencrypt.StandardEncryption("only-for-the-branch", strength=128)
    canvas = Canvas(file, invariant=1, encrypt=encryption)
    for page in scanning.pages(content, dpi=100):
        width, height = (side * 0.72 for side in page.size)
        canvas.setPageSize((width, height))
        canvas.drawImage(ImageReader(io.BytesIO(scanning.jpeg(page))), 0, 0, width, height)
        canvas.showPage()
    canvas.save()
    return file.getvalue()
