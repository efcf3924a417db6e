"""A small made-up invoice as a page and as XML in both syntaxes, and variations by replacing."""

from integrations.documents.model import Embedded, Page, ReadDocument, Word
from integrations.providers.base import GivenDocument

PAGE = """\
Werkzeug Adler GmbH
Hafenweg 7, 20095 Hamburg
USt-IdNr. DE136695976
Rechnung Nr. RE-2024/0815 vom 05.03.2024
Kunde: Société Florale SARL, 12 rue des Lilas, 69001 Lyon
Ihre Bestellung: PO-77120
Pos Artikel Menge Einzelpreis Betrag
1 Schraubenzieher 20 9,90 198,00
2 Bohrmaschine 2 625,25 1.250,50
Netto 1.448,50 EUR
Umsatzsteuer 19 % 275,22 EUR
Gesamtbetrag 1.723,72 EUR
Bereits gezahlt 500,00 EUR
Noch zu zahlen 1.223,72 EUR
Zahlbar bis 4. April 2024
IBAN DE89 3704 0044 0532 0130 00 BIC COBADEFFXXX
"""

CII = """\
<?xml version="1.0" encoding="UTF-8"?>
<rsm:CrossIndustryInvoice
 xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
 xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
 xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100">
<rsm:ExchangedDocument><ram:ID>RE-2024/0815</ram:ID><ram:TypeCode>380</ram:TypeCode>
<ram:IssueDateTime><udt:DateTimeString format="102">20240305</udt:DateTimeString>
</ram:IssueDateTime>
</rsm:ExchangedDocument>
<rsm:SupplyChainTradeTransaction>
<ram:IncludedSupplyChainTradeLineItem>
<ram:SpecifiedTradeProduct><ram:Name>Schraubenzieher</ram:Name></ram:SpecifiedTradeProduct>
<ram:SpecifiedLineTradeAgreement><ram:NetPriceProductTradePrice>
<ram:ChargeAmount>9.90</ram:ChargeAmount></ram:NetPriceProductTradePrice>
</ram:SpecifiedLineTradeAgreement>
<ram:SpecifiedLineTradeDelivery><ram:BilledQuantity unitCode="H87">20.0000</ram:BilledQuantity>
</ram:SpecifiedLineTradeDelivery><ram:SpecifiedLineTradeSettlement>
<ram:ApplicableTradeTax><ram:RateApplicablePercent>19.00</ram:RateApplicablePercent>
</ram:ApplicableTradeTax>
<ram:SpecifiedTradeSettlementLineMonetarySummation><ram:LineTotalAmount>198.00</ram:LineTotalAmount>
</ram:SpecifiedTradeSettlementLineMonetarySummation></ram:SpecifiedLineTradeSettlement>
</ram:IncludedSupplyChainTradeLineItem>
<ram:IncludedSupplyChainTradeLineItem>
<ram:SpecifiedTradeProduct><ram:Name>Bohrmaschine</ram:Name></ram:SpecifiedTradeProduct>
<ram:SpecifiedLineTradeDelivery><ram:BilledQuantity unitCode="H87">2.0000</ram:BilledQuantity>
</ram:SpecifiedLineTradeDelivery><ram:SpecifiedLineTradeSettlement>
<ram:SpecifiedTradeSettlementLineMonetarySummation>
<ram:LineTotalAmount>1250.50</ram:LineTotalAmount>
</ram:SpecifiedTradeSettlementLineMonetarySummation></ram:SpecifiedLineTradeSettlement>
</ram:IncludedSupplyChainTradeLineItem>
<ram:ApplicableHeaderTradeAgreement>
<ram:SellerTradeParty><ram:Name>Werkzeug Adler GmbH</ram:Name>
<ram:PostalTradeAddress><ram:PostcodeCode>20095</ram:PostcodeCode>
<ram:LineOne>Hafenweg 7</ram:LineOne>
<ram:CityName>Hamburg</ram:CityName><ram:CountryID>DE</ram:CountryID></ram:PostalTradeAddress>
<ram:SpecifiedTaxRegistration><ram:ID schemeID="FC">12/345/67890</ram:ID>
</ram:SpecifiedTaxRegistration>
<ram:SpecifiedTaxRegistration><ram:ID schemeID="VA">DE136695976</ram:ID>
</ram:SpecifiedTaxRegistration>
</ram:SellerTradeParty>
<ram:BuyerTradeParty><ram:Name>Société Florale SARL</ram:Name></ram:BuyerTradeParty>
<ram:BuyerOrderReferencedDocument><ram:IssuerAssignedID>PO-77120</ram:IssuerAssignedID>
</ram:BuyerOrderReferencedDocument></ram:ApplicableHeaderTradeAgreement>
<ram:ApplicableHeaderTradeDelivery/>
<ram:ApplicableHeaderTradeSettlement><ram:InvoiceCurrencyCode>EUR</ram:InvoiceCurrencyCode>
<ram:SpecifiedTradeSettlementPaymentMeans><ram:PayeePartyCreditorFinancialAccount>
<ram:IBANID>DE89370400440532013000</ram:IBANID></ram:PayeePartyCreditorFinancialAccount>
</ram:SpecifiedTradeSettlementPaymentMeans>
<ram:SpecifiedTradePaymentTerms><ram:DueDateDateTime>
<udt:DateTimeString format="102">20240404</udt:DateTimeString></ram:DueDateDateTime>
</ram:SpecifiedTradePaymentTerms>
<ram:SpecifiedTradeSettlementHeaderMonetarySummation>
<ram:TaxBasisTotalAmount>1448.50</ram:TaxBasisTotalAmount>
<ram:TaxTotalAmount currencyID="EUR">275.22</ram:TaxTotalAmount>
<ram:TaxTotalAmount currencyID="USD">301.05</ram:TaxTotalAmount>
<ram:GrandTotalAmount>1723.72</ram:GrandTotalAmount>
<ram:TotalPrepaidAmount>500.00</ram:TotalPrepaidAmount>
<ram:DuePayableAmount>1223.72</ram:DuePayableAmount>
</ram:SpecifiedTradeSettlementHeaderMonetarySummation>
</ram:ApplicableHeaderTradeSettlement></rsm:SupplyChainTradeTransaction></rsm:CrossIndustryInvoice>
"""

