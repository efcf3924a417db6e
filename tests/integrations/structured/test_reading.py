"""Structured invoices as terms, and XML that must do no harm."""

import pytest

from integrations.structured import Record, read, read_invoice
from integrations.structured.model import NotReadable
from integrations.structured.xmltree import MAX_DEPTH, tree_of
from tests.integrations.structured.invoices import CII, PAGE, UBL, changed, document_of

EXPECTED = {
    "invoice_number": "RE-2024/0815",
    "issue_date": "2024-03-05",
    "due_date": "2024-04-04",
    "seller_name": "Werkzeug Adler GmbH",
    "seller_vat_id": "DE136695976",
    "buyer_name": "Société Florale SARL",
    "purchase_order": "PO-77120",
    "currency": "EUR",
    "iban": "DE89370400440532013000",
    "net_total": 1448.5,
    "tax_total": 275.22,
    "gross_total": 1723.72,
    "amount_due": 1223.72,
    "prepaid": 500.0,
}
LINES = [("Schraubenzieher", 20.0, 198.0), ("Bohrmaschine", 2.0, 1250.5)]


def record_of(xml: str) -> Record:
    found = read_invoice(xml.encode(), document="d")
    assert found is not None
    return found


@pytest.mark.parametrize("xml", [CII, UBL], ids=["CII", "UBL"])
def test_both_syntaxes_give_the_same_terms(xml: str) -> None:
    record = record_of(xml)
    assert {term: record.values[term] for term in EXPECTED} == EXPECTED
    assert "Hafenweg 7" in str(record.values["seller_address"])
    rows = [(row["description"], row["quantity"], row["net_amount"]) for row in record.lines]
    assert rows == LINES
    assert record.lines[0]["unit_price"] == 9.9
    assert record.lines[0]["tax_rate"] == 19.0


def test_each_value_names_its_element() -> None:
    record = record_of(CII)
    assert set(record.evidence) >= set(EXPECTED)
    number = record.evidence["invoice_number"]
    assert (number.source, number.document, number.text) == ("xml", "d", "RE-2024/0815")
    assert number.path == "/CrossIndustryInvoice/ExchangedDocument/ID"
    second = record.evidence["lines.1.net_amount"].path
    assert "/IncludedSupplyChainTradeLineItem[2]/" in second


def test_names_of_zugferd_1_are_read() -> None:
    old = (
        ("CrossIndustryInvoice:100", "CrossIndustryDocument:1p0"),
        ("ExchangedDocument>", "HeaderExchangedDocument>"),
        ("SupplyChainTradeTransaction>", "SpecifiedSupplyChainTradeTransaction>"),
        ("HeaderTradeAgreement>", "SupplyChainTradeAgreement>"),
        ("HeaderTradeSettlement>", "SupplyChainTradeSettlement>"),
        ("SettlementHeaderMonetary", "SettlementMonetary"),
        ("SpecifiedLineTrade", "SpecifiedSupplyChainTrade"),
        ("SettlementLineMonetary", "SettlementMonetary"),
        ("rsm:CrossIndustryInvoice", "rsm:CrossIndustryDocument"),
        ("IssuerAssignedID", "ID"),
    )
    text = CII
    for before, after in old:
        assert before in text
        text = text.replace(before, after)
    record = record_of(text)
    assert {term: record.values[term] for term in EXPECTED} == EXPECTED
    assert [row["net_amount"] for row in record.lines] == [198.0, 1250.5]


def test_a_credit_note_is_read() -> None:
    text = UBL.replace("<Invoice ", "<CreditNote ").replace("</Invoice>", "</CreditNote>")
    text = text.replace("InvoiceLine", "CreditNoteLine").replace("InvoicedQ", "CreditedQ")
    assert [row["quantity"] for row in record_of(text).lines] == [20.0, 2.0]


def test_further_accounts_are_kept_beside_the_first() -> None:
    end = "</ram:PayeePartyCreditorFinancialAccount>"
    start = end.replace("</", "<")
    second = f"{start}<ram:IBANID>NL91ABNA0417164300</ram:IBANID>{end}"
    text = changed(CII, (end, end + second))
    record = record_of(text)
    assert record.values["iban"] == "DE89370400440532013000"
    assert record.others["iban"] == ("NL91ABNA0417164300",)


def test_values_of_the_wrong_kind_are_left_out() -> None:
    text = changed(CII, (">1723.72<", ">1.723,72<"), (">20240305<", ">20241305<"), (">EUR<", "> <"))
    record = record_of(text)
    assert not {"gross_total", "issue_date", "currency"} & set(record.values)


BOMB = """<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;">]>
<CrossIndustryInvoice>&c;</CrossIndustryInvoice>"""
OUTSIDE = """<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hostname">]>
<Invoice><ID>&b;</ID></Invoice>"""


@pytest.mark.parametrize(
    "content",
    [
        BOMB.encode(),
        OUTSIDE.encode(),
        b'<!DOCTYPE a SYSTEM "other.dtd"><a/>',
        b"<a>" * (MAX_DEPTH + 1) + b"</a>" * (MAX_DEPTH + 1),
        b"<a>" + b"<b/>" * 200_001 + b"</a>",
        b"<a><b></a>",
        b"",
        b"<?xml version='1.0' encoding='nonsense'?><a/>",
        b"\xff\xfe<",
        b"<a>" + b"x" * (10 * 1024 * 1024) + b"</a>",
    ],
    ids=[
        "entities",
        "file",
        "dtd",
        "deep",
        "many",
        "unclosed",
        "empty",
        "encoding",
        "bytes",
        "large",
    ],
)
def test_hostile_xml_is_refused(content: bytes) -> None:
    with pytest.raises(NotReadable):
        tree_of(content)


def test_an_invoice_that_cannot_be_read_is_told_and_other_xml_is_not() -> None:
    broken = read([document_of(PAGE, CII[:-40])])
    assert [(one.fault, dict(one.values)) for one in broken] == [("unreadable", {})]
    assert read([document_of(PAGE, "<note><to>Ida</to></note>", name="note.xml")]) == []
    assert read([document_of(PAGE, "<note>", name="note.xml")]) == []
    assert read([document_of(PAGE)]) == []
