"""The compliance officer's journey through a day: everything that only they may answer for."""

import pytest
from playwright.sync_api import expect

from governance.approvals import asking
from governance.incidents import playbooks
from governance.ledger.checkpoints import checkpoint
from governance.ledger.sequencing import sequence
from governance.models import Approval, Halt, Incident, PolicyVersion, Reveal
from governance.roles.queries import rights_of
from review.bulk import working
from review.erasure import operations as erasure
from review.gate.models import GateHold
from review.models import Decision, Effect, ErasureRequest, Item, Note, Run, Task
from review.notes.operations import write as write_note
from review.subjects.indexing import follow
from tests import factories
from tests.browser.conftest import eventually
from tests.browser.looking import look, press_to, recorded
from tests.review.gate import scenes

PERSON = {"text": "My bill is wrong.", "subject": "Jane Doe"}


@pytest.fixture
def process(transactional_db):
    return scenes.gated(
        "{checks: [{name: kind, require: {output.category: {not_equals: other}},"
        " message: Nothing goes under other unseen., policy: replies}]}"
    )


@pytest.fixture
def done(process, cast):
    """An item about a person, completed, with a note and a file."""
    decision = factories.make_decision(process, cast.operator, payload=PERSON)
    Effect.objects.update(state="done")
    Item.objects.update(state="completed", ended_at=decision.created_at)
    item = Item.objects.get()
    write_note(item=item, author=cast.operator, text="She called twice.")
    factories.make_document(item)
    return item


@pytest.fixture
def day(process, cast, done):
    """What waits in the morning: two held outputs, eight automatic items, two requests."""
    scenes.policy_in_force()
    for number in range(2):
        scenes.held(process, cast.operator, external_id=f"H-{number}", verdict="correct")
    factories.enter_stage(process.pk, "full")
    for number in range(8):
        item = factories.make_item(process, external_id=f"A-{number}")
        factories.propose(item, confidence=0.99)
    for digest in ("b", "c"):
        version = factories.make_version(process, digest)
        asking.for_version(version, actor=cast.model_owner, reason="It errs less.")
    playbooks.install(actor=factories.ACTOR)
    sequence()
    checkpoint()
    follow()


def test_an_officers_day(visit, process, cast, done, day):
    page, officer = visit.page, cast.compliance_officer
    visit.sign_in(officer)
    visit.go("governance")
    for waiting in ("2 for you", "2 held"):
        expect(page.get_by_text(waiting)).to_be_visible()
    look(page, "officer-governance")
    _signs_and_refuses(page, officer)
    _answers_for_held_outputs(visit, officer)
    _writes_a_policy(visit)
    _reveals(visit, done)
    _halts_and_mends(visit, process)
    _holds_and_forgets(visit, done)
    _reviews_access(visit, process, cast)
    _hands_over_a_report(visit)
    assert recorded(officer) >= {
        *("approval.commented", "approval.signed", "approval.requested", "policy.written"),
        *("gate.released", "gate.refused", "personal.revealed", "personal.reveal_ended"),
        *("automation.halted", "automation.resumed", "incident.opened", "incident.resolved"),
        *("playbook.started", "playbook.step_done", "run.planned", "subject.searched"),
        *("hold.set", "hold.lifted", "subject.disclosed", "erasure.requested"),
        *("role.granted", "role.revoked", "access.review_started", "report.handed_out"),
    }


def _signs_and_refuses(page, officer):
    """Compares, comments and signs one request; refuses the other, which needs a comment."""
    page.get_by_role("link", name="Approvals").press("Enter")
    page.wait_for_url("**/governance/approvals/")
    look(page, "officer-inbox")
    press_to(page, "Look at desk/local v2", role="link")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="What changes").wait_for()
    row = page.get_by_role("row", name="digest")
    expect(row).to_contain_text("0" * 64)
    expect(row).to_contain_text("b" * 64)
    press_to(page, "Comment", role="textbox")
    page.keyboard.type("The numbers are enough for me.")
    press_to(page, "Add comment")
    page.keyboard.press("Enter")
    page.get_by_text("The numbers are enough for me.").wait_for()
    look(page, "officer-request")
    press_to(page, "Sign yes")
    page.keyboard.press("Enter")
    page.get_by_text("In force until").wait_for()
    assert Approval.objects.get(digest="b" * 64).signatures.get().actor == officer

    page.get_by_role("link", name="Approvals").press("Enter")
    page.get_by_role("link", name="Look at desk/local v3").click()
    press_to(page, "Refuse")
    page.keyboard.press("Enter")
    page.get_by_role("alert").get_by_text("Say why").wait_for()
    page.locator("#sign-comment").fill("Nobody measured it.")
    page.get_by_role("button", name="Refuse").press("Enter")
    page.get_by_text("Refused.").first.wait_for()
    assert Approval.objects.get(digest="c" * 64).state == "refused"


