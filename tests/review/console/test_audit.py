"""The auditor's pages: what they find, what they cover, and who gets how far."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from governance.approvals import operations as approvals
from governance.approvals.at import in_force_at
from governance.audit import exporting
from governance.audit.exporting import seal
from governance.audit.models import Export, Verification
from governance.ledger.models import Entry
from governance.models import Approval
from review.decisions import operations as decisions
from review.gate import answering
from review.models import Decision, Task
from tests import factories
from tests.review.gate import scenes
from tests.review.shadows.conftest import Shadow, begin, through

pytestmark = pytest.mark.django_db

SECRET = "Wilhelmina Ostrowska"


@pytest.fixture(autouse=True)
def places(settings, tmp_path):
    settings.LEDGER_KEY_FILE = tmp_path / "keys" / "ledger.pem"
    settings.EXPORT_DIR = tmp_path / "exports"


@pytest.fixture
def auditor(client, cast):
    client.force_login(cast.auditor)
    return client


def text(response):
    """What the page says, without its tags."""
    assert response.status_code == 200
    words = re.sub(r"<[^>]+>", " ", response.content.decode().split("<main", 1)[1])
    return re.sub(r"\s+", " ", words)


def found(client, **query):
    """The entries' links, as sentences."""
    response = client.get(reverse("audit"), query)
    assert response.status_code == 200
    return re.findall(r'main-link" href="[^"]*">([^<]*)<', response.content.decode())


# --- the explorer ------------------------------------------------------------------------------


def test_the_ledger_is_read_in_sentences_newest_first(auditor, process, cast):
    factories.make_decision(process, cast.operator)
    lines = found(auditor, process="desk")
    assert lines[0].startswith("Effect scheduled")
    assert "Accepted" in lines
    assert "Applied contract 1" in lines


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"kind": "decision."}, ["Accepted"]),
        ({"person": "operator", "kind": "decision."}, ["Accepted"]),
        ({"person": "colleague"}, []),
        ({"item": "order-1", "kind": "item."}, ["Sent to review", "Handed in"]),
        ({"since": "2020-01-01", "until": "2020-01-02"}, []),
    ],
)
def test_it_is_narrowed(auditor, process, cast, query, expected):
    factories.make_decision(process, cast.operator, external_id="order-1")
    assert cast.colleague.username == "colleague"
    assert found(auditor, **query) == expected


def test_a_version_is_found_by_id_and_by_digest(auditor, process, cast):
    factories.make_decision(process, cast.operator)
    for version in (str(_version().pk), "0" * 64):
        assert "Candidate made: local" in found(auditor, version=version)
        assert "Registered desk/local version 1" in found(auditor, version=version)


def test_versions_are_offered_with_their_process(auditor, process, cast):
    """Versions of two processes may have one name."""
    response = auditor.get(reverse("audit"))
    offered = f'<option value="{_version().pk}">Help desk: desk/local v1</option>'
    assert offered in response.content.decode()


def _version():
    from governance.models import ModelVersion

    return ModelVersion.objects.get()


@pytest.mark.parametrize(
    "query", [{"item": "none"}, {"person": "none"}, {"version": "f" * 64}, {"since": "x"}]
)
def test_what_makes_no_sense_is_said_beside_its_field(auditor, process, query):
    response = auditor.get(reverse("audit"), query)
    assert 'aria-invalid="true"' in response.content.decode()


def test_pages_go_on_and_come_back(auditor, process):
    for _ in range(20):
        factories.propose(factories.make_item(process))
    first = auditor.get(reverse("audit"))
    older = re.search(r'href="\?([^"]*)" rel="next"', first.content.decode())[1]
    second = auditor.get(reverse("audit") + "?" + older.replace("&amp;", "&"))
    newer = re.search(r'href="\?([^"]*)" rel="prev"', second.content.decode())[1]
    back = auditor.get(reverse("audit") + "?" + newer.replace("&amp;", "&"))
    assert text(back).split("Entry By")[1][:500] == text(first).split("Entry By")[1][:500]


