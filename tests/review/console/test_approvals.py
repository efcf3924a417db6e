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
from review.decisions import operations as decisions
from review.shadows import comparing
from tests import factories
from tests.review.console.conftest import browser, statements, text
from tests.review.shadows.conftest import Shadow, begin, through

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
    person = factories.make_person("stand-in", asked.process, Role.PLATFORM_ENGINEER)
    factories.make_delegation(cast.compliance_officer, person, days_from_now=0)
    stand_in = browser(person)
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
    assert (signature.actor, signature.principal) == (person, cast.compliance_officer)
    assert "in place of compliance_officer" in text(stand_in.get("approval", asked.pk))


def test_who_no_longer_stands_in_does_not_sign_in_their_own_name_instead(asked, cast):
    both = factories.make_person("both", asked.process, Role.COMPLIANCE_OFFICER)
    given = factories.make_delegation(cast.compliance_officer, both, days_from_now=0)
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
    for piece in ("Undo window seconds", "30", "99", "Sort the message.", "Sort it."):
        assert piece in page
    assert "ease seconds" not in page  # did not change
    answer = owner.post("approval-ask", "desk", "contract", reason="Shorter.")
    made = Approval.objects.get(state="requested")
    assert answer.headers["Location"].endswith(f"/{made.pk}/")
    assert made.kind == "contract"
    page = text(owner.get("approval", made.pk))
    assert "Undo window seconds" in page
    assert owner.post("approval-ask", "desk", "stage-full", reason=" ").status_code == 422


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
    assert 'id="ask-reason"' in text(owner.get("approval-ask", "desk", "version"))
    owner.post("approval-ask", "desk", "version", reason="It goes on.")
    new = Approval.objects.get(kind="version", state="requested")
    assert new.digest == old.digest
    page = text(owner.get("processes"))
    for one in (new, old):  # what is in force stays in reach
        assert f"/governance/approvals/{one.pk}/" in page
    factories.grant(new)
    assert "lapses in 11 days" not in text(owner.get("processes"))


def test_beside_the_signature_stands_how_far_it_is_documented_and_what_its_shadows_said(
    process, cast, officer, monkeypatch
):
    shadow = Shadow(begin(process), monkeypatch)
    asked = factories.asking.for_version(
        shadow.deployment.version, actor=cast.model_owner, reason="It errs less."
    )

    def weighed():
        page = text(officer.get("approval", asked.pk))
        return page.split('id="weighed-title"')[1].split("</section>")[0]

    assert "required fields" in weighed()
    assert "0 answered, nothing compared yet" in weighed()
    for _ in range(2):
        shadow.answer = lambda _: factories.make_proposal({"category": "bill"})
        task = factories.make_claimed_task(process, cast.operator, output={"category": "refund"})
        shadow.run()
        decisions.decide(
            task_id=task.pk, actor=cast.operator, verdict="accept", output=None, reason=""
        )
        through(task.item)
    comparing.compare(shadow.deployment)
    assert "2 answered, the same as what serves in 0.0%" in weighed()
    assert "of 2 judged right in 0.0%" in weighed()
    assert "may be chance" in weighed()
    assert f"/shadows/{shadow.deployment.pk}/" in weighed()
    # The version that serves never was in shadow; of a stage there is nothing of the kind.
    serving = factories.make_request(process)
    assert "It never was." in text(officer.get("approval", serving.pk))
    stage = factories.asking.for_stage(process, "partial", actor=cast.owner, reason="x")
    assert "weighed-title" not in text(officer.get("approval", stage.pk))


def test_what_waits_is_not_asked_for_again(asked, cast):
    owner = browser(cast.owner)
    page = text(owner.get("approval-ask", "desk", "version"))
    assert "This was asked for already" in page
    assert f'href="/governance/approvals/{asked.pk}/"' in page
    assert 'id="ask-reason"' not in page
    answer = owner.post("approval-ask", "desk", "version", reason="Me too.")
    assert answer.headers["Location"].endswith(f"/{asked.pk}/")
    page = text(owner.get("approval", asked.pk))
    assert "This had been asked for already" in page
    assert "Asked for." not in page
    assert "Me too." not in page
    assert Approval.objects.count() == 1


def test_what_is_approved_for_long_is_not_asked_for_anew(process, cast):
    factories.approve_all(process)
    owner = browser(cast.owner)
    granted = Approval.objects.get(kind="version")
    page = text(owner.get("approval-ask", "desk", "version"))
    assert "It can be asked for anew from" in page
    assert f'href="/governance/approvals/{granted.pk}/"' in page
    assert 'id="ask-reason"' not in page
    answer = owner.post("approval-ask", "desk", "version", reason="It goes on.")
    assert answer.status_code == 409
    from_day = granted.valid_until - timedelta(days=30)
    assert f"ask anew from {from_day:%-d %B %Y} on" in text(answer)
    assert Approval.objects.filter(kind="version").count() == 1