def _answers_for_held_outputs(visit, officer):
    """By keys alone: refuses by a heading of a policy, releases the next one."""
    page = visit.page
    visit.go("gate")
    look(page, "officer-gate")
    page.keyboard.press("g")
    page.get_by_role("heading", name="H-0").wait_for()
    look(page, "officer-held")
    page.keyboard.press("s")
    page.get_by_role("heading", name="H-1").wait_for()
    page.keyboard.press("s")
    page.get_by_role("heading", name="H-0").wait_for()
    page.keyboard.press("r")
    dialog = page.get_by_role("dialog", name="Refuse this output")
    citation = dialog.get_by_label("By which policy")
    version = PolicyVersion.objects.get(policy__slug="replies")
    expect(citation).to_have_value(str(version.pk))  # the policy that the check names
    page.keyboard.press("Control+Enter")
    dialog.get_by_text("Say what is wrong with it.").wait_for()
    look(page, "officer-refusing")
    citation.focus()
    page.keyboard.type("other")  # a heading of the policy, by its name
    page.keyboard.press("Tab")
    page.keyboard.type("Say which bill.")
    page.keyboard.press("Control+Enter")
    page.get_by_text("Refused:").wait_for()
    refused = GateHold.objects.get(state="refused")
    assert (refused.heading, refused.answered_by) == ("other-matters", officer)
    assert Task.objects.get(item=refused.item_id).state == "open"
    assert Effect.objects.get(decision=refused.decision_id).state == "cancelled"
    page.keyboard.press("a")
    page.get_by_text("Nothing is held").wait_for()
    released = GateHold.objects.get(state="released")
    assert not Effect.objects.get(decision=released.decision_id).is_held


def _writes_a_policy(visit):
    page = visit.page
    visit.go("policies")
    look(page, "officer-policies")
    page.get_by_role("link", name="Replies").click()
    page.get_by_role("link", name="Write a new version").click()
    text = page.get_by_label("Text")
    text.fill(text.input_value() + "\n\n## Haste\n\nNothing is sent in haste.")
    look(page, "officer-policy-writing")
    page.keyboard.press("Control+Enter")
    page.get_by_role("heading", name="Haste").wait_for()
    page.get_by_label("Why it should hold").fill("Needed.")
    page.get_by_role("button", name="Ask for approval").click()
    page.get_by_text("waiting for signatures").first.wait_for()
    eventually(lambda: Approval.objects.filter(kind="policy", state="requested").exists())
    look(page, "officer-policy")
    page.get_by_role("link", name="Changes of version 2").click()
    page.get_by_role("heading", name="What version 2 changed").wait_for()
    look(page, "officer-policy-changes")


def _reveals(visit, item):
    """One masked value, for a purpose, by keys; it is covered again when it is no longer needed."""
    page = visit.page
    visit.go("item", item.pk)
    assert "Jane" not in page.content()
    veil = page.locator("#veil-input-input-subject")
    veil.get_by_role("button", name="Reveal").focus()
    page.keyboard.press("Enter")
    purpose = page.get_by_label("What do you need it for?")
    purpose.wait_for()
    look(page, "officer-revealing")
    purpose.fill("She asks what we hold.")
    page.get_by_role("dialog").get_by_role("button", name="Reveal").press("Enter")
    veil.get_by_text("Jane Doe").wait_for()
    look(page, "officer-revealed")
    veil.get_by_role("button", name="Hide").press("Enter")
    veil.get_by_role("button", name="Reveal").wait_for()
    assert "Jane" not in page.content()
    eventually(lambda: Reveal.objects.get().ended_at is not None)


