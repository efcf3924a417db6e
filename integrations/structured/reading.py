"""The structured parts of an item's documents, read exactly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from integrations.providers.base import GivenDocument
from integrations.structured import cii, ubl
from integrations.structured.model import NotReadable, Record
from integrations.structured.xmltree import tree_of
from integrations.structured.zones import zone_in_text, zones_in

# Attachments of these names announce an invoice: one that cannot be read is worth a person's look.
_INVOICE_NAMES = ("factur-x", "zugferd", "xrechnung", "order-x")


def read(documents: Sequence[GivenDocument], *, day: date | None = None) -> list[Record]:
    """A record for each structured invoice, then for each machine-readable zone on a page.

    XML that is something else is passed by. An invoice that cannot be read gives a record without
    values and the fault `unreadable`, a zone that does not prove itself one with nothing but its
    text and the fault `invalid`. day (today) decides the century of a zone's years.
    """
    found: list[Record] = []
    for document in documents:
        for part in document.read.embedded:
            record = read_invoice(part.content, document=document.id, name=part.name)
            if record is not None:
                found.append(record)
    return found + zones_in(documents, day=day or datetime.now(UTC).date())


def read_payload(
    payload: Mapping[str, Any], schema: Mapping[str, Any], *, day: date | None = None
) -> list[Record]:
    """A record for each field of the payload that the input schema calls a zone (x-term: mrz)."""
    found = []
    for name, node in schema.get("properties", {}).items():
        value = payload.get(name)
        if node.get("x-term") == "mrz" and isinstance(value, str):
            record = zone_in_text(value, path=name, day=day or datetime.now(UTC).date())
            if record is not None:
                found.append(record)
    return found


def read_invoice(content: bytes, *, document: str = "", name: str = "") -> Record | None:
    """The invoice in an XML file, None where it is another kind of XML."""
    try:
        root = tree_of(content)
    except NotReadable:
        is_invoice = any(one in name.lower() for one in _INVOICE_NAMES)
        is_invoice = is_invoice or any(one.encode() in content[:4000] for one in cii.ROOTS)
        return Record("xml", document, {}, fault="unreadable", name=name) if is_invoice else None
    if root.name in cii.ROOTS:
        return cii.read(root, document=document, name=name)
    if root.name in ubl.ROOTS:
        return ubl.read(root, document=document, name=name)
    return None
