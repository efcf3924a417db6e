"""The pages of approvals: what waits, what one request shows, and what people do with it."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from governance.approvals import operations, quorum
from governance.contracts import operations as contracts
from governance.models import Approval, Delegation
from governance.roles.roles import Role
from tests import factories
from tests.review.console.conftest import browser, statements, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(process):
    return factories.make_request(process)


@pytest.fixture
def officer(cast):
    return browser(cast.compliance_officer)


def waits(person):
    """What stands in the first section of somebody's inbox."""
    page = text(person.get("approvals"))
    section = page.split('id="waiting-title"')[1].split("</section>")[0]
    return re.findall(r'class="title" href="[^"]*">([^<]*)<', section)


def test_what_waits_stands_in_the_inbox_of_who_can_sign_and_of_nobody_else(asked, officer, cast):
    assert waits(officer) == ["desk/local v1"]
    for name in ("owner", "model_owner", "lead", "auditor"):
        assert waits(browser(getattr(cast, name))) == []


def test_who_stands_in_finds_it_and_signs_under_both_names(asked, cast):
    factories.make_delegation(cast.compliance_officer, cast.operator, days_from_now=-1)
    stand_in = browser(cast.operator)
    assert waits(stand_in) == ["desk/local v1"]
    page = text(stand_in.get("approval", asked.pk))
    assert "in place of compliance_officer" in page
    answer = stand_in.post(
        "approval-sign",
        asked.pk,
        digest=asked.digest,
        answer="yes",
        principal=cast.compliance_officer.pk,
    )
    assert answer.status_code == 302
    signature = asked.signatures.get()
    assert (signature.actor, signature.principal) == (cast.operator, cast.compliance_officer)
    assert "in place of compliance_officer" in text(stand_in.get("approval", asked.pk))


def test_who_no_longer_stands_in_does_not_sign_in_their_own_name_instead(asked, cast):
    both = factories.make_person("both", asked.process, Role.COMPLIANCE_OFFICER)
    given = factories.make_delegation(cast.compliance_officer, both, days_from_now=-1)
    form = {"digest": asked.digest, "answer": "yes", "principal": cast.compliance_officer.pk}
    operations.end_delegation(delegation_id=given.pk, actor=cast.compliance_officer)
    assert browser(both).post("approval-sign", asked.pk, **form).status_code == 403
    assert asked.signatures.count() == 0


def test_a_signature_carries_the_digest_that_the_page_showed(asked, officer):
    page = text(officer.get("approval", asked.pk))
    assert f'name="digest" value="{asked.digest}"' in page
    assert officer.post("approval-sign", asked.pk, answer="yes", digest="e" * 64).status_code == 409
    assert asked.signatures.count() == 0
    assert (
        officer.post("approval-sign", asked.pk, answer="yes", digest=asked.digest)
        .headers["Location"]
        .endswith(f"/{asked.pk}/")
    )
    asked.refresh_from_db()
    assert asked.state == "granted"


def test_a_no_needs_a_reason_and_the_form_keeps_what_was_written(asked, officer):
    answer = officer.post("approval-sign", asked.pk, answer="no", digest=asked.digest)
    assert answer.status_code == 422
    assert "Say why you refuse." in text(answer)
    officer.post("approval-sign", asked.pk, answer="no", digest=asked.digest, comment="Too few.")
    page = text(officer.get("approval", asked.pk))
    assert "Too few." in page
    assert 'class="badge state state-refused"' in page


@pytest.mark.parametrize(
    ("who", "why"),
    [
        ("owner", "You hold no role whose signature is still needed."),
        ("asker", "Who asks for an approval does not sign it."),
    ],
)
def test_the_page_says_why_one_may_not_sign(asked, cast, who, why):
    if who == "asker":
        factories.grant_role(
            user=asked.requested_by,
            role=Role.COMPLIANCE_OFFICER,
            process=asked.process,
            actor=factories.ACTOR,
        )
    person = asked.requested_by if who == "asker" else getattr(cast, who)
    page = text(browser(person).get("approval", asked.pk))
    assert why in page
    assert "Sign yes" not in page
    answer = browser(person).post("approval-sign", asked.pk, answer="yes", digest=asked.digest)
    assert answer.status_code == 403
    assert why in text(answer)


