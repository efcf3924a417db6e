"""OASIS UBL 2 invoices and credit notes (Peppol, XRechnung), as terms."""

from __future__ import annotations

from collections.abc import Iterator

from integrations.structured.collecting import Collector
from integrations.structured.model import Record
from integrations.structured.xmltree import Node

ROOTS = frozenset({"Invoice", "CreditNote"})


def read(root: Node, *, document: str, name: str) -> Record:
    """The invoice or credit note under a root of ROOTS."""
    found = Collector(document, name)
    found.text("invoice_number", root.all("ID"))
    found.day("issue_date", root.all("IssueDate"))
    found.day("due_date", root.all("DueDate"))
    means = ("PaymentMeans",)
    found.day("due_date", root.all(*means, "PaymentDueDate"))
    seller = ("AccountingSupplierParty", "Party")
    buyer = ("AccountingCustomerParty", "Party")
    found.text("seller_name", _names(root, seller))
    found.text("seller_vat_id", _vat_ids(root, seller))
    found.joined("seller_address", _address(root.first(*seller, "PostalAddress")))
    found.text("buyer_name", _names(root, buyer))
    found.text("purchase_order", root.all("OrderReference", "ID"))
    found.text("currency", root.all("DocumentCurrencyCode"))
    found.text("iban", root.all(*means, "PayeeFinancialAccount", "ID"))
    sums = ("LegalMonetaryTotal",)
    found.amount("net_total", root.all(*sums, "TaxExclusiveAmount"))
    currency = found.value("currency")
    found.amount(
        "tax_total",
        (
            node
            for node in root.all("TaxTotal", "TaxAmount")
            if node.attributes.get("currencyID", currency) == currency
        ),
    )
    found.amount("gross_total", root.all(*sums, "TaxInclusiveAmount"))
    found.amount("amount_due", root.all(*sums, "PayableAmount"))
    found.amount("prepaid", root.all(*sums, "PrepaidAmount"))
    found.amount("rounding", root.all(*sums, "PayableRoundingAmount"))
    for line in root.all("InvoiceLine|CreditNoteLine"):
        item = ("Item",)
        found.line(
            (
                (
                    "description",
                    line.first(*item, "Name") or line.first(*item, "Description"),
                    False,
                ),
                ("quantity", line.first("InvoicedQuantity|CreditedQuantity"), True),
                ("unit_price", line.first("Price", "PriceAmount"), True),
                ("net_amount", line.first("LineExtensionAmount"), True),
                ("tax_rate", line.first(*item, "ClassifiedTaxCategory", "Percent"), True),
            )
        )
    return found.record(root)


def _names(root: Node, party: tuple[str, ...]) -> Iterator[Node]:
    """The legal name, or the name it trades by where no legal one is given."""
    legal = list(root.all(*party, "PartyLegalEntity", "RegistrationName"))
    yield from legal or root.all(*party, "PartyName", "Name")


def _vat_ids(root: Node, party: tuple[str, ...]) -> Iterator[Node]:
    for scheme in root.all(*party, "PartyTaxScheme"):
        kind = scheme.first("TaxScheme", "ID")
        if kind is not None and kind.text.upper() == "VAT":
            yield from scheme.all("CompanyID")


def _address(address: Node | None) -> Iterator[Node]:
    if address is not None:
        for name in ("StreetName", "AdditionalStreetName", "PostalZone", "CityName"):
            yield from address.all(name)
        yield from address.all("Country", "IdentificationCode")
