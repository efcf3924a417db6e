"""The invoices that are made up: true to their contract, odd only where they say so."""

import datetime
import email
import email.policy
import random
import re
from collections.abc import Iterator
from itertools import islice

import pypdfium2 as pdfium
import pytest
from stdnum import iban

from governance.contracts import shipped
from governance.contracts.agreement import Agreement
from governance.contracts.parse import parse
from governance.contracts.rules.registry import HOLDS, Given, fails, verdict_of
from governance.contracts.shipped.drawing import identifiers
from governance.contracts.shipped.invoice_intake import maker
from governance.contracts.shipped.invoice_intake.cii import cii
from governance.contracts.shipped.invoice_intake.composing import compose
from governance.contracts.shipped.invoice_intake.drawing import draw
from governance.contracts.shipped.invoice_intake.files import can_be_hybrid, files
from governance.contracts.shipped.invoice_intake.invoice import Invoice
from governance.contracts.shipped.invoice_intake.layouts import LAYOUTS
from governance.contracts.shipped.invoice_intake.oddities import ODDITIES
from governance.contracts.shipped.invoice_intake.words import LANGUAGES
from governance.contracts.shipped.sample import Sample
from integrations.structured import read_invoice

DAY = datetime.date(2026, 11, 1)
# Judged from other items, which a sample by itself does not have.
BY_OTHERS = {"not_a_duplicate", "not_seen_before"}


@pytest.fixture(scope="module")
def contract() -> Agreement:
    source = (shipped.folder("invoice-intake") / "contract.yaml").read_text()
    return Agreement.from_body(parse(source, providers={"extraction"}))


def failing(contract: Agreement, sample: Sample) -> set[str]:
    answers = {
        name: fails("seen_before") if name in sample.failing else HOLDS for name in BY_OTHERS
    }
    failed = contract.failed_checks(
        item={}, input=sample.payload, output=sample.output, day=DAY, answers=answers
    )
    return {check.name for check, _ in failed}


def text_of(content: bytes) -> str:
    """All pages' text without blanks: how far apart letters are printed is not looked at."""
    document = pdfium.PdfDocument(content)
    text = "".join(page.get_textpage().get_text_bounded() for page in document)
    document.close()
    return re.sub(r"\s", "", text)


def test_samples_fit_their_contract_and_fail_only_the_checks_they_name(contract: Agreement) -> None:
    for sample in maker.make(40, seed=3):
        assert contract.payload_errors(sample.payload) == {}
        assert contract.output_errors(sample.output) == {}
        assert failing(contract, sample) == set(sample.failing), sample.special
        assert len(sample.documents) == 1
        assert len(sample.documents[0].content) < 1_000_000


@pytest.mark.parametrize("oddity", [one.name for one in ODDITIES])
def test_each_odd_one_fails_the_checks_it_was_made_for(contract: Agreement, oddity: str) -> None:
    sample = maker.sample(5, 40, oddity=oddity, medium="pdf")
    assert sample.special == oddity
    assert failing(contract, sample) == set(sample.failing)
    named = next(one for one in ODDITIES if one.name == oddity)
    assert set(named.failing) <= failing(contract, sample)


def test_the_same_seed_makes_the_same_files_and_another_others() -> None:
    first = list(maker.make(8, seed=1))
    assert first == list(maker.make(8, seed=1))
    assert first[6] == maker.sample(1, 7)
    assert [one.documents for one in maker.make(3, 2)] != [one.documents for one in first[:3]]


@pytest.mark.parametrize("country", identifiers.COUNTRIES)
def test_account_and_tax_numbers_have_right_check_digits(country: str) -> None:
    chance = random.Random(country)
    number = identifiers.iban(chance, country)
    assert iban.is_valid(number)
    assert not iban.is_valid(identifiers.with_wrong_digit(chance, number))
    tax_id = identifiers.vat_id(chance, country)
    assert verdict_of("vat_id", Given((tax_id,), {}, DAY)).holds


@pytest.mark.parametrize("layout", list(LAYOUTS))
def test_every_layout_prints_all_that_is_to_be_read(layout: str) -> None:
    for invoice, chance in islice(invoices(), 6):
        paper = draw(invoice, chance, layout)
        text = text_of(paper.finish())
        for value in printed(invoice, paper):
            assert re.sub(r"\s", "", value) in text, (value, invoice.language)


def test_long_invoices_go_over_pages() -> None:
    pages = set()
    for invoice, chance in islice(invoices(), 150):
        if len(invoice.lines) > 20:
            document = pdfium.PdfDocument(draw(invoice, chance, "wholesaler").finish())
            pages.add(len(document))
    assert max(pages) >= 2