def test_only_processes_in_which_the_right_is_held_are_shown(client, cast, process):
    other = factories.make_process("secret")
    factories.make_item(other)
    client.force_login(cast.auditor)
    assert found(client, process="secret") == []
    theirs = Entry.objects.filter(process="secret").first()
    assert client.get(reverse("audit-entry", args=[theirs.pk])).status_code == 404


def test_statements_do_not_grow_with_the_entries(
    auditor, process, cast, django_assert_max_num_queries
):
    for _ in range(8):
        factories.make_item(process)
    with django_assert_max_num_queries(20):
        auditor.get(reverse("audit"))


def test_while_somebody_judges_unaided_nothing_is_told(auditor, process, cast):
    decision = factories.make_decision(process, cast.operator, verdict="reject")
    Task.objects.create(
        item=decision.item, queue=decision.task.queue, kind="quality", is_blind=True,
        due_at=timezone.now(),
    )  # fmt: skip
    assert "Rejected" not in found(auditor, item=str(decision.item_id))
    assert found(auditor, person="operator", kind="decision.") == []
    entry = Entry.objects.get(kind="decision.made")
    page = text(auditor.get(reverse("audit-entry", args=[entry.pk])))
    assert "Hidden until all have decided" in page
    assert "reject" not in page
    assert "Hidden for now" in text(auditor.get(reverse("audit-dossier", args=[decision.pk])))


def test_an_entry_is_shown_with_its_proof(auditor, process, cast):
    factories.make_decision(process, cast.operator)
    entry = Entry.objects.get(kind="decision.made")
    assert "pending" in text(auditor.get(reverse("audit-entry", args=[entry.pk])))
    seal()
    page = text(auditor.get(reverse("audit-entry", args=[entry.pk])))
    assert "Unchanged and sealed" in page
    assert bytes(entry.hash).hex() in page
    assert "countersign.local/ledger" in page


def test_how_the_ledger_stands_is_shown(auditor, process):
    assert "never" in text(auditor.get(reverse("audit")))
    now = timezone.now()
    Verification.objects.create(
        actor="system:verification", started_at=now, finished_at=now, problems=2,
        first_problems=["index 4: its content does not have its hash"],
    )  # fmt: skip
    seal()
    page = text(auditor.get(reverse("audit")))
    assert "2 problems" in page
    assert "index 4: its content does not have its hash" in page
    assert "entries, signed" in page


# --- the dossier -------------------------------------------------------------------------------


def dossier(client, decision):
    return text(client.get(reverse("audit-dossier", args=[decision.pk])))


def test_a_dossier_holds_the_decision_whole(auditor, process, cast):
    decision = factories.make_decision(process, cast.operator, verdict="correct")
    seal()
    page = dossier(auditor, decision)
    for said in (
        *("Corrected by operator", "Review in desk", "Task claimed", "desk/local v1", "0" * 64),
        *("95%, class probability", "1" * 64, "version 1", "assisted", "Update ticket"),
        *("not sent yet", "a person looks at every item", "as champion"),
    ):
        assert said in page, said
    assert re.search(r"All \d+ entries are sealed", page)
    assert page.count("decision.made") == 1


def test_personal_values_are_covered_with_their_commitments(auditor, process, cast):
    decision = factories.make_decision(
        process,
        cast.operator,
        payload={"text": SECRET, "subject": SECRET, "channel": "email"},
        output={"category": "bill", "note": SECRET},
    )
    page = dossier(auditor, decision)
    assert SECRET not in page
    assert "•••" in page
    assert "Email" in page
    made = Entry.objects.get(kind="candidate.made").data["output"]["note"]["commitment"]
    assert page.count(made) == 2  # of the candidate and of the decision
    assert Entry.objects.get(kind="item.received").data["payload"] in page


