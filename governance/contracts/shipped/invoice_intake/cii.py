"""The machine's part of a hybrid invoice: UN/CEFACT Cross Industry Invoice, profile EN 16931.

Source of the elements and their order: Factur-X 1.0.07 / ZUGFeRD 2.3, which take EN 16931.
"""

from __future__ import annotations

import datetime
from decimal import Decimal
from xml.sax.saxutils import escape

from governance.contracts.shipped.drawing.companies import Company
from governance.contracts.shipped.invoice_intake.invoice import Invoice, Line, Tax, cents

NAME = "factur-x.xml"
_NAMESPACES = (
    'xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100" '
    'xmlns:ram="urn:un:unece:uncefact:data:standard:'
    'ReusableAggregateBusinessInformationEntity:100" '
    'xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100"'
)


def cii(invoice: Invoice) -> bytes:
    """The invoice as XML. A credit note's amounts are positive there: its type says the sign."""
    sign = -1 if invoice.kind == "credit_note" else 1
    lines = "".join(_line(one, number, sign) for number, one in enumerate(invoice.lines, 1))
    type_code = "381" if sign < 0 else "380"
    order = _within(
        "BuyerOrderReferencedDocument", _text("IssuerAssignedID", invoice.purchase_order)
    )
    agreement = (
        _party("SellerTradeParty", invoice.seller, invoice.vat_id)
        + _party("BuyerTradeParty", invoice.buyer, invoice.buyer.vat_id)
        + order
    )
    delivery = (
        "<ram:ActualDeliverySupplyChainEvent><ram:OccurrenceDateTime>"
        f"{_day(invoice.delivery_date)}</ram:OccurrenceDateTime>"
        "</ram:ActualDeliverySupplyChainEvent>"
        if invoice.delivery_date
        else ""
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<rsm:CrossIndustryInvoice {_NAMESPACES}>
<rsm:ExchangedDocumentContext><ram:GuidelineSpecifiedDocumentContextParameter>\
<ram:ID>urn:cen.eu:en16931:2017</ram:ID>\
</ram:GuidelineSpecifiedDocumentContextParameter></rsm:ExchangedDocumentContext>
<rsm:ExchangedDocument>{_text("ID", invoice.number)}<ram:TypeCode>{type_code}</ram:TypeCode>\
<ram:IssueDateTime>{_day(invoice.issue_date)}</ram:IssueDateTime></rsm:ExchangedDocument>
<rsm:SupplyChainTradeTransaction>
{lines}<ram:ApplicableHeaderTradeAgreement>{agreement}</ram:ApplicableHeaderTradeAgreement>
<ram:ApplicableHeaderTradeDelivery>{delivery}</ram:ApplicableHeaderTradeDelivery>
<ram:ApplicableHeaderTradeSettlement>{_settlement(invoice, sign)}\
</ram:ApplicableHeaderTradeSettlement>
</rsm:SupplyChainTradeTransaction>
</rsm:CrossIndustryInvoice>
""".encode()


def _line(line: Line, number: int, sign: int) -> str:
    quantity = line.quantity * sign
    cut = (cents(line.quantity * line.unit_price) - line.net_amount) * sign
    allowance = (
        "<ram:SpecifiedTradeAllowanceCharge><ram:ChargeIndicator>"
        "<udt:Indicator>false</udt:Indicator></ram:ChargeIndicator>"
        f"<ram:ActualAmount>{cut}</ram:ActualAmount></ram:SpecifiedTradeAllowanceCharge>"
        if cut
        else ""
    )
    return (
        "<ram:IncludedSupplyChainTradeLineItem>"
        f"<ram:AssociatedDocumentLineDocument><ram:LineID>{number}</ram:LineID>"
        "</ram:AssociatedDocumentLineDocument>"
        f"<ram:SpecifiedTradeProduct>{_text('Name', line.description)}"
        "</ram:SpecifiedTradeProduct>"
        "<ram:SpecifiedLineTradeAgreement><ram:NetPriceProductTradePrice>"
        f"<ram:ChargeAmount>{line.unit_price}</ram:ChargeAmount>"
        "</ram:NetPriceProductTradePrice></ram:SpecifiedLineTradeAgreement>"
        "<ram:SpecifiedLineTradeDelivery>"
        f'<ram:BilledQuantity unitCode="C62">{quantity}</ram:BilledQuantity>'
        "</ram:SpecifiedLineTradeDelivery>"
        "<ram:SpecifiedLineTradeSettlement>"
        f"<ram:ApplicableTradeTax><ram:TypeCode>VAT</ram:TypeCode>"
        f"<ram:CategoryCode>{_category(line.rate)}</ram:CategoryCode>"
        f"<ram:RateApplicablePercent>{line.rate}</ram:RateApplicablePercent>"
        f"</ram:ApplicableTradeTax>{allowance}"
        "<ram:SpecifiedTradeSettlementLineMonetarySummation>"
        f"<ram:LineTotalAmount>{line.net_amount * sign}</ram:LineTotalAmount>"
        "</ram:SpecifiedTradeSettlementLineMonetarySummation></ram:SpecifiedLineTradeSettlement>"
        "</ram:IncludedSupplyChainTradeLineItem>\n"
    )


def _settlement(invoice: Invoice, sign: int) -> str:
    account = (
        "<ram:SpecifiedTradeSettlementPaymentMeans><ram:TypeCode>58</ram:TypeCode>"
        "<ram:PayeePartyCreditorFinancialAccount>"
        f"<ram:IBANID>{invoice.iban}</ram:IBANID></ram:PayeePartyCreditorFinancialAccount>"
        "</ram:SpecifiedTradeSettlementPaymentMeans>"
        if invoice.iban
        else ""
    )
    due = (
        "<ram:SpecifiedTradePaymentTerms><ram:DueDateDateTime>"
        f"{_day(invoice.due_date)}</ram:DueDateDateTime></ram:SpecifiedTradePaymentTerms>"
        if invoice.due_date
        else ""
    )
    taxes = "".join(_tax(one, sign) for one in invoice.taxes)
    gross = invoice.gross_total * sign
    return (
        f"<ram:InvoiceCurrencyCode>{invoice.currency}</ram:InvoiceCurrencyCode>"
        f"{account}{taxes}{due}"
        "<ram:SpecifiedTradeSettlementHeaderMonetarySummation>"
        f"<ram:LineTotalAmount>{invoice.net_total * sign}</ram:LineTotalAmount>"
        f"<ram:TaxBasisTotalAmount>{invoice.net_total * sign}</ram:TaxBasisTotalAmount>"
        f'<ram:TaxTotalAmount currencyID="{invoice.currency}">{invoice.tax_total * sign}'
        "</ram:TaxTotalAmount>"
        f"<ram:GrandTotalAmount>{gross}</ram:GrandTotalAmount>"
        f"<ram:DuePayableAmount>{gross}</ram:DuePayableAmount>"
        "</ram:SpecifiedTradeSettlementHeaderMonetarySummation>"
    )


def _tax(tax: Tax, sign: int) -> str:
    return (
        f"<ram:ApplicableTradeTax><ram:CalculatedAmount>{tax.amount * sign}</ram:CalculatedAmount>"
        f"<ram:TypeCode>VAT</ram:TypeCode><ram:BasisAmount>{tax.base * sign}</ram:BasisAmount>"
        f"<ram:CategoryCode>{_category(tax.rate)}</ram:CategoryCode>"
        f"<ram:RateApplicablePercent>{tax.rate}</ram:RateApplicablePercent>"
        "</ram:ApplicableTradeTax>"
    )


def _category(rate: Decimal) -> str:
    """S standard, AE reverse charge (UNTDID 5305)."""
    return "S" if rate else "AE"


def _party(element: str, company: Company, vat_id: str) -> str:
    tax = (
        f'<ram:SpecifiedTaxRegistration><ram:ID schemeID="VA">{vat_id}</ram:ID>'
        "</ram:SpecifiedTaxRegistration>"
        if vat_id
        else ""
    )
    address = (
        _text("PostcodeCode", company.postcode)
        + _text("LineOne", company.street)
        + _text("CityName", company.town)
        + _text("CountryID", company.country)
    )
    return _within(
        element, _text("Name", company.name) + _within("PostalTradeAddress", address) + tax
    )


def _day(day: datetime.date) -> str:
    return f'<udt:DateTimeString format="102">{day:%Y%m%d}</udt:DateTimeString>'


def _text(element: str, text: str) -> str:
    return f"<ram:{element}>{escape(text)}</ram:{element}>" if text else ""


def _within(element: str, content: str) -> str:
    return f"<ram:{element}>{content}</ram:{element}>" if content else ""
