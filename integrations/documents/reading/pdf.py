"""PDF through PDFium: pages drawn, words from the text layer or, where that is no use, by OCR."""

from __future__ import annotations

import re
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from integrations.documents.limits import Limits
from integrations.documents.model import Embedded, Normalised, Page, ReadDocument, Rendition
from integrations.documents.reading import budget, pdfpage
from integrations.documents.refusals import refused

_ACTIONS = re.compile(rb"/(JavaScript|JS|Launch|SubmitForm|ImportData|RichMedia)\b")
_XML = re.compile(rb"(\xef\xbb\xbf)?\s*<")


def read(content: bytes, media_type: str, limits: Limits) -> Normalised:
    document = _open(content)
    count = len(document)
    if count > limits.pages:
        raise refused("too_many_pages")
    if count < 1:
        raise refused("damaged")
    budget.allow(count)
    notes = _notes(document, content)
    embedded, left_out = _embedded(document, limits)
    if left_out:
        notes.append("Files attached to it, other than XML, were left out.")
    pages: list[Page] = []
    pictures: list[Rendition] = []
    pixels = 0
    for index in range(count):
        reading = pdfpage.read(document, index)
        pixels += reading.page.width * reading.page.height
        if pixels > limits.all_pixels:
            raise refused("too_many_pixels")
        pages.append(reading.page)
        pictures.append(reading.rendition)
        if reading.note:
            notes.append(reading.note)
    read_document = ReadDocument(
        media_type, tuple(pages), tuple(embedded), tuple(dict.fromkeys(notes))
    )
    return Normalised(read_document, tuple(pictures))


def _open(content: bytes) -> Any:
    try:
        document = pdfium.PdfDocument(content)
        document.init_forms()
    except pdfium.PdfiumError as error:
        code = getattr(error, "err_code", None)
        if code in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY):
            raise refused("encrypted") from None
        raise refused("damaged") from None
    return document


def _notes(document: Any, content: bytes) -> list[str]:
    notes = []
    if raw.FPDFDoc_GetJavaScriptActionCount(document) > 0 or _ACTIONS.search(content):
        notes.append("Scripts and actions in the file were ignored.")
    if raw.FPDF_GetSecurityHandlerRevision(document) != -1:
        notes.append("The file is encrypted but opens without a password.")
    if document.get_formtype() in (raw.FORMTYPE_XFA_FULL, raw.FORMTYPE_XFA_FOREGROUND):
        notes.append("It holds a form of a kind (XFA) that is not shown here.")
    return notes


def _embedded(document: Any, limits: Limits) -> tuple[list[Embedded], bool]:
    """The XML attached to the file, and whether anything else was."""
    found: list[Embedded] = []
    left_out = False
    count = raw.FPDFDoc_GetAttachmentCount(document)
    for index in range(min(max(0, count), limits.attachments)):
        try:
            attachment = document.get_attachment(index)
            name, content = attachment.get_name(), bytes(attachment.get_data())
        except pdfium.PdfiumError:
            left_out = True
            continue
        if _XML.match(content):
            if sum(len(part.content) for part in found) + len(content) > limits.content_bytes:
                raise refused("too_large")
            found.append(Embedded("xml", _safe_name(name), content))
        else:
            left_out = True
    return found, left_out or count > limits.attachments


def _safe_name(name: str) -> str:
    return re.sub(r"[^\w .()-]", "_", name)[:200] or "attachment.xml"
