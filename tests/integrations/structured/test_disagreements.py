"""The page and the embedded invoice: every alteration is found, no rendering is taken for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.structured import disagreements, findings, read
from tests.integrations.structured.invoices import CII, PAGE, UBL, changed, document_of


def terms_of(page: str, xml: str, *, media_type: str = "application/pdf") -> list[str]:
    document = document_of(page, xml, media_type=media_type)
    (record,) = read([document])
    return [one.term for one in disagreements(record, document.read)]


@pytest.mark.parametrize("xml", [CII, UBL], ids=["CII", "UBL"])
def test_a_consistent_invoice_has_no_disagreement(xml: str) -> None:
    assert terms_of(PAGE, xml) == []


ALTERED = [
    (">1723.72<", ">1732.72<", "gross_total"),
    (">1723.72<", ">1448.50<", "gross_total"),  # stands on the page, as another total
    (">1448.50<", ">1484.50<", "net_total"),
    (">275.22<", ">275.32<", "tax_total"),
    (">1223.72<", ">1223.27<", "amount_due"),
    (">1223.72<", ">1723.72<", "amount_due"),
    (">20240305<", ">20240306<", "issue_date"),
    (">20240305<", ">20240503<", "issue_date"),
    (">20240404<", ">20240504<", "due_date"),
    (">RE-2024/0815<", ">RE-2024/08157<", "invoice_number"),
    (">RE-2024/0815<", ">RE-2024/081<", "invoice_number"),
    (">RE-2024/0815<", ">RE-2024<", "invoice_number"),
    (">PO-77120<", ">PO-77121<", "purchase_order"),
    (">DE136695976<", ">DE136695975<", "seller_vat_id"),
    (">DE89370400440532013000<", ">DE75512108001245126199<", "iban"),
    (">DE89370400440532013000<", ">DE89370400440532013001<", "iban"),
    (">EUR<", ">USD<", "currency"),
    (">Werkzeug Adler GmbH<", ">Werkzeug Adlerin GmbH<", "seller_name"),
    (">Werkzeug Adler GmbH<", ">Nordlicht Handels AG<", "seller_name"),
    (">Werkzeug Adler GmbH<", ">Société Florale SARL<", "seller_name"),
    (">Société Florale SARL<", ">Gerda Olsen<", "buyer_name"),
    (">198.00<", ">189.00<", "lines"),
    (">20.0000<", ">21.0000<", "lines"),
]


@pytest.mark.parametrize(("old", "new", "term"), ALTERED)
def test_each_alteration_of_the_xml_is_found(old: str, new: str, term: str) -> None:
    assert term in terms_of(PAGE, changed(CII, (old, new)))


PAGE_ALTERED = [
    ("1.723,72 EUR", "1.732,72 EUR", "gross_total"),
    ("Nr. RE-2024/0815", "Nr. RE-2024/0816", "invoice_number"),
    ("DE89 3704 0044 0532 0130 00", "NL91 ABNA 0417 1643 00", "iban"),
    ("05.03.2024", "06.03.2024", "issue_date"),
    ("4. April 2024", "14. April 2024", "due_date"),
    ("DE136695976", "FR40303265045", "seller_vat_id"),
    ("Werkzeug Adler GmbH", "Werkzeug Bussard GmbH", "seller_name"),
]


@pytest.mark.parametrize(("old", "new", "term"), PAGE_ALTERED)
def test_each_alteration_of_the_page_is_found(old: str, new: str, term: str) -> None:
    assert term in terms_of(changed(PAGE, (old, new)), CII)


# Other usual ways to print the same.
RENDERED = [
    ("1.723,72 EUR", "1 723,72 EUR"),
    ("1.723,72 EUR", "€1,723.72"),
    ("1.723,72 EUR", "EUR 1'723.72"),
    ("1.723,72 EUR", "1723.72"),
    ("05.03.2024", "5. März 2024"),
    ("05.03.2024", "5 mars 2024"),
    ("05.03.2024", "March 5th, 2024"),
    ("05.03.2024", "5 maart 2024"),
    ("05.03.2024", "5 de marzo de 2024"),
    ("05.03.2024", "05/03/24"),
    ("05.03.2024", "2024-03-05"),
    ("05.03.2024", "03/05/2024"),
    ("4. April 2024", "04.04.2024"),
    ("Zahlbar bis 4. April 2024", "Zahlbar innerhalb von 30 Tagen"),
    ("Zahlbar bis 4. April 2024", "Zahlbar innerhalb von 30 Tagen, 2% Skonto bis 15.03.2024"),
    ("Zahlbar bis 4. April 2024", ""),
    ("DE89 3704 0044 0532 0130 00", "DE89370400440532013000"),
    ("IBAN DE89 3704 0044 0532 0130 00 BIC COBADEFFXXX", ""),
    ("USt-IdNr. DE136695976", "USt-IdNr. DE 136 695 976"),
    ("USt-IdNr. DE136695976", ""),
    ("Umsatzsteuer 19 % 275,22 EUR", "zzgl. 19 % USt"),
    ("Nr. RE-2024/0815", "Nr.: RE-2024/0815,"),
    ("Nr. RE-2024/0815", "Nr. RE 2024 / 0815"),
    ("Werkzeug Adler GmbH\n", "WERKZEUG\nADLER GMBH\n"),
    ("Werkzeug Adler GmbH", "Werkzeug Adler G.m.b.H."),
    ("Werkzeug Adler GmbH", "Werkzeug Adler"),
    ("Société Florale SARL", "Societe Florale"),
    ("Ihre Bestellung: PO-77120\n", ""),
    ("2 625,25 1.250,50", "2,00 625,25 1250,50"),
]


@pytest.mark.parametrize(("old", "new"), RENDERED)
def test_another_way_to_print_it_is_no_disagreement(old: str, new: str) -> None:
    assert terms_of(changed(PAGE, (old, new)), CII) == []


def test_slashes_are_read_in_the_order_that_the_page_shows() -> None:
    """03/05 may be either; once another date tells that months come first, it is not."""
    month_first = changed(PAGE, ("05.03.2024", "03/05/2024"), ("4. April 2024", "04/04/2024"))
    assert terms_of(f"{month_first}Delivered 03/29/2024", CII) == []
    day_first = changed(PAGE, ("05.03.2024", "03/05/2024"), ("4. April 2024", "04/04/2024"))
    assert "issue_date" in terms_of(f"{day_first}Geliefert 29/02/2024", CII)


def test_a_page_that_says_nothing_witnesses_nothing() -> None:
    assert terms_of("(picture)", CII) == []


def test_an_xml_file_by_itself_has_no_page_to_differ_from() -> None:
    assert terms_of(PAGE.replace("1.723,72", "9,99"), CII, media_type="application/xml") == []


def test_a_disagreement_shows_the_page_and_its_place() -> None:
    document = document_of(PAGE, changed(CII, (">RE-2024/0815<", ">RE-2024/08157<")))
    (record,) = read([document])
    (found,) = disagreements(record, document.read)
    assert (found.structured_value, found.page_value) == ("RE-2024/08157", "RE-2024/0815")
    assert found.evidence is not None
    assert (found.evidence.source, found.evidence.page, found.evidence.document) == (
        "text",
        1,
        "doc-1",
    )
    assert found.evidence.box is not None


def test_findings_are_about_the_contracts_fields() -> None:
    text = changed(CII, (">RE-2024/0815<", ">RE-2024/0816<"), (">20240305<", ">20240306<"))
    found = findings([document_of(PAGE, text)], {"number": "invoice_number"})
    assert {(one.code, one.about) for one in found} == {
        ("structured_disagrees", "number"),
        ("structured_disagrees", "issue_date"),
    }
    assert all(not one.numbers for one in found)
    assert findings([document_of(PAGE, CII)], {}) == []
    assert [one.code for one in findings([document_of(PAGE, CII[:-9])], {})] == [
        "structured_unreadable"
    ]


def test_two_parts_that_differ_are_told() -> None:
    other = changed(CII, (">DE89370400440532013000<", ">NL91ABNA0417164300<"))
    alone = document_of("", other, media_type="application/xml")
    found = findings([document_of(PAGE, CII), alone], {"account": "iban"})
    assert [(one.code, one.about) for one in found] == [("documents_disagree", "account")]


@given(text=st.text(max_size=300))
def test_any_page_is_compared_without_error(text: str) -> None:
    document = document_of(text + PAGE, CII)
    (record,) = read([document])
    disagreements(record, document.read)