def test_invoices_differ_in_language_currency_and_tax() -> None:
    found = [invoice for invoice, _ in islice(invoices(), 300)]
    assert {one.language for one in found} == set(LANGUAGES)
    assert {one.currency for one in found} == {"EUR", "GBP", "USD", "CHF", "SEK", "PLN"}
    assert {one.kind for one in found} == {"invoice", "credit_note"}
    assert max(len(one.taxes) for one in found) >= 2
    assert any(one.note for one in found), "no reverse charge"
    assert {bool(one.due_date) for one in found} == {True, False}
    assert max(len(one.lines) for one in found) >= 25


def test_a_hybrid_carries_xml_that_says_what_the_page_says() -> None:
    for at in (3, 4, 5):
        sample = maker.sample(5, at, oddity="", medium="hybrid")
        record = read_invoice(attached(sample.documents[0].content))
        assert record is not None
        assert not record.fault
        told = {name: value for name, value in sample.output.items() if name != "lines"}
        assert {name: record.values.get(name) for name in told} == told
        assert [dict(line) for line in record.lines] == sample.output["lines"]


def test_a_hybrid_that_disagrees_tells_another_amount_or_account() -> None:
    for at in range(1, 5):
        sample = maker.sample(5, at, oddity="hybrid_disagrees")
        record = read_invoice(attached(sample.documents[0].content))
        assert record is not None
        differing = {
            name
            for name, value in sample.output.items()
            if name != "lines" and record.values.get(name) != value
        }
        assert differing in ({"iban"}, {"net_total", "gross_total"})


def test_the_xml_of_a_discounted_line_comes_to_its_amount() -> None:
    discounted = next(one for one, _ in invoices() if any(line.discount for line in one.lines))
    assert b"ActualAmount" in cii(discounted)


def test_a_mail_carries_the_invoice() -> None:
    sample = maker.sample(5, 3, oddity="", medium="mail")
    message = email.message_from_bytes(sample.documents[0].content, policy=email.policy.default)
    (attachment,) = message.iter_attachments()
    assert attachment.get_content().startswith(b"%PDF")
    assert "…" not in str(message["Subject"])


def test_instructions_are_in_the_text_and_nowhere_in_the_output() -> None:
    for oddity in ("instruction", "tiny_instruction", "white_instruction"):
        sample = maker.sample(5, 8, oddity=oddity)
        text = text_of(sample.documents[0].content)
        assert re.search("(?i)ignor|negeer", text), oddity
        assert not re.search("(?i)ignor|negeer", str(sample.output))


def test_an_encrypted_file_cannot_be_opened_and_a_damaged_one_is_cut_off() -> None:
    with pytest.raises(pdfium.PdfiumError):
        pdfium.PdfDocument(maker.sample(5, 1, oddity="encrypted").documents[0].content)
    assert b"%%EOF" not in maker.sample(5, 1, oddity="damaged").documents[0].content


def test_a_duplicate_repeats_an_earlier_invoice_and_a_near_identical_one_its_page() -> None:
    plans = {one.invoice.number: one for one in (maker.plan_of(9, at) for at in range(1, 31))}
    again = maker.sample(9, 31, oddity="duplicate")
    original = maker.sample(9, plans[again.output["invoice_number"]].at)
    assert original.output == again.output
    assert original.documents != again.documents
    near = maker.sample(9, 31, oddity="near_identical")
    assert near.output["invoice_number"] not in plans
    alike = [
        one for one in plans.values() if one.invoice.as_output()["lines"] == near.output["lines"]
    ]
    assert len(alike) == 1


def test_scans_are_pictures_without_text() -> None:
    endings = set()
    for at in range(1, 9):
        file = maker.sample(4, at, oddity="", medium="scan").documents[0]
        endings.add(file.name.rpartition(".")[2])
        if file.name.endswith(".pdf"):
            assert text_of(file.content) == ""
    assert len(endings) >= 3


def invoices() -> Iterator[tuple[Invoice, random.Random]]:
    for number in range(1, 1000):
        chance = random.Random(f"test {number}")
        yield compose(chance), chance


def attached(content: bytes) -> bytes:
    document = pdfium.PdfDocument(content)
    assert document.count_attachments() == 1
    attachment = document.get_attachment(0)
    assert attachment.get_name() == "factur-x.xml"
    return bytes(attachment.get_data())


def printed(invoice: Invoice, paper) -> list[str]:
    """What a layout must show for its output to be right, as it writes it."""
    found = [
        invoice.seller.name,
        invoice.number,
        invoice.vat_id,
        invoice.iban,
        invoice.purchase_order,
        paper.date(invoice.issue_date),
        paper.date(invoice.due_date) if invoice.due_date else "",
        *(paper.writing.number(total) for total in (invoice.net_total, invoice.gross_total)),
        *(paper.writing.number(line.net_amount) for line in invoice.lines),
    ]
    return [one for one in found if one]


def test_files_are_for_hybrids_only_where_the_euro_is_paid() -> None:
    for invoice, chance in islice(invoices(), 12):
        if can_be_hybrid(invoice):
            (file,) = files(invoice, chance, medium="hybrid")
            assert attached(file.content)
            return
