"""Invoices on paper for tests of screens: pictures with words at known places, read already.

No reader runs: rows, words and pictures are written as reading would have left them.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import reportlab
from django.utils import timezone
from PIL import Image, ImageDraw, ImageFont

from governance.catalogue import operations as catalogue
from governance.catalogue import queries as versions
from governance.contracts import operations as contracts
from governance.contracts import shipped
from governance.contracts.agreement import agreement_of
from governance.contracts.models import Process
from integrations.documents.model import Page as ReadPage
from integrations.documents.model import ReadDocument, Word
from integrations.providers.base import Evidence, Proposal
from review.documents import blobs, layout
from review.documents.models import Document, ItemKey, Page
from review.items import recording
from review.models import Item, Task
from review.queues.operations import sync
from tests import factories

_FACE = str(Path(reportlab.__file__).parent / "fonts" / "Vera.ttf")  # the same everywhere
WIDTH, HEIGHT = 1240, 1754  # A4 at 150 pixels an inch

LINES = [
    {"description": "Paper, white", "quantity": 10, "unit_price": 4.5, "net_amount": 45.0},
    {"description": "Toner, black", "quantity": 2, "unit_price": 80.25, "net_amount": 160.5},
    {"description": "Delivery", "quantity": 1, "unit_price": 12.0, "net_amount": 12.0},
]
INVOICE: dict[str, Any] = {
    "seller_name": "Nordlicht Office GmbH",
    "seller_vat_id": "DE136695976",
    "invoice_number": "RE-2026-1041",
    "issue_date": "2026-03-12",
    "due_date": "2026-04-11",
    "purchase_order": "PO-7781",
    "currency": "EUR",
    "net_total": 217.5,
    "tax_total": 41.32,
    "gross_total": 258.82,
    "iban": "DE89370400440532013000",
    "lines": LINES,
}


@dataclass(frozen=True)
class Text:
    """Words at a place of a page, in pixels; about is the output path they are evidence of."""

    x: int
    y: int
    text: str
    about: str = ""
    size: int = 24


def sheet() -> list[Text]:
    """The page that says what INVOICE holds, as a German supplier writes it."""
    rows = [
        Text(90, 90, "Nordlicht Office GmbH", "seller_name", 40),
        Text(90, 150, "Hafenstraße 12, 24103 Kiel", size=20),
        Text(90, 180, "USt-IdNr.", size=20),
        Text(200, 180, "DE136695976", "seller_vat_id", 20),
        Text(90, 330, "Rechnung", size=44),
        Text(90, 420, "Rechnungsnummer"),
        Text(420, 420, "RE-2026-1041", "invoice_number"),
        Text(90, 460, "Rechnungsdatum"),
        Text(420, 460, "12. März 2026", "issue_date"),
        Text(90, 500, "Fällig am"),
        Text(420, 500, "11.04.2026", "due_date"),
        Text(90, 540, "Ihre Bestellung"),
        Text(420, 540, "PO-7781", "purchase_order"),
        *(Text(x, 640, name, size=20) for x, name in _HEADS),
    ]
    for at, line in enumerate(LINES):
        top = 690 + 44 * at
        rows += [
            Text(90, top, str(line["description"]), f"lines.{at}.description"),
            Text(640, top, str(line["quantity"]), f"lines.{at}.quantity"),
            Text(780, top, _german(line["unit_price"]), f"lines.{at}.unit_price"),
            Text(1000, top, _german(line["net_amount"]), f"lines.{at}.net_amount"),
        ]
    rows += [
        Text(780, 900, "Netto"),
        Text(1000, 900, "217,50", "net_total"),
        Text(780, 944, "USt 19 %"),
        Text(1000, 944, "41,32", "tax_total"),
        Text(780, 1000, "Gesamt", size=30),
        Text(960, 1000, "EUR", "currency", 30),
        Text(1040, 1000, "258,82", "gross_total", 30),
        Text(90, 1500, "Bitte überweisen Sie auf", size=20),
        Text(350, 1500, "DE89 3704 0044 0532 0130 00", "iban", 20),
    ]
    return rows


_HEADS = ((90, "Bezeichnung"), (640, "Menge"), (780, "Preis"), (1000, "Betrag"))


def _german(value: float) -> str:
    return f"{value:.2f}".replace(".", ",")


def draw(texts: Sequence[Text]) -> tuple[Image.Image, ReadPage, dict[str, tuple[int, ...]]]:
    """A page's picture, its words, and the box of every output path."""
    picture = Image.new("RGB", (WIDTH, HEIGHT), "white")
    pen = ImageDraw.Draw(picture)
    words: list[Word] = []
    boxes: dict[str, tuple[int, ...]] = {}
    text, line = "", -1
    lines = {y: at for at, y in enumerate(sorted({one.y for one in texts}))}
    for one in sorted(texts, key=lambda one: (one.y, one.x)):
        font = ImageFont.truetype(_FACE, one.size)
        if lines[one.y] != line:
            text += "\n" if text else ""
            line = lines[one.y]
        left, found = float(one.x), []
        for part in one.text.split(" "):
            pen.text((left, one.y), part, font=font, fill="#1a1d24")
            box = _box(pen.textbbox((left, one.y), part, font=font))
            text += " " if text and not text.endswith("\n") else ""
            words.append(Word(part, len(text), len(text) + len(part), line, box))
            text += part
            found.append(box)
            left += pen.textlength(part + " ", font=font)
        if one.about:
            lefts, tops, rights, bottoms = zip(*found, strict=True)
            boxes[one.about] = (min(lefts), min(tops), max(rights), max(bottoms))
    page = ReadPage(1, WIDTH, HEIGHT, "text", text, tuple(words))
    return picture, page, boxes


