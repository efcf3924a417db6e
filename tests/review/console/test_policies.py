"""Policies' pages: read, compared, written, asked for."""

import pytest

from governance.models import Approval, PolicyVersion
from governance.policies import operations
from tests.review.console.conftest import browser, text
from tests.review.gate import scenes

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(cast):
    return browser(cast.compliance_officer)


def write(officer, **changes):
    given = {"slug": "payments", "title": "Payments", "process": "desk", "text": "# Payments"}
    return officer.post("policy-new", **{**given, **changes})


def test_a_policy_is_written_asked_for_and_shown(officer, cast):
    assert write(officer, text="# Payments\n\n<b>To</b> *known* accounts.").status_code == 302
    page = text(officer.get("policy", "payments"))
    assert '<h2 id="payments">Payments</h2>' in page
    assert "&lt;b&gt;To&lt;/b&gt; <em>known</em>" in page
    assert "No version is in force" in page
    officer.post("policy-ask", "payments", 1, reason="Needed.")
    asked = Approval.objects.get()
    assert (asked.kind, asked.process_id, asked.requested_by) == (
        "policy",
        "desk",
        cast.compliance_officer,
    )
    page = text(officer.get("policy", "payments"))
    assert "waiting for signatures" in page
    assert "Ask for approval" not in page


def test_the_page_shows_what_is_in_force_and_says_so_of_others(officer, process, cast):
    version = scenes.policy_in_force(process)
    operations.write(
        policy_id=version.policy_id, text="# New\n\nWords.", actor=cast.owner, follows=1
    )
    assert "right and kind" in text(officer.get("policy", "replies"))
    newest = text(officer.get("policy-version", "replies", 2))
    assert "Words." in newest
    assert "In force is" in newest
    changes = text(officer.get("policy-changes", "replies", 2))
    assert "<ins>" in changes
    assert "What we write to people" in changes
    assert "They say the same" in text(officer.get("policy-changes", "replies", 2, since="2"))
    assert officer.get("policy-version", "replies", 3).status_code == 404
    assert officer.get("policy-version", "replies", 99999999999).status_code == 404


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"slug": "A B"}, "slug"), ({"title": ""}, "title"), ({"process": "elsewhere"}, "process")],
)
def test_what_does_not_fit_comes_back_with_its_reason(officer, changes, field):
    answer = write(officer, **changes)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in text(answer)
    assert not PolicyVersion.objects.exists()


def test_a_policy_for_every_process(officer):
    write(officer, process="all")
    assert PolicyVersion.objects.get().policy.process is None
    assert "every process" in text(officer.get("policies"))


def test_a_version_written_meanwhile_is_not_overwritten(officer, process, cast):
    version = scenes.policy_in_force(process)
    given = {"text": "# Mine", "change": "", "follows": "1"}
    operations.write(policy_id=version.policy_id, text="# Theirs", actor=cast.owner, follows=1)
    answer = officer.post("policy-write", "replies", **given)
    assert answer.status_code == 409
    assert "# Mine" in text(answer)
    assert officer.post("policy-write", "replies", **{**given, "follows": "2"}).status_code == 302
    assert PolicyVersion.objects.count() == 3


def test_an_approval_without_a_reason_is_not_asked_for(officer):
    write(officer)
    assert officer.post("policy-ask", "payments", 1, reason=" ").status_code == 422
    assert not Approval.objects.exists()
