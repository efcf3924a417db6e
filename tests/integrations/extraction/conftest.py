from __future__ import annotations

import pytest

from integrations.extraction.training import Trained, train
from tests.integrations.extraction.making import SCHEMA, receipts


@pytest.fixture(scope="session")
def trained() -> Trained:
    """Learnt from 60 made-up receipts."""
    return train(receipts(60), SCHEMA)
