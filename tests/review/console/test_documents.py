"""Fields with tables and evidence, and the conditions of a route: built, posted, stored."""

import gzip
import json
import re
from pathlib import Path
from uuid import uuid4

import pytest
from django.contrib.staticfiles import finders
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from governance.contracts import shipped
from governance.contracts.agreement import Agreement, agreement_of
from governance.contracts.parse import parse as parse_contract
from review.console import evidence, fields, provenance, tables, values
from review.console.screen import read_screen
from review.console.workspace import open_workspace
from review.documents.models import Document
from review.models import Decision, Draft, Task
from tests import factories, papers
from tests.review.console.conftest import Browser, statements, text

DOCUMENT = "0b7a3c52-6f5d-4d1c-9a8e-1f2b3c4d5e6f"  # the same in each worker of a parallel run
LINES = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["description"],
        "properties": {
            "net_amount": {"type": "number", "x-term": "net_amount"},
            "quantity": {"type": "integer"},
            "description": {"type": "string", "x-term": "description"},
            "kind": {"enum": ["goods", "service"]},
        },
    },
}


@pytest.fixture(scope="module")
def agreement():
    path = shipped.folder("invoice-intake") / "contract.yaml"
    providers = {"extraction": {}, "local": {}}
    return Agreement.from_body(
        parse_contract(path.read_text(), filename=str(path), providers=providers)
    )


def build(agreement, output, **more):
    candidate = {
        "output": output,
        "confidence": dict.fromkeys(output, 0.99),
        "sources": dict.fromkeys(output, "class_probability"),
        "evidence": more.pop("evidence", {}),
    }
    rows = fields.build(agreement, candidate=candidate, **more)
    return {row.name: row for row in rows}


def posted(rows):
    """What a browser sends of a form with tables that nobody touched."""
    sent = {}
    for row in rows.values():
        if row.table is None:
            sent[row.key] = row.value
            if row.keep:
                sent[row.keep_key] = row.keep
            continue
        sent[row.key] = "given" if row.table.is_given else "absent"
        for line in row.table.rows:
            for cell in line.cells:
                if line.state != "removed":
                    sent[f"output.{cell.path}"] = cell.value
                    if cell.keep:
                        sent[f"keep.{cell.path}"] = cell.keep
    return sent


amounts = st.floats(-1e9, 1e9, allow_nan=False) | st.integers(-(10**9), 10**9)
words_ = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)
lines = st.lists(
    st.fixed_dictionaries(
        {"description": words_},
        optional={
            "quantity": amounts,
            "unit_price": amounts,
            "net_amount": amounts,
            "tax_rate": st.none() | st.integers(0, 100),
        },
    ),
    max_size=5,
)


@given(lines=lines, total=amounts)
def test_a_table_nobody_touched_gives_the_same_rows_back(agreement, lines, total):
    output = {**papers.INVOICE, "lines": lines, "gross_total": total}
    rows = build(agreement, output)
    assert fields.parse(agreement, posted(rows)) == output
    assert not any(row.is_changed for row in rows.values())


def test_no_table_at_all_stays_no_table_and_an_empty_one_stays_empty(agreement):
    without = {name: value for name, value in papers.INVOICE.items() if name != "lines"}
    assert "lines" not in fields.parse(agreement, posted(build(agreement, without)))
    empty = {**without, "lines": []}
    assert fields.parse(agreement, posted(build(agreement, empty))) == empty


def test_removing_every_row_gives_an_empty_table(agreement):
    sent = posted(build(agreement, papers.INVOICE))
    left = {name: raw for name, raw in sent.items() if not name.startswith("output.lines.")}
    assert fields.parse(agreement, left)["lines"] == []


def test_rows_come_in_the_order_of_the_form_and_empty_ones_are_left_out(agreement):
    sent = {
        "output.lines": "given",
        "output.lines.7.description": "First",
        "output.lines.3.description": " ",
        "output.lines.1.description": "Second",
        "output.lines.1.quantity": "2",
    }
    assert fields.parse(agreement, sent)["lines"] == [
        {"description": "First"},
        {"description": "Second", "quantity": 2},
    ]


@given(
    raw=st.dictionaries(
        st.from_regex(
            r"(output|keep|evidence)\.lines(\.[0-9a]{1,3}(\.\w{0,12})?)?", fullmatch=True
        ),
        st.text(max_size=30),
        max_size=6,
    )
)
def test_whatever_is_posted_of_a_table_can_be_stored(agreement, raw):
    json.dumps(fields.parse(agreement, raw), allow_nan=False)
    json.dumps(fields.parse_evidence(agreement, raw), allow_nan=False)


