"""A card as Markdown, PDF and CycloneDX, for plain cards and for odd texts."""

import io
import json
from datetime import UTC, datetime
from uuid import UUID

import pypdfium2
import pytest
import yaml
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from governance.cards import operations
from governance.cards.completeness import completeness
from governance.cards.exports.cyclonedx import cyclonedx
from governance.cards.exports.markdown import markdown
from governance.cards.exports.pdf import pdf
from governance.cards.measured import tables
from governance.cards.models import CardFacts, CardRevision
from governance.cards.prose import html
from governance.cards.queries import Card
from governance.cards.schema import AUTHORED, FIELDS
from governance.contracts import shipped
from governance.models import Model, ModelVersion, Process

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
KEY = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
DIGEST = "ab" * 32
FACTS = {
    "window": {"limit": 5000, "judged": 40, "since": None, "until": None},
    "calls": {
        **{"limit": 20000, "answered": 40, "failed": 2, "cost_micros": 840},
        **{"latency_ms": {"median": 12, "p95": 40, "p99": 44}},
        **{"input_tokens": 0, "output_tokens": 0},
    },
    "overrides": [
        {"slice": "all items", "judged": 40, "overridden": 4, "low": 0.04, "high": 0.23},
        {"slice": "segment default", "judged": 40, "overridden": 4, "low": 0.04, "high": 0.23},
    ],
    "fields": [
        {
            **{"field": "total", "judged": 40, "right": 36, "low": 0.77, "high": 0.96},
            **{"brier": 0.08, "ece": 0.05},
            "bins": [
                {
                    **{"from": 0.5, "to": 0.99, "count": 40, "confidence": 0.9},
                    **{"accuracy": 0.9, "low": 0.77, "high": 0.96},
                }
            ],
        }
    ],
}


def report():
    card = json.loads((shipped.folder("invoice-intake") / shipped.MODEL_CARD).read_text())
    return {"contract": 1, **card["report"]}


def made(texts, *, facts=FACTS, trained=True):
    """A card without a database."""
    process = Process(slug="invoice-intake", title="Invoices")
    model = Model(id=KEY, process=process, name="extraction")
    config = {"path": f"{DIGEST}.npz", "sha256": DIGEST} if trained else {"model": "small-1"}
    version = ModelVersion(
        id=KEY,
        model=model,
        number=3,
        provider="extraction" if trained else "openai",
        digest=DIGEST,
        config=config,
        report=report() if trained else {},
        created_at=AT,
    )
    texts = operations.clean(texts)
    revision = CardRevision(id=KEY, version=version, number=2, texts=texts, digest="cd" * 32, at=AT)
    row = CardFacts(version=version, facts=facts, digest="ef" * 32, measured_at=AT)
    measured = tables(version, row if facts else None, (1, {"total": (0.9, 0.2)}))
    return Card(version, revision, row if facts else None, measured, completeness(texts, measured))


@pytest.fixture(scope="module")
def validator():
    return JsonStrictValidator(SchemaVersion.V1_7)


def faults(validator, card):
    return validator.validate_str(json.dumps(cyclonedx(card)))


def test_a_whole_card_is_a_valid_model_card_with_its_figures(validator):
    card = made({key: f"Said about {key}." for key in AUTHORED})
    assert faults(validator, card) is None
    (component,) = cyclonedx(card)["components"]
    assert component["type"] == "machine-learning-model"
    assert component["hashes"] == [{"alg": "SHA-256", "content": DIGEST}]
    assert component["supplier"] == {"name": "Said about developer."}
    metrics = component["modelCard"]["quantitativeAnalysis"]["performanceMetrics"]
    (override,) = [
        one for one in metrics if one["type"] == "override rate" and one["slice"] == "all items"
    ]
    assert override["value"] == "0.100000"
    assert override["confidenceInterval"] == {"lowerBound": "0.040000", "upperBound": "0.230000"}


def test_the_validator_does_refuse(validator):
    broken = cyclonedx(made({}))
    broken["components"][0]["modelCard"]["considerations"]["users"] = "no list"
    assert validator.validate_str(json.dumps(broken)) is not None


def test_every_text_is_in_every_export(validator):
    card = made({key: f"Words about {key}" for key in AUTHORED})
    document, text = json.dumps(cyclonedx(card)), markdown(card)
    pages = pypdfium2.PdfDocument(pdf(card))
    printed = " ".join(" ".join(page.get_textpage().get_text_range() for page in pages).split())
    for key in AUTHORED:
        said = f"Words about {key}"
        assert said in document, key
        assert said in text, key
        assert said in printed, key
    for heading in (field.label for field in FIELDS.values()):
        assert heading in text, heading


@pytest.mark.parametrize("trained", [True, False])
def test_an_empty_card_is_valid_and_says_what_is_missing(validator, trained):
    card = made({}, facts={}, trained=trained)
    assert faults(validator, card) is None
    assert "Not written yet." in markdown(card)
    assert "purpose" in [
        one["value"]
        for one in cyclonedx(card)["components"][0]["modelCard"]["properties"]
        if one["name"].endswith(":missing")
    ]
    assert pdf(card).startswith(b"%PDF")


def test_the_same_card_gives_the_same_bytes():
    assert pdf(made({"purpose": "One."})) == pdf(made({"purpose": "One."}))


ODD = st.text(
    alphabet=st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=120
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(AUTHORED), ODD, max_size=6))
def test_any_text_exports_and_validates(validator, texts):
    card = made(texts)
    assert faults(validator, card) is None
    assert markdown(card).startswith("# Model card: extraction v3\n")
    assert len(pypdfium2.PdfDocument(io.BytesIO(pdf(card)))) >= 1


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "![x](https://elsewhere.example/x.png)",
        "# A heading",
        "<b onclick=x>y</b>",
    ],
)
def test_prose_lets_no_html_picture_heading_or_odd_link_through(text):
    made_html = html(text)
    assert not any(one in made_html for one in ("<script", "<img", "<h1", "<b ", 'href="java'))


def test_a_heading_within_a_text_does_not_stand_among_the_cards_own():
    text = markdown(made({"purpose": "# Mine\n\nTitle\n====="}))
    assert "\\# Mine" in text
    assert "\\=====" in text


def test_a_table_cell_cannot_break_its_row():
    card = made({})
    card.version.config["odd|name"] = "a|b\nc"
    measured = tables(card.version, None, None)
    text = markdown(Card(card.version, None, None, measured, completeness({}, measured)))
    assert "| odd\\|name | a\\|b c |" in text


def test_the_shipped_card_fits_the_form_and_exports(validator):
    file = shipped.folder("invoice-intake") / shipped.CARD_TEXTS
    card = made(yaml.safe_load(file.read_text()))
    assert faults(validator, card) is None
    assert {field.key for field in card.completeness.missing} == {
        *("post_market", "risk_management", "standards", "conformity_declaration")
    }
    assert len(pypdfium2.PdfDocument(pdf(card))) > 3
