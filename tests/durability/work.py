"""Work for the system, and what must be true of it whatever was killed."""

from collections import Counter
from datetime import timedelta
from typing import Any

from django.utils import timezone

from governance.catalogue import operations as catalogue
from governance.contracts import operations as contracts
from governance.contracts.models import Process
from governance.ledger.verify import Problem, verify
from governance.models import Entry, Outbox, User
from governance.roles.operations import grant_role
from governance.roles.roles import Role
from review.decisions import operations as decisions
from review.items.intake import Incoming, receive
from review.models import Decision, Effect, Item, Queue, Task
from review.queues.operations import sync
from review.tasks.claims import claim_next
from tests.durability.harness import SETTLE_SECONDS, System, wait_until
from tests.factories import enter_stage, make_person

ACTOR = "system:tests"

CONTRACT = """
process: {slug}
title: Durable {slug}
description: Tickets that must not be lost.
risk: low
input:
  schema:
    type: object
    additionalProperties: false
    required: [text]
    properties:
      text: {{type: string, x-privacy: none}}
output:
  schema:
    type: object
    additionalProperties: false
    required: [label]
    properties:
      label: {{enum: [a, b], x-privacy: none}}
confidence:
  label: {{automatic: 0.9, manual: 0.2}}
candidate:
  provider: openai
  timeout_seconds: 4
  retry: {{attempts: 10, first_delay_seconds: 1, max_delay_seconds: 2}}
  prompt: Sort the ticket.
queues:
  - {{name: work, role: operator, kinds: [review, manual], lease_seconds: {lease}}}
  - name: senior
    role: senior_reviewer
    kinds: [escalation, quality, second_review, adjudication]
    lease_seconds: 600
  - {{name: compliance, role: compliance_officer, kinds: [compliance], lease_seconds: 600}}
quality_sample_rate: 0
undo_window_seconds: {undo_window}
effects:
  - name: tell
    connector: http
    on: [accept, correct]
    target: {{url: "{url}"}}
    body: {{ticket: $item.external_id, label: $output.label}}
    compensation: {{body: {{ticket: $item.external_id, undo: true}}}}
    retry: {{attempts: 10, first_delay_seconds: 1, max_delay_seconds: 2}}
"""


def make_process(system: System, slug: str, *, undo_window: int, lease: int = 600) -> Process:
    """A process at stage full: clear tickets are accepted automatically, others reviewed."""
    source = CONTRACT.format(
        slug=slug, undo_window=undo_window, lease=lease, url=f"{system.receiver.url}/tell"
    )
    applied, _ = contracts.apply(source, filename=f"{slug}.yaml", actor=ACTOR)
    sync(applied)
    version = catalogue.register_version(
        process=slug,
        model_name=f"{slug}/remote",
        provider="openai",
        digest="d" * 64,
        config={},
        report={},
        actor=ACTOR,
    )
    catalogue.deploy(version, actor=ACTOR)
    enter_stage(slug, "full")
    return Process.objects.select_related("contract").get(pk=slug)


def make_process_with_files(system: System, slug: str) -> Process:
    """A process whose items carry files of any kind. No model serves it: people decide."""
    source = CONTRACT.replace(
        "output:\n", "  documents: {{at_least: 1, at_most: 5, x-privacy: none}}\noutput:\n", 1
    ).format(slug=slug, undo_window=0, lease=600, url=f"{system.receiver.url}/tell")
    applied, _ = contracts.apply(source, filename=f"{slug}.yaml", actor=ACTOR)
    sync(applied)
    return Process.objects.select_related("contract").get(pk=slug)


def hand_in(process: Process, ticket: str, text: str) -> Item:
    """An item with `ticket` as its external id; a `clear` text is accepted automatically."""
    incoming = Incoming(payload={"text": text}, external_id=ticket)
    received = receive(Process.objects.get(pk=process.pk), incoming, actor=ACTOR)
    return Item.objects.get(pk=received.item_id)


def hand_in_many(process: Process, prefix: str, count: int, text: str = "clear") -> list[Item]:
    return [hand_in(process, f"{prefix}-{number}", text) for number in range(count)]


def person(username: str, process: Process) -> User:
    """An operator of the process."""
    user = User.objects.filter(username=username).first() or make_person(username)
    grant_role(user=user, role=Role.OPERATOR, process=process, actor=ACTOR)
    return user


def claim(process: Process, actor: User) -> Task:
    queue = Queue.objects.get(process=process, name="work")
    claimed = wait_until(
        "a task to claim", lambda: claim_next(queue=queue, actor_id=actor.pk), SETTLE_SECONDS
    )
    return Task.objects.get(pk=claimed.task_id)


def decide(process: Process, actor: User) -> Decision:
    """Accept the next task of the queue that people serve."""
    task = claim(process, actor)
    return decisions.decide(task_id=task.pk, actor=actor, verdict="accept").decision


def state_of(item: Item) -> str:
    return Item.objects.values_list("state", flat=True).get(pk=item.pk)


def wait_for_state(item: Item, *states: str) -> None:
    what = f"{item.external_id} is {' or '.join(states)}"
    wait_until(what, lambda: state_of(item) in states, SETTLE_SECONDS)


