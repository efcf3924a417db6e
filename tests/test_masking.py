"""No masked value leaves without a reveal: every address, every role, mail, log, report, admin.

Each personal or sensitive value of the item is a word that occurs nowhere else, a canary. Who
holds the claim sees what is personal in the workspace, which is the work; the producer's key with
the scope for it sees all. Nothing else does until it is revealed.
"""

import io
import json
import logging
import re
from datetime import timedelta

import pytest
import sentry_sdk
from django.db import connection, transaction
from django.db.utils import IntegrityError, InternalError
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone
from sentry_sdk.transport import Transport

from governance.errors import InvalidInput, NotAllowed
from governance.ledger.lineage import verify_item
from governance.models import Entry, Reveal, User
from governance.privacy.masking import Masked, mask, restored
from governance.privacy.revealing import jobs as reveal_jobs
from governance.privacy.revealing.operations import BudgetSpent
from governance.privacy.revealing.queries import reveals_of
from governance.roles.roles import Role
from integrations.telemetry import configure_logging, start_error_reports
from review.decisions import operations as decisions
from review.finding import jobs as finding
from review.models import Effect, Item, Run
from review.notices import jobs as notices
from review.notices.operations import notify
from review.revealing.operations import reveal
from review.similar import jobs as similar
from review.tasks import operations as tasks
from tests import factories
from tests.test_permissions import PEOPLE, addresses, admin_addresses, call, governed, rows

pytestmark = pytest.mark.django_db

CONTRACT = (
    factories.CONTRACT.replace(
        "      channel: {{enum",
        "      origin: {{type: string, x-privacy: sensitive}}\n"
        "      address: {{type: object, x-privacy: personal}}\n"
        "      channel: {{enum",
    )
    .replace(
        "      note: {{type: string, maxLength: 200, x-privacy: personal}}",
        "      note: {{type: string, maxLength: 200, x-privacy: personal}}\n"
        "      diagnosis: {{type: string, maxLength: 200, x-privacy: sensitive}}",
    )
    .replace(
        "  note: {{automatic: 0.50, manual: 0.05}}",
        "  note: {{automatic: 0.50, manual: 0.05}}\n  diagnosis: {{automatic: 0.50, manual: 0.05}}",
    )
    .replace(
        "output:\n",
        "  documents: {{at_least: 0, at_most: 3, types: [pdf], max_mebibytes: 5, max_pages: 9,"
        " x-privacy: personal}}\noutput:\n",
        1,
    )
)
PAYLOAD = {
    "subject": "Quagvexsubject",
    "text": "Quagvextext came in",
    "origin": "Quagvexorigin",
    "address": {"street": "Quagvexstreet"},
    "channel": "email",
}
PROPOSED = {"category": "bill", "note": "Quagvexproposed", "diagnosis": "Quagvexproposeddiagnosis"}
DECIDED = {"category": "other", "note": "Quagvexdecided", "diagnosis": "Quagvexdecideddiagnosis"}
PAGE, NAME = "Quagvexpage says", "Quagvexfile.pdf"
# Long enough to stand in no token by chance.
CANARY = "quagvex"
REASON = "A caller asks for it."


@pytest.fixture
def process(db):
    return factories.make_process(contract=CONTRACT)


@pytest.fixture
def held(process, cast):
    """An item whose task the colleague holds."""
    task = factories.make_claimed_task(
        process, cast.colleague, output=PROPOSED, payload=PAYLOAD, external_id="T-1"
    )
    factories.make_document(task.item, PAGE, name=NAME)
    return task


@pytest.fixture
def decided(process, cast):
    """An item that the colleague corrected, whose effect failed."""
    task = factories.make_claimed_task(process, cast.colleague, output=PROPOSED, payload=PAYLOAD)
    factories.make_document(task.item, PAGE, name=NAME)
    made = decisions.decide(
        task_id=task.pk, actor=cast.colleague, verdict="correct", output=DECIDED
    ).decision
    Effect.objects.update(state=Effect.State.FAILED)
    return made


@pytest.fixture
def world(process, cast, decided, held):
    document = held.item.documents.get()
    run = Run.objects.create(
        process=process,
        actor=cast.lead,
        verb="accept",
        reason="x",
        query="",
        hint_at=timezone.now(),
    )
    (notice,) = notify(
        [cast.operator.pk], "handed_over", item=held.item, task=held, key="handed_over:1"
    )
    finding.follow()
    similar.follow()
    return {
        **governed(process, cast, held, decided),
        "item_id": held.item_id,
        "task_id": held.pk,
        "decision_id": decided.pk,
        "effect_id": Effect.objects.first().pk,
        "queue_id": held.queue_id,
        "run_id": run.pk,
        "notice_id": notice.pk,
        "view_id": run.pk,
        "document_id": document.pk,
        "number": 1,
        "size": "screen",
        "process": "desk",
        "slug": "desk",
        "queue": "desk",
    }