def test_amounts_and_choices_are_written_as_on_other_pages(client):
    contract = factories.CONTRACT.replace(
        "      note: {{type: string, maxLength: 200, x-privacy: personal}}",
        "      total: {{title: Total, type: number, x-privacy: internal}}",
    ).replace("  note: {{automatic", "  total: {{automatic")
    process = factories.make_process(contract=contract)
    cast = factories.make_cast(process)
    output = {"category": "bill", "total": 31000.0}
    decision = factories.make_decision(process, cast.operator, output=output)
    client.force_login(cast.auditor)
    page = dossier(client, decision)
    assert page.count("Total 31,000.00") == 2  # of the candidate and of the decision
    assert "31000" not in page
    assert page.count("Category Bill") == 2


def test_an_automatic_decision_names_the_approvals_that_were_in_force(auditor, process, cast):
    factories.enter_stage("desk", "full")
    factories.propose(factories.make_item(process, {"text": "Hello."}))
    decision = Decision.objects.get()
    page = dossier(auditor, decision)
    assert "the model, automatically" in page
    assert page.count("granted ") == 3
    assert "none in force" not in page
    assert "signed by signer-0 as compliance officer" in page
    assert "compliance_officer" not in page


def test_an_approval_is_in_force_from_its_grant_to_its_end(process, cast):
    factories.approve_all(process)
    moment = timedelta(microseconds=1)
    granted = Approval.objects.get(kind="version")

    def holds(at, process="desk"):
        return [one.pk for one in in_force_at(process, ["0" * 64], at)] == [granted.pk]

    assert not holds(granted.granted_at - moment)
    assert holds(granted.granted_at)
    assert holds(granted.valid_until - moment)
    assert not holds(granted.valid_until)
    assert not holds(granted.granted_at, "other")
    asker = granted.requested_by
    approvals.withdraw(approval_id=granted.pk, actor=asker, reason="A flaw was found.")
    ended = Approval.objects.get(pk=granted.pk).ended_at
    assert holds(ended - moment)
    assert not holds(ended)


def test_undoing_and_reversal_stand_in_the_dossier(auditor, process, cast):
    decision = factories.make_decision(process, cast.operator)
    decisions.undo(decision_id=decision.pk, actor=cast.operator)
    page = dossier(auditor, decision)
    assert "decision.undone" in page
    assert "cancelled before it was sent" in page


def test_an_entry_that_was_changed_shows_in_the_dossier(auditor, process, cast):
    from tests.governance.ledger.conftest import tamper

    decision = factories.make_decision(process, cast.operator)
    entry = Entry.objects.get(kind="item.routed")
    tamper("UPDATE governance_entry SET actor = 'system:other' WHERE id = %s", [entry.pk])
    assert re.search(r"1 of \d+ entries do not verify", dossier(auditor, decision))


def test_item_and_decision_link_to_the_dossier_for_who_may_read_it(client, process, cast):
    decision = factories.make_decision(process, cast.operator)
    link = reverse("audit-dossier", args=[decision.pk])
    for person, is_there in ((cast.auditor, True), (cast.operator, False)):
        client.force_login(person)
        page = client.get(reverse("item", args=[decision.item_id])).content.decode()
        assert (link in page) == is_there


@pytest.fixture
def gated():
    return scenes.gated(
        "{checks: [{name: within_the_limit, require: {output.category: {equals: meter}},"
        " message: More than one may sign for., policy: replies}]}"
    )