def test_old_and_new_stand_side_by_side(process, cast):
    factories.approve_all(process)
    source = factories.CONTRACT.format(slug="desk", undo_window=99, sample_rate=0)
    contracts.apply(
        source.replace("Sort the message.", "Sort it."), filename="x.yaml", actor=factories.ACTOR
    )
    owner = browser(cast.owner)
    page = text(owner.get("approval-ask", "desk", "contract"))
    for piece in ("undo_window_seconds", "30", "99", "Sort the message.", "Sort it."):
        assert piece in page
    assert "lease_seconds" not in page  # did not change
    answer = owner.post("approval-ask", "desk", "contract", reason="Shorter.")
    made = Approval.objects.get(state="requested")
    assert answer.headers["Location"].endswith(f"/{made.pk}/")
    assert made.kind == "contract"
    page = text(owner.get("approval", made.pk))
    assert "undo_window_seconds" in page
    assert owner.post("approval-ask", "desk", "contract", reason=" ").status_code == 422


def test_a_contract_that_differs_in_bands_alone_is_asked_for_as_thresholds(process, cast):
    factories.approve_all(process)
    source = factories.CONTRACT.replace("automatic: 0.90", "automatic: 0.95")
    contracts.apply(
        source.format(slug="desk", undo_window=30, sample_rate=0),
        filename="x.yaml",
        actor=factories.ACTOR,
    )
    browser(cast.owner).post("approval-ask", "desk", "contract", reason="Safer.")
    assert Approval.objects.get(state="requested").kind == "thresholds"


def test_evidence_is_attached_with_its_digest_and_only_downloaded(asked, officer):
    file = SimpleUploadedFile("<b>numbers.html", b"<script>alert(1)</script>", "text/html")
    assert officer.post("approval-attach", asked.pk, file=file).status_code == 302
    one = asked.evidence.get(name="<b>numbers.html")
    page = text(officer.get("approval", asked.pk))
    assert one.digest in page
    assert "<b>numbers" not in page
    answer = officer.get("evidence", one.pk)
    assert answer.content == b"<script>alert(1)</script>"
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert officer.post("approval-attach", asked.pk).status_code == 422


def test_a_file_that_is_too_large_is_refused_before_it_is_read(asked, officer):
    big = SimpleUploadedFile("big", b"x" * (operations.MAX_EVIDENCE_BYTES + 100_000))
    answer = officer.post("approval-attach", asked.pk, file=big)
    assert answer.status_code == 413
    assert not hasattr(answer.wsgi_request, "_post")
    assert "The file is too large. 5 MiB at most." in text(answer)
    assert f"/governance/approvals/{asked.pk}/attach/" in text(answer)
    assert asked.evidence.count() == 1


def test_a_file_a_little_too_large_is_refused_at_its_field(asked, officer):
    big = SimpleUploadedFile("big", b"x" * (operations.MAX_EVIDENCE_BYTES + 1))
    answer = officer.post("approval-attach", asked.pk, file=big)
    assert answer.status_code == 422
    assert 'id="file-error"' in text(answer)
    assert asked.evidence.count() == 1


def test_comments_are_kept_and_shown_as_text(asked, officer):
    officer.post("approval-comment", asked.pk, text="<i>Really?</i>")
    assert "&lt;i&gt;Really?&lt;/i&gt;" in text(officer.get("approval", asked.pk))
    assert officer.post("approval-comment", asked.pk, text="").status_code == 422


def test_a_yes_is_withdrawn_by_an_officer_and_a_request_only_by_who_asked(asked, officer, cast):
    assert officer.post("approval-withdraw", asked.pk, reason="No.").status_code == 403
    officer.post("approval-sign", asked.pk, answer="yes", digest=asked.digest)
    assert "Withdraw the approval" in text(officer.get("approval", asked.pk))
    assert officer.post("approval-withdraw", asked.pk, reason="").status_code == 422
    assert officer.post("approval-withdraw", asked.pk, reason="It drifts.").status_code == 302
    asked.refresh_from_db()
    assert (asked.state, asked.ended_reason) == ("withdrawn", "It drifts.")
    assert "It drifts." in text(officer.get("approval", asked.pk))


