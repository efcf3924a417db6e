"""A process, its people and its work, made by the operations that make them in earnest."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import F
from django.utils import timezone
from guardian.shortcuts import assign_perm

from governance.approvals import asking
from governance.approvals import operations as approvals
from governance.catalogue import operations as catalogue
from governance.catalogue import queries as versions
from governance.contracts import operations as contracts
from governance.contracts.agreement import agreement_of
from governance.contracts.models import Process
from governance.identifiers import uuid7
from governance.incidents import playbooks
from governance.incidents.operations import open_incident
from governance.models import ApiKey, Approval, Delegation, ModelVersion, Producer, User
from governance.privacy.holds import operations as holds
from governance.roles.keys import issue_key
from governance.roles.operations import grant_role, revoke_role
from governance.roles.roles import PERMISSIONS, Role
from governance.rollout.operations import change_stage
from integrations.documents.model import Normalised, Page, ReadDocument, Rendition, Word
from integrations.providers.base import Proposal
from review.decisions import operations as decisions
from review.documents import blobs
from review.documents import recording as read_document
from review.erasure import operations as erasure
from review.incidents import playing
from review.items import recording
from review.items.intake import Incoming, receive
from review.models import Decision, Document, Item, ItemKey, Notice, Queue, Task
from review.notices.operations import notify
from review.queues.operations import sync
from review.routing import Reason
from review.tasks import claims

ACTOR = "system:tests"
PASSWORD = "a-password-of-the-tests"

# Two people look at `vip` items; `undo_window` and `sample_rate` are filled in.
CONTRACT = """
process: {slug}
title: Help desk
description: Messages are sorted by category.
risk: low
input:
  title: subject
  schema:
    type: object
    additionalProperties: false
    required: [text]
    properties:
      subject: {{type: string, maxLength: 200, x-privacy: personal}}
      text: {{type: string, minLength: 1, maxLength: 20000, x-privacy: personal}}
      channel: {{enum: [email, vip], x-privacy: internal}}
      amount: {{type: number, x-privacy: internal}}
output:
  schema:
    type: object
    additionalProperties: false
    required: [category]
    properties:
      category: {{enum: [bill, meter, other], x-privacy: internal}}
      note: {{type: string, maxLength: 200, x-privacy: personal}}
confidence:
  category: {{automatic: 0.90, manual: 0.20}}
  note: {{automatic: 0.50, manual: 0.05}}
segments:
  - {{name: vip, when: {{input.channel: {{equals: vip}}}}, risk: high}}
candidate:
  provider: local
  timeout_seconds: 5
  retry: {{attempts: 4, first_delay_seconds: 1, max_delay_seconds: 60}}
  prompt: Sort the message.
queues:
  - {{name: desk, role: operator, kinds: [review, manual], lease_seconds: 600}}
  - name: senior
    role: senior_reviewer
    kinds: [second_review, escalation, quality, adjudication]
    lease_seconds: 900
  - {{name: compliance, role: compliance_officer, kinds: [compliance], lease_seconds: 1800}}
second_review: {{risks: [high]}}
quality_sample_rate: {sample_rate}
undo_window_seconds: {undo_window}
due_seconds: 86400
checks:
  - name: meter_passes_compliance
    require: {{output.category: {{not_equals: meter}}}}
    otherwise: compliance
    message: Meter replies pass compliance.
effects:
  - name: update-ticket
    connector: file
    on: [accept, correct]
    target: {{path: tickets.jsonl}}
    body: {{ticket: $item.external_id, category: $output.category}}
    compensation: {{body: {{ticket: $item.external_id, undo: true}}}}
    retry: {{attempts: 3, first_delay_seconds: 1, max_delay_seconds: 60}}
"""

PLAYBOOK = """
name: Model misbehaves
use_when: It is wrong.
steps:
  - {do: pause, say: Ask it no more.}
  - {do: manual, say: Look at it.}