def _halts_and_mends(visit, process):
    """From the switch over the incident, its items, a dry run and a playbook to the report."""
    page = visit.page
    visit.go("processes")
    page.get_by_role("button", name="Halt Help desk").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Reason").fill("Wrong categories.")
    dialog.get_by_role("button", name="Halt", exact=True).click()
    page.get_by_text("Halted: Help desk.").wait_for()
    assert Halt.objects.filter(process=process, until=None).exists()
    look(page, "officer-halted")
    page.get_by_role("link", name="Incidents").first.click()
    page.get_by_role("button", name="Open an incident").click()
    page.get_by_label("What is wrong").fill("The model sorts bills as meters")
    page.get_by_label("Severity").select_option("2")
    page.get_by_role("dialog").get_by_role("button", name="Open", exact=True).click()
    page.get_by_role("heading", name="Affected items").wait_for()
    _undoes_what_was_automatic(page)
    _runs_a_playbook(page)
    incident = Incident.objects.get()
    visit.go("incident", incident.pk)
    for name in ("Summary", "Cause", "Impact", "Measures"):
        page.get_by_role("textbox", name=name, exact=True).fill(f"{name} in words.")
    page.get_by_role("button", name="Keep").click()
    page.get_by_text("Kept.").wait_for()
    page.get_by_role("button", name="It is resolved").click()
    page.get_by_text("The incident is resolved.").wait_for()
    look(page, "officer-incident")
    page.get_by_role("link", name="List of all 8").click()
    page.get_by_role("heading", name="Affected items of incident 1").wait_for()
    look(page, "officer-incident-items")
    page.go_back()
    page.get_by_role("link", name="Report", exact=True).click()
    page.get_by_role("heading", name="In numbers").wait_for()
    expect(page.get_by_text("Cause in words.")).to_be_visible()
    look(page, "officer-incident-report")
    visit.go("incidents")
    look(page, "officer-incidents")
    page.get_by_role("button", name="Let Help desk go on").click()
    dialog = page.get_by_role("dialog", name="Let Help desk go on?")
    look(page, "officer-going-on")
    dialog.get_by_label("Reason").fill("A new version serves.")
    dialog.get_by_role("button", name="Let it go on").click()
    page.get_by_text("What waited is sent").wait_for()
    assert not Halt.objects.filter(until=None).exists()


def _undoes_what_was_automatic(page):
    page.get_by_label("Decided automatically").check()
    page.get_by_role("button", name="Find").click()
    page.get_by_text("8 items fit.").wait_for()
    look(page, "officer-affected")
    page.get_by_role("button", name="Name them in the incident").click()
    page.get_by_text("8 named, 8 still as decided automatically").wait_for()
    page.get_by_label("Undo: cancel what was not sent").check()
    page.get_by_label("Reason", exact=True).fill("Sorted wrongly.")
    page.get_by_role("button", name="Dry run").click()
    page.get_by_text("8 × update-ticket").wait_for()
    look(page, "officer-dry-run")
    run, undone = Run.objects.get(), Decision.objects.filter(state="undone")
    before = undone.count()
    page.get_by_role("button", name="Do the first 5").click()
    while working.work(run.pk):
        pass
    page.get_by_role("button", name="Do the other 3").click()
    while working.work(run.pk):
        pass
    page.wait_for_selector('[data-run-state="done"]')
    assert undone.count() == before + 8


def _runs_a_playbook(page):
    page.get_by_role("link", name="The incident").click()
    page.get_by_label("Playbook", exact=True).select_option(label="Effects went wrong")
    page.get_by_role("button", name="Begin").click()
    page.get_by_role("button", name="Do it").click()
    page.get_by_text("It was halted already.").wait_for()
    look(page, "officer-playbook")
    page.get_by_role("button", name="Do it").click()
    page.get_by_role("button", name="It is done").wait_for()


