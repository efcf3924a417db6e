"""Files, tables, terms and tests in a contract: what is taken, and where a refusal points to."""

from datetime import date

import pytest

from governance.contracts.agreement import Agreement
from governance.contracts.parse import parse
from governance.contracts.problems import ContractError
from governance.contracts.specs import DocumentsSpec
from governance.privacy.redact import redact

INVOICES = """\
process: bills
title: Bills
risk: low
input:
  documents:
    at_most: 3
    types: [pdf, xml]
    max_mebibytes: 5
    max_pages: 10
    x-privacy: internal
  schema:
    type: object
    additionalProperties: false
    properties:
      declared: {type: string, x-privacy: personal, x-term: surname}
output:
  schema:
    type: object
    additionalProperties: false
    required: [total]
    properties:
      net: {type: number, x-privacy: internal, x-term: net_total}
      tax: {type: [number, "null"], x-privacy: internal, x-term: tax_total}
      total: {type: number, x-privacy: internal, x-term: gross_total}
      iban: {type: string, x-privacy: personal, x-term: iban}
      holder: {type: string, x-privacy: personal}
      rows:
        type: array
        maxItems: 50
        items:
          type: object
          additionalProperties: false
          required: [amount]
          properties:
            what: {type: string, x-term: description}
            amount: {type: number, x-term: net_amount}
        x-privacy: internal
        x-term: lines
confidence:
  net: {automatic: 0.9}
  tax: {automatic: 0.9}
  total: {automatic: 0.9}
  iban: {automatic: 0.9}
  holder: {automatic: 0.9}
  rows: {automatic: 0.9}
candidate: {provider: local}
queues:
  - {name: desk, role: operator, kinds: [review, manual, compliance, quality, escalation]}
checks:
  - {name: adds_up, test: sum, of: [output.net, output.tax], equals: output.total, tolerance: 0.02,
     otherwise: review, message: The totals do not add up.}
  - {name: rows_add_up, test: column_sum, of: [output.rows], column: amount, equals: output.net,
     otherwise: review, message: The rows do not add up.}
  - {name: account, test: iban, of: [output.iban], otherwise: manual, message: The IBAN is wrong.}
  - {name: holder, test: same_name, of: [output.holder, input.declared], otherwise: review,
     message: Another name.}
  - name: has_total
    require: {any: [{output.total: {present: true}}, {not: {input.declared: {present: true}}}]}
    otherwise: review
    message: There is no total.
"""


def changed(old: str, new: str) -> str:
    assert INVOICES.count(old) == 1, f"{old!r} occurs {INVOICES.count(old)} times"
    return INVOICES.replace(old, new)


@pytest.fixture(scope="module")
def agreement() -> Agreement:
    return Agreement.from_body(parse(INVOICES))


def test_the_files_an_item_may_carry(agreement: Agreement) -> None:
    assert agreement.documents == DocumentsSpec(
        at_least=1,
        at_most=3,
        types=("pdf", "xml"),
        max_bytes=5 * 1024 * 1024,
        max_pages=10,
        privacy="internal",
    )


def test_a_contract_without_files_takes_none_and_keeps_its_body() -> None:
    start, end = INVOICES.index("  documents:"), INVOICES.index("  schema:")
    body = parse(INVOICES[:start] + INVOICES[end:])
    assert "documents" not in body["input"]
    assert Agreement.from_body(body).documents is None


def test_terms_of_fields(agreement: Agreement) -> None:
    assert agreement.input_terms == {"declared": "surname"}
    assert agreement.output_terms == {
        "net": "net_total",
        "tax": "tax_total",
        "total": "gross_total",
        "iban": "iban",
        "rows": "lines",
    }


def test_errors_in_a_table_name_row_and_column(agreement: Agreement) -> None:
    rows = [{"amount": 1}, {"what": "x", "amount": "2"}, {"what": "y"}]
    assert agreement.output_errors({"total": 1, "rows": rows}) == {
        "rows.1.amount": "must be of type number",
        "rows.2.amount": "is required",
    }


def test_the_ledger_keeps_an_internal_table_and_commits_to_a_personal_one(
    agreement: Agreement,
) -> None:
    rows = [{"what": "Tea", "amount": 1.5}]
    kept = redact({"rows": rows}, agreement.personal_output_fields, b"salt")
    assert kept == {"rows": rows}
    text = changed(
        "        x-privacy: internal\n        x-term", "        x-privacy: personal\n        x-term"
    )
    personal = Agreement.from_body(parse(text))
    kept = redact({"rows": rows}, personal.personal_output_fields, b"salt")
    assert set(kept["rows"]) == {"commitment"}


def test_checks_know_their_fields(agreement: Agreement) -> None:
    assert {check.name: check.fields for check in agreement.checks} == {
        "adds_up": ("net", "tax", "total"),
        "rows_add_up": ("rows", "net"),
        "account": ("iban",),
        "holder": ("holder",),
        "has_total": ("total",),
    }


def test_tests_of_values_are_judged_with_their_options(agreement: Agreement) -> None:
    output = {
        "net": 10.0,
        "tax": 1.9,
        "total": 11.92,
        "iban": "DE00 0000 0000 0000 0000 00",
        "holder": "Ida Müller",
        "rows": [{"amount": 4}, {"amount": 5}],
    }
    found = agreement.failed_checks(
        item={}, input={"declared": "Ida Mueller"}, output=output, day=date(2026, 1, 31)
    )
    assert [check.name for check, _ in found] == ["rows_add_up", "account"]


