"""Attempts to get past an approval: each is refused by the operation and by the database itself.

Each takes a way in plain SQL as the owner of the tables, and again under
session_replication_role = replica, where ordinary triggers are silent.
"""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from governance.approvals import asking, operations, quorum
from governance.catalogue import operations as catalogue
from governance.contracts import operations as contracts
from governance.errors import Conflict, InvalidInput, NotAllowed, NotApproved
from governance.identifiers import uuid7
from governance.incidents.operations import halt
from governance.incidents.thresholds import raise_thresholds
from governance.models import Approval, Deployment
from governance.roles import duties
from governance.roles.roles import Role
from governance.rollout import operations as rollout
from governance.rollout.serving import roll_back
from governance.rows import Rows
from review.models import Candidate, Decision, Route
from tests import factories
from tests.governance.approvals.conftest import signature

pytestmark = pytest.mark.django_db


def refused(statement, values=(), *, match):
    """The database refuses a statement of its owner, with this text."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what is pending would refuse first
        with pytest.raises(IntegrityError, match=match), transaction.atomic():
            cursor.execute(statement, values)
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def sign(approval, actor, **options):
    options.setdefault("digest", approval.digest)
    return operations.sign(approval_id=approval.pk, actor=actor, is_yes=True, **options)


# Signing


def test_ones_own_request(guarded, world):
    with pytest.raises(NotAllowed, match="asks"):
        sign(world.asked, world.asker)
    refused(*signature(world.asked, world.asker), match="asks for an approval or made")


def test_ones_own_request_in_anothers_place(guarded, world):
    now = timezone.now()
    operations.delegate(
        principal=world.officer,
        to=world.asker,
        since=now,
        until=now + timedelta(days=1),
        reason="Away.",
    )
    with pytest.raises(NotAllowed, match="asks"):
        sign(world.asked, world.asker, principal=world.officer)
    refused(
        *signature(world.asked, world.asker, principal=world.officer), match="asks for an approval"
    )


def test_a_version_that_one_registered(guarded, world):
    version = catalogue.register_version(
        process=world.process.pk,
        model_name="m",
        provider="local",
        digest="c" * 64,
        config={},
        report={},
        actor=f"user:{world.officer.pk}",
    )
    asked = asking.for_version(version, actor=world.asker, reason="Please.")
    assert asked.author == world.officer
    with pytest.raises(NotAllowed, match="made"):
        sign(asked, world.officer)
    refused(*signature(asked, world.officer), match="made the thing")


def test_a_contract_that_one_applied_though_the_request_names_no_author(guarded, world):
    source = factories.CONTRACT.format(slug="desk", undo_window=99, sample_rate=0)
    applied, _ = contracts.apply(source, filename="desk.yaml", actor=f"user:{world.officer.pk}")
    asked = operations.request(
        kind=Approval.Kind.CONTRACT,
        process="desk",
        subject=str(applied.pk),
        digest=applied.digest,
        title="Contract",
        risk="low",
        reason="Please.",
        actor=world.asker,
    )
    assert asked.author is None
    with pytest.raises(NotAllowed, match="made"):
        sign(asked, world.officer)
    refused(*signature(asked, world.officer), match="made the thing")


def test_for_somebody_who_did_not_delegate(guarded, world):
    with pytest.raises(NotAllowed, match="in this person's place"):
        sign(world.asked, world.operator, principal=world.officer)
    refused(
        *signature(world.asked, world.operator, principal=world.officer),
        match="nobody let the actor",
    )


def test_with_a_delegation_that_has_ended(guarded, world):
    now = timezone.now()
    given = operations.delegate(
        principal=world.officer,
        to=world.operator,
        since=now,
        until=now + timedelta(days=1),
        reason="Away.",
    )
    operations.end_delegation(delegation_id=given.pk, actor=world.officer)
    with pytest.raises(NotAllowed, match="in this person's place"):
        sign(world.asked, world.operator, principal=world.officer)
    refused(
        *signature(world.asked, world.operator, principal=world.officer),
        match="nobody let the actor",
    )
    refused(
        "UPDATE governance_delegation SET ended_at = NULL WHERE id = %s", [given.pk], match="ends"
    )
    refused("DELETE FROM governance_delegation", match="append-only")


@pytest.fixture
def apart(world, settings):
    """Who acts does not sign: the pairs that the world's other attempts do without."""
    settings.SEPARATE_DUTIES = [
        "auditor/compliance_officer",
        "operator/compliance_officer",
        "model_owner/compliance_officer",
    ]
    duties.sync()


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.OPERATOR, Role.MODEL_OWNER])
def test_in_anothers_place_with_a_role_that_nobody_holds_beside_theirs(guarded, world, apart, role):
    person = factories.make_person("stand-in", world.process)
    factories.make_delegation(world.officer, person, days_from_now=0)
    factories.grant_role(user=person, role=role, process=world.process, actor=factories.ACTOR)
    with pytest.raises(NotAllowed, match=f"Who is {role.label} here does not sign"):
        sign(world.asked, person, principal=world.officer)
    refused(*signature(world.asked, person, principal=world.officer), match="beside their own")
    now = timezone.now()
    with pytest.raises(InvalidInput) as not_delegated:
        operations.delegate(
            principal=world.second,
            to=person,
            since=now,
            until=now + timedelta(days=1),
            reason="Away.",
        )
    assert "sign nothing" in not_delegated.value.errors["delegate"]


