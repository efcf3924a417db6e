"""Which items of a list a run may take, and why it leaves the others out."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import OuterRef, Subquery

from governance.models import User
from review.access import Rights
from review.bulk.halted import speaks_against
from review.finding.filters import ItemFilter
from review.finding.queries import find
from review.models import Candidate, Item, PassedOver, Route, Run, Task

MOST_ITEMS = 1_000  # a run; anchors/review.md, requirement 14
LOOK = 5_000  # items of the list that are looked at for them
_STEP = 500

# What spoke against acting alone, by what the run calls it.
_CONFIDENCE = frozenset(
    {
        *("field_below_band", "field_below_floor", "threshold_raised"),
        *("confidence_missing", "confidence_weak"),
    }
)
_HARMLESS = frozenset({"stage_assisted", "stage_partial", "all_fields_in_band", "quality_sample"})
# Left out unless the person says otherwise; everything else is left out always.
DOUBTS = frozenset({"low_confidence", "failed_check", "flagged"})
DECIDES = frozenset({Run.Verb.ACCEPT, Run.Verb.REJECT})
REASONS = {
    "not_waiting": "nobody is asked about them",
    "claimed": "somebody holds them",
    "not_claimed": "nobody holds them",
    "blind": "they are judged without seeing the model's answer",
    "two_people": "two people judge them",
    "compliance": "a compliance officer passes them",
    "quality": "they are quality samples",
    "not_served": "you do not serve their queue",
    "own_part": "you have had a part in them already",
    "no_candidate": "the model gave no answer to accept",
    "low_confidence": "a field is below what the contract asks for",
    "failed_check": "a check of the contract failed",
    "flagged": "something was found in them or their documents",
    "not_halt_alone": "something else than a halt spoke against it too",
    "may_not_act": "the model may not act alone on them now: halted, or not approved",
    "to_cannot": "that person does not serve their queue",
    "already_so": "they are so already",
    "too_many": f"a run takes at most {MOST_ITEMS:,}",
}


@dataclass(frozen=True, slots=True)
class Chosen:
    """An item that the run takes: its open task, and the candidate as it stood.

    Where the run undoes, the task is the decision's, if it had one, and decision what is undone.
    """

    item: UUID
    task: UUID | None
    candidate: UUID | None
    decision: UUID | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """What a run takes, in the order of the list, and how many it leaves out, by reason.

    doubtful says how many were taken although something spoke against them; is_cut that the list
    went on beyond the LOOK items that were looked at.
    """

    chosen: Sequence[Chosen]
    excluded: Mapping[str, int]
    doubtful: int
    is_cut: bool


def choose(
    *,
    process: str,
    wanted: ItemFilter,
    verb: str,
    options: Mapping[str, object],
    actor: User,
    rights: Rights,
    includes_doubtful: bool = False,
) -> Choice:
    """Go through the list and take what may be taken, MOST_ITEMS at most."""
    chosen: list[Chosen] = []
    excluded: Counter[str] = Counter()
    doubtful = looked = 0
    after = None
    while looked < LOOK:
        page = find([process], wanted, after=after, limit=_STEP)
        looked += len(page.ids)
        for one, reasons in _judged(page.ids, verb, options, actor, rights):
            doubts = reasons & DOUBTS
            against = reasons - DOUBTS if includes_doubtful else reasons
            if against or one is None:
                excluded.update(_first(against))
            elif len(chosen) >= MOST_ITEMS:
                excluded["too_many"] += 1
            else:
                chosen.append(one)
                doubtful += bool(doubts)
        after = page.after
        if after is None:
            break
    return Choice(chosen, dict(excluded), doubtful, after is not None)


def _first(reasons: set[str]) -> list[str]:
    """Of several reasons the one that REASONS names first, so that each item counts once."""
    return [next(name for name in REASONS if name in reasons)]


def _judged(
    ids: Sequence[UUID],
    verb: str,
    options: Mapping[str, object],
    actor: User,
    rights: Rights,
) -> Iterator[tuple[Chosen | None, set[str]]]:
    """Each item with what speaks against taking it; a fixed number of statements."""
    undecided: dict[UUID, list[Task]] = defaultdict(list)
    states = [Task.State.OPEN, Task.State.CLAIMED]
    for task in Task.objects.filter(item__in=ids, state__in=states).select_related("queue"):
        undecided[task.item_id].append(task)
    newest = Candidate.objects.filter(item=OuterRef("pk")).order_by("-pk").values("pk")[:1]
    candidates = dict(
        Item.objects.filter(pk__in=ids)
        .annotate(newest=Subquery(newest))
        .values_list("pk", "newest")
    )
    routes = dict(Route.objects.filter(item__in=ids).values_list("item_id", "reasons"))
    own = set(
        Task.objects.filter(item__in=ids, claimed_by=actor)
        .exclude(state__in=[Task.State.OPEN, Task.State.CANCELLED])
        .values_list("item_id", flat=True)
    ) | set(
        PassedOver.objects.filter(task__item__in=ids, actor=actor).values_list(
            "task__item_id", flat=True
        )
    )
    to = Rights(User.objects.get(pk=str(options["to"]))) if verb == Run.Verb.GIVE else None
    kept = speaks_against(ids, candidates, routes) if verb == Run.Verb.GIVE_BACK else {}
    for item in ids:
        tasks = undecided.get(item, [])
        if not tasks:
            yield None, {"not_waiting"}
            continue
        task = tasks[0]
        reasons = _of_tasks(tasks) | _of_verb(task, verb, options)
        if to is not None and not to.serves(task.queue):
            reasons.add("to_cannot")
        if item in kept:
            reasons.add(kept[item])
        if verb in DECIDES:
            reasons |= _doubts(routes.get(item, []))
            if not rights.serves(task.queue):
                reasons.add("not_served")
            if item in own:
                reasons.add("own_part")
            if verb == Run.Verb.ACCEPT and candidates.get(item) is None:
                reasons.add("no_candidate")
        yield Chosen(item, task.pk, candidates.get(item)), reasons


def _of_tasks(tasks: Sequence[Task]) -> set[str]:
    """What is never done in bulk, whatever the verb: work that rests on independent eyes."""
    reasons = set()
    if any(task.is_blind for task in tasks):
        reasons.add("blind")
    if any(task.slots > 1 or task.kind == Task.Kind.ADJUDICATION for task in tasks):
        reasons.add("two_people")
    if any(task.kind == Task.Kind.COMPLIANCE for task in tasks):
        reasons.add("compliance")
    if any(task.kind == Task.Kind.QUALITY for task in tasks):
        reasons.add("quality")
    return reasons


def _of_verb(task: Task, verb: str, options: Mapping[str, object]) -> set[str]:
    is_claimed = task.state == Task.State.CLAIMED
    if verb == Run.Verb.RELEASE:
        return set() if is_claimed else {"not_claimed"}
    if verb == Run.Verb.PRIORITY:
        return {"already_so"} if task.priority == options.get("priority") else set()
    if verb == Run.Verb.GIVE:
        return {"already_so"} if str(task.claimed_by_id) == str(options.get("to")) else set()
    if is_claimed:
        return {"claimed"}
    if verb == Run.Verb.MOVE and task.queue_id == options.get("queue"):
        return {"already_so"}
    return set()


def _doubts(reasons: Sequence[Mapping[str, object]]) -> set[str]:
    """What spoke against the candidate when it was routed, in three kinds."""
    found = set()
    for reason in reasons:
        code = reason.get("code")
        if code in _CONFIDENCE:
            found.add("low_confidence")
        elif code == "check_failed":
            found.add("failed_check")
        elif code not in _HARMLESS:
            found.add("flagged")
    return found
