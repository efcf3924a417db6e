"""Asking, signing, lapsing and standing in, and what each leaves in the ledger."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from governance.approvals import asking, operations, queries
from governance.approvals.changes import changes
from governance.approvals.jobs import lapse
from governance.catalogue import operations as catalogue
from governance.errors import Conflict, InvalidInput
from governance.models import Approval, Entry
from tests import factories

pytestmark = pytest.mark.django_db


def kinds():
    entries = Entry.objects.filter(kind__startswith="approval.").order_by("id")
    return list(entries.values_list("kind", flat=True))


def test_asking_twice_gives_the_same_request(world):
    version = world.process.deployments.get().version
    again = asking.for_version(version, actor=world.officer, reason="Me too.")
    assert again == world.asked
    assert kinds() == ["approval.requested"]


@pytest.mark.parametrize(("days", "is_early"), [(29, False), (31, True)])
def test_what_is_approved_is_asked_for_anew_in_its_last_days(world, days, is_early):
    factories.approve_all(world.process, "partial")
    for old in Approval.objects.all():
        factories.age(old, days=old.valid_days - days)
    process = world.process
    process.refresh_from_db()
    version = process.deployments.get().version
    given = {"actor": world.asker, "reason": "It goes on."}
    for ask in (
        lambda: asking.for_version(version, **given),
        lambda: asking.for_contract(process.contract, **given),
        lambda: asking.for_stage(process, "partial", **given),
    ):
        if is_early:
            with pytest.raises(Conflict, match="ask anew from"):
                ask()
        else:
            assert ask().state == "requested"
    # A higher stage than the approved one is something else.
    assert asking.for_stage(process, "full", **given).state == "requested"


def test_a_yes_and_a_no_leave_entries_without_the_words(world):
    operations.comment(approval_id=world.asked.pk, actor=world.officer, text="Secret words.")
    operations.sign(
        approval_id=world.asked.pk,
        actor=world.officer,
        is_yes=False,
        digest=world.asked.digest,
        comment="Other words.",
    )
    assert kinds() == [
        *("approval.requested", "approval.commented", "approval.signed", "approval.refused")
    ]
    written = json.dumps(list(Entry.objects.values_list("data", flat=True)))
    assert "words" not in written
    assert world.request().state == "refused"
    assert world.request().ended_reason == "Other words."


def test_after_a_no_one_may_ask_anew(world):
    operations.sign(
        approval_id=world.asked.pk,
        actor=world.officer,
        is_yes=False,
        digest=world.asked.digest,
        comment="No.",
    )
    version = world.process.deployments.get().version
    assert asking.for_version(version, actor=world.asker, reason="Better now.") != world.asked


def test_what_was_open_or_valid_for_too_long_lapses(world):
    factories.approve_all(world.process)  # the request that waits is for the version
    granted = Approval.objects.get(kind="contract")
    waits = asking.for_stage(world.process, "partial", actor=world.asker, reason="x")
    lapse()
    assert not Approval.objects.filter(state="lapsed").exists()
    factories.age(granted, days=granted.valid_days + 1)
    factories.age(waits, days=31)
    assert queries.in_force("desk", ["contract"], granted.digest) is None  # before the job comes
    lapse()
    lapse()
    states = dict(Approval.objects.values_list("kind", "state"))
    assert states == {"contract": "lapsed", "stage": "lapsed", "version": "granted"}
    assert kinds().count("approval.lapsed") == 2
    assert Entry.objects.filter(kind="approval.lapsed")[0].actor == "system:approvals"


def test_evidence_is_bound_by_its_digest_and_only_while_it_waits(world):
    given = {"approval_id": world.asked.pk, "actor": world.asker, "name": "a", "media_type": "b"}
    one = operations.attach(**given, content=b"numbers")
    assert operations.attach(**given, content=b"numbers") == one
    with pytest.raises(InvalidInput):
        operations.attach(**given, content=b"")
    operations.sign(
        approval_id=world.asked.pk, actor=world.officer, is_yes=True, digest=world.asked.digest
    )
    with pytest.raises(Conflict):
        operations.attach(**given, content=b"more numbers")
    added = Entry.objects.get(kind="approval.evidence_added")
    assert added.data["sha256"] == one.digest


@pytest.mark.parametrize(("days", "field"), [(0, "until"), (-1, "until"), (91, "until")])
def test_a_delegation_ends_within_ninety_days(world, days, field):
    now = timezone.now()
    with pytest.raises(InvalidInput) as refused:
        operations.delegate(
            principal=world.officer,
            to=world.operator,
            since=now,
            until=now + timedelta(days=days),
            reason="Away.",
        )
    assert field in refused.value.errors


def test_nobody_stands_in_for_themselves_or_without_a_reason(world):
    now = timezone.now()
    with pytest.raises(InvalidInput) as refused:
        operations.delegate(
            principal=world.officer,
            to=world.officer,
            since=now,
            until=now + timedelta(days=1),
            reason=" ",
        )
    assert set(refused.value.errors) == {"delegate", "reason"}


def test_who_stands_in_for_a_stand_in_signs_for_them_alone(world):
    """A delegation passes a person's own right on, not those lent to them."""
    factories.make_delegation(world.officer, world.second, days_from_now=0)
    third = factories.make_person("third")
    factories.make_delegation(world.second, third, days_from_now=0)
    assert queries.principals_of(third) == [third, world.second]


