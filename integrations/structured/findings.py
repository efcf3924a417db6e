"""What a person must see of the structured parts, whatever the model makes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from integrations.providers.base import Finding, GivenDocument
from integrations.structured.disagreements import disagreements
from integrations.structured.model import Record
from integrations.structured.reading import read

# What two structured parts of one item must not tell differently.
_DECISIVE = ("invoice_number", "gross_total", "currency", "iban")


def findings(
    documents: Sequence[GivenDocument],
    terms: Mapping[str, str],
    records: Sequence[Record] | None = None,
) -> list[Finding]:
    """Where page and structured part differ, or a part cannot be read, as findings.

    terms are output field -> term: a finding is about the field, or about the term where the
    contract has no such field. records are those of `read`, where they are at hand.
    """
    fields = {term: name for name, term in terms.items()}
    by_id = {document.id: document for document in documents}
    found: dict[str, Finding] = {}

    def add(code: str, term: str = "") -> None:
        one = Finding(code, fields.get(term, term))
        found.setdefault(f"{code} {one.about}", one)

    kept = read(documents) if records is None else records
    for record in kept:
        document = by_id.get(record.document)
        if record.fault == "unreadable":
            add("structured_unreadable")
        elif record.fault == "repaired":
            add("mrz_repaired", "mrz")
        elif record.source == "xml" and document is not None:
            for one in disagreements(record, document.read):
                add("structured_disagrees", one.term)
    invoices = [one for one in kept if one.source == "xml" and not one.fault]
    for other in invoices[1:]:
        for term in _DECISIVE:
            told = invoices[0].values.get(term), other.values.get(term)
            if None not in told and told[0] != told[1]:
                add("documents_disagree", term)
    return list(found.values())