def test_columns_come_as_their_terms_do_then_as_required():
    assert [one.name for one in tables.columns_of(LINES["items"])] == [
        "description",
        "quantity",
        "net_amount",
        "kind",
    ]


def test_rows_are_shown_beside_the_models(agreement):
    first, _, third = papers.LINES
    typed = {**papers.INVOICE, "lines": [{**first, "quantity": 12}, third, {"description": "New"}]}
    table = build(agreement, papers.INVOICE, values=typed)["lines"].table
    states = [(row.cells[0].value, row.state) for row in table.rows]
    assert ("Toner, black", "removed") in states
    assert ("New", "added") in states
    changed = [cell for row in table.rows for cell in row.cells if cell.is_changed]
    assert [(cell.path, cell.model_text, cell.value) for cell in changed] == [
        ("lines.0.quantity", "10", "12")
    ]
    numbers = [row.number for row in table.rows]
    assert len(set(numbers)) == len(numbers)
    assert table.blank.number not in numbers


def test_a_column_whose_sum_is_checked_says_against_what(agreement):
    (total,) = build(agreement, papers.INVOICE)["lines"].table.totals
    assert (total.column, total.field, total.field_label) == ("net_amount", "net_total", "Net")
    assert float(total.tolerance) == 0.05


@pytest.mark.parametrize(
    ("value", "shown"),
    [(1234.5, "1234.50"), (7, "7.00"), (0.125, "0.125"), (-3.0, "-3.00"), (1e22, "1e+22")],
)
def test_sums_of_money_have_two_decimals_at_least(value, shown):
    schema = {"type": "number", "x-term": "gross_total"}
    assert values.control_text(schema, value) == shown
    back = values.posted_value(schema, shown, values.keep_of(schema, value))
    assert back == (value,)
    assert type(back[0]) is type(value)


def test_a_whole_number_is_shown_as_one_and_comes_back_as_it_was():
    schema = {"type": "number"}
    assert values.control_text(schema, 12.0) == "12"
    back = values.posted_value(schema, "12", values.keep_of(schema, 12.0))
    assert back == (12.0,)
    assert isinstance(back[0], float)


def place(source, **more):
    return {"source": source, "document": DOCUMENT, "page": 2, "box": [1, 2, 3, 4], **more}


@pytest.mark.parametrize(
    ("found", "said", "level"),
    [
        ([], "no evidence", "none"),
        ([{"source": "none"}], "no evidence", "none"),
        ([place("xml", page=0)], "read from the embedded invoice data", "exact"),
        ([place("mrz")], "read from the machine-readable zone, page 2", "exact"),
        ([place("ocr")], "recognised in the scan, page 2", "read"),
        ([place("text")], "read in the document, page 2", "read"),
        ([{"source": "input", "path": "text"}], "read in what was handed in", "read"),
        ([place("text", is_grounded=False)], "not found in the document", "doubtful"),
        ([place("none", is_grounded=False)], "not found in the document", "doubtful"),
    ],
)
def test_where_a_value_comes_from_is_said_in_words(found, said, level):
    shown = evidence.sourced(found)
    assert (shown.text, shown.level) == (said, level)


def test_the_document_is_named_where_there_are_two():
    names = {DOCUMENT: "order.pdf", str(uuid4()): "invoice.pdf"}
    assert evidence.sourced([place("text")], names).text == (
        "read in the document, order.pdf, page 2"
    )


def test_every_value_has_evidence_or_says_that_there_is_none(agreement):
    rows = build(agreement, papers.INVOICE, evidence={"iban": [place("text")]})
    said = {name: row.sourced.text for name, row in rows.items()}
    assert said.pop("iban") == "read in the document, page 2"
    assert set(said.values()) == {"no evidence"}


def compact(**more):
    return json.dumps([{"d": DOCUMENT, "p": 1, "b": [10, 20, 30, 40], **more}])


