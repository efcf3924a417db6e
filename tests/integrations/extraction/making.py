"""Made-up receipts of made-up shops, as documents that were read."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from integrations.documents.model import Page, ReadDocument, Word
from integrations.extraction.training import Example

WIDTH, HEIGHT = 1000, 1400

SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "company": {"type": "string", "x-term": "company"},
        "date": {"type": "string", "format": "date", "x-term": "date"},
        "total": {"type": "number", "x-term": "total"},
    },
}

_TREES = "Alder Birch Cedar Dogwood Elm Fir Gorse Hazel Ivy Juniper Larch Maple Oak Pine"
_SHOPS = "Bakery Books Cafe Foods Garage Hardware Market Pharmacy Stationery Traders"
_GOODS = "Bread Cheese Nails Paper Pencil Rope Soap Tape Tea Water Wire"
_FIRST, _KIND, _THINGS = _TREES.split(), _SHOPS.split(), _GOODS.split()
_STREETS = ["Mill Lane", "Station Road", "High Street", "Park Row", "Bridge Street"]


def page_of(lines: Sequence[tuple[str, float, float]], source: str = "text") -> ReadDocument:
    """lines are (text, left, top) in thousandths of the page's width; letters are 10 wide."""
    text, words = "", []
    for number, (said, left, top) in enumerate(lines):
        text += "\n" if text else ""
        at = 0
        for part in said.split(" "):
            x0 = left + at * 10
            box = (
                round(x0 * 10),
                round(top / HEIGHT * 10_000),
                round((x0 + len(part) * 10) * 10),
                round((top + 16) / HEIGHT * 10_000),
            )
            clipped = tuple(max(0, min(10_000, one)) for one in box)
            words.append(
                Word(part, len(text) + at, len(text) + at + len(part), number, clipped)  # type: ignore[arg-type]
            )
            at += len(part) + 1
        text += said
    return ReadDocument(
        "application/pdf",
        (Page(1, WIDTH, HEIGHT, source, text, tuple(words)),),  # type: ignore[arg-type]
    )


def receipt(seed: int, shop: str | None = None, layout: int | None = None) -> Example:
    """A receipt in one of three layouts, with decoys: change, cash, a register number."""
    draw = random.Random(seed)
    name = shop or f"{draw.choice(_FIRST)} {draw.choice(_KIND)} Ltd"
    kind = draw.randrange(3) if layout is None else layout
    day = date(2026, 1, 1) + timedelta(days=draw.randrange(300))
    prices = [round(draw.uniform(1, 60), 2) for _ in range(draw.randrange(1, 5))]
    total = round(sum(prices), 2)
    cash = round(total + draw.choice([0.5, 3, 11.37]), 2)
    label = ("TOTAL", "Total due", "Amount payable")[kind]
    printed = day.strftime(("%d/%m/%Y", "%Y-%m-%d", "%d %b %Y")[kind])
    street = f"{draw.randrange(1, 90)} {draw.choice(_STREETS)}"
    top = 60.0
    lines = [(name, 300.0, top), (street, 320.0, top + 24), ("TAX INVOICE", 340.0, top + 60)]
    when = [("Date:", 100.0, top + 90), (printed, 200.0, top + 90)]
    lines += when if kind != 1 else [(f"Receipt 00{seed} of {printed}", 100.0, top + 90)]
    top += 130
    for price in prices:
        lines += [(draw.choice(_THINGS), 100.0, top), (f"{price:.2f}", 700.0, top)]
        top += 24
    lines += [(label, 100.0, top + 20), (f"{total:.2f}", 700.0, top + 20)]
    lines += [("Cash", 100.0, top + 44), (f"{cash:.2f}", 700.0, top + 44)]
    lines += [("Change", 100.0, top + 68), (f"{cash - total:.2f}", 700.0, top + 68)]
    lines.append(("Thank you, come again", 300.0, top + 110))
    output = {"company": name, "date": day.isoformat(), "total": total}
    return Example((page_of(lines),), output)


def receipts(count: int, seed: int = 0) -> list[Example]:
    return [receipt(seed * 10_000 + at) for at in range(count)]
