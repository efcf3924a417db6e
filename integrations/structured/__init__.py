"""What documents say for machines, read exactly: embedded invoices, identity documents' zones."""

from integrations.structured.disagreements import disagreements
from integrations.structured.findings import findings
from integrations.structured.model import Disagreement, NotReadable, Record
from integrations.structured.reading import read, read_invoice, read_payload
from integrations.structured.zones import zone_in_text, zones_in

__all__ = [
    "Disagreement",
    "NotReadable",
    "Record",
    "disagreements",
    "findings",
    "read",
    "read_invoice",
    "read_payload",
    "zone_in_text",
    "zones_in",
]