def test_a_place_taken_over_goes_with_its_row(agreement):
    sent = {
        "output.lines": "given",
        "output.lines.0.description": "",
        "output.lines.5.description": "Kept",
        "evidence.lines.0.description": compact(),
        "evidence.lines.5.description": compact(),
        "evidence.iban": compact(),
    }
    assert fields.parse_evidence(agreement, sent) == {
        "lines.0.description": [{"document": DOCUMENT, "page": 1, "box": [10, 20, 30, 40]}],
        "iban": [{"document": DOCUMENT, "page": 1, "box": [10, 20, 30, 40]}],
    }


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "no json",
        "{}",
        '["x"]',
        "[" * 3000,
        compact(p=0),
        compact(p=True),
        compact(d="not an id"),
        compact(b=[0, 0, 10001, 10]),
        compact(b=[10, 10, 5, 20]),
        compact(b=[0.5, 1, 2, 3]),
        compact(b=[1, 2, 3]),
        json.dumps([{"d": DOCUMENT, "p": 1, "s": 9, "e": 3}]),
        json.dumps([{"d": DOCUMENT, "p": 1}]),
    ],
)
def test_what_is_no_place_is_left_out(agreement, raw):
    assert fields.parse_evidence(agreement, {"evidence.iban": raw}) == {}


def test_evidence_of_what_is_no_field_is_left_out(agreement):
    assert fields.parse_evidence(agreement, {"evidence.secret": compact()}) == {}


def test_what_people_answered_is_together_where_they_agree(agreement):
    other = {**papers.INVOICE, "gross_total": 260.0, "currency": "USD"}
    opinions = [("First", {**papers.INVOICE, "currency": "USD"}), ("Second", other)]
    rows = build(agreement, papers.INVOICE, opinions=opinions)
    assert [(one.who, one.text) for one in rows["gross_total"].opinions] == [
        ("First", "258.82"),
        ("Second", "260.00"),
    ]
    assert [(one.who, one.text) for one in rows["currency"].opinions] == [("Both", "USD")]
    assert rows["iban"].opinions == ()
    assert [name for name, row in rows.items() if row.is_start] == ["gross_total"]


def test_a_note_flags_a_field_and_makes_it_a_stop(agreement):
    rows = build(agreement, papers.INVOICE, notes={"iban": ["Its check digits are wrong."]})
    assert [name for name, row in rows.items() if row.is_flagged] == ["iban"]
    assert [name for name, row in rows.items() if row.is_stop] == ["iban"]
    assert all(row.is_stop for row in build(agreement, papers.INVOICE).values())