def _box(box: tuple[float, float, float, float]) -> tuple[int, int, int, int]:
    left, top, right, bottom = box
    return (
        int(left / WIDTH * 10_000),
        int(top / HEIGHT * 10_000),
        int(right / WIDTH * 10_000) + 1,
        int(bottom / HEIGHT * 10_000) + 1,
    )


def make_process(slug: str = "invoice-intake", stage: str = "assisted") -> Process:
    """The shipped invoice process with queues and a serving version."""
    path = shipped.folder("invoice-intake") / "contract.yaml"
    applied, _ = contracts.apply(path.read_text(), filename=str(path), actor=factories.ACTOR)
    sync(applied)
    version = catalogue.register_version(
        process=slug,
        model_name=f"{slug}/extraction",
        provider="extraction",
        digest="0" * 64,
        config={},
        report={},
        actor=factories.ACTOR,
    )
    catalogue.deploy(version, actor=factories.ACTOR)
    if stage != Process.Stage.ASSISTED:
        Process.objects.filter(pk=slug).update(stage=stage)
    return Process.objects.select_related("contract").get(pk=slug)


def make_item(process: Process, payload: Mapping[str, Any] | None = None) -> Item:
    """A received item without documents; `add_paper` and its like give it some."""
    now = timezone.now()
    given = dict(payload or {"subject": "Invoice RE-2026-1041", "channel": "email"})
    assert process.contract_id is not None
    return Item.objects.create(
        process=process,
        contract_id=process.contract_id,
        external_id=f"IN-{Item.objects.count() + 1:04}",
        payload=given,
        segment=agreement_of(process.contract_id)
        .segment_of(given, {"external_id": None, "priority": 50})
        .name,
        due_at=now + timezone.timedelta(days=2),
        received_at=now,
        not_before=now,
        hint_at=now + timezone.timedelta(minutes=5),
    )


def _document(item: Item, name: str, **fields: Any) -> Document:
    return Document.objects.create(
        item=item,
        position=item.documents.count(),
        name=name,
        size_bytes=1000,
        sha256="0" * 64,
        blob="none",
        hint_at=timezone.now(),
        **fields,
    )


def _key(item: Item) -> bytes:
    if not ItemKey.objects.filter(pk=item.pk).exists():
        data_key, row = blobs.new_key(item.pk)
        row.save()
        return data_key
    return blobs.data_key_of(item.pk)


def _keep(item: Item, content: bytes) -> str:
    name = blobs.announce([item.pk]).names[0]
    blobs.write(name, _key(item), content)
    return name