def test_a_delegation_begins_now_at_the_earliest(world):
    now = timezone.now()
    given = {
        "principal": world.officer,
        "to": world.second,
        "until": now + timedelta(days=1),
        "reason": "Away.",
    }
    with pytest.raises(InvalidInput) as refused:
        operations.delegate(**given, since=now - timedelta(minutes=6))
    assert set(refused.value.errors) == {"since"}
    # A form says the minute that has begun.
    assert operations.delegate(**given, since=now - timedelta(minutes=1)).since >= now


def test_who_signs_nothing_lends_nothing(world):
    with pytest.raises(InvalidInput) as refused:
        factories.make_delegation(world.operator, world.second)
    assert set(refused.value.errors) == {"delegate"}


def test_changes_name_places_by_the_names_of_entries():
    before = {"queues": [{"name": "a", "seconds": 1}, {"name": "b", "seconds": 2}], "n": {"x": 1}}
    after = {"queues": [{"name": "a", "seconds": 3}], "n": {"x": 1}, "list": [1, 2]}
    rows = [(one.path, one.old, one.new) for one in changes(before, after)]
    assert rows == [
        ("queues[a].seconds", "1", "3"),
        ("list", "", "[1, 2]"),
        ("queues[b].seconds", "2", ""),
    ]
    assert changes(None, {"a": {}}) == []
    assert [one.path for one in changes(None, {"a": True})] == ["a"]
    assert changes({"a": 1}, {"a": True})[0].new == "true"


def test_changes_name_the_fields_of_a_report():
    before = {"fields": [{"field": "total", "accuracy": 0.9}, {"field": "iban", "accuracy": 0.8}]}
    after = {"fields": [{"field": "total", "accuracy": 0.95}, {"field": "iban", "accuracy": 0.8}]}
    rows = [(one.path, one.old, one.new) for one in changes(before, after)]
    assert rows == [("fields[total].accuracy", "0.9", "0.95")]
    assert changes(None, {"list": [{"field": "a"}, {"field": "a"}]})[0].path == "list"


def test_a_version_that_serves_already_stands_beside_the_one_that_was_approved(world):
    """As after a training, which lets the new version serve at once."""
    first = world.process.deployments.get().version
    assert asking.version_draft(first).before is None
    factories.grant(world.asked)
    second = factories.make_version(world.process, "b")
    assert asking.version_draft(second).before["digest"] == first.digest
    catalogue.deploy(second, actor=factories.ACTOR)
    assert asking.version_draft(second).before["digest"] == first.digest