UBL = """\
<?xml version="1.0" encoding="UTF-8"?>
<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
<cbc:ID>RE-2024/0815</cbc:ID><cbc:IssueDate>2024-03-05</cbc:IssueDate>
<cbc:DueDate>2024-04-04</cbc:DueDate>
<cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
<cac:OrderReference><cbc:ID>PO-77120</cbc:ID></cac:OrderReference>
<cac:AccountingSupplierParty><cac:Party><cac:PartyName><cbc:Name>Adler</cbc:Name></cac:PartyName>
<cac:PostalAddress><cbc:StreetName>Hafenweg 7</cbc:StreetName><cbc:CityName>Hamburg</cbc:CityName>
<cbc:PostalZone>20095</cbc:PostalZone></cac:PostalAddress>
<cac:PartyTaxScheme><cbc:CompanyID>12/345/67890</cbc:CompanyID>
<cac:TaxScheme><cbc:ID>FC</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme>
<cac:PartyTaxScheme><cbc:CompanyID>DE136695976</cbc:CompanyID>
<cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme>
<cac:PartyLegalEntity><cbc:RegistrationName>Werkzeug Adler GmbH</cbc:RegistrationName>
</cac:PartyLegalEntity>
</cac:Party></cac:AccountingSupplierParty>
<cac:AccountingCustomerParty><cac:Party><cac:PartyName><cbc:Name>Société Florale SARL</cbc:Name>
</cac:PartyName>
</cac:Party></cac:AccountingCustomerParty>
<cac:PaymentMeans><cac:PayeeFinancialAccount><cbc:ID>DE89370400440532013000</cbc:ID>
</cac:PayeeFinancialAccount></cac:PaymentMeans>
<cac:TaxTotal><cbc:TaxAmount currencyID="EUR">275.22</cbc:TaxAmount></cac:TaxTotal>
<cac:LegalMonetaryTotal><cbc:TaxExclusiveAmount currencyID="EUR">1448.50</cbc:TaxExclusiveAmount>
<cbc:TaxInclusiveAmount currencyID="EUR">1723.72</cbc:TaxInclusiveAmount>
<cbc:PrepaidAmount currencyID="EUR">500.00</cbc:PrepaidAmount>
<cbc:PayableAmount currencyID="EUR">1223.72</cbc:PayableAmount></cac:LegalMonetaryTotal>
<cac:InvoiceLine><cbc:ID>1</cbc:ID><cbc:InvoicedQuantity unitCode="H87">20</cbc:InvoicedQuantity>
<cbc:LineExtensionAmount currencyID="EUR">198.00</cbc:LineExtensionAmount>
<cac:Item><cbc:Name>Schraubenzieher</cbc:Name><cac:ClassifiedTaxCategory>
<cbc:Percent>19</cbc:Percent>
</cac:ClassifiedTaxCategory></cac:Item><cac:Price>
<cbc:PriceAmount currencyID="EUR">9.90</cbc:PriceAmount>
</cac:Price></cac:InvoiceLine>
<cac:InvoiceLine><cbc:ID>2</cbc:ID><cbc:InvoicedQuantity unitCode="H87">2</cbc:InvoicedQuantity>
<cbc:LineExtensionAmount currencyID="EUR">1250.50</cbc:LineExtensionAmount>
<cac:Item><cbc:Name>Bohrmaschine</cbc:Name></cac:Item></cac:InvoiceLine>
</Invoice>
"""


def changed(text: str, *pairs: tuple[str, str]) -> str:
    """The text with parts replaced; a part that is not there once is a mistake in the test."""
    for old, new in pairs:
        assert text.count(old) == 1, f"{old!r} occurs {text.count(old)} times"
        text = text.replace(old, new)
    return text


def page_of(text: str, number: int = 1) -> Page:
    words, at = [], 0
    for line, row in enumerate(text.split("\n")):
        for word in row.split():
            start = text.index(word, at)
            at = start + len(word)
            box = (start % 90 * 100, line * 300, start % 90 * 100 + 500, line * 300 + 250)
            words.append(Word(word, start, at, line, box))
    return Page(number, 1000, 1400, "text", text, tuple(words))


def document_of(
    text: str,
    xml: str | bytes | None = None,
    *,
    name: str = "factur-x.xml",
    media_type: str = "application/pdf",
) -> GivenDocument:
    content = xml.encode() if isinstance(xml, str) else xml
    embedded = () if content is None else (Embedded("xml", name, content),)
    read = ReadDocument(media_type, (page_of(text),), embedded)
    return GivenDocument("doc-1", "invoice.pdf", read, lambda number: b"")
