"""Deploying what is approved, and going back to what served before."""

import pytest

from governance.approvals import asking, operations
from governance.catalogue import operations as catalogue
from governance.catalogue.queries import champion
from governance.errors import Conflict, InvalidInput, NotApproved
from governance.models import Approval, Deployment, Entry
from governance.rollout.serving import deploy_approved, roll_back
from tests import factories

pytestmark = pytest.mark.django_db
ACTOR = factories.ACTOR


@pytest.fixture
def asker():
    return factories.make_person("asker")


def serve(process, digest, asker, *, approved=True):
    version = factories.make_version(process, digest)
    if approved:
        factories.grant(asking.for_version(version, actor=asker, reason="x"))
    catalogue.deploy(version, actor=ACTOR)
    return version


def test_the_last_approved_version_serves_again_and_the_ledger_says_who_did_it(process, asker):
    first = serve(process, "a", asker)
    serve(process, "b", asker, approved=False)
    third = serve(process, "c", asker)
    made = roll_back(process="desk", actor="user:x")
    assert champion("desk") == first  # b is passed by
    entry = Entry.objects.get(kind="model.rolled_back")
    assert entry.actor == "user:x"
    assert entry.data["version"] == str(first.pk)
    assert entry.data["replaces"] == str(third.pk)
    assert entry.data["deployment"] == str(made.pk)


def test_rolling_back_twice_goes_further_back_not_forth(process, asker):
    first = serve(process, "a", asker)
    second = serve(process, "b", asker)
    serve(process, "c", asker)
    assert roll_back(process="desk", actor=ACTOR).version == second
    assert roll_back(process="desk", actor=ACTOR).version == first
    with pytest.raises(Conflict, match="No version that served before"):
        roll_back(process="desk", actor=ACTOR)
    assert champion("desk") == first


def test_one_version_follows_another_without_a_gap(process, asker):
    serve(process, "a", asker)
    serve(process, "b", asker)
    roll_back(process="desk", actor=ACTOR)
    rows = list(Deployment.objects.filter(process=process).order_by("since"))
    assert [one.until for one in rows[:-1]] == [one.since for one in rows[1:]]


def test_what_was_rolled_back_counts_again_once_somebody_deploys_it(process, asker):
    serve(process, "a", asker)
    second = serve(process, "b", asker)
    roll_back(process="desk", actor=ACTOR)
    deploy_approved(process="desk", version_id=second.pk, actor=ACTOR)
    serve(process, "c", asker)
    assert roll_back(process="desk", actor=ACTOR).version == second


def test_a_version_whose_yes_was_withdrawn_is_no_way_back(process, asker):
    first = serve(process, "a", asker)
    serve(process, "b", asker)
    yes = Approval.objects.get(digest=first.digest)
    operations.withdraw(approval_id=yes.pk, actor=asker, reason="x")
    with pytest.raises(Conflict):
        roll_back(process="desk", actor=ACTOR)


def test_nothing_to_roll_back_where_nothing_serves(process):
    catalogue.retire("desk", actor=ACTOR)
    with pytest.raises(Conflict, match="No version serves"):
        roll_back(process="desk", actor=ACTOR)


def test_only_an_approved_version_of_the_process_is_deployed(process, asker):
    version = factories.make_version(process)
    other = factories.make_version(factories.make_process("elsewhere"), "d")
    with pytest.raises(NotApproved):
        deploy_approved(process="desk", version_id=version.pk, actor=ACTOR)
    with pytest.raises(InvalidInput):
        deploy_approved(process="desk", version_id=other.pk, actor=ACTOR)
    factories.grant(asking.for_version(version, actor=asker, reason="x"))
    deploy_approved(process="desk", version_id=version.pk, actor=ACTOR)
    assert champion("desk") == version
    with pytest.raises(Conflict):
        deploy_approved(process="desk", version_id=version.pk, actor=ACTOR)
