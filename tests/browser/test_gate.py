"""What another officer answered meanwhile; the whole day of one is in test_officer.py."""

import pytest

from review.gate import answering
from tests import factories
from tests.review.gate import scenes


@pytest.fixture
def process(transactional_db):
    return scenes.gated(
        "{checks: [{name: kind, require: {output.category: {equals: meter}},"
        " message: Only meters go by themselves.}]}"
    )


def test_what_a_colleague_answered_meanwhile_is_told(visit, process, cast):
    hold = scenes.held(process, cast.operator, external_id="H-0")
    other = factories.make_person("other-officer", process, factories.Role.COMPLIANCE_OFFICER)
    visit.sign_in(cast.compliance_officer)
    visit.go("gate-hold", hold.pk)
    answering.release(hold_id=hold.pk, actor=other)
    visit.page.keyboard.press("a")
    visit.page.get_by_text("This output is released already.").wait_for()
