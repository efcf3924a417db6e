"""From a file of document examples to a version that serves."""

import gzip
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from governance.catalogue import queries
from governance.catalogue.document_examples import read_document_examples
from governance.contracts import operations
from integrations.documents.layout import to_bytes
from integrations.documents.model import DocumentRefused
from integrations.extraction.training import Example
from integrations.providers.base import GivenDocument, ProposalRequest
from integrations.providers.extraction import ExtractionProvider
from tests.governance.contracts.texts import CONTRACT
from tests.integrations.extraction.making import receipt, receipts

_OUTPUT = """
output:
  schema:
    type: object
    additionalProperties: false
    required: [total]
    properties:
      company: {type: string, maxLength: 80, x-term: company, x-privacy: internal}
      date: {type: string, format: date, x-term: date, x-privacy: internal}
      total: {type: number, x-term: total, x-privacy: internal}
confidence:
  company: {automatic: 0.9}
  date: {automatic: 0.9}
  total: {automatic: 0.95}
"""


def line(example: Example) -> str:
    documents = [json.loads(to_bytes(one)) for one in example.documents]
    return json.dumps({"documents": documents, "output": example.output, "note": "passed by"})


def write(path: Path, examples: list[Example]) -> Path:
    path.write_text("\n".join(line(one) for one in examples) + "\n")
    return path


def _errors(output: object) -> dict[str, str]:
    return {}


def test_examples_are_read_plain_and_packed(tmp_path: Path) -> None:
    examples = receipts(3)
    plain = write(tmp_path / "a.jsonl", examples)
    packed = tmp_path / "a.jsonl.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    for path in (plain, packed):
        found = read_document_examples(path, _errors)
        assert [one.output for one in found.rows] == [one.output for one in examples]
        assert found.rows[0].documents == examples[0].documents
        assert found.problems == []


def test_a_path_is_read_like_a_file_that_is_handed_in(tmp_path: Path) -> None:
    example = receipt(1)
    asked = []

    def normalised(path: Path):
        asked.append(path)
        return example.documents[0]

    file = tmp_path / "a.jsonl"
    file.write_text(json.dumps({"documents": ["scans/one.pdf"], "output": {"total": 1.0}}))
    found = read_document_examples(file, _errors, normalised)
    assert asked == [tmp_path / "scans" / "one.pdf"]
    assert found.rows[0].documents == example.documents


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "Expecting"),
        ("[]", "not a JSON object"),
        ('{"output": {"total": 1}}', "documents: is missing"),
        ('{"documents": ["a.pdf"]}', "output: is missing"),
        ('{"documents": [{"version": 99}], "output": {"total": 1}}', "not a stored document"),
        ('{"documents": [7], "output": {"total": 1}}', "neither a path nor a document"),
        ('{"documents": ["refused.pdf"], "output": {"total": 1}}', "locked"),
        ('{"documents": ["missing.pdf"], "output": {"total": 1}}', "No such file"),
    ],
)
def test_an_example_that_cannot_be_used_is_named_and_left_out(
    tmp_path: Path, text: str, says: str
) -> None:
    def normalised(path: Path):
        if path.name == "refused.pdf":
            raise DocumentRefused("encrypted", "The file is locked.")
        return path.read_bytes()

    file = tmp_path / "a.jsonl"
    file.write_text(text + "\n" + line(receipt(1)))
    found = read_document_examples(file, _errors, normalised)
    assert len(found.rows) == 1
    ((number, reason),) = found.problems
    assert number == 1
    assert says in reason


@pytest.mark.django_db
class TestCommand:
    @pytest.fixture(autouse=True)
    def models(self, settings, tmp_path: Path) -> None:
        settings.MODEL_DIR = tmp_path / "models"
        operations.apply(_contract(), filename="c.yaml", actor="user:1")

    def test_training_registers_an_extractor_that_serves(self, tmp_path, settings, capsys) -> None:
        file = write(tmp_path / "examples.jsonl", receipts(40))
        call_command("train_local", "parcels", "--from", str(file))
        out = capsys.readouterr().out
        assert "Learnt from 40 examples" in out
        assert "company" in out
        version = queries.champion("parcels")
        assert version.report["rows"] == 40
        total = next(one for one in version.report["fields"] if one["field"] == "total")
        assert total["threshold"] == 0.95
        assert 0 <= total["above_share"] <= 1
        provider = ExtractionProvider(name="extraction", directory=settings.MODEL_DIR)
        example = receipt(70_000)
        proposal = provider.propose(
            ProposalRequest(
                payload={},
                input_schema={},
                output_schema={"type": "object", "properties": {"total": {"type": "number"},
                    "company": {"type": "string"}, "date": {"type": "string"}}},
                model=version.config,
                documents=(
                    GivenDocument("d", "a.pdf", example.documents[0], lambda page: b""),
                ),
            )
        )  # fmt: skip
        assert proposal.output["total"] == example.output["total"]
        assert proposal.version == version.digest

    def test_examples_of_another_contract_are_refused(self, tmp_path, capsys) -> None:
        file = tmp_path / "examples.jsonl"
        file.write_text(
            line(Example(receipt(1).documents, {"total": "much"}))
            + "\n"
            + line(Example(receipt(2).documents, {"weight": 3}))
        )
        with pytest.raises(CommandError, match="no example"):
            call_command("train_local", "parcels", "--from", str(file))
        err = capsys.readouterr().err
        assert f"{file}:1: output.total" in err
        assert f"{file}:2: " in err

    def test_too_few_examples_are_refused(self, tmp_path) -> None:
        file = write(tmp_path / "examples.jsonl", receipts(2))
        with pytest.raises(CommandError, match="3 examples"):
            call_command("train_local", "parcels", "--from", str(file))


def _contract() -> str:
    """The tests' contract with an extractor for its provider and a receipt's fields."""
    import yaml

    body = yaml.safe_load(CONTRACT)
    body.update(yaml.safe_load(_OUTPUT))
    body["input"]["documents"] = {"at_least": 1, "x-privacy": "internal"}
    body["candidate"]["provider"] = "extraction"
    body.pop("checks", None)
    body["effects"] = []
    return yaml.safe_dump(body, sort_keys=False)
