"""DOCX: paragraphs and tables in their order, as text pages."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any

import docx
from docx.oxml.ns import qn

from integrations.documents.limits import Limits
from integrations.documents.model import Normalised, ReadDocument
from integrations.documents.reading.plain import paged
from integrations.documents.refusals import refused

_DEEPEST = 10  # tables within tables
_RATIO = 200  # unpacked to packed; office files stay below 50
_RATIO_FROM_BYTES = 10 * 1024 * 1024

_PARAGRAPH, _TABLE, _ROW, _CELL = qn("w:p"), qn("w:tbl"), qn("w:tr"), qn("w:tc")
_TEXT, _TAB, _BREAK, _RUN = qn("w:t"), qn("w:tab"), qn("w:br"), qn("w:r")
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_REMOVED = (qn("w:del"), qn("w:moveFrom"))


def read(content: bytes, media_type: str, limits: Limits) -> Normalised:
    names = _check_package(content, limits)
    document = docx.Document(io.BytesIO(content))
    notes: list[str] = []
    lines = [*_edges(document, "header"), *_blocks(document.element.body, notes)]
    lines += _edges(document, "footer")
    pages = paged("\n".join(lines), limits)
    if any(name.startswith("word/media/") for name in names):
        notes.append("Pictures in the file were left out.")
    if any("vbaProject" in name for name in names):
        notes.append("Macros in the file were ignored.")
    read_document = ReadDocument(media_type, pages, notes=tuple(dict.fromkeys(notes)))
    return Normalised(read_document, (None,) * len(pages))


def _check_package(content: bytes, limits: Limits) -> list[str]:
    """The names in it, before anything is unpacked. A reader never unpacks more than is declared:
    zipfile stops there and compares the checksum."""
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        entries = package.infolist()
    if len(entries) > limits.entries:
        raise refused("too_large")
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if unpacked > limits.unpacked_bytes:
        raise refused("too_large")
    if unpacked > _RATIO_FROM_BYTES and unpacked > _RATIO * max(packed, 1):
        raise refused("too_large")
    if any(entry.flag_bits & 1 for entry in entries):
        raise refused("encrypted")
    return [entry.filename for entry in entries]


def _edges(document: Any, which: str) -> list[str]:
    """The headers or footers of its sections, each different one once."""
    notes: list[str] = []
    found: dict[str, None] = {}
    for section in document.sections:
        edge = getattr(section, which)
        if not edge.is_linked_to_previous:
            found["\n".join(_blocks(edge._element, notes)).strip()] = None
    return [text for text in found if text]


def _blocks(parent: Any, notes: list[str], depth: int = 0) -> Iterator[str]:
    if depth > _DEEPEST:
        raise refused("nested_too_deep")
    for child in parent:
        if child.tag == _PARAGRAPH:
            yield _paragraph(child, notes)
        elif child.tag == _TABLE:
            for row in child.iter(_ROW):
                if next(row.iterancestors(_TABLE)) is child:
                    yield _row(row, notes, depth)
        elif child.tag == qn("w:sdt"):
            for inner in child.iterchildren(qn("w:sdtContent")):
                yield from _blocks(inner, notes, depth + 1)


def _row(row: Any, notes: list[str], depth: int) -> str:
    cells = []
    for cell in row.iter(_CELL):
        if next(cell.iterancestors(_ROW)) is row:
            cells.append(" ".join(" ".join(_blocks(cell, notes, depth + 1)).split()))
    return " | ".join(cells)


def _paragraph(paragraph: Any, notes: list[str]) -> str:
    """What is shown of it: with insertions that wait for approval, without deletions and without
    text formatted as hidden."""
    pieces: list[str] = []
    for node in paragraph.iter(_TEXT, _TAB, _BREAK):
        above = [parent for parent in node.iterancestors() if parent is not None]
        tags = {parent.tag for parent in above}
        if _FALLBACK in tags or any(tag in tags for tag in _REMOVED):
            continue
        if next(node.iterancestors(_PARAGRAPH)) is not paragraph and not _in_box(node, paragraph):
            continue
        if _is_hidden(node):
            notes.append("Hidden text in the file was left out.")
        elif node.tag == _TEXT:
            pieces.append(node.text or "")
        elif node.tag == _BREAK:
            pieces.append("\f" if node.get(qn("w:type")) == "page" else "\n")
        elif node.getparent().tag == _RUN:  # others describe tab stops
            pieces.append("  ")
    return "".join(pieces)


def _in_box(node: Any, paragraph: Any) -> bool:
    """Whether it stands in a text box that hangs on this paragraph."""
    return any(
        parent.tag == qn("w:txbxContent") and paragraph in parent.iterancestors()
        for parent in node.iterancestors()
    )


def _is_hidden(node: Any) -> bool:
    run = next(node.iterancestors(_RUN), None)
    properties = None if run is None else run.find(qn("w:rPr"))
    vanish = None if properties is None else properties.find(qn("w:vanish"))
    return vanish is not None and vanish.get(qn("w:val")) not in ("0", "false")
