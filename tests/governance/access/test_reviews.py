"""A review of access: every role held is confirmed or taken back, by somebody else."""

import pytest
from django.db import IntegrityError, transaction
from django.db.utils import DatabaseError
from django.utils import timezone

from governance.access import operations
from governance.errors import Conflict, InvalidInput, NotAllowed
from governance.models import AccessReviewLine, Entry
from governance.roles.queries import rights_of
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
    assert {line.person.username for line in review.lines.all()} == {
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