def test_who_was_given_a_role_since_stands_in_no_more(asked, cast):
    person = factories.make_person("stand-in", asked.process, Role.PLATFORM_ENGINEER)
    factories.make_delegation(cast.compliance_officer, person, days_from_now=0)
    assert waits(browser(person)) == ["desk/local v1"]
    assert "You sign nothing" not in text(browser(person).get("delegations"))
    factories.grant_role(
        user=person, role=Role.MODEL_OWNER, process=asked.process, actor=factories.ACTOR
    )
    stand_in = browser(person)
    assert waits(stand_in) == []
    form = {"digest": asked.digest, "answer": "yes", "principal": cast.compliance_officer.pk}
    answer = stand_in.post("approval-sign", asked.pk, **form)
    assert answer.status_code == 403
    why = "Who is model owner here does not sign in the place of a compliance officer"
    assert why in text(answer)
    assert why in text(stand_in.get("approval", asked.pk))
    assert asked.signatures.count() == 0
    assert "You sign nothing" in text(stand_in.get("delegations"))
    assert "Signs nothing" in text(browser(cast.compliance_officer).get("delegations"))


def offered(person):
    """Whom the form of delegations offers."""
    return re.findall(r'<option value="([^"]+)"', text(person.get("delegations")))


def test_only_who_could_sign_somewhere_is_offered(process, cast):
    people = [cast.operator, cast.auditor, cast.model_owner, cast.lead, cast.owner]
    assert all(one.is_active for one in people)  # are made when first named
    officer = browser(cast.compliance_officer)
    assert offered(officer) == []
    assert "Nobody can sign in your place" in text(officer.get("delegations"))
    factories.make_person("engineer", process, Role.PLATFORM_ENGINEER)
    assert offered(officer) == ["engineer"]
    # In another process of the officer's the owner is free to sign.
    factories.grant_role(
        user=cast.compliance_officer,
        role=Role.COMPLIANCE_OFFICER,
        process=factories.make_process("elsewhere"),
        actor=factories.ACTOR,
    )
    assert "owner" in offered(browser(cast.compliance_officer))


def test_a_delegation_to_an_auditor_is_refused(cast):
    now = timezone.now()
    answer = browser(cast.compliance_officer).post(
        "delegations",
        delegate=cast.auditor.username,
        since=now.strftime("%Y-%m-%dT%H:%M"),
        until=(now + timedelta(days=5)).strftime("%Y-%m-%dT%H:%M"),
        reason="On leave.",
    )
    assert answer.status_code == 422
    assert not Delegation.objects.exists()


def test_delegations_are_given_listed_and_ended(process, cast):
    stand_in = factories.make_person("stand-in", process, Role.PLATFORM_ENGINEER)
    officer = browser(cast.compliance_officer)
    now = timezone.now()
    form = {
        "delegate": stand_in.username,
        "since": now.strftime("%Y-%m-%dT%H:%M"),
        "until": (now + timedelta(days=5)).strftime("%Y-%m-%dT%H:%M"),
        "reason": "On leave.",
    }
    assert officer.post("delegations", **{**form, "until": form["since"]}).status_code == 422
    yesterday = (now - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    assert officer.post("delegations", **{**form, "since": yesterday}).status_code == 422
    assert (
        officer.post("delegations", **{**form, "delegate": cast.outsider.username}).status_code
        == 422
    )
    assert officer.post("delegations", **form).status_code == 302
    given = Delegation.objects.get()
    assert "On leave." in text(officer.get("delegations"))
    assert "On leave." in text(browser(stand_in).get("delegations"))
    assert browser(stand_in).post("delegation-end", given.pk).status_code == 404
    assert officer.post("delegation-end", given.pk).status_code == 302
    assert officer.post("delegation-end", given.pk).status_code == 409


def test_approvals_of_other_processes_stay_unseen(asked):
    other = factories.make_process("elsewhere")
    stranger = browser(factories.make_person("stranger", other, Role.COMPLIANCE_OFFICER))
    assert stranger.get("approval", asked.pk).status_code == 404
    assert stranger.get("evidence", asked.evidence.get().pk).status_code == 404
    assert "desk/local" not in text(stranger.get("approvals"))


def test_the_form_names_the_process(process, cast):
    page = text(browser(cast.owner).get("approval-ask", "desk", "version"))
    assert "<dt>Process</dt><dd>Help desk</dd>" in page
    assert "<title>Ask: desk/local v1, Help desk" in page


def test_the_days_that_the_page_names_are_those_of_the_quorum(process, cast):
    page = text(browser(cast.owner).get("approval-ask", "desk", "version"))
    assert f"{quorum.valid_days('low')} days" in page
