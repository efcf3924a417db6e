"""A review of access: every role held is confirmed or taken back, by somebody else."""

import json
import re
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError
from django.utils import timezone

from governance.access import acts, operations
from governance.errors import Conflict, InvalidInput, NotAllowed
from governance.models import AccessReviewLine, ApiKey, Entry, Process
from governance.roles.keys import issue_key, revoke_key
from governance.roles.operations import grant_role
from governance.roles.queries import rights_of, roles_in
from governance.roles.roles import Role
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def second(process):
    return factories.make_person("second", process, factories.Role.COMPLIANCE_OFFICER)


@pytest.fixture
def review(process, cast, second):
    assert cast.operator
    return operations.start(process="desk", actor=cast.compliance_officer)


def line_of(review, person):
    return review.lines.get(person=person)


def test_a_review_lists_each_role_held_and_is_alone(process, cast, review):
    assert {line.person.username for line in review.lines.filter(key=None)} == {
        "operator",
        "compliance_officer",
        "second",
    }
    with pytest.raises(Conflict):
        operations.start(process="desk", actor=cast.compliance_officer)


def test_revoking_takes_the_role_and_finishing_needs_every_answer(cast, review, second):
    officer = cast.compliance_officer
    operations.answer(line_id=line_of(review, cast.operator).pk, answer="revoke", actor=officer)
    assert rights_of(cast.operator.pk) == frozenset()
    operations.answer(line_id=line_of(review, second).pk, answer="confirm", actor=officer)
    with pytest.raises(Conflict):
        operations.finish(review_id=review.pk, actor=officer)
    with pytest.raises(DatabaseError, match="every line"), transaction.atomic():
        type(review).objects.update(finished_at=timezone.now())
    operations.answer(line_id=line_of(review, officer).pk, answer="confirm", actor=second)
    operations.finish(review_id=review.pk, actor=officer)
    with pytest.raises(Conflict):
        operations.finish(review_id=review.pk, actor=officer)
    kinds = list(Entry.objects.filter(kind__startswith="access.").values_list("kind", flat=True))
    assert sorted(kinds) == [
        "access.review_finished",
        "access.review_started",
        *["access.reviewed"] * 3,
    ]


def test_nobody_reviews_their_own_access(cast, review):
    line = line_of(review, cast.compliance_officer)
    with pytest.raises(NotAllowed):
        operations.answer(line_id=line.pk, answer="confirm", actor=cast.compliance_officer)
    with pytest.raises(IntegrityError):
        AccessReviewLine.objects.filter(pk=line.pk).update(
            answer="confirm", answered_by=line.person, answered_at=timezone.now()
        )


def test_an_answer_stands(cast, review):
    line = line_of(review, cast.operator)
    officer = cast.compliance_officer
    with pytest.raises(InvalidInput):
        operations.answer(line_id=line.pk, answer="perhaps", actor=officer)
    operations.answer(line_id=line.pk, answer="confirm", actor=officer)
    with pytest.raises(Conflict):
        operations.answer(line_id=line.pk, answer="revoke", actor=officer)
    with pytest.raises(DatabaseError, match="stands"):
        AccessReviewLine.objects.filter(pk=line.pk).update(answer="revoke")


def key_lines(review):
    return {line.key.prefix: line for line in review.lines.exclude(key=None).select_related("key")}


@pytest.fixture
def keys(process, cast):
    """A producer's key, one of the operator for all their processes, and some that are no part."""
    elsewhere = factories.make_process("elsewhere")
    ended, _ = factories.make_key(process, producer="old")
    revoke_key(key_id=ended.pk, actor=factories.ACTOR)
    factories.make_key(elsewhere)
    for owner, where in ((cast.outsider, None), (cast.operator, elsewhere)):
        issue_key(actor=factories.ACTOR, scopes=["items:read"], user=owner, process=where)
    own, _ = issue_key(actor=factories.ACTOR, scopes=["items:read"], user=cast.operator)
    return factories.make_key(process)[0], own


def test_each_live_key_that_reaches_the_process_is_a_line(process, cast, keys, second):
    used = timezone.now()
    ApiKey.objects.filter(pk=keys[0].pk).update(last_used_at=used)
    review = operations.start(process="desk", actor=cast.compliance_officer)
    lines = key_lines(review)
    assert set(lines) == {key.prefix for key in keys}
    shop, own = (lines[key.prefix] for key in keys)
    assert (shop.person, shop.last_act_at) == (None, used)
    assert (own.person, own.last_act_at) == (cast.operator, None)


def test_a_key_is_confirmed_or_revoked_by_its_line(cast, keys, second):
    officer = cast.compliance_officer
    review = operations.start(process="desk", actor=officer)
    shop, own = (key_lines(review)[key.prefix] for key in keys)
    operations.answer(line_id=shop.pk, answer="confirm", actor=officer)
    operations.answer(line_id=own.pk, answer="revoke", actor=officer)
    for key in keys:
        key.refresh_from_db()
    assert keys[0].revoked_at is None
    assert keys[1].revoked_at is not None
    said = Entry.objects.filter(kind="access.reviewed").order_by("pk").last().data
    assert (said["key"], said["answer"]) == (keys[1].prefix, "revoke")
    assert Entry.objects.filter(kind="api_key.revoked", actor=f"user:{officer.pk}").count() == 1


def test_a_key_that_ended_meanwhile_can_still_be_answered(cast, keys, second):
    review = operations.start(process="desk", actor=cast.compliance_officer)
    revoke_key(key_id=keys[0].pk, actor=factories.ACTOR)
    line = key_lines(review)[keys[0].prefix]
    operations.answer(line_id=line.pk, answer="revoke", actor=cast.compliance_officer)
    assert Entry.objects.filter(kind="api_key.revoked").count() == 2  # and that of the fixture


