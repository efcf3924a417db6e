"""What would have decided: changes are made, and each moment between them is asked for later."""

import hashlib
from datetime import timedelta
from itertools import pairwise

import pytest
from django.utils import timezone

from governance.approvals import asking, operations, queries
from governance.catalogue import operations as catalogue
from governance.contracts import operations as contracts
from governance.errors import InvalidInput
from governance.incidents.operations import go_on, halt
from governance.models import Approval, Process
from governance.roles.operations import grant_role, revoke_role
from governance.roles.roles import Role
from governance.rollout import operations as rollout
from governance.rollout.history import at_moment, changes_of
from governance.rollout.serving import roll_back
from tests import factories

pytestmark = pytest.mark.django_db
ACTOR = factories.ACTOR


def told(slug, at):
    """A moment as one comparable value."""
    moment = at_moment(Process.objects.get(pk=slug), at)
    return {
        "version": moment.version and moment.version.digest[:1],
        "contract": moment.contract and moment.contract.number,
        "stage": moment.stage,
        "is_paused": moment.is_paused,
        "halts": len(moment.halts),
        "approvals": sorted(one.kind for one in moment.approvals),
        "obstacles": moment.obstacles,
        "operators": sorted(
            one.username for line in moment.lines if line.queue == "desk" for one in line.people
        ),
    }


def apply(undo_window):
    source = factories.CONTRACT.format(slug="desk", undo_window=undo_window, sample_rate=0)
    return contracts.apply(source, filename="desk.yaml", actor=ACTOR)[0]


def approve(kind, process, **options):
    asker = factories.make_person(f"asker-{kind}-{timezone.now().timestamp()}")
    match kind:
        case "version":
            asked = asking.for_version(options["version"], actor=asker, reason="x")
        case "contract":
            asked = asking.for_contract(options["contract"], actor=asker, reason="x")
        case _:
            asked = asking.for_stage(process, kind, actor=asker, reason="x")
    return factories.grant(asked)


def test_each_moment_of_a_life_is_told_as_it_was(process):
    """After each step the answer for now is kept; at the end all are asked for again."""
    first = process.deployments.get().version
    second = factories.make_version(process, "b")
    person = factories.make_person("anna")
    kept = {}
    held = {}

    def withdraw(kind):
        operations.withdraw(approval_id=held[kind].pk, actor=held[kind].requested_by, reason="x")

    def yes(kind, **options):
        held[kind] = approve(kind, process, **options)

    steps = {
        "an operator comes": lambda: grant_role(
            user=person, role=Role.OPERATOR, process=process, actor=ACTOR
        ),
        "the version is approved": lambda: yes("version", version=first),
        "the contract is approved": lambda: yes("contract", contract=process.contract),
        "partial is approved": lambda: yes("partial"),
        "partial": lambda: rollout.change_stage(process="desk", stage="partial", actor=ACTOR),
        "another contract": lambda: apply(77),
        "the older one again": lambda: apply(30),
        "another version": lambda: catalogue.deploy(second, actor=ACTOR),
        "which is approved": lambda: yes("version", version=second),
        "halted": lambda: halt(process="desk", actor=ACTOR, reason="x"),
        "all halted": lambda: halt(process=None, actor=ACTOR, reason="x"),
        "the process goes on": lambda: go_on(process="desk", actor=ACTOR),
        "all go on": lambda: go_on(process=None, actor=ACTOR),
        "paused": lambda: rollout.pause(process="desk", actor=ACTOR),
        "resumed": lambda: rollout.resume(process="desk", actor=ACTOR),
        "rolled back": lambda: roll_back(process="desk", actor=ACTOR),
        "a yes withdrawn": lambda: withdraw("contract"),
        "the stage withdrawn": lambda: withdraw("partial"),
        "stepped down": lambda: rollout.change_stage(process="desk", stage="shadow", actor=ACTOR),
        "the operator leaves": lambda: revoke_role(
            user=person, role=Role.OPERATOR, process=process, actor=ACTOR
        ),
        "nothing serves": lambda: catalogue.retire("desk", actor=ACTOR),
    }
    kept["the beginning"] = (timezone.now(), told("desk", timezone.now()))
    for name, step in steps.items():
        step()
        now = timezone.now()
        kept[name] = (now, told("desk", now))
    states = [state for _, state in kept.values()]
    assert all(one != other for one, other in pairwise(states))
    for name, (at, state) in kept.items():
        assert told("desk", at) == state, name

    told_of = {name: state for name, (_, state) in kept.items()}
    assert told_of["the beginning"]["obstacles"] == [
        *("stage_not_acting", "version_not_approved", "contract_not_approved"),
        "stage_not_approved",
    ]
    assert told_of["partial"] == {
        "version": "0",
        "contract": 1,
        "stage": "partial",
        "is_paused": False,
        "halts": 0,
        "approvals": ["contract", "stage", "version"],
        "obstacles": [],
        "operators": ["anna"],
    }
    assert told_of["another contract"]["obstacles"] == ["contract_not_approved"]
    assert told_of["the older one again"]["contract"] == 3
    assert told_of["another version"]["version"] == "b"
    assert told_of["the process goes on"]["halts"] == 1
    assert told_of["rolled back"]["version"] == "0"
    assert told_of["nothing serves"]["version"] is None


