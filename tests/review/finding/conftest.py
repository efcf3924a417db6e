"""Items whose rows are made at once, as the jobs make them within seconds."""

import pytest

from governance.ledger.sequencing import sequence
from review.finding import indexing


@pytest.fixture
def index():
    """Read on in the ledger until nothing is left."""

    def run():
        sequence()
        while indexing.follow():
            pass

    return run