"""


class Cast:
    """One person a role in one process, a second operator, and an outsider without any.

    Each comes about when first asked for: a test pays for those who appear in it.
    """

    operator: User
    colleague: User
    senior: User
    lead: User
    owner: User
    model_owner: User
    compliance_officer: User
    auditor: User
    platform_engineer: User
    outsider: User

    def __init__(self, process: Process) -> None:
        self._process = process

    def __getattr__(self, name: str) -> User:
        if name not in ROLES:
            raise AttributeError(name)
        person = make_person(name, self._process, *ROLES[name])
        setattr(self, name, person)
        return person

    def __iter__(self) -> Iterator[tuple[str, User]]:
        return iter((name, getattr(self, name)) for name in ROLES)


# Roles that one person may hold together.
ACTING = tuple(role for role in Role if role not in (Role.COMPLIANCE_OFFICER, Role.AUDITOR))
ROLES: dict[str, tuple[Role, ...]] = {
    "operator": (Role.OPERATOR,),
    "colleague": (Role.OPERATOR,),
    "senior": (Role.SENIOR_REVIEWER,),
    "lead": (Role.TEAM_LEAD,),
    "owner": (Role.PROCESS_OWNER,),
    "model_owner": (Role.MODEL_OWNER,),
    "compliance_officer": (Role.COMPLIANCE_OFFICER,),
    "auditor": (Role.AUDITOR,),
    "platform_engineer": (Role.PLATFORM_ENGINEER,),
    "outsider": (),
}


def make_process(
    slug: str = "desk",
    *,
    stage: str = "assisted",
    undo_window: int = 30,
    sample_rate: float = 0.0,
    contract: str = CONTRACT,
) -> Process:
    """A process with its queues and a model version that serves; `contract` is YAML to fill in."""
    source = contract.format(slug=slug, undo_window=undo_window, sample_rate=sample_rate)
    applied, _ = contracts.apply(source, filename=f"{slug}.yaml", actor=ACTOR)
    sync(applied)
    version = catalogue.register_version(
        process=slug,
        model_name=f"{slug}/local",
        provider="local",
        digest="0" * 64,
        config={},
        report={},
        actor=ACTOR,
    )
    catalogue.deploy(version, actor=ACTOR)
    if stage != Process.Stage.ASSISTED:
        enter_stage(slug, stage)
    return Process.objects.select_related("contract").get(pk=slug)


def enter_stage(slug: str, stage: str) -> None:
    """Put a process into a stage, with the approvals that it needs to act alone there."""
    if stage in ("partial", "full"):
        approve_all(Process.objects.select_related("contract").get(pk=slug), stage)
    change_stage(process=slug, stage=stage, actor=ACTOR)


def approve_all(process: Process, *stages: str) -> None:
    """Have the serving version, the contract in force and stages asked for and signed, where they
    are not approved for long already."""
    version = versions.champion(process.pk)
    assert version is not None
    assert process.contract is not None
    asker = _somebody("asker")
    drafts = [asking.version_draft(version), asking.contract_draft(process.contract)]
    drafts += [asking.stage_draft(process, stage) for stage in stages]
    for draft in drafts:
        if draft.standing().anew_from is None:
            grant(draft.ask(actor=asker, reason="For the tests."))


def grant(approval: Approval) -> Approval:
    """Sign a request in every role that it needs, each by somebody who holds it for that."""
    assert approval.process is not None
    for number, role in enumerate(approval.roles):
        signer = _somebody(f"signer-{number}")
        held = {"user": signer, "role": Role(role), "process": approval.process, "actor": ACTOR}
        grant_role(**held)
        approval = approvals.sign(
            approval_id=approval.pk, actor=signer, is_yes=True, digest=approval.digest
        )
        revoke_role(**held)
    return approval


def make_request(process: Process) -> Approval:
    """A request for the serving version that waits, with evidence."""
    version = versions.champion(process.pk)
    assert version is not None
    asker = _somebody("asker")
    asked = asking.for_version(version, actor=asker, reason="It is better.")
    approvals.attach(
        approval_id=asked.pk,
        actor=asker,
        name="report.txt",
        media_type="text/plain",
        content=b"Measured.",
    )
    return asked


def make_delegation(principal: User, to: User, *, days_from_now: int = 1) -> Delegation:
    """A person lets another sign in their place for a week, from tomorrow on; 0 days: from now."""
    since = timezone.now() + timedelta(days=days_from_now)
    until = since + timedelta(days=7)
    return approvals.delegate(
        principal=principal, to=to, since=since, until=until, reason="On leave."
    )


@contextmanager
def unguarded(table: str, trigger: str) -> Iterator[None]:
    """With one guard of a table off, as only its owner could have it."""
    with connection.cursor() as cursor:
        # A table with foreign keys still to be checked cannot be altered.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
        yield
        cursor.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {trigger}")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def age(approval: Approval, *, days: int) -> Approval:
    """Let a request or a yes be older; only the tables' owner could, with the guards off."""
    with unguarded("governance_approval", "approval_rules"), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE governance_approval SET requested_at = requested_at - %(by)s,"
            " closes_at = closes_at - %(by)s, granted_at = granted_at - %(by)s,"
            " valid_until = valid_until - %(by)s WHERE id = %(id)s",
            {"by": timedelta(days=days), "id": approval.pk},
        )
    return Approval.objects.get(pk=approval.pk)