def add_paper(
    item: Item,
    pages: Sequence[Sequence[Text]] | None = None,
    *,
    name: str = "invoice.pdf",
    source: str = "text",
) -> tuple[Document, dict[str, Evidence]]:
    """A document of pictures with words; also the evidence of what is marked on its pages."""
    document = _document(item, name, state="ready", media_type="application/pdf")
    read: list[ReadPage] = []
    found: dict[str, Evidence] = {}
    for number, texts in enumerate(pages if pages is not None else [sheet()], start=1):
        picture, page, boxes = draw(texts)
        read.append(replace(page, number=number, source=source))
        blob = {}
        for size, width in (("screen", 900), ("zoom", WIDTH)):
            file = io.BytesIO()
            scaled = picture.resize((width, round(width * HEIGHT / WIDTH)))
            scaled.save(file, "WEBP", quality=70)
            blob[size] = _keep(item, file.getvalue())
        Page.objects.create(
            document=document, number=number, width=WIDTH, height=HEIGHT, source=source, **blob
        )
        for path, box in boxes.items():
            left, top, right, bottom = box
            found[path] = Evidence(
                "ocr" if source == "ocr" else "text",
                document=str(document.pk),
                page=number,
                box=(left, top, right, bottom),
            )
    _finish(document, item, read)
    return document, found


def add_text(item: Item, text: str, *, name: str = "mail.eml") -> Document:
    """A document that is text without a picture."""
    document = _document(item, name, state="ready", media_type="message/rfc822")
    words, at = [], 0
    for line, content in enumerate(filter(str.strip, text.split("\n"))):
        for part in content.split():
            start = text.index(part, at)
            at = start + len(part)
            words.append(Word(part, start, at, line))
    Page.objects.create(document=document, number=1, width=0, height=0, source="text")
    _finish(document, item, [ReadPage(1, 0, 0, "text", text, tuple(words))])
    return document


def _finish(document: Document, item: Item, pages: Sequence[ReadPage]) -> None:
    read = ReadDocument(media_type=document.media_type, pages=tuple(pages))
    document.layout = _keep(item, layout.pack(read))
    document.page_count = len(pages)
    document.save()


def add_refused(item: Item, *, name: str = "photo.heic") -> Document:
    return _document(
        item,
        name,
        state="refused",
        refusal="encrypted",
        refusal_message="The file is protected by a password, which is not known here.",
    )


def add_waiting(item: Item, *, name: str = "later.pdf") -> Document:
    return _document(item, name, state="received")


def propose(
    item: Item,
    output: Mapping[str, Any],
    *,
    confidence: Mapping[str, float] | None = None,
    evidence: Mapping[str, Evidence] | None = None,
) -> Item:
    """The model's answer: sure of everything (0.99) but for what `confidence` names."""
    process = Process.objects.get(pk=item.process_id)
    version = versions.champion(process.pk)
    assert version is not None
    proposal = Proposal(
        output=dict(output),
        confidence={name: (confidence or {}).get(name, 0.99) for name in output},
        confidence_source=dict.fromkeys(output, "class_probability"),
        raw="",
        prompt_sha256="1" * 64,
        latency_ms=42,
        input_tokens=0,
        output_tokens=0,
        cost_micros=0,
        provider="extraction",
        version="0" * 64,
        evidence={path: (one,) for path, one in (evidence or {}).items()},
    )
    recording.record_candidate(item, process, agreement_of(item.contract_id), version, proposal)
    return Item.objects.get(pk=item.pk)


def make_task(
    process: Process,
    output: Mapping[str, Any] | None = None,
    *,
    confidence: Mapping[str, float] | None = None,
    pages: Sequence[Sequence[Text]] | None = None,
    payload: Mapping[str, Any] | None = None,
    source: str = "text",
) -> Task:
    """An open task on an invoice with one document, its values' places known."""
    item = make_item(process, payload)
    _, evidence = add_paper(item, pages, source=source)
    propose(item, {**INVOICE, **(output or {})}, confidence=confidence, evidence=evidence)
    return item.tasks.select_related("queue", "item").get()