@pytest.fixture
def callers(process, cast):
    clients = {name: Client() for name in PEOPLE}
    for name, client in clients.items():
        if name in factories.ROLES:
            client.force_login(getattr(cast, name))
    _, secret = factories.make_key(process)
    clients["producer"].defaults["HTTP_AUTHORIZATION"] = f"Bearer {secret}"
    clients["admin"].force_login(User.objects.create_superuser("root"))
    return clients


@pytest.fixture
def log():
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    stream = io.StringIO()
    configure_logging(stream=stream, level="DEBUG")
    yield stream
    root.handlers = handlers
    root.setLevel(level)


def found(response):
    """The canaries in an answer, of whatever kind."""
    body = b"".join(response) if response.streaming else response.content
    headers = " ".join(map(str, response.headers.values()))
    said = body.decode("utf-8", "replace").lower() + headers.lower()
    return CANARY in said


def reads(world, item_id):
    """Every address to read, for both items, with what searches and filters add."""
    for address in sorted(addresses() - {"/admin/"}):
        yield address.format(**world)
        if "{item_id}" in address:
            yield address.format(**{**world, "item_id": item_id})
    for words in (
        "quagvexsubject",
        "quagvextext",
        "quagvexdecided",
        "quagvexpage",
        "quagvexorigin",
    ):
        yield f"/items/?q={words[-4:]}&columns=verdict,person"
        yield f"/search/?q={words[-7:]}"
        yield f"/api/v1/items/?q={words[-7:]}"


def is_work(person, address):
    """The officer who is to answer for a held output sees what is personal in it, as who holds a
    task does."""
    return person == "compliance_officer" and re.fullmatch(r"/governance/gate/[\w-]+/", address)


@pytest.mark.parametrize("person", PEOPLE)
def test_no_address_shows_a_masked_value_to_anybody(person, callers, world, decided, log):
    leaks = []
    for address in reads(world, decided.item_id):
        # Pages answer htmx with a part of themselves, the API does not know it.
        for headers in ({},) if address.startswith("/api/") else ({}, {"HX-Request": "true"}):
            with transaction.atomic():
                response = callers[person].get(address, headers=headers)
                if found(response) and not is_work(person, address):
                    leaks.append(address)
                transaction.set_rollback(True)
    assert leaks == []
    assert CANARY not in log.getvalue().lower()


@pytest.mark.parametrize("person", ["auditor", "platform_engineer", "producer"])
def test_no_answer_to_what_they_may_post_shows_one(person, callers, world):
    leaks = [
        address
        for method, address, _ in rows()
        if method == "POST" and found(call(callers[person], method, address, world))
    ]
    assert leaks == []


def test_the_admin_shows_nothing_of_items(callers, world):
    (admin,) = [one for one in get_resolver().url_patterns if str(one.pattern) == "admin/"]
    answers = [callers["admin"].get(path) for path in admin_addresses(admin, "/admin/")]
    assert len(answers) > 20
    assert not any(found(one) for one in answers)


def test_their_own_decisions_are_masked_to_those_who_made_them(world, cast, decided):
    client = Client()
    client.force_login(cast.colleague)
    for address in (
        reverse("my-work"),
        reverse("history"),
        reverse("recent"),
        reverse("decision", args=[decided.pk]),
        reverse("item", args=[decided.item_id]),
        "/api/v1/decisions/",
        "/api/v1/tasks/",
        f"/api/v1/items/{decided.item_id}/",
    ):
        assert not found(client.get(address)), address


def test_the_holder_of_the_claim_sees_what_is_personal_and_not_what_is_sensitive(held, cast):
    client = Client()
    client.force_login(cast.colleague)
    page = client.get(reverse("task", args=[held.pk])).content.decode()
    answer = client.get(f"/api/v1/tasks/{held.pk}/").content.decode()
    for said in (page, answer):
        assert "Quagvextext" in said
        assert "Quagvexproposed" in said
        assert "Quagvexorigin" not in said
        assert "Quagvexproposeddiagnosis" not in said
    body = json.loads(answer)
    assert body["payload"]["origin"] == {"masked": "sensitive"}
    assert body["candidate"]["output"]["diagnosis"] == {"masked": "sensitive"}
    document = held.item.documents.get()
    words = client.get(reverse("document-words", args=[document.pk, 1]))
    assert "Quagvexpage" in words.content.decode()
    assert words["Cache-Control"] == "private, no-cache"