def make_version(process: Process, digest: str = "a") -> ModelVersion:
    """Another version of the process's model, which does not serve; digest is one hex digit."""
    return catalogue.register_version(
        process=process.pk,
        model_name=f"{process.pk}/local",
        provider="local",
        digest=digest * 64,
        config={},
        report={"accuracy": 0.97},
        actor=ACTOR,
    )


def _somebody(username: str) -> User:
    """A person who cannot sign in."""
    user, _ = User.objects.get_or_create(username=username)
    return user


def make_person(username: str, process: Process | None = None, *roles: Role) -> User:
    """A person who may sign in with PASSWORD, holding these roles in the process."""
    user = User.objects.create_user(username, f"{username}@example.invalid", PASSWORD)
    for role in roles:
        assert process is not None
        grant_role(user=user, role=role, process=process, actor=ACTOR)
    return user


def make_everybody(username: str, process: Process) -> User:
    """A person with every right in the process; those whose role nobody may hold beside the other
    roles are given without one."""
    person = make_person(username, process, *ACTING)
    for right in PERMISSIONS[Role.COMPLIANCE_OFFICER] | PERMISSIONS[Role.AUDITOR]:
        assign_perm(f"governance.{right}", person, process)
    return person


def make_cast(process: Process) -> Cast:
    return Cast(process)


def make_producer(name: str = "shop") -> Producer:
    return Producer.objects.get_or_create(name=name)[0]


def make_key(
    process: Process,
    *,
    scopes: Iterable[str] = ("items:write", "items:read"),
    producer: str = "shop",
    reason: str = "",
) -> tuple[ApiKey, str]:
    """A producer's key for a process, and its secret."""
    owner = make_producer(producer)
    return issue_key(
        actor=ACTOR, scopes=list(scopes), producer=owner, process=process, reason=reason
    )


def make_item(
    process: Process,
    payload: Mapping[str, Any] | None = None,
    *,
    external_id: str | None = None,
    priority: int | None = None,
) -> Item:
    """An item as received: no candidate yet."""
    incoming = Incoming(
        payload=dict(payload or {"text": "The bill is wrong."}),
        external_id=external_id,
        priority=priority,
    )
    received = receive(process, incoming, actor=ACTOR)
    return Item.objects.get(pk=received.item_id)


PICTURE = b"RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00"


def make_document(item: Item, *texts: str, name: str = "letter.pdf") -> Document:
    """A file of the item that was read, a page for each text, with words and pictures."""
    texts = texts or ("The bill is wrong.",)
    read = ReadDocument("application/pdf", tuple(map(make_page, range(1, len(texts) + 1), texts)))
    pictures = tuple(Rendition(PICTURE + b"s", PICTURE + b"z") for _ in texts)
    if not ItemKey.objects.filter(pk=item.pk).exists():
        _, key = blobs.new_key(item.pk)
        key.save()
    data_key = blobs.data_key_of(item.pk)
    announced = blobs.announce([item.pk])
    content = "\f".join(texts).encode()
    blobs.write(announced.names[0], data_key, content)
    document = read_document.new_document(
        item.pk,
        Document.objects.filter(item=item).count() + 1,
        name,
        content,
        blob=announced.names[0],
        now=timezone.now(),
    )
    document.save(force_insert=True)
    blobs.settle(announced)
    Item.objects.filter(pk=item.pk).update(documents_pending=F("documents_pending") + 1)
    read_document.keep(document, Normalised(read, pictures), data_key)
    return Document.objects.get(pk=document.pk)


def make_page(number: int, text: str) -> Page:
    """A page whose lines stand one below the other, their words side by side."""
    words, at = [], 0
    for line, part in enumerate(text.split("\n")):
        for place, word in enumerate(part.split()):
            start = text.index(word, at)
            at = start + len(word)
            box = (500 + 900 * place, 500 + 300 * line, 1300 + 900 * place, 700 + 300 * line)
            words.append(Word(word, start, at, line, box))
    return Page(number, 800, 1000, "text", text, tuple(words))


def make_proposal(
    output: Mapping[str, Any] | None = None, *, confidence: float | None = 0.95
) -> Proposal:
    """A model's answer with the same confidence for each field."""
    values = dict(output or {"category": "bill"})
    return Proposal(
        output=values,
        confidence=dict.fromkeys(values, confidence),
        confidence_source=dict.fromkeys(values, "class_probability"),
        raw="",
        prompt_sha256="1" * 64,
        latency_ms=3,
        input_tokens=0,
        output_tokens=0,
        cost_micros=0,
        provider="local",
        version="0" * 64,
    )


