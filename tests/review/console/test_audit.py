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
from review.models import Decision, Task
from tests import factories

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


def test_an_automatic_decision_names_the_approvals_that_were_in_force(auditor, process, cast):
    factories.enter_stage("desk", "full")
    factories.propose(factories.make_item(process, {"text": "Hello."}))
    decision = Decision.objects.get()
    page = dossier(auditor, decision)
    assert "the model, automatically" in page
    assert page.count("granted ") == 3
    assert "none in force" not in page
    assert "signed by signer-0" in page


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