def _holds_and_forgets(visit, item):
    """A hold keeps a person's items; lifted, they are erased, and the receipt proves the rest."""
    page = visit.page
    visit.go("privacy")
    look(page, "officer-erasures-none")
    page.get_by_role("link", name="Find a person").first.click()
    _find(page, "doe, JANE")
    look(page, "officer-found")
    page.get_by_text("Hold everything about this person").click()
    page.get_by_label("Case").fill("Case 3")
    page.get_by_label("Reason", exact=True).fill("A court asked for it.")
    page.get_by_role("button", name="Set the hold").click()
    page.get_by_role("heading", name="Legal holds").wait_for()
    look(page, "officer-holds")
    _sets_a_hold_that_is_refused(visit)
    visit.go("privacy-find")
    _find(page, "Jane Doe")
    expect(page.get_by_text("kept by a legal hold")).to_be_visible()
    page.get_by_label("Tick item").check()
    page.get_by_role("button", name="Erase the ticked items").click()
    page.get_by_text("cannot be erased now").wait_for()
    assert not ErasureRequest.objects.exists()
    visit.go("privacy-holds")
    page.get_by_label("Why the hold Case 3 is lifted").fill("Settled")
    page.get_by_role("button", name="Lift the hold Case 3").click()
    page.get_by_text("The hold was lifted.").wait_for()
    visit.go("privacy-find")
    _find(page, "Jane Doe")
    page.get_by_label("Tick item").check()
    page.get_by_role("button", name="Report on what is held").click()
    page.get_by_role("heading", name="What is held").wait_for()
    assert "Jane" not in page.inner_text("main")
    look(page, "officer-disclosure")
    _erases(visit, item)


def _sets_a_hold_that_is_refused(visit):
    """What was typed is there again after *Go back*, though the page is left as it was."""
    page = visit.page
    visit.go("privacy-holds")
    page.get_by_label("Item", exact=True).fill("no id")
    page.get_by_label("Case", exact=True).fill("Case 4")
    page.get_by_label("Reason", exact=True).fill("A second court.")
    page.get_by_role("button", name="Set the hold").click()
    page.get_by_text("There is no such item.").wait_for()
    look(page, "officer-refused")
    page.get_by_role("link", name="Go back").click()
    page.get_by_role("heading", name="Legal holds").wait_for()
    expect(page.get_by_label("Case", exact=True)).to_have_value("Case 4")
    expect(page.get_by_label("Reason", exact=True)).to_have_value("A second court.")


def _erases(visit, item):
    page = visit.page
    visit.go("privacy-find")
    _find(page, "Jane Doe")
    expect(page.get_by_label("Tick item")).not_to_be_checked()  # a name may be several people's
    page.get_by_label("Tick item").check()
    page.get_by_role("button", name="Erase the ticked items").click()
    page.get_by_role("heading", name="Erase 1 item for good?").wait_for()
    look(page, "officer-erase-confirming")
    assert not ErasureRequest.objects.exists()
    page.get_by_role("button", name="Go back").click()
    expect(page.get_by_label("Tick item")).to_be_checked()
    expect(page.get_by_label("Reference")).to_have_value("Letter 17")
    page.get_by_role("button", name="Erase the ticked items").click()
    page.get_by_role("button", name="Erase 1 item for good").click()
    page.get_by_role("heading", name="Erasure in progress").wait_for()
    erasure.work_off(ErasureRequest.objects.get().pk)
    page.get_by_role("heading", name="Receipt of erasure").wait_for()  # it looks by itself
    expect(page.get_by_text("every proof holds")).to_be_visible()
    assert not Note.objects.exists()
    look(page, "officer-receipt")
    with page.expect_download() as download:
        page.get_by_role("link", name="As JSON").click()
    assert download.value.suggested_filename.startswith("erasure-")
    page.get_by_role("link", name=str(item.pk)).click()
    page.get_by_text("All personal data of this item was erased").wait_for()
    assert "Jane" not in page.inner_text("body")
    look(page, "officer-erased-item")
    visit.go("privacy-rules")
    page.get_by_label("Documents", exact=True).fill("30")
    page.get_by_label("The item as a whole").fill("365")
    page.get_by_label("Reason").fill("As the law has it.")
    page.get_by_role("button", name="Write and ask for approval").click()
    page.get_by_text("waiting for signatures").wait_for()
    look(page, "officer-retention")


def _find(page, values):
    page.get_by_label("Values that name the person").fill(values)
    page.get_by_role("button", name="Find").click()
    page.get_by_text("1 item found").wait_for()
    page.get_by_label("Reference").fill("Letter 17")


