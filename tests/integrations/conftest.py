from __future__ import annotations

from collections.abc import Iterator

import pytest

from integrations.providers.local.files import save
from integrations.providers.local.training import TrainedModel, train
from tests.integrations import cases
from tests.integrations.servers import Server


@pytest.fixture
def server() -> Iterator[Server]:
    with Server().running() as running:
        yield running


@pytest.fixture(scope="session")
def trained() -> TrainedModel:
    return train(cases.examples(240), cases.INPUT, cases.OUTPUT, seed=7)


@pytest.fixture(scope="session")
def model_file(trained: TrainedModel, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A saved model: its directory, its path below it, and its digest."""
    directory = tmp_path_factory.mktemp("models")
    digest = save(trained.model, directory / "triage" / "1.npz")
    return {"directory": str(directory), "path": "triage/1.npz", "sha256": digest}