def test_between_two_changes_the_earlier_holds_and_at_a_change_the_later(process):
    before = timezone.now()
    rollout.change_stage(process="desk", stage="shadow", actor=ACTOR)
    change = changes_of("desk")[0].at
    assert told("desk", before)["stage"] == "assisted"
    assert told("desk", change - timedelta(microseconds=1))["stage"] == "assisted"
    assert told("desk", change)["stage"] == "shadow"
    assert told("desk", change + timedelta(microseconds=1))["stage"] == "shadow"


def test_an_approval_is_in_force_until_it_lapses_and_not_when_the_job_comes_round(process):
    factories.approve_all(process)
    version = Approval.objects.get(kind="version")
    factories.age(version, days=version.valid_days - 1)
    version.refresh_from_db()
    Process.objects.update(created_at=version.requested_at)
    until = version.valid_until
    assert until > timezone.now()
    factories.age(version, days=2)
    until -= timedelta(days=2)
    at = {"before": until - timedelta(microseconds=1), "at": until}
    assert "version" in told("desk", at["before"])["approvals"]
    assert "version" not in told("desk", at["at"])["approvals"]
    assert operations.lapse_due() == 1
    assert "version" in told("desk", at["before"])["approvals"]
    assert "version" not in told("desk", at["at"])["approvals"]


@pytest.mark.parametrize("what", ["version", "contract", "stage"])
def test_the_obstacles_of_now_are_those_that_the_database_states(process, what):
    def compare():
        now = at_moment(process, timezone.now())
        row = Process.objects.get(pk="desk")
        stated = queries.obstacles("desk", now.version.pk, row.contract_id)
        assert now.obstacles == list(stated)

    compare()
    factories.enter_stage("desk", "full")
    compare()
    for one in Approval.objects.filter(kind=what):
        operations.withdraw(approval_id=one.pk, actor=one.requested_by, reason="x")
    compare()
    halt(process=None, actor=ACTOR, reason="x")
    compare()
    rollout.change_stage(process="desk", stage="shadow", actor=ACTOR)
    compare()


def test_an_items_contract_counts_for_it(process):
    older = process.contract
    newer = apply(77)
    row = Process.objects.get(pk="desk")
    assert at_moment(row, timezone.now()).contract == newer
    moment = at_moment(row, timezone.now(), contract=older)
    assert moment.contract == older
    assert moment.agreement.undo_window_seconds == 30
    prompt = moment.agreement.candidate.prompt
    assert moment.prompt_digest == hashlib.sha256(prompt.encode()).hexdigest()


def test_neither_the_future_nor_a_time_before_the_process_is_told(process):
    with pytest.raises(InvalidInput):
        at_moment(process, timezone.now() + timedelta(minutes=1))
    with pytest.raises(InvalidInput):
        at_moment(process, process.created_at - timedelta(seconds=1))