def test_for_every_process_with_such_a_role_in_the_only_one(guarded, world, apart):
    asked = operations.request(
        kind=Approval.Kind.ACCESS,
        process=None,
        subject="access",
        digest="d" * 64,
        title="Access",
        risk="low",
        reason="Please.",
        actor=world.asker,
    )
    person = factories.make_person("stand-in")
    factories.make_delegation(world.officer, person, days_from_now=0)
    factories.grant_role(
        user=person, role=Role.AUDITOR, process=world.process, actor=factories.ACTOR
    )
    with pytest.raises(NotAllowed, match="Who is auditor"):
        sign(asked, person, principal=world.officer)
    refused(*signature(asked, person, principal=world.officer), match="beside their own")
    # Of a process in which they are no auditor it is the officer's to lend.
    other = factories.make_process("elsewhere")
    factories.grant_role(
        user=world.officer, role=Role.COMPLIANCE_OFFICER, process=other, actor=factories.ACTOR
    )
    assert sign(asked, person, principal=world.officer).state == "granted"


@pytest.fixture
def needs_two(world):
    """A stage of high risk, which takes two officers; the first has signed."""
    contract = factories.CONTRACT.replace("risk: low", "risk: high", 1)
    process = factories.make_process("risky", contract=contract)
    for person in (world.officer, world.second):
        factories.grant_role(
            user=person, role=Role.COMPLIANCE_OFFICER, process=process, actor=factories.ACTOR
        )
    asked = asking.for_stage(process, "partial", actor=world.asker, reason="Please.")
    assert asked.roles == ["compliance_officer"] * 2
    return sign(asked, world.officer)


def test_twice(guarded, world, needs_two):
    with pytest.raises(NotAllowed, match="signed already"):
        sign(needs_two, world.officer)
    refused(*signature(needs_two, world.officer), match="one_signature_a_p")
    assert sign(needs_two, world.second).state == "granted"


def test_twice_through_a_delegate(guarded, world, needs_two):
    now = timezone.now()
    operations.delegate(
        principal=world.officer,
        to=world.operator,
        since=now,
        until=now + timedelta(days=1),
        reason="Away.",
    )
    with pytest.raises(NotAllowed, match="signed already"):
        sign(needs_two, world.operator, principal=world.officer)
    refused(
        *signature(needs_two, world.operator, principal=world.officer),
        match="one_signature_a_principal",
    )


def test_in_a_role_not_held(guarded, world):
    with pytest.raises(NotAllowed, match="no role"):
        sign(world.asked, world.operator)
    refused(*signature(world.asked, world.operator), match="does not hold the role")
    refused(
        *signature(world.asked, world.operator, role="operator"), match="does not hold the role"
    )


def test_in_a_role_of_another_process(guarded, world):
    other = factories.make_process("elsewhere")
    stranger = factories.make_person("stranger", other, Role.COMPLIANCE_OFFICER)
    with pytest.raises(NotAllowed, match="no role"):
        sign(world.asked, stranger)
    refused(*signature(world.asked, stranger), match="does not hold the role")