def test_what_was_answered_is_listed_by_process_kind_and_state_page_by_page(
    process, officer, monkeypatch
):
    monkeypatch.setattr("governance.approvals.queries.PAGE_ROWS", 2)
    factories.enter_stage("desk", "full")
    titles = r'class="main-link" href="[^"]*">([^<]*)<'
    first = text(officer.get("approvals"))
    assert re.findall(titles, first) == ["Help desk to stage full", "Help desk, contract 1"]
    before = re.search(r"\?before=([0-9a-f-]+)", first)[1]
    assert re.findall(titles, text(officer.get("approvals", before=before))) == ["desk/local v1"]
    stages = text(officer.get("approvals", kind="stage", state="granted", process="desk"))
    assert re.findall(titles, stages) == ["Help desk to stage full"]
    assert re.findall(titles, text(officer.get("approvals", state="refused"))) == []


def test_the_inbox_costs_the_same_however_much_waits(process, officer):
    def count():
        officer.get("approvals")
        return len(statements(lambda: officer.get("approvals"))[1])

    factories.make_request(process)
    few = count()
    for digest in "abcdef":
        version = factories.make_version(process, digest)
        factories.asking.for_version(version, actor=factories._somebody("asker"), reason="x")
    assert count() <= few + 6  # who made it is asked for each that waits for me


def test_the_processes_page_says_what_is_approved_and_asks_for_what_is_not(process, cast):
    owner = browser(cast.owner)
    page = text(owner.get("processes"))
    assert page.count("not approved") == 4
    assert page.count("Ask for approval") == 8  # four buttons, each with its name
    assert "Ask for approval" not in text(browser(cast.auditor).get("processes"))
    factories.make_request(process)
    assert "waiting for signatures" in text(owner.get("processes"))
    factories.approve_all(process, "full")
    page = text(owner.get("processes"))
    assert page.count("approved until") == 4  # full covers partial
    assert "Ask for approval" not in page


def test_thirty_days_before_it_lapses_one_may_ask_again_and_the_longer_yes_counts(process, cast):
    factories.approve_all(process)
    old = Approval.objects.get(kind="version")
    factories.age(old, days=old.valid_days - 12)
    owner = browser(cast.owner)
    page = text(owner.get("processes"))
    assert "approved, lapses in 11 days" in page
    assert "Ask again" in page
    owner.post("approval-ask", "desk", "version", reason="It goes on.")
    new = Approval.objects.get(kind="version", state="requested")
    assert new.digest == old.digest
    factories.grant(new)
    assert "lapses in 11 days" not in text(owner.get("processes"))


def test_delegations_are_given_listed_and_ended(cast):
    officer = browser(cast.compliance_officer)
    now = timezone.now()
    form = {
        "delegate": cast.owner.username,
        "since": (now - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M"),
        "until": (now + timedelta(days=5)).strftime("%Y-%m-%dT%H:%M"),
        "reason": "On leave.",
    }
    assert officer.post("delegations", **{**form, "until": form["since"]}).status_code == 422
    assert (
        officer.post("delegations", **{**form, "delegate": cast.outsider.username}).status_code
        == 422
    )
    assert officer.post("delegations", **form).status_code == 302
    given = Delegation.objects.get()
    assert "On leave." in text(officer.get("delegations"))
    assert "On leave." in text(browser(cast.owner).get("delegations"))
    assert browser(cast.owner).post("delegation-end", given.pk).status_code == 404
    assert officer.post("delegation-end", given.pk).status_code == 302
    assert officer.post("delegation-end", given.pk).status_code == 409


def test_approvals_of_other_processes_stay_unseen(asked):
    other = factories.make_process("elsewhere")
    stranger = browser(factories.make_person("stranger", other, Role.COMPLIANCE_OFFICER))
    assert stranger.get("approval", asked.pk).status_code == 404
    assert stranger.get("evidence", asked.evidence.get().pk).status_code == 404
    assert "desk/local" not in text(stranger.get("approvals"))


def test_the_days_that_the_page_names_are_those_of_the_quorum(process, cast):
    page = text(browser(cast.owner).get("approval-ask", "desk", "version"))
    assert f"{quorum.valid_days('low')} days" in page
