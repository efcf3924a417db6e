"""UN/CEFACT Cross Industry Invoice: ZUGFeRD 1.0 and 2, Factur-X, XRechnung, as terms."""

from __future__ import annotations

from collections.abc import Iterator

from integrations.structured.collecting import Collector
from integrations.structured.model import Record
from integrations.structured.xmltree import Node

ROOTS = frozenset({"CrossIndustryInvoice", "CrossIndustryDocument"})

# The names of ZUGFeRD 1.0 stand beside those of the later standard.
_DOCUMENT = "ExchangedDocument|HeaderExchangedDocument"
_TRADE = "SupplyChainTradeTransaction|SpecifiedSupplyChainTradeTransaction"
_AGREEMENT = "ApplicableHeaderTradeAgreement|ApplicableSupplyChainTradeAgreement"
_SETTLEMENT = "ApplicableHeaderTradeSettlement|ApplicableSupplyChainTradeSettlement"
_SUMS = "SpecifiedTradeSettlementHeaderMonetarySummation|SpecifiedTradeSettlementMonetarySummation"
_LINE_AGREEMENT = "SpecifiedLineTradeAgreement|SpecifiedSupplyChainTradeAgreement"
_LINE_DELIVERY = "SpecifiedLineTradeDelivery|SpecifiedSupplyChainTradeDelivery"
_LINE_SETTLEMENT = "SpecifiedLineTradeSettlement|SpecifiedSupplyChainTradeSettlement"
_LINE_SUMS = (
    "SpecifiedTradeSettlementLineMonetarySummation|SpecifiedTradeSettlementMonetarySummation"
)


def read(root: Node, *, document: str, name: str) -> Record:
    """The invoice under a root of ROOTS."""
    found = Collector(document, name)
    found.text("invoice_number", root.all(_DOCUMENT, "ID"))
    found.day("issue_date", root.all(_DOCUMENT, "IssueDateTime", "DateTimeString"))
    agreement = (_TRADE, _AGREEMENT)
    seller = (*agreement, "SellerTradeParty")
    found.text("seller_name", root.all(*seller, "Name"))
    found.text("seller_vat_id", _vat_ids(root, seller))
    found.joined("seller_address", _address(root.first(*seller, "PostalTradeAddress")))
    found.text("buyer_name", root.all(*agreement, "BuyerTradeParty", "Name"))
    order = (*agreement, "BuyerOrderReferencedDocument")
    found.text("purchase_order", root.all(*order, "IssuerAssignedID|ID"))
    settlement = (_TRADE, _SETTLEMENT)
    found.text("currency", root.all(*settlement, "InvoiceCurrencyCode"))
    terms = (*settlement, "SpecifiedTradePaymentTerms")
    found.day("due_date", root.all(*terms, "DueDateDateTime", "DateTimeString"))
    means = (*settlement, "SpecifiedTradeSettlementPaymentMeans")
    found.text("iban", root.all(*means, "PayeePartyCreditorFinancialAccount", "IBANID"))
    sums = (*settlement, _SUMS)
    found.amount("net_total", root.all(*sums, "TaxBasisTotalAmount"))
    currency = found.value("currency")
    found.amount("tax_total", _in_currency(root.all(*sums, "TaxTotalAmount"), currency))
    found.amount("gross_total", root.all(*sums, "GrandTotalAmount"))
    found.amount("amount_due", root.all(*sums, "DuePayableAmount"))
    found.amount("prepaid", root.all(*sums, "TotalPrepaidAmount"))
    found.amount("rounding", root.all(*sums, "RoundingAmount"))
    for line in root.all(_TRADE, "IncludedSupplyChainTradeLineItem"):
        _line(found, line)
    return found.record(root)


def _line(found: Collector, line: Node) -> None:
    product = ("SpecifiedTradeProduct",)
    price = (_LINE_AGREEMENT, "NetPriceProductTradePrice", "ChargeAmount")
    tax = (_LINE_SETTLEMENT, "ApplicableTradeTax")
    found.line(
        (
            (
                "description",
                line.first(*product, "Name") or line.first(*product, "Description"),
                False,
            ),
            ("quantity", line.first(_LINE_DELIVERY, "BilledQuantity"), True),
            ("unit_price", line.first(*price), True),
            ("net_amount", line.first(_LINE_SETTLEMENT, _LINE_SUMS, "LineTotalAmount"), True),
            ("tax_rate", line.first(*tax, "RateApplicablePercent|ApplicablePercent"), True),
        )
    )


def _vat_ids(root: Node, party: tuple[str, ...]) -> Iterator[Node]:
    """Tax registrations marked as VAT numbers (VA); the others are numbers of a tax office."""
    for node in root.all(*party, "SpecifiedTaxRegistration", "ID"):
        if node.attributes.get("schemeID", "").upper() == "VA":
            yield node


def _in_currency(nodes: Iterator[Node], currency: object) -> Iterator[Node]:
    """Amounts in the invoice's currency: the tax may be told in the tax office's as well."""
    for node in nodes:
        if node.attributes.get("currencyID", currency) == currency:
            yield node


def _address(address: Node | None) -> Iterator[Node]:
    if address is not None:
        for name in ("LineOne", "LineTwo", "LineThree", "PostcodeCode", "CityName", "CountryID"):
            yield from address.all(name)