def test_more_signatures_of_a_role_than_it_takes(guarded, world, needs_two):
    owner = factories.make_person("third", needs_two.process, Role.COMPLIANCE_OFFICER)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(*signature(needs_two, world.second))
    refused(*signature(needs_two, owner), match="is needed any more")


def test_something_else_than_what_was_seen(guarded, world):
    with pytest.raises(Conflict, match="What you saw"):
        sign(world.asked, world.officer, digest="e" * 64)
    refused(*signature(world.asked, world.officer, digest="e" * 64), match="is not what is asked")


def test_after_it_was_answered(guarded, world):
    sign(world.asked, world.officer)
    with pytest.raises(Conflict, match="already"):
        sign(world.asked, world.second)
    refused(*signature(world.asked, world.second), match="is not waiting")


def test_after_it_was_open_for_too_long(guarded, world):
    factories.age(world.asked, days=31)
    with pytest.raises(Conflict, match="too long"):
        sign(world.asked, world.officer)
    refused(*signature(world.asked, world.officer), match="is not waiting")


# Changing what was asked, signed or granted

CHANGES = {
    "granted without a signature": (
        "state = 'granted', granted_at = now(), valid_until = now() + interval '1 day'",
        "lacks signatures",
    ),
    "another digest": ("digest = repeat('e', 64)", "ask anew"),
    "other roles": ("roles = '{operator}'", "ask anew"),
    "another asker": ("requested_by_id = %(operator)s", "ask anew"),
    "another author": ("author_id = %(operator)s", "ask anew"),
    "a longer validity": ("valid_days = 366", "ask anew"),
    "a later close": ("closes_at = now() + interval '1 year'", "ask anew"),
    "refused without a no": ("state = 'refused', ended_at = now()", "does not go from"),
    "lapsed before its time": ("state = 'lapsed', ended_at = now()", "does not go from"),
    "another end": ("ended_at = now()", "does not go from"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_request_is_changed(guarded, world, change):
    to, match = CHANGES[change]
    values = {"id": world.asked.pk, "operator": world.operator.pk}
    refused(f"UPDATE governance_approval SET {to} WHERE id = %(id)s", values, match=match)


GRANTED = {
    "a longer validity": ("valid_until = valid_until + interval '1 day'", "does not go from"),
    "granted later": ("granted_at = now() + interval '1 minute'", "does not go from"),
    "ended and yet in force": ("ended_at = now()", "does not go from"),
    "asked for again": ("state = 'requested'", "does not go from"),
}


@pytest.mark.parametrize("change", GRANTED)
def test_a_yes_is_changed(guarded, world, change):
    to, match = GRANTED[change]
    sign(world.asked, world.officer)
    refused(f"UPDATE governance_approval SET {to} WHERE id = %s", [world.asked.pk], match=match)


def test_a_yes_that_would_begin_in_the_future(guarded, world):
    with connection.cursor() as cursor:
        cursor.execute(*signature(world.asked, world.officer))
    refused(
        "UPDATE governance_approval SET state = 'granted', granted_at = now() + interval '1 year',"
        " valid_until = now() + interval '2 years' WHERE id = %s",
        [world.asked.pk],
        match="hold for too long",
    )


def test_a_withdrawn_yes_comes_back(guarded, world):
    sign(world.asked, world.officer)
    operations.withdraw(approval_id=world.asked.pk, actor=world.asker, reason="It was wrong.")
    with pytest.raises(Conflict):
        operations.withdraw(approval_id=world.asked.pk, actor=world.asker, reason="Again.")
    refused(
        "UPDATE governance_approval SET state = 'granted', ended_at = NULL", match="does not go"
    )
    refused("UPDATE governance_approval SET ended_reason = 'x'", match="does not go from")


def asked_by_hand(**changes):
    """An INSERT of a request for the stage of the desk: (statement, values)."""
    values = {
        "id": uuid7(),
        "process_id": "desk",
        "kind": "stage",
        "subject": "partial",
        "digest": "d" * 64,
        "title": "x",
        "risk": "low",
        "roles": ["compliance_officer"],
        "reason": "x",
        "state": "requested",
        "requested_at": timezone.now(),
        "closes_at": timezone.now() + timedelta(days=1),
        "valid_days": 30,
        "ended_reason": "",
        **changes,
    }
    marks = ", ".join(["%s"] * len(values))
    return f"INSERT INTO governance_approval ({', '.join(values)}) VALUES ({marks})", [
        *values.values()
    ]


MADE_UP = {
    "granted from the start": {"state": "granted"},
    "an easier role": {"roles": ["operator"]},
    "a risk that is not the contract's": {"risk": "medium"},
    "for all processes": {"process_id": None},
    "for ten years": {"valid_days": 3650},
}


@pytest.mark.parametrize("made_up", MADE_UP)
def test_a_request_is_made_up(guarded, world, made_up):
    changes = {"requested_by_id": world.asker.pk, **MADE_UP[made_up]}
    refused(*asked_by_hand(**changes), match="begins as|needs the signatures|a year at most")


def test_the_database_needs_the_signatures_that_the_code_asks_for(db):
    licences = [*Approval.Kind.values][:4]
    assert licences == ["version", "contract", "thresholds", "stage"]
    with connection.cursor() as cursor:
        for kind in licences:
            for risk in ("low", "medium", "high"):
                cursor.execute("SELECT governance_roles_needed(%s, %s)", [kind, risk])
                assert tuple(cursor.fetchone()[0]) == quorum.roles_needed(kind, risk)


@pytest.mark.parametrize(
    "table", ["approval", "signature", "comment", "evidence", "delegation", "deployment"]
)
@pytest.mark.parametrize("verb", ["DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_the_record_is_removed(guarded, world, table, verb):
    refused(verb.format(f"governance_{table}"), match="append-only")


@pytest.mark.parametrize("table", ["signature", "comment", "evidence"])
def test_what_was_said_is_changed(guarded, world, table):
    refused(f"UPDATE governance_{table} SET at = now()", match="append-only")


def test_history_of_deployments_is_changed(guarded, world):
    refused("UPDATE governance_deployment SET since = now() - interval '1 day'", match="ends")
    catalogue.retire("desk", actor=factories.ACTOR)
    refused("UPDATE governance_deployment SET until = NULL", match="ends")


# Acting


@pytest.mark.parametrize("stage", ["partial", "full"])
def test_a_stage_is_entered_without_approval(guarded, world, stage):
    with pytest.raises(NotApproved):
        rollout.change_stage(process="desk", stage=stage, actor=factories.ACTOR)
    refused("UPDATE governance_process SET stage = %s", [stage], match="is not approved")


def test_a_higher_stage_than_the_approved_one(guarded, world):
    factories.enter_stage("desk", "partial")
    with pytest.raises(NotApproved):
        rollout.change_stage(process="desk", stage="full", actor=factories.ACTOR)
    refused("UPDATE governance_process SET stage = 'full'", match="is not approved")


def without_yes_for(kind):
    """Everything is approved, then the yes for one kind is withdrawn."""

    def spoil(process):
        for one in Approval.objects.filter(process=process, kind=kind, state="granted"):
            operations.withdraw(approval_id=one.pk, actor=one.requested_by, reason="Wrong.")

    return spoil


def lapsed(process):
    for one in Approval.objects.filter(process=process, kind="version", state="granted"):
        factories.age(one, days=one.valid_days + 1)


def never_approved(process):
    catalogue.deploy(factories.make_version(process), actor=factories.ACTOR)


def halted(process):
    halt(process=process.pk, actor=factories.ACTOR, reason="Stop.")


def all_halted(process):
    halt(process=None, actor=factories.ACTOR, reason="Stop.")


def stepped_down(process):
    rollout.change_stage(process=process.pk, stage="assisted", actor=factories.ACTOR)


def raised(process):
    raise_thresholds(process=process.pk, floor=0.96, actor=factories.ACTOR, reason="It errs.")


SPOILT = {
    "threshold raised": (raised, "threshold_raised"),
    "version never approved": (never_approved, "version_not_approved"),
    "version withdrawn": (without_yes_for("version"), "version_not_approved"),
    "version lapsed": (lapsed, "version_not_approved"),
    "contract withdrawn": (without_yes_for("contract"), "contract_not_approved"),
    "stage withdrawn": (without_yes_for("stage"), "stage_not_approved"),
    "process halted": (halted, "halted"),
    "everything halted": (all_halted, "halted"),
    "stepped down": (stepped_down, "stage_not_acting"),
}


def automatic(item, candidate):
    """An automatic decision as a bare row."""
    now = timezone.now()
    row = Decision(
        item=item,
        candidate=candidate,
        verdict="accept",
        output=candidate.output,
        settles=True,
        created_at=now,
        undo_until=now,
    )
    Rows(Decision, "d").insert([row])


@pytest.mark.parametrize("why", SPOILT)
def test_a_model_acts_alone(guarded, world, why):
    spoil, code = SPOILT[why]
    factories.enter_stage("desk", "full")
    assert factories.propose(factories.make_item(world.process)).state == "decided"

    spoil(world.process)
    item = factories.propose(factories.make_item(world.process))
    assert item.state == "waiting"
    route = Route.objects.get(item=item)
    assert route.outcome == "review"
    wanted = "stage_assisted" if code == "stage_not_acting" else code
    assert wanted in [one["code"] for one in route.reasons]
    with pytest.raises(IntegrityError, match=code), transaction.atomic():
        automatic(item, Candidate.objects.get(item=item))


def test_a_model_acts_alone_below_the_threshold(guarded, world):
    factories.enter_stage("desk", "full")
    item = factories.propose(factories.make_item(world.process), confidence=0.89)
    assert item.state == "waiting"
    match = r"field_below_band \(category\)"
    with pytest.raises(IntegrityError, match=match), transaction.atomic():
        automatic(item, Candidate.objects.get(item=item))


def test_a_model_acts_alone_at_the_threshold(guarded, world):
    """What routing lets pass at the very edge, the database does not refuse."""
    raise_thresholds(process="desk", floor=0.93, actor=factories.ACTOR, reason="It errs.")
    factories.enter_stage("desk", "full")
    item = factories.propose(factories.make_item(world.process), confidence=0.93)
    assert item.state == "decided"


def test_a_model_acts_alone_by_the_answer_to_another_item(guarded, world):
    factories.enter_stage("desk", "full")
    factories.propose(factories.make_item(world.process))
    other = Candidate.objects.get()
    unsure = factories.propose(factories.make_item(world.process), confidence=0.5)
    with pytest.raises(IntegrityError, match="version_not_serving"), transaction.atomic():
        automatic(unsure, other)


def test_a_version_acts_that_was_rolled_back_while_it_answered(guarded, world, monkeypatch):
    factories.enter_stage("desk", "full")
    newer = factories.make_version(world.process)
    factories.grant(asking.for_version(newer, actor=world.asker, reason="Better."))
    catalogue.deploy(newer, actor=factories.ACTOR)
    item = factories.make_item(world.process)
    roll_back(process="desk", actor=factories.ACTOR)  # the model has been asked already
    monkeypatch.setattr(factories.versions, "champion", lambda slug: newer)
    item = factories.propose(item)
    assert item.state == "waiting"
    route = Route.objects.get(item=item)
    assert [one["code"] for one in route.reasons] == ["version_not_serving"]
    with pytest.raises(IntegrityError, match="version_not_serving"), transaction.atomic():
        automatic(item, Candidate.objects.get(item=item))
    assert Deployment.objects.filter(until__isnull=True).count() == 1


# Changing what was decided

CHANGED = {
    "a person's becomes automatic": "actor_id = NULL, task_id = NULL",
    "a person's becomes another's": "actor_id = %(operator)s",
    "another item": "item_id = %(other_item)s",
    "another candidate": "candidate_id = NULL",
    "another verdict": "verdict = 'correct'",
    "made earlier": "created_at = created_at - interval '1 day'",
    "no time for an undo": "undo_until = created_at - interval '1 second'",
    "of no bulk run that there was": "run_id = gen_random_uuid()",
    "worked on for longer": "active_seconds = active_seconds + 60",
    "in the place of another": "supersedes_id = id",
}
SAID = {
    "another output": """output = '{"category": "other"}'""",
    "no output": "output = NULL",
    "another reason": "reason = 'Because.'",
    "other evidence": """evidence = '{"category": []}'""",
    "erased without an erasure": """output = '{"erased": true}'""",
}


@pytest.fixture
def decided(guarded, world):
    """A decision of the operator and an automatic one, all that stands behind it approved."""
    by_person = factories.make_decision(world.process, world.operator)
    factories.enter_stage("desk", "full")
    item = factories.propose(factories.make_item(world.process))
    return {"by a person": by_person, "automatic": Decision.objects.get(item=item)}


@pytest.mark.parametrize(
    ("whose", "change"),
    [
        *(("by a person", change) for change in CHANGED),
        *(("automatic", change) for change in CHANGED if "automatic" not in change),
    ],
)
def test_a_decision_is_changed(decided, world, whose, change):
    other = decided["automatic" if whose == "by a person" else "by a person"]
    values = {
        "id": decided[whose].pk,
        "other_item": other.item_id,
        "operator": world.second.pk,
    }
    refused(
        f"UPDATE review_decision SET {CHANGED[change]} WHERE id = %(id)s",
        values,
        match="by whom and when does not change",
    )


@pytest.mark.parametrize("whose", ["by a person", "automatic"])
@pytest.mark.parametrize("change", SAID)
def test_what_a_decision_says_is_changed(decided, whose, change):
    statement = f"UPDATE review_decision SET {SAID[change]} WHERE id = %s"
    refused(statement, [decided[whose].pk], match="goes by an erasure")


def test_what_an_erased_decision_says_is_made_up(decided):
    made = decided["automatic"]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE review_item SET content_erased_at = now(), seed = NULL WHERE id = %s",
            [made.item_id],
        )
        cursor.execute(
            """UPDATE review_decision SET output = '{"erased": true}' WHERE id = %s""", [made.pk]
        )
    statement = f"UPDATE review_decision SET {SAID['another output']} WHERE id = %s"
    refused(statement, [made.pk], match="goes by an erasure")


@pytest.mark.parametrize("end", ["undone", "superseded"])
def test_a_decision_that_was_taken_back_comes_into_force(decided, end):
    made = decided["automatic"]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE review_decision SET state = %s WHERE id = %s", [end, made.pk])
    refused("UPDATE review_decision SET state = 'active'", match=f"go from {end} to active")


@pytest.mark.parametrize("whose", ["by a person", "automatic"])
def test_an_item_rests_on_its_decision_no_more(decided, whose):
    statement = "UPDATE review_decision SET settles = false WHERE id = %s"
    refused(statement, [decided[whose].pk], match="by a decision of its own")


def test_an_automatic_decision_comes_to_settle_its_item(decided):
    made = decided["automatic"]
    with factories.unguarded("review_decision", "decision_rules"):
        Decision.objects.filter(pk=made.pk).update(settles=False)
    statement = "UPDATE review_decision SET settles = true WHERE id = %s"
    refused(statement, [made.pk], match="by a decision of its own")


RESTS_ON = {
    "another contract": (
        "UPDATE review_item SET contract_id = gen_random_uuid() WHERE id = %(item)s",
        "the process and contract",
    ),
    "another process": (
        "UPDATE review_item SET process_id = 'elsewhere' WHERE id = %(item)s",
        "the process and contract",
    ),
    "another version": (
        "UPDATE review_call SET version_id = NULL WHERE item_id = %(item)s",
        "the call",
    ),
    "another call": (
        "UPDATE review_candidate SET call_id = gen_random_uuid() WHERE item_id = %(item)s",
        "the candidate",
    ),
    "more confidence": (
        "UPDATE review_candidate SET confidence = '{}' WHERE item_id = %(item)s",
        "the candidate",
    ),
}


@pytest.mark.parametrize("change", RESTS_ON)
def test_what_a_decision_rests_on_is_changed(decided, change):
    statement, what = RESTS_ON[change]
    refused(statement, {"item": decided["automatic"].item_id}, match=what)


@pytest.mark.parametrize(
    ("verb", "match"),
    [
        ("DELETE FROM review_decision WHERE actor_id IS NULL", "undone, not deleted"),
        ("TRUNCATE review_decision CASCADE", "append-only"),
    ],
)
def test_decisions_are_removed(decided, verb, match):
    refused(verb, match=match)