def test_nobody_reviews_a_key_of_their_own(process, cast, second):
    officer = cast.compliance_officer
    key, _ = issue_key(actor=factories.ACTOR, scopes=["items:read"], user=officer)
    line = key_lines(operations.start(process="desk", actor=officer))[key.prefix]
    with pytest.raises(NotAllowed):
        operations.answer(line_id=line.pk, answer="confirm", actor=officer)
    with pytest.raises(IntegrityError):
        AccessReviewLine.objects.filter(pk=line.pk).update(
            answer="confirm", answered_by=officer, answered_at=timezone.now()
        )


def test_a_line_is_of_a_role_or_of_a_key_and_keeps_it(cast, keys, second):
    review = operations.start(process="desk", actor=cast.compliance_officer)
    line = key_lines(review)[keys[1].prefix]
    with pytest.raises(IntegrityError), transaction.atomic():
        AccessReviewLine.objects.create(
            review=review, person=cast.operator, role="auditor", key=keys[0]
        )
    with pytest.raises(DatabaseError, match="stands"):
        AccessReviewLine.objects.filter(pk=line.pk).update(key=keys[0])


def test_the_last_act_is_of_this_process_person_and_role(process, cast, second):
    factories.make_decision(process, cast.operator)
    decided = Entry.objects.filter(
        actor=f"user:{cast.operator.pk}", kind__in=("decision.made", "task.claimed")
    ).latest("at")
    elsewhere = factories.make_process("elsewhere")
    grant_role(user=cast.operator, role=Role.OPERATOR, process=elsewhere, actor=factories.ACTOR)
    factories.make_decision(elsewhere, cast.operator)
    grant_role(user=cast.operator, role=Role.PROCESS_OWNER, process=process, actor=factories.ACTOR)
    review = operations.start(process="desk", actor=cast.compliance_officer)
    lines = {line.role: line for line in review.lines.filter(person=cast.operator)}
    assert lines["operator"].last_act_at == decided.at
    assert lines["process_owner"].last_act_at is None


def test_every_kind_that_a_person_leaves_stands_for_a_right():
    """Looked up in the source, so that a kind that is added or renamed is thought of here."""
    mapped = {kind for kinds in acts._ACTS.values() for kind in kinds}
    assert mapped <= kinds_in_source()
    rights = {right for rights in acts._ACTS for right in rights}
    assert rights <= {name for name, _ in Process._meta.permissions}
    assert kinds_in_source() - mapped == OF_NO_RIGHT


# What jobs do, and what comes of an act that has an entry of its own; and names of files.
OF_NO_RIGHT = {
    *("approval.granted", "approval.lapsed", "audit.exported", "card.measured", "role.ended"),
    *("document.read", "document.received", "document.refused", "erasure.finished"),
    *("effect.cancelled", "effect.compensated", "effect.compensation_scheduled", "effect.done"),
    *("effect.failed", "effect.retry_scheduled", "effect.scheduled", "effect.withdrawn"),
    *("erasure.refused", "gate.entered", "gate.held", "gate.passed", "gate.withdrawn"),
    *("item.completed", "item.erased", "item.part_erased", "item.rejected", "item.routed"),
    *("item.withdrawn", "personal.reveal_ended", "personal.reveal_refused", "playbook.ended"),
    *("playbook.step_failed", "run.done", "run.tried", "run.undone", "task.cancelled"),
    *("task.escalated_by_time", "task.lease_expired", "task.offered_again", "task.opened"),
    *("task.reopened", "card.yaml", "contract.yaml", "model.json", "model.npz", "training.csv"),
}


def kinds_in_source():
    root = Path(__file__).parents[3]
    texts = [
        path.read_text()
        for room in ("governance", "review")
        for path in (root / room).rglob("*.py")
        if "migrations" not in path.parts and path.name != "acts.py"
    ]
    words = "|".join(
        sorted({kind.split(".")[0] for kinds in acts._ACTS.values() for kind in kinds})
    )
    return set(re.findall(rf'"((?:{words})\.[a-z_]+)"', "\n".join(texts)))


def test_the_last_act_costs_the_same_however_long_the_ledger_is(process, cast):
    """A descent of an index for each role and kind; no plan reads the ledger or sorts it."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO governance_entry (id, at, process, actor, kind, data, hash)
            SELECT gen_random_uuid(), now() - n * interval '1 minute', 'desk',
                   'user:' || %s,
                   (ARRAY['decision.made', 'task.claimed', 'item.routed'])[n %% 3 + 1],
                   '{}', '\\x00'
            FROM generate_series(1, 30000) n
            """,
            [cast.operator.pk],
        )
        cursor.execute("ANALYZE governance_entry")
        held = [(person.pk, role) for person, role in roles_in("desk")]
        wanted = [(p, role.value, kind) for p, role in held for kind in acts.kinds_of(role)]
        people, roles, kinds = (list(column) for column in zip(*wanted, strict=True))
        cursor.execute(
            "EXPLAIN (ANALYZE, FORMAT JSON) " + acts._LAST_SQL, [people, roles, kinds, "desk"]
        )
        plan = json.dumps(cursor.fetchone()[0])
    assert "entry_by_actor" in plan
    read = [
        node
        for node in nodes(json.loads(plan)[0]["Plan"])
        if node.get("Relation Name") == "governance_entry"
    ]
    assert {node["Node Type"] for node in read} <= {"Index Scan", "Index Only Scan"}
    assert all(node["Actual Rows"] <= 1 for node in read)


def nodes(plan):
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)