def test_what_is_not_seen_is_decided_as_it_is(held, cast):
    """The form and the API hand a masked value back as a mask; it stays what the model said."""
    client = Client()
    client.force_login(cast.colleague)
    form = {
        "verdict": "correct",
        "output.category": "other",
        "output.note": "Changed",
        "masked.diagnosis": "1",
    }
    client.post(reverse("task-draft", args=[held.pk]), form)
    page = client.get(reverse("task", args=[held.pk])).content.decode()
    assert "Changed" in page
    assert "Quagvexproposeddiagnosis" not in page
    assert client.post(reverse("task-decide", args=[held.pk]), form).status_code == 302
    made = held.decisions.get()
    assert made.output == {
        "category": "other",
        "note": "Changed",
        "diagnosis": "Quagvexproposeddiagnosis",
    }
    amended = client.post(
        f"/api/v1/decisions/{made.pk}/amend/",
        {
            "verdict": "correct",
            "output": {
                "category": "bill",
                "note": {"masked": "personal"},
                "diagnosis": {"masked": "sensitive"},
            },
        },
        content_type="application/json",
    )
    assert amended.status_code == 200, amended.content
    assert Item.objects.get(pk=held.item_id).decisions.get(state="active").output == {
        **made.output,
        "category": "bill",
    }


def test_a_mask_is_no_way_to_a_value_on_a_blind_task(process, cast):
    process = factories.make_process("unaided", stage="shadow", contract=CONTRACT)
    person = factories.make_person("blind", process, Role.OPERATOR)
    task = factories.make_claimed_task(process, person, output=PROPOSED, payload=PAYLOAD)
    with pytest.raises(InvalidInput):
        decisions.decide(
            task_id=task.pk,
            actor=person,
            verdict="correct",
            output={"category": {"masked": "internal"}, "diagnosis": {"masked": "sensitive"}},
        )
    made = decisions.decide(
        task_id=task.pk,
        actor=person,
        verdict="correct",
        output={"category": "bill", "diagnosis": {"masked": "sensitive"}},
    )
    assert made.decision.output == {"category": "bill"}


def test_a_producer_reads_values_only_with_the_scope_for_it(process, decided):
    for scopes, sees in ((["items:read"], False), (["items:read", "items:personal"], True)):
        _, secret = factories.make_key(process, scopes=scopes, reason="It pays by these.")
        answer = Client().get(
            f"/api/v1/items/{decided.item_id}/", headers={"Authorization": f"Bearer {secret}"}
        )
        output = answer.json()["outcome"]["output"]
        assert (output == DECIDED) is sees
        assert found(answer) is sees
    assert answer.json()["documents"][0]["name"] == NAME


def test_mails_and_the_ledger_hold_no_value(world, cast, mailoutbox, decided):
    notices.send()
    assert mailoutbox
    for mail in mailoutbox:
        assert CANARY not in str(mail.message()).lower()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM governance_entry WHERE data::text ILIKE '%%quagvex%%'")
        assert cursor.fetchone() == (0,)


class Kept(Transport):
    def __init__(self):
        super().__init__()
        self.sent = []

    def capture_envelope(self, envelope):
        self.sent.append(envelope.serialize().decode("utf-8", "replace"))


def test_errors_are_reported_and_logged_without_values(held, log, monkeypatch, cast):
    kept = Kept()
    start_error_reports("https://key@errors.invalid/1", environment="test", transport=kept)
    monkeypatch.setattr(
        "review.console.views.items.life_of",
        lambda item, **_: float(item.payload["text"]),  # the message quotes the value
    )
    client = Client(raise_request_exception=False)
    client.force_login(cast.compliance_officer)
    try:
        assert client.get(reverse("item", args=[held.item_id])).status_code == 500
        sentry_sdk.flush()
    finally:
        sentry_sdk.get_client().close()
        sentry_sdk.get_global_scope().set_client(None)
    assert any("ValueError" in one for one in kept.sent)
    assert not any(CANARY in one.lower() for one in kept.sent)
    assert "could not convert" in log.getvalue()
    assert CANARY not in log.getvalue().lower()


# Revealing


def shows(client, item_id, *, value):
    return value in client.get(reverse("item", args=[item_id])).content.decode()


