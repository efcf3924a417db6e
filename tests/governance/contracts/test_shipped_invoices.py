"""The invoices that are made up: they fit the contract, and fail where they say they do."""

import pytest

from governance.contracts import shipped
from governance.contracts.agreement import Agreement
from governance.contracts.parse import parse
from governance.contracts.shipped.invoice_intake import maker


@pytest.fixture(scope="module")
def contract() -> Agreement:
    source = (shipped.folder("invoice-intake") / "contract.yaml").read_text()
    return Agreement.from_body(parse(source, providers={"extraction"}))


def test_samples_fit_their_contract(contract: Agreement) -> None:
    for sample in maker.make(60, seed=3):
        assert contract.payload_errors(sample.payload) == {}
        assert contract.output_errors(sample.output) == {}
        assert sample.documents
