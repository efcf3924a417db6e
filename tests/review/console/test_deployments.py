"""Deployments by click, and the time machine as a page and through the API."""

import pytest
from django.utils import timezone

from governance.approvals import asking
from governance.catalogue import operations as catalogue
from governance.catalogue.queries import champion
from governance.models import Entry
from governance.rollout import operations as rollout
from tests import factories
from tests.review.api.conftest import signed_in
from tests.review.console.conftest import browser, statements, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def model_owner(cast):
    return browser(cast.model_owner)


@pytest.fixture
def two(process):
    """The first version and a second, which serves; both are approved."""
    factories.enter_stage("desk", "full")
    second = factories.make_version(process, "b")
    asker = factories._somebody("asker")
    factories.grant(asking.for_version(second, actor=asker, reason="Better."))
    first = champion("desk")
    catalogue.deploy(second, actor=factories.ACTOR)
    return first, second


def test_one_click_rolls_back_and_one_deploys_again(two, model_owner):
    first, second = two
    page = text(model_owner.get("process-deployments", "desk"))
    assert "Roll back to desk/local v1" in page
    back = {"reason": " It sorts bills as meters. "}
    assert model_owner.post("deployment-roll-back", "desk", **back).status_code == 302
    assert champion("desk") == first
    entry = Entry.objects.get(kind="model.rolled_back")
    assert entry.data["reason"] == "It sorts bills as meters."
    page = text(model_owner.get("process-deployments", "desk"))
    assert "rolled back to" in page
    assert "It sorts bills as meters." in page[page.index("What served when") :]
    assert "model_owner" in page  # who did it
    assert "Roll back to" not in page
    assert model_owner.post("deployment-roll-back", "desk").status_code == 409
    assert model_owner.post("deployment-deploy", "desk", version=second.pk).status_code == 302
    assert champion("desk") == second


def test_what_changes_what_serves_is_asked_once_more(two, model_owner):
    first, _ = two
    page = text(model_owner.get("process-deployments", "desk"))
    for address in ("roll-back", "deploy"):
        forms = page.split(f'action="/governance/deployments/desk/{address}/"')
        assert len(forms) > 1, address
        for before in forms[:-1]:
            assert before.rindex("<dialog") > before.rfind("</dialog>"), address
    assert "Roll back to desk/local v1?" in page
    assert "It serves instead of desk/local v2" in page
    long = {"reason": "x" * 501}
    assert model_owner.post("deployment-roll-back", "desk", **long).status_code == 422
    assert (
        model_owner.post("deployment-deploy", "desk", version=first.pk, **long).status_code == 422
    )


def test_a_version_without_approval_has_no_button_and_is_refused(process, model_owner):
    version = factories.make_version(process)
    page = text(model_owner.get("process-deployments", "desk"))
    assert f'data-opens="deploy-{version.pk}"' not in page
    assert f'name="version" value="{version.pk}"' not in page
    assert f"?version={version.pk}" in page  # the form that asks for it
    assert model_owner.post("deployment-deploy", "desk", version=version.pk).status_code == 409
    assert model_owner.post("deployment-deploy", "desk", version="x").status_code == 422
    answer = model_owner.post("approval-ask", "desk", "version", version=version.pk, reason="New.")
    assert answer.status_code == 302
    assert version.digest in text(model_owner.client.get(answer.headers["Location"]))


def test_who_may_not_manage_models_sees_no_buttons(two, cast):
    page = text(browser(cast.auditor).get("process-deployments", "desk"))
    assert "Roll back" not in page
    assert "/deploy/" not in page


def test_the_time_machine_tells_before_and_after(two, model_owner):
    before = timezone.now()
    rollout.change_stage(process="desk", stage="shadow", actor=factories.ACTOR)
    page = text(model_owner.get("time-machine", "desk", at=before.isoformat()))
    assert "could act alone" in page
    assert "desk/local v2" in page
    assert "Sort the message." in page
    page = text(model_owner.get("time-machine", "desk"))
    assert "people decided" in page
    assert "Stage full became shadow" in page


def test_it_tells_an_item_under_its_own_contract(two, model_owner, process):
    item = factories.propose(factories.make_item(process, external_id="T-1"))
    page = text(model_owner.get("item", item.pk))
    assert f"?item={item.pk}" in page
    page = text(model_owner.get("time-machine", "desk", item=item.pk))
    assert "T-1" in page
    assert "answered by desk/local v2" in page
    elsewhere = factories.make_item(factories.make_process("elsewhere"))
    assert model_owner.get("time-machine", "desk", item=elsewhere.pk).status_code == 404


@pytest.mark.parametrize("at", ["x", "9999-01-01T00:00Z", "1999-01-01", "0001-01-01T00:00+23:00"])
def test_a_moment_that_is_none_is_said_so(process, model_owner, at):
    assert model_owner.get("time-machine", "desk", at=at).status_code == 422


def test_pages_cost_a_fixed_number_of_statements(two, model_owner, process):
    def count(name):
        model_owner.get(name, "desk")
        return len(statements(lambda: model_owner.get(name, "desk"))[1])

    before = {name: count(name) for name in ("process-deployments", "time-machine")}
    for digest in "cdef":
        catalogue.deploy(factories.make_version(process, digest), actor=factories.ACTOR)
    assert {name: count(name) for name in before} == before


def test_the_api_tells_the_same(two, cast):
    before = timezone.now()
    rollout.change_stage(process="desk", stage="shadow", actor=factories.ACTOR)
    caller = signed_in(cast.auditor)
    then = caller.get("processes/desk/at/", at=before.isoformat()).json()
    assert then["may_act_alone"] is True
    assert then["version"]["digest"] == "b" * 64
    assert then["thresholds"]["category"] == {"automatic": 0.9, "manual": 0.2}
    assert sorted(one["kind"] for one in then["approvals"]) == [
        *("contract", "stage", "version", "version")
    ]
    now = caller.get("processes/desk/at/").json()
    assert [one["code"] for one in now["obstacles"]] == ["stage_not_acting"]
    assert caller.get("processes/desk/at/", at="2026-01-01T00:00").status_code == 422
    assert caller.get("processes/desk/at/", at="9999-01-01T00:00Z").status_code == 422