def test_a_reveal_shows_one_field_to_one_person_for_a_while(held, cast, settings):
    client, other = Client(), Client()
    client.force_login(cast.lead)
    other.force_login(cast.compliance_officer)
    address = reverse("item-reveal", args=[held.item_id]) + "?field=input.subject&place=input"
    hx = {"HX-Request": "true"}
    asked = client.get(address + "&ask=1", headers=hx)
    assert "What do you need it for?" in asked.content.decode()
    assert not found(asked)
    assert client.post(address, {"purpose": " "}, headers=hx).status_code == 422
    assert Reveal.objects.count() == 0
    shown = client.post(address, {"purpose": REASON}, headers=hx)
    assert "Quagvexsubject" in shown.content.decode()
    assert shown["Cache-Control"] == "no-store"
    assert 'hx-trigger="load delay:' in shown.content.decode()
    assert shows(client, held.item_id, value="Quagvexsubject")
    assert not shows(client, held.item_id, value="Quagvextext")
    assert not shows(other, held.item_id, value="Quagvexsubject")
    row = Reveal.objects.get()
    assert (row.field, row.kind, row.person, row.purpose, row.ended_at) == (
        *("input.subject", "personal", cast.lead, REASON),
        None,
    )
    assert row.until - row.at == timedelta(seconds=settings.REVEAL_SECONDS)
    entry = Entry.objects.get(kind="personal.revealed")
    assert entry.actor == f"user:{cast.lead.pk}"
    assert entry.data["field"] == "input.subject"
    assert REASON not in json.dumps(entry.data)
    assert list(reveals_of([held.item_id])) == [row]
    assert all(one.valid for one in verify_item(held.item_id))