def propose(
    item: Item, output: Mapping[str, Any] | None = None, *, confidence: float | None = 0.95
) -> Item:
    """Let a model answer for a received item, and route it; gives it as it then stands."""
    process = Process.objects.get(pk=item.process_id)
    version = versions.champion(process.pk)
    assert version is not None
    recording.record_candidate(
        item,
        process,
        agreement_of(item.contract_id),
        version,
        make_proposal(output, confidence=confidence),
    )
    return Item.objects.get(pk=item.pk)


def leave_to_people(item: Item) -> Item:
    """Route a received item without a candidate."""
    process = Process.objects.get(pk=item.process_id)
    agreement = agreement_of(item.contract_id)
    recording.leave_to_people(item, process, agreement, Reason("no_model"))
    return Item.objects.get(pk=item.pk)


def make_task(process: Process, output: Mapping[str, Any] | None = None, **of_item: Any) -> Task:
    """An open review task (at stage assisted) on a new item with a candidate."""
    item = propose(make_item(process, **of_item), output)
    return item.tasks.order_by("pk").get(kind__in=["review", "manual", "compliance"])


def claim(queue: Queue | Task, actor: User) -> Task:
    """The queue's next task, claimed by a person."""
    line = queue.queue if isinstance(queue, Task) else queue
    claimed = claims.claim_next(queue=line, actor_id=actor.pk)
    assert claimed is not None, "nothing left to claim"
    return Task.objects.select_related("item", "queue").get(pk=claimed.task_id)


def make_claimed_task(process: Process, actor: User, **options: Any) -> Task:
    """A review task that is claimed by a person."""
    task = make_task(process, **options)
    claimed = claim(task, actor)
    assert claimed.pk == task.pk, "another task stood before it in the queue"
    return claimed


def make_decision(
    process: Process, actor: User, *, verdict: str = "accept", **options: Any
) -> Decision:
    """A verdict on a new item; its effects are scheduled for the end of the undo window."""
    task = make_claimed_task(process, actor, **options)
    output = {"category": "other"} if verdict == "correct" else None
    reason = "" if verdict != "reject" else "Not for us."
    decided = decisions.decide(
        task_id=task.pk, actor=actor, verdict=verdict, output=output, reason=reason
    )
    return decided.decision


def make_notice(task: Task, person: User, *, kind: str = "handed_over") -> Notice:
    """A notice of a task, for one person."""
    (notice,) = notify([person.pk], kind, item=task.item, task=task, key=f"{kind}:{uuid7()}")
    return notice


def make_erasure(item: Item, officer: User) -> dict[str, UUID]:
    """A hold on the item, which was lifted, and a request for its erasure that waits; their ids."""
    said = {"actor": officer, "reason": "A court asked for it."}
    hold = holds.hold_item(item=item.pk, process=item.process_id, reference="Case 3", **said)
    holds.lift(hold_id=hold.pk, **said)
    asked = erasure.request(
        item_ids=[item.pk],
        actor=officer,
        origin="item",
        basis="consent",
        reference="Letter 17",
        ends_work=True,
    )
    return {"legal_hold_id": hold.pk, "request_id": asked.pk}


def make_backlog(process: Process, count: int, *, kind: str = "review") -> list[UUID]:
    """Many open tasks as bare rows: for races and plans, where making them in earnest is slow.

    Without candidates, routes or ledger entries.
    """
    now = timezone.now()
    queue = Queue.objects.get(process=process, kinds__contains=[kind])
    assert process.contract_id is not None
    items = [
        Item(
            id=uuid7(),
            process_id=process.pk,
            contract_id=process.contract_id,
            payload={"text": f"Message {number}"},
            state=Item.State.WAITING,
            due_at=now + timedelta(days=1),
            received_at=now,
            not_before=now,
            hint_at=now + timedelta(seconds=settings.HINT_GRACE_SECONDS),
        )
        for number in range(count)
    ]
    Item.objects.bulk_create(items, batch_size=2000)
    tasks = [
        Task(id=uuid7(), item=item, queue=queue, kind=kind, due_at=item.due_at) for item in items
    ]
    Task.objects.bulk_create(tasks, batch_size=2000)
    return [task.pk for task in tasks]


def make_incident(process: Process, actor: User) -> dict[str, UUID]:
    """An incident with a playbook that was begun, by the names that addresses give them."""
    playbooks.save(slug=process.pk, source=PLAYBOOK, actor=ACTOR)
    incident = open_incident(title="It errs", severity=2, process=process.pk, actor=ACTOR)
    (playbook,) = playbooks.newest()
    run = playing.start(
        incident_id=incident.pk, playbook_id=playbook.pk, process=process.pk, actor=actor
    )
    return {"incident_id": incident.pk, "playbook_run_id": run.pk}
