"""XML by itself (an electronic invoice): kept as it is for machines, spelt out for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from defusedxml import ElementTree

from integrations.documents.limits import Limits
from integrations.documents.model import Embedded, Normalised, ReadDocument
from integrations.documents.reading.plain import paged
from integrations.documents.refusals import refused

_DEEPEST = 60  # elements within elements; invoices need about ten


def read(content: bytes, media_type: str, limits: Limits) -> Normalised:
    """A page that names every value, and the file itself as an embedded part.

    A document type definition is refused: invoices have none, and entities are made to explode.
    """
    root = ElementTree.fromstring(content, forbid_dtd=True)
    pages = paged("\n".join(_lines(root)), limits)
    embedded = (Embedded("xml", "document.xml", content),)
    return Normalised(ReadDocument(media_type, pages, embedded), (None,) * len(pages))


def _lines(root: Any) -> Iterator[str]:
    """An element a line, indented: its name, its value, then its attributes."""
    waiting = [(root, 0)]
    while waiting:
        element, depth = waiting.pop()
        if depth > _DEEPEST:
            raise refused("nested_too_deep")
        value = " ".join((element.text or "").split())
        told = [f"{_local(name)} {text}" for name, text in element.attrib.items() if text]
        line = f"{_local(element.tag)}: {value}" if value else _local(element.tag)
        yield "  " * depth + line + (f" ({', '.join(told)})" if told and value else "")
        waiting += [(child, depth + 1) for child in reversed(element)]


def _local(name: str) -> str:
    return name.rpartition("}")[2]