def backdate(seconds):
    """As if the open reveals had begun so much earlier."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE governance_reveal DISABLE TRIGGER reveal_rules")
        cursor.execute(
            "UPDATE governance_reveal SET at = at - make_interval(secs => %s),"
            " until = until - make_interval(secs => %s) WHERE ended_at IS NULL",
            [seconds, seconds],
        )
        cursor.execute("ALTER TABLE governance_reveal ENABLE ALWAYS TRIGGER reveal_rules")


def test_it_ends_by_itself_and_its_seconds_are_kept(held, cast, settings):
    client = Client()
    client.force_login(cast.lead)
    reveal(item=held.item, field="input.subject", actor=cast.lead, purpose=REASON)
    backdate(settings.REVEAL_SECONDS + 5)
    assert not shows(client, held.item_id, value="Quagvexsubject"), "before any job ran"
    address = reverse("item-reveal", args=[held.item_id]) + "?field=input.subject&place=input"
    assert not found(client.get(address, headers={"HX-Request": "true"}))
    reveal_jobs.end_reveals()
    reveal_jobs.end_reveals()
    assert Reveal.objects.get().seconds == settings.REVEAL_SECONDS
    (entry,) = Entry.objects.filter(kind="personal.reveal_ended")
    assert entry.data["seconds"] == settings.REVEAL_SECONDS


def test_it_can_be_hidden_before(held, cast):
    client = Client()
    client.force_login(cast.lead)
    reveal(item=held.item, field="input.subject", actor=cast.lead, purpose=REASON)
    address = reverse("item-reveal", args=[held.item_id]) + "?field=input.subject&place=input"
    answer = client.post(address, {"hide": "1"}, headers={"HX-Request": "true"})
    assert "</span> personal</span>" in answer.content.decode()
    assert not found(answer)
    assert Reveal.objects.get().ended_at is not None
    assert not shows(client, held.item_id, value="Quagvexsubject")


def test_an_operator_needs_the_claim_and_loses_the_sight_with_it(held, cast):
    with pytest.raises(NotAllowed):
        reveal(item=held.item, field="input.origin", actor=cast.operator, purpose=REASON)
    with pytest.raises(NotAllowed):
        reveal(item=held.item, field="input.origin", actor=cast.senior, purpose=REASON)
    with pytest.raises(NotAllowed):
        reveal(item=held.item, field="input.origin", actor=cast.auditor, purpose=REASON)
    client = Client()
    client.force_login(cast.colleague)
    for field in ("input.origin", "output.diagnosis"):
        reveal(item=held.item, field=field, actor=cast.colleague, purpose=REASON)
    page = client.get(reverse("task", args=[held.pk])).content.decode()
    assert "Quagvexorigin" in page
    assert "Quagvexproposeddiagnosis" in page
    assert "Quagvexorigin" in client.get(f"/api/v1/tasks/{held.pk}/").content.decode()
    tasks.release(task_id=held.pk, actor=cast.colleague)
    assert not shows(client, held.item_id, value="Quagvexorigin")


def test_documents_are_opened_by_a_reveal(held, cast):
    client = Client()
    client.force_login(cast.compliance_officer)
    document = held.item.documents.get()
    addresses_ = [
        reverse("document-page", args=[document.pk, 1, "screen"]),
        reverse("document-words", args=[document.pk, 1]),
        reverse("document-text", args=[document.pk]),
        f"/api/v1/documents/{document.pk}/pages/1/",
    ]
    assert [client.get(one).status_code for one in addresses_] == [403] * 4
    assert not shows(client, held.item_id, value=NAME)
    reveal(item=held.item, field="documents", actor=cast.compliance_officer, purpose=REASON)
    assert [client.get(one).status_code for one in addresses_] == [200] * 4
    assert shows(client, held.item_id, value=NAME)


def test_nobody_reveals_more_than_the_budget_in_a_day(held, cast, settings):
    settings.REVEALS_PER_DAY = 2
    for field in ("input.subject", "input.text"):
        reveal(item=held.item, field=field, actor=cast.lead, purpose=REASON)
    reveal(item=held.item, field="input.text", actor=cast.lead, purpose=REASON)  # stands already
    with pytest.raises(BudgetSpent):
        reveal(item=held.item, field="input.origin", actor=cast.lead, purpose=REASON)
    assert Entry.objects.filter(kind="personal.reveal_refused").count() == 1
    reveal(item=held.item, field="input.origin", actor=cast.compliance_officer, purpose=REASON)


def test_what_is_open_has_nothing_to_reveal(held, cast):
    for field in ("input.channel", "output.category", "input.nothing", "input", "nonsense", ""):
        with pytest.raises(InvalidInput):
            reveal(item=held.item, field=field, actor=cast.lead, purpose=REASON)


def test_a_sealed_candidate_is_not_revealed(process, cast):
    process = factories.make_process("unaided", stage="shadow", contract=CONTRACT)
    lead = factories.make_person("their-lead", process, Role.TEAM_LEAD)
    task = factories.make_task(process, output=PROPOSED, payload=PAYLOAD)
    client = Client()
    client.force_login(lead)
    address = reverse("item-reveal", args=[task.item_id])
    answer = client.post(
        f"{address}?field=output.diagnosis&place=candidate",
        {"purpose": REASON},
        headers={"HX-Request": "true"},
    )
    assert answer.status_code == 404


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM governance_reveal",
        "TRUNCATE governance_reveal",
        "UPDATE governance_reveal SET purpose = 'another one'",
        "UPDATE governance_reveal SET until = until - interval '1 second'",
        "UPDATE governance_reveal SET ended_at = until + interval '1 second'",
        "INSERT INTO governance_reveal (id, item, process_id, field, kind, person_id, purpose,"
        " at, until)"
        " SELECT gen_random_uuid(), item, process_id, 'input.text', kind, person_id, purpose, at,"
        " at + interval '901 seconds' FROM governance_reveal",
    ],
)
def test_the_database_keeps_the_record_of_reveals(held, cast, statement):
    reveal(item=held.item, field="input.subject", actor=cast.lead, purpose=REASON)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
            cursor.execute(statement)


def test_the_page_of_reveals_says_who_saw_what_for_what(held, cast):
    reveal(item=held.item, field="input.subject", actor=cast.lead, purpose=REASON)
    client = Client()
    client.force_login(cast.auditor)
    page = client.get(reverse("reveals"), {"person": "lead"}).content.decode()
    assert REASON in page
    assert "Subject" in page
    assert "shown now" in page
    assert CANARY not in page.lower()
    nobody = client.get(reverse("reveals"), {"person": "somebody-else"}).content.decode()
    assert REASON not in nobody


# The one function


def test_labels_cover_what_lies_below_and_the_unknown_is_masked():
    who = {("who", "name"): "personal", ("who", "town"): "none"}
    labels = {("a",): "none", **who, ("s",): "sensitive"}
    person = {"name": {"first": "J"}, "town": "B", "new": 2}
    values = {"a": 1, "who": person, "s": None, "other": ""}
    assert mask(values, labels) == {
        "a": 1,
        "who": {"name": {"masked": "personal"}, "town": "B", "new": {"masked": "personal"}},
        "s": {"masked": "sensitive"},
        "other": {"masked": "personal"},
    }
    assert mask(values, labels, {"who.name"})["who"]["name"] == {"first": "J"}
    assert str(Masked("personal")) == "••• personal"
    labels = {("s",): "sensitive", ("n",): "none"}
    back = {"s": {"masked": "sensitive"}, "n": {"masked": "none"}}
    assert restored(back, labels, {"s": 7, "n": 8}) == {"s": 7, "n": {"masked": "none"}}
    assert restored(back, labels) == {"n": {"masked": "none"}}