# (text replaced, replacement, field of the problem, part of its message)
BROKEN = [
    ("at_most: 3", "at_most: 0", "input.documents.at_most", "from 1 to 50"),
    ("at_most: 3", "at_least: 5\n    at_most: 3", "input.documents.at_least", "above at_most (3)"),
    ("types: [pdf, xml]", "types: [pfd]", "input.documents.types[0]", 'did you mean "pdf"'),
    ("types: [pdf, xml]", "types: []", "input.documents.types", "at least one"),
    ("max_pages: 10", "max_page: 10", "input.documents.max_page", 'did you mean "max_pages"'),
    (
        "max_pages: 10\n    x-privacy: internal",
        "max_pages: 10",
        "input.documents",
        "has no privacy label",
    ),
    (
        "max_pages: 10\n    x-privacy: internal",
        "x-privacy: secret",
        "input.documents.x-privacy",
        "must be one of",
    ),
    (
        "x-term: gross_total",
        "x-term: gros_total",
        "output.schema.properties.total.x-term",
        'did you mean "gross_total"',
    ),
    (
        "x-term: gross_total",
        "x-term: net_total",
        "output.schema.properties.total.x-term",
        "already the term of net",
    ),
    ("x-term: gross_total", "x-term: 5", "output.schema.properties.total.x-term", "not a number"),
    ("x-term: gross_total", "x-term: lines", "output.schema.properties.total.x-term", "a table"),
    (
        "x-term: lines",
        "x-term: total",
        "output.schema.properties.rows.x-term",
        "not the term of a table",
    ),
    (
        "x-term: net_amount",
        "x-term: net_total",
        "output.schema.properties.rows.items.properties.amount.x-term",
        "not a known term",
    ),
    (
        "what: {type: string, x-term: description}",
        "what: {type: string, x-privacy: none}",
        "output.schema.properties.rows.items.properties.what.x-privacy",
        "no meaning here",
    ),
    (
        "what: {type: string, x-term: description}",
        "what: {type: array, maxItems: 2, items: {type: string}}",
        "output.schema.properties.rows.items.properties.what.type",
        "a column must be",
    ),
    (
        "required: [amount]",
        "required: [amout]",
        "output.schema.properties.rows.items.required",
        'did you mean "amount"',
    ),
    ("        maxItems: 50\n", "", "output.schema.properties.rows.maxItems", "a bound on its rows"),
    (
        "        x-privacy: internal\n        x-term",
        "        x-term",
        "output.schema.properties.rows",
        "has no privacy label",
    ),
    ("test: iban", "test: ibna", "checks[2].test", 'did you mean "iban"'),
    ("of: [output.iban]", "of: [output.ibam]", "checks[2].of[0]", 'did you mean "output.iban"'),
    ("of: [output.iban]", "of: [output.rows]", "checks[2].of[0]", "must not be a table"),
    ("of: [output.iban]", "of: [item.external_id]", "checks[2].of[0]", "input or output"),
    ("of: [output.iban]", "of: output.iban", "checks[2].of", "must be a list"),
    ("of: [output.iban]", "of: []", "checks[2].of", "iban looks at 1 of them, not 0"),
    ("of: [output.iban], ", "", "checks[2].of", "is required"),
    ("test: iban, of: [output.iban], ", "", "checks[2]", "either require, a condition, or test"),
    (
        "of: [output.iban]",
        "require: {output.iban: {present: true}}, of: [output.iban]",
        "checks[2].require",
        "stands beside test",
    ),
    ("tolerance: 0.02", "tolerance: -1", "checks[0].tolerance", "must be from 0"),
    ("tolerance: 0.02", "toleranz: 1", "checks[0].toleranz", 'did you mean "tolerance"'),
    ("equals: output.total", "equals: output.totl", "checks[0].equals", 'did you mean "output.tot'),
    ("equals: output.total, ", "", "checks[0].equals", "is required"),
    ("column: amount", "column: amout", "checks[1].column", 'did you mean "amount"'),
    ("of: [output.rows]", "of: [output.net]", "checks[1].of[0]", "must be a table"),
    ("of: [output.holder, input.declared]", "of: [output.holder]", "checks[3].of", "name two"),
]


@pytest.mark.parametrize(("old", "new", "field", "part"), BROKEN)
def test_what_is_wrong_is_named_with_its_line(old: str, new: str, field: str, part: str) -> None:
    text = changed(old, new)
    with pytest.raises(ContractError) as caught:
        parse(text, filename="c.yaml")
    found = [one for one in caught.value.problems if one.field == field and part in one.message]
    assert found, caught.value.lines()


def test_problems_have_the_line_of_what_they_speak_of() -> None:
    text = INVOICES.replace("test: iban", "test: ibna").replace("x-term: iban", "x-term: ibn")
    with pytest.raises(ContractError) as caught:
        parse(text.replace("max_pages: 10", "max_pages: 0"), filename="c.yaml")
    lines = text.splitlines()
    assert [lines[one.line - 1].strip()[:9] for one in caught.value.problems] == [
        "max_pages",
        "iban: {ty",
        "- {name: ",
    ]