def test_a_refusal_stands_in_the_dossier_with_what_it_cites(client, gated):
    cast = factories.make_cast(gated)
    policy = scenes.policy_in_force()
    hold = scenes.held(gated, cast.operator)
    answering.refuse(
        hold_id=hold.pk,
        actor=cast.compliance_officer,
        citation=answering.Citation(policy, "other-matters"),
        comment="No reason is given.",
    )
    hold.refresh_from_db()
    scenes.decide_again(hold.decision, cast.senior, verdict="accept", output=None, reason="")
    client.force_login(cast.auditor)
    page = dossier(client, hold.decision)
    gate = page[page.index("What compliance held") : page.index("What it caused")]
    assert page.index("What was signed") < page.index("What compliance held")
    for said in (
        "Refused: accepted by operator this decision",
        "Held by compliance: accepted by senior",
        "More than one may sign for. Policy Replies",
        "UTC by compliance_officer: refused",
        f"Replies, version 1, Other matters {policy.digest}",
        "No reason is given.",
        "by nobody yet",
    ):
        assert said in gate, said
    assert "within_the_limit" not in gate
    committed = Entry.objects.get(kind="gate.refused").data["comment"]
    assert committed in gate
    whole = client.get(reverse("audit-dossier", args=[hold.decision_id])).content.decode()
    cited = reverse("policy-version", args=["replies", 1]) + "#other-matters"
    for link in (cited, reverse("policy", args=["replies"])):
        assert f'href="{link}"' in whole
        assert client.get(link).status_code == 200
    assert "held by compliance" in page[page.index("What it caused") :], "of the second decision"


def test_a_release_and_a_withdrawal_stand_in_the_dossier(client, gated):
    cast = factories.make_cast(gated)
    client.force_login(cast.auditor)
    hold = scenes.held(gated, cast.operator)
    answering.release(hold_id=hold.pk, actor=cast.compliance_officer, comment="")
    page = dossier(client, hold.decision)
    assert "UTC by compliance_officer: released" in page
    assert "was never written" in page, "the policy that the check names"
    taken_back = scenes.held(gated, cast.operator)
    decisions.undo(decision_id=taken_back.decision_id, actor=cast.operator)
    assert "by nobody of compliance" in dossier(client, taken_back.decision)
    passed = factories.make_decision(gated, cast.operator, verdict="reject")
    assert "nothing of this item was held at it" in dossier(client, passed)


def test_without_a_gate_the_dossier_tells_of_none(auditor, process, cast):
    assert "compliance held" not in dossier(
        auditor, factories.make_decision(process, cast.operator)
    )


def test_what_the_gate_held_is_sealed_while_somebody_judges_unaided(client, gated):
    cast = factories.make_cast(gated)
    hold = scenes.held(gated, cast.operator)
    Task.objects.create(
        item=hold.item, queue=hold.decision.task.queue, kind="quality", is_blind=True,
        due_at=timezone.now(),
    )  # fmt: skip
    client.force_login(cast.auditor)
    page = dossier(client, hold.decision)
    assert "Hidden for now" in page
    assert "More than one may sign for" not in page


def shadowed(process, actor, shadow, **options):
    """An item that the model called a bill and a shadow other, with something personal."""
    task = factories.make_claimed_task(process, actor, **options)
    said = {"category": "meter", "note": SECRET}
    shadow.answer = lambda _: factories.make_proposal(said)
    shadow.run()
    return decisions.decide(
        task_id=task.pk, actor=actor, verdict="accept", output=None, reason=""
    ).decision


def shadows_told(client, decision):
    page = dossier(client, decision)
    return page[page.index("What answered in shadow") : page.index("Why it went where it went")]


def test_what_a_shadow_said_stands_in_the_dossier_and_is_masked(
    client, auditor, process, cast, monkeypatch
):
    shadow = Shadow(begin(process, share=0.999999), monkeypatch)
    decision = shadowed(process, cast.operator, shadow)
    assert "told once the item is through" in shadows_told(auditor, decision)  # it may be undone
    through(decision.item)
    told = shadows_told(auditor, decision)
    made = Entry.objects.get(kind="shadow.answered").data["output"]
    for said in ("desk/local v2", "100%", "Category: Meter", "Note: ••• personal"):
        assert said in told, said
    assert made["note"]["commitment"] in told
    assert SECRET not in told
    link = reverse("shadow", args=["desk", shadow.deployment.pk])
    page = client.get(reverse("audit-dossier", args=[decision.pk])).content.decode()
    assert f'href="{link}"' in page
    assert client.get(link).status_code == 200


