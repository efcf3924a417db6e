"""Training data and models that are shipped: made by the makers, learnt from the data, of use."""

import gzip
import hashlib
import json
from itertools import islice
from typing import Any

import pytest

from governance.contracts import shipped
from governance.contracts.agreement import Agreement
from governance.contracts.parse import parse
from integrations.documents.layout import from_bytes
from integrations.documents.normalise import normalise
from integrations.extraction.files import load

slugs = pytest.mark.parametrize("slug", shipped.DOCUMENT_SLUGS)


def rows(slug: str, count: int) -> list[dict[str, Any]]:
    with gzip.open(shipped.training_file(slug), "rt", encoding="utf-8") as stream:
        return [json.loads(line) for line in islice(stream, count)]


def card(slug: str) -> dict[str, Any]:
    return json.loads((shipped.folder(slug) / shipped.MODEL_CARD).read_text())


@slugs
def test_training_data_are_what_the_makers_make(slug: str) -> None:
    """Values only: the words come from reading, which takes minutes."""
    teacher: Any = shipped.maker(slug)
    for row in rows(slug, 8):
        at = int(row["external_id"].rpartition("-")[2])
        assert teacher.teaching_sample(1, at).output == row["output"]


@slugs
def test_training_data_are_read_documents_that_fit_the_contract(slug: str) -> None:
    agreement = Agreement.from_body(parse((shipped.folder(slug) / "contract.yaml").read_text()))
    found = rows(slug, 10_000)
    assert len(found) >= 150
    assert shipped.training_file(slug).stat().st_size < 1_000_000
    sources = set()
    for row in found:
        assert agreement.output_errors(row["output"]) == {}
        documents = [from_bytes(json.dumps(one).encode()) for one in row["documents"]]
        sources |= {page.source for one in documents for page in one.pages}
    assert sources == {"text", "ocr"}


@slugs
def test_the_model_is_the_one_learnt_from_the_data(slug: str) -> None:
    """Where this fails, `manage.py make_training PROCESS --only-model` has to be run again."""
    data = shipped.training_file(slug).read_bytes()
    assert card(slug)["learnt_from"] == hashlib.sha256(data).hexdigest()
    model = load(shipped.folder(slug) / shipped.MODEL_FILE, card(slug)["sha256"])
    assert model.readers
    assert (shipped.folder(slug) / shipped.MODEL_FILE).stat().st_size < 1_500_000


def test_the_model_reads_invoices_it_has_not_seen() -> None:
    from governance.contracts.shipped.invoice_intake import maker

    model = load(
        shipped.folder("invoice-intake") / shipped.MODEL_FILE, card("invoice-intake")["sha256"]
    )
    right = wrong = 0
    for at in range(1, 5):
        sample = maker.sample(99, at, oddity="", medium="pdf")
        _, answers = model.answer([normalise(sample.documents[0].content).document])
        for answer in answers:
            if answer.field in {"gross_total", "invoice_number", "issue_date", "iban", "currency"}:
                is_right = answer.value == sample.output.get(answer.field)
                right, wrong = right + is_right, wrong + (not is_right)
    assert right >= 9 * wrong, (right, wrong)
    assert right >= 15