def _reviews_access(visit, process, cast):
    """Gives a role for a time, starts a review, takes one role back and confirms another."""
    page = visit.page
    assert cast.outsider.is_active  # is made when first named
    visit.go("access")
    page.get_by_label("User name").fill("outsider")
    page.get_by_label("Role", exact=True).select_option("operator")
    page.get_by_label("Until").fill("2099-01-01T10:00")
    page.get_by_role("textbox", name="Reason").fill("Stands in")
    page.get_by_role("button", name="Give the role").click()
    page.get_by_text("1 Jan 2099, 10:00 UTC").wait_for()
    look(page, "officer-access")
    page.get_by_role("link", name="Who can do what").click()
    page.get_by_role("heading", name="Who can do what").wait_for()
    look(page, "officer-rights")
    page.go_back()
    page.get_by_role("button", name="Take operator back from outsider").click()
    dialog = page.get_by_role("dialog", name="Take operator back from outsider?")
    expect(dialog.get_by_label("Reason")).to_be_focused()
    look(page, "officer-taking-back")
    dialog.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Start a review").click()
    page.get_by_text("0 of").wait_for()
    page.get_by_role("button", name="Take operator back from outsider").click()
    page.get_by_text("Taken back: operator of outsider.").wait_for()
    _goes_on_by_keys(page)
    page.get_by_role("button", name="Confirm operator of operator").click()
    page.get_by_text("3 of").wait_for()
    expect(page.get_by_role("button", name="Finish the review")).to_be_disabled()
    look(page, "officer-access-review")
    assert rights_of(cast.outsider.pk) == frozenset()
    assert ("desk", "serve_operator") in rights_of(cast.operator.pk)


def _goes_on_by_keys(page):
    """The next line has the focus, away from what takes a role back; Enter confirms it."""
    focused = page.locator(":focus")
    expect(focused).to_have_text("Confirm")
    take = focused.locator("xpath=following-sibling::button").bounding_box()
    here = focused.bounding_box()
    assert take["x"] - here["x"] - here["width"] > 40
    answered = page.url.partition("#")[2]
    page.keyboard.press("Enter")
    page.get_by_text("2 of").wait_for()
    assert page.locator(f"#{answered}").count() == 0


def _hands_over_a_report(visit):
    page = visit.page
    visit.go("reports")
    look(page, "officer-reports")
    page.get_by_role("link", name="Retention and erasure").click()
    page.get_by_role("heading", name="Masked values uncovered").wait_for()
    look(page, "officer-report")
    with page.expect_download() as coming:
        page.get_by_role("button", name="Download as JSON").click()
    assert coming.value.suggested_filename.endswith(".json")


def test_what_is_typed_about_an_incident_goes_with_its_moves(visit, process, cast):
    page = visit.page
    visit.sign_in(cast.compliance_officer)
    visit.go("incidents")
    page.get_by_role("button", name="Open an incident").click()
    dialog = page.get_by_role("dialog", name="Open an incident")
    dialog.get_by_label("What is wrong").fill("  ")
    dialog.get_by_role("button", name="Open", exact=True).click()
    dialog.get_by_text("1 to 200 characters").wait_for()
    look(page, "officer-opening-refused")
    dialog.get_by_label("What is wrong").fill("It errs")
    dialog.get_by_role("button", name="Open", exact=True).click()
    page.get_by_role("textbox", name="Summary").fill("It erred.")
    page.get_by_role("button", name="It is contained").click()
    page.get_by_text("The incident is contained.").wait_for()
    expect(page.get_by_role("textbox", name="Summary")).to_have_value("It erred.")
    assert Incident.objects.get().summary == "It erred."
    page.get_by_role("button", name="It is resolved").click()
    page.get_by_text("The incident is resolved.").wait_for()
    page.get_by_role("textbox", name="Cause").fill("A wrong label.")
    page.get_by_role("button", name="Close it").click()
    page.get_by_role("alert").get_by_text("Still to be written: impact, measures.").wait_for()
    expect(page.get_by_role("textbox", name="Cause")).to_have_value("A wrong label.")
    look(page, "officer-move-refused")
    page.get_by_role("textbox", name="Impact").fill("Three letters.")
    page.get_by_role("textbox", name="Measures").fill("It was trained anew.")
    page.get_by_role("button", name="Close it").click()
    page.get_by_text("The incident is closed.").wait_for()
    found = Incident.objects.get()
    assert (found.state, found.cause) == ("closed", "A wrong label.")