def test_what_a_shadow_said_is_not_told_while_somebody_is_left_to_judge(
    auditor, process, cast, monkeypatch
):
    shadow = Shadow(begin(process), monkeypatch)
    decision = shadowed(process, cast.operator, shadow)
    decisions.undo(decision_id=decision.pk, actor=cast.operator)
    told = shadows_told(auditor, decision)
    assert "desk/local v2" in told
    assert "told once the item is through" in told
    assert "Meter" not in told


def test_what_a_shadow_said_is_not_told_while_an_officer_is_to_answer(client, gated, monkeypatch):
    cast = factories.make_cast(gated)
    decision = shadowed(gated, cast.operator, Shadow(begin(gated), monkeypatch))
    client.force_login(cast.auditor)
    assert "Meter" not in shadows_told(client, decision)
    through(decision.item)
    assert "Meter" not in shadows_told(client, decision)
    answering.release(hold_id=decision.gate_hold.pk, actor=cast.compliance_officer, comment="Fine.")
    assert "Category: Meter" in shadows_told(client, decision)


def test_without_a_shadow_the_dossier_tells_of_none(auditor, process, cast):
    decision = factories.make_decision(process, cast.operator)
    assert "in shadow" not in dossier(auditor, decision)


# --- bundles -----------------------------------------------------------------------------------


def test_a_bundle_is_asked_for_made_and_taken(auditor, process, cast):
    answer = auditor.post(reverse("audit-exports"), {"process": "desk", "since": "2026-01-01"})
    asked = Export.objects.get()
    assert answer.headers["Location"] == reverse("audit-export", args=[asked.pk])
    page = auditor.get(answer.headers["Location"]).content.decode()
    assert 'hx-trigger="every 1500ms"' in page
    exporting.make(asked.pk)
    page = text(auditor.get(answer.headers["Location"]))
    assert Export.objects.get().manifest_digest in page
    taken = auditor.post(reverse("audit-download", args=[asked.pk]))
    assert b"".join(taken.streaming_content)[:2] == b"PK"
    assert "countersign-desk-" in taken.headers["Content-Disposition"]
    assert Entry.objects.filter(kind="audit.downloaded").exists()


def test_a_bundle_of_everything_needs_the_right_everywhere(client, process, cast):
    client.force_login(cast.auditor)
    assert client.post(reverse("audit-exports"), {}).status_code == 302
    everything = Export.objects.get()
    factories.make_process("secret")
    assert client.post(reverse("audit-exports"), {}).status_code == 403
    assert client.get(reverse("audit-export", args=[everything.pk])).status_code == 404
    assert client.post(reverse("audit-download", args=[everything.pk])).status_code == 404
    assert client.post(reverse("audit-exports"), {"process": "secret"}).status_code == 403


def test_a_bundle_that_makes_no_sense_is_refused_beside_its_field(auditor, process):
    wrong = {"process": "desk", "since": "2026-02-02", "until": "2026-01-01"}
    answer = auditor.post(reverse("audit-exports"), wrong)
    assert answer.status_code == 422
    assert "It ends before it begins" in answer.content.decode()
    assert auditor.post(reverse("audit-exports"), {"since": "x"}).status_code == 422


def test_a_bundle_that_is_gone_is_a_conflict(auditor, process):
    asked = exporting.request(process="desk", since=None, until=None, actor="system:tests")
    answer = auditor.post(reverse("audit-download", args=[asked.pk]))
    assert answer.status_code == 409


def test_the_compliance_officer_gets_there_from_governance(client, process, cast):
    client.force_login(cast.compliance_officer)
    page = client.get(reverse("governance")).content.decode()
    assert reverse("audit") in page
    assert reverse("audit-exports") in page