class TestStored:
    """The same through views and rows."""

    pytestmark = pytest.mark.django_db

    @pytest.fixture
    def process(self, db):
        return papers.make_process()

    @pytest.fixture
    def held(self, process, cast):
        papers.make_task(process, {"gross_total": 285.82}, confidence={"due_date": 0.5})
        return factories.claim(Task.objects.select_related("queue").get(), cast.operator)

    @pytest.fixture
    def operator(self, cast):
        return Browser(cast.operator)

    def form(self, held, cast, **more):
        work = open_workspace(held.pk, cast.operator)
        return {**posted({row.name: row for row in work.fields}), "verdict": "correct", **more}

    def test_a_decision_keeps_where_its_values_were_taken_over(self, operator, held, cast):
        document = str(held.item.documents.get().pk)
        sent = self.form(held, cast, **{"output.gross_total": "258.82"})
        sent["evidence.gross_total"] = compact(d=document)
        sent["evidence.iban"] = compact()  # a document of nobody's
        operator.hx("task-decide", held.pk, **sent)
        decision = Decision.objects.get()
        assert decision.output == papers.INVOICE
        assert decision.evidence == {
            "gross_total": [{"document": document, "page": 1, "box": [10, 20, 30, 40]}]
        }

    def test_a_document_of_another_item_is_no_evidence(self, operator, held, cast, process):
        other = papers.make_task(process).item.documents.get()
        sent = self.form(held, cast, **{"evidence.iban": compact(d=str(other.pk))})
        operator.hx("task-draft", held.pk, **sent)
        assert Draft.objects.get().evidence == {}

    def test_a_draft_brings_places_and_rows_back(self, operator, held, cast):
        document = str(held.item.documents.get().pk)
        sent = self.form(held, cast, **{"evidence.due_date": compact(d=document)})
        sent = {name: raw for name, raw in sent.items() if not name.startswith("output.lines.1.")}
        operator.hx("task-draft", held.pk, **sent)
        shown = text(operator.get("task", held.pk))
        assert 'name="evidence.due_date"' in shown
        assert 'data-state="removed"' in shown

    def test_a_refused_form_keeps_what_was_taken_over(self, operator, held, cast):
        document = str(held.item.documents.get().pk)
        sent = self.form(held, cast, **{"output.issue_date": "soon"})
        sent["evidence.due_date"] = compact(d=document)
        response = operator.hx("task-decide", held.pk, **sent)
        assert response.status_code == 422
        assert 'name="evidence.due_date"' in text(response)

    def test_a_bad_cell_is_named_with_its_row(self, operator, held, cast):
        sent = self.form(held, cast, **{"output.lines.1.quantity": "many"})
        response = operator.hx("task-decide", held.pk, **sent)
        assert "Lines row 2, quantity:" in text(response)

    def test_an_item_of_documents_costs_no_statement_more(self, operator, process, cast):
        for _ in range(3):
            papers.make_task(process)
        first = factories.claim(Task.objects.select_related("queue").first(), cast.operator)
        operator.hx("task-decide", first.pk, verdict="accept")
        held = Task.objects.get(state="claimed")
        response, sent = statements(lambda: operator.hx("task-decide", held.pk, verdict="accept"))
        assert "/pages/1/screen" in text(response)
        assert len(sent) <= 12, "\n".join(sent)

    def test_conditions_are_all_there_whichever_way_they_went(self, held, cast):
        screen = read_screen(held.pk, cast.operator)
        agreement = agreement_of(held.item.contract_id)
        told = {one.text: one.verdict for one in provenance.conditions(screen, agreement)}
        assert told["The model gave an answer"] == "true"
        assert told["Due date: confidence at least 85%"] == "false"
        assert told["IBAN: confidence at least 97%"] == "true"
        assert told["Check: totals add up"] == "false"
        assert told["Check: iban valid"] == "true"
        assert told["The stage (assisted) lets the model act alone here"] == "false"
        bands = [one for one in told if "confidence at least" in one]
        checks = [one for one in told if one.startswith("Check: ")]
        assert (len(bands), len(checks)) == (len(agreement.bands), len(agreement.checks))

    def test_a_blind_task_has_no_condition_that_tells(self, process, cast):
        papers.make_task(process, {"gross_total": 285.82})
        Task.objects.update(is_blind=True)
        held = factories.claim(Task.objects.select_related("queue").get(), cast.operator)
        screen = read_screen(held.pk, cast.operator)
        told = provenance.conditions(screen, agreement_of(held.item.contract_id))
        assert not [one for one in told if "confidence" in one.text or "Check" in one.text]
        work = open_workspace(held.pk, cast.operator)
        assert not any(row.notes or row.sourced or row.confidence for row in work.fields)

    def test_pictures_ahead_are_of_the_next_task_and_claim_nothing(self, operator, process, held):
        following = papers.make_task(process)
        answer = operator.get("review-ahead", held.queue.process_id, held.queue.name)
        document = following.item.documents.get()
        (address,) = answer.json()["pictures"]
        assert address.startswith(f"/documents/{document.pk}/pages/1/screen?v=")
        assert operator.client.get(address).status_code == 200
        following.refresh_from_db()
        assert following.state == "open"

    def test_nothing_is_prepared_for_a_queue_that_is_paused(self, operator, process, held):
        papers.make_task(process)
        held.queue.is_paused = True
        held.queue.save()
        answer = operator.get("review-ahead", held.queue.process_id, held.queue.name)
        assert answer.json() == {"pictures": []}

    def test_documents_are_shown_in_each_of_their_states(self, operator, process, cast):
        item = papers.make_item(process)
        papers.add_refused(item)
        papers.add_paper(item, name="<b>.pdf")
        papers.add_waiting(item)
        factories.leave_to_people(item)
        held = factories.claim(item.tasks.select_related("queue").get(), cast.operator)
        shown = text(operator.get("task", held.pk))
        assert "protected by a password" in shown
        assert "still being read" in shown
        assert "<b>.pdf" not in shown
        current = Document.objects.get(name="<b>.pdf").pk
        assert f'aria-controls="paper-{current}" aria-selected="true"' in shown

    def test_the_first_load_is_at_most_two_hundred_kilobytes(self, operator, held):
        """Page, styles, scripts and the first picture, as they travel."""
        packed = {"HTTP_ACCEPT_ENCODING": "gzip"}
        page = operator.client.get(reverse("task", args=[held.pk]), **packed)
        assert page["Content-Encoding"] == "gzip"
        shown = gzip.decompress(page.content).decode()
        files = set(re.findall(r'(?:src|href)="/static/([^"#]+)', shown))
        assert {"css/review.css", "js/viewer.js", "icons.svg"} <= files
        sizes = {name: len(gzip.compress(_static(name))) for name in files}
        (first,) = re.findall(r'<img src="([^"]+)"[^>]*fetchpriority', shown)
        picture = len(operator.client.get(first.replace("&amp;", "&")).content)
        whole = len(page.content) + sum(sizes.values()) + picture
        assert whole <= 200_000, (len(page.content), picture, sizes)


def _static(name):
    path = finders.find(name)
    assert path, name
    return Path(path).read_bytes()
