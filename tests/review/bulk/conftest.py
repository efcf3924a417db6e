"""A lead, a line of work, and runs over it."""

import pytest

from governance.ledger.sequencing import sequence
from review.access import Rights
from review.bulk import operations, working
from review.finding import indexing
from review.finding.filters import ItemFilter
from tests import factories


@pytest.fixture
def index():
    def run():
        sequence()
        while indexing.follow():
            pass

    return run


class Bulk:
    """What a lead does with runs of one process."""

    def __init__(self, process, lead):
        self.process, self.lead = process, lead

    def plan(self, verb="accept", *, options=None, reason="All alike.", doubtful=False, **wanted):
        run, _ = operations.plan(
            process=self.process.pk,
            wanted=ItemFilter(**wanted),
            verb=verb,
            options=options or {},
            reason=reason,
            actor=self.lead,
            rights=Rights(self.lead),
            includes_doubtful=doubtful,
        )
        return run

    def begin(self, run):
        operations.begin(run_id=run.pk, actor=self.lead)
        return self.work(run)

    def go_on(self, run):
        operations.go_on(run_id=run.pk, actor=self.lead)
        return self.work(run)

    def through(self, run):
        """From the dry run to the end."""
        self.begin(run)
        run.refresh_from_db()
        return self.go_on(run) if run.state == "waiting" else run

    def undo(self, run, actor=None):
        operations.undo(run_id=run.pk, actor=actor or self.lead)
        return self.work(run)

    def work(self, run):
        while working.work(run.pk):
            pass
        run.refresh_from_db()
        return run


@pytest.fixture
def bulk(process, cast):
    return Bulk(process, cast.lead)


@pytest.fixture
def line(process):
    """Eight open tasks that the model is sure of."""
    return [factories.make_task(process, external_id=f"L-{number}") for number in range(8)]