def effect_of(item: Item) -> Effect:
    return Effect.objects.get(item=item, compensates__isnull=True)


def wait_for_effect(item: Item, *states: str) -> None:
    found = Effect.objects.filter(item=item, state__in=states)
    wait_until(f"the effect of {item.external_id} is {states}", found.exists, SETTLE_SECONDS)


def settle() -> None:
    """Wait until nothing moves any more: every item has ended or waits for a person."""
    wait_until("everything has settled", lambda: not _moving(), SETTLE_SECONDS)


def _moving() -> list[str]:
    items = Item.objects.filter(state__in=["received", "decided"])
    effects = Effect.objects.filter(state__in=["scheduled", "running"])
    return [
        *(f"item {ticket} {state}" for ticket, state in items.values_list("external_id", "state")),
        *(f"effect {name} {state}" for name, state in effects.values_list("name", "state")),
    ]


def assert_whole(system: System) -> None:
    """The promises: nothing lost, nothing done twice, every entry as it was written."""
    settle()
    _assert_items_at_an_end_or_with_a_person()
    _assert_effects_match_the_receiver(system.receiver.applied)
    _assert_one_application_a_decision(system.receiver.applied)
    _assert_ledger_tells_each_step_once()
    assert_ledger_verifies()


def _assert_items_at_an_end_or_with_a_person() -> None:
    for item in Item.objects.prefetch_related("tasks"):
        with_person = [task for task in item.tasks.all() if task.state in ("open", "claimed")]
        if item.state == Item.State.WAITING:
            assert with_person, f"{item.external_id} waits for nobody"
        else:
            assert item.state in (Item.State.COMPLETED, Item.State.REJECTED), item.external_id
            assert item.ended_at is not None
            assert not with_person, f"{item.external_id} has ended with an open task"


def _assert_effects_match_the_receiver(applied: dict[str, dict[str, Any]]) -> None:
    known = {str(pk): state for pk, state in Effect.objects.values_list("pk", "state")}
    assert not applied.keys() - known.keys(), "something was applied that nobody ordered"
    done = {key for key, state in known.items() if state in ("done", "compensated")}
    assert not done - applied.keys(), "an effect is called done that never arrived"
    cancelled = {key for key, state in known.items() if state == "cancelled"}
    assert not cancelled & applied.keys(), "an effect was applied although it was cancelled"


def _assert_one_application_a_decision(applied: dict[str, dict[str, Any]]) -> None:
    """Seen from the other system: for each ticket, as many applications as it should have."""
    wanted: Counter[str] = Counter()
    for effect in Effect.objects.filter(state__in=["done", "compensated"]).select_related("item"):
        wanted[str(effect.item.external_id)] += 1
    counted = Counter(str(one["ticket"]) for one in applied.values())
    assert counted == wanted
    decided = Decision.objects.filter(settles=True).exclude(verdict="reject")
    per_ticket = Counter(decided.values_list("item__external_id", flat=True))
    for ticket, times in counted.items():
        undone = sum(1 for one in applied.values() if one["ticket"] == ticket and "undo" in one)
        assert times - undone <= per_ticket[ticket], f"{ticket} was applied too often"


_ONCE_AN_ITEM = ("item.received", "item.routed")
_ONCE_AN_EFFECT = ("effect.scheduled", "effect.done", "effect.cancelled", "effect.compensated")


def _assert_ledger_tells_each_step_once() -> None:
    entries = Entry.objects.exclude(item=None)
    for kind in _ONCE_AN_ITEM:
        told = Counter(entries.filter(kind=kind).values_list("item", flat=True))
        assert not told or max(told.values()) == 1, kind
    for kind in _ONCE_AN_EFFECT:
        told = Counter(entries.filter(kind=kind).values_list("data__effect", flat=True))
        assert not told or max(told.values()) == 1, kind
    received = set(entries.filter(kind="item.received").values_list("item", flat=True))
    assert received == set(Item.objects.values_list("pk", flat=True))
    made = Counter(
        entries.filter(kind__in=["decision.made", "decision.amended"]).values_list(
            "data__decision", flat=True
        )
    )
    assert made == Counter(str(pk) for pk in Decision.objects.values_list("pk", flat=True))
    ended = Counter(
        entries.filter(kind__in=["item.completed", "item.rejected"]).values_list("item", flat=True)
    )
    assert set(Item.objects.exclude(ended_at=None).values_list("pk", flat=True)) <= set(ended)


def assert_ledger_verifies() -> None:
    """Every entry is sequenced and stands as it was written, under signed checkpoints."""
    wait_until("the ledger is sequenced", lambda: not Outbox.objects.exists(), SETTLE_SECONDS)
    problems: list[Problem] = []
    report = verify(problems.append)
    assert not problems, problems[:5]
    assert report.sequenced == report.entries == Entry.objects.count()


def expire_claims() -> None:
    """Let every lease of a person run out now."""
    past = timezone.now() - timedelta(seconds=1)
    Task.objects.filter(state=Task.State.CLAIMED).update(lease_until=past)
