"""While a model is asked: the lease outlasts the call, and a step down is obeyed."""

from datetime import timedelta

import pytest
from django.utils import timezone

from governance.contracts import operations as contracts
from governance.models import Contract, Process
from governance.rollout import operations as rollout
from review.items import proposing
from review.models import Item, Route
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(monkeypatch):
    """Runs a function while the provider is asked."""

    def use(meanwhile):
        class Provider:
            def propose_many(self, requests):
                meanwhile()
                return [factories.make_proposal() for _ in requests]

        monkeypatch.setattr(proposing, "provider", lambda name: Provider())

    return use


@pytest.mark.parametrize(("timeout_seconds", "lease_seconds"), [(5, 120), (300, 330)])
def test_the_lease_outlasts_the_longest_call_that_the_contract_allows(
    process, asked, settings, timeout_seconds, lease_seconds
):
    settings.INFERENCE_LEASE_SECONDS = 120
    source = Contract.objects.get(pk=process.contract_id).source
    source = source.replace("timeout_seconds: 5", f"timeout_seconds: {timeout_seconds}")
    contracts.apply(source, filename="contract.yaml", actor=factories.ACTOR)
    item = factories.make_item(Process.objects.get(pk=process.pk))
    seen = []
    asked(lambda: seen.append(Item.objects.get(pk=item.pk)))
    before = timezone.now()
    proposing.propose([item.pk])
    (leased,) = seen
    wanted = before + timedelta(seconds=lease_seconds)
    assert wanted <= leased.lease_until <= wanted + timedelta(seconds=20)
    assert wanted <= leased.hint_at
    assert leased.attempts == 1


def test_a_stage_stepped_down_while_the_model_is_asked_holds_for_its_answer(process, asked):
    factories.enter_stage(process.pk, "full")
    item = factories.make_item(process)
    asked(lambda: rollout.change_stage(process=process.pk, stage="shadow", actor=factories.ACTOR))
    proposing.propose([item.pk])
    route = Route.objects.get(item=item)
    assert (route.outcome, route.stage) == ("manual", "shadow")
