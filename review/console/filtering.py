"""The filter of the list of items as a form: what can be chosen, and what is."""

from collections.abc import Sequence
from dataclasses import dataclass

from governance.catalogue.models import ModelVersion
from governance.contracts.agreement import agreement_of
from governance.models import Process, User
from review.access import Rights
from review.console import words
from review.console.queries import people_serving
from review.finding import filters
from review.finding.filters import ItemFilter
from review.models import Decision, Item, Queue, Route

MOST_CHOICES = 200
# Why items come to people, in the words of a short list; the address takes any code.
REASONS = {
    "field_below_band": "A field under its band",
    "field_below_floor": "A field under its floor",
    "threshold_raised": "A field under a threshold raised in an incident",
    "halted": "The process was halted",
    "confidence_missing": "No confidence for a field",
    "confidence_weak": "Confidence is the model's own word",
    "check_failed": "A check failed",
    "ungrounded": "A value not found on the page",
    "structured_disagrees": "Page and data for machines disagree",
    "documents_disagree": "Documents disagree",
    "document_refused": "A document could not be read",
    "injection_suspected": "A document talks to the model",
    "candidate_failed": "The model gave no usable answer",
    "no_model": "No model serves",
    "process_paused": "The process was paused",
    "stage_assisted": "The stage is assisted",
    "stage_partial": "The stage is partial",
    "quality_sample": "Quality sample",
    "all_fields_in_band": "Every field in its band",
}
_NAMES = {
    "q": "Contains",
    "process": "Process",
    "state": "State",
    "queue": "Queue",
    "route": "Route",
    "why": "Reason",
    "check": "Failed check",
    "segment": "Segment",
    "verdict": "Verdict",
    "person": "Decided by",
    "version": "Model version",
    "received_from": "Received from",
    "received_to": "Received until",
    "decided_from": "Decided from",
    "decided_to": "Decided until",
    "due": "Due",
    "documents": "Documents",
    "external_id": "External id",
}
Choices = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Options:
    """What each select of the form offers, as (value, words)."""

    processes: Choices
    states: Choices
    queues: Choices
    routes: Choices
    reasons: Choices
    checks: Choices
    segments: Choices
    verdicts: Choices
    people: Choices
    versions: Choices
    due: Choices
    sorts: Choices
    columns: Choices


@dataclass(frozen=True, slots=True)
class Chip:
    """One part of the filter in words, and the address without it."""

    label: str
    value: str
    without: str


def options_for(mine: Rights, processes: Sequence[str], wanted: ItemFilter) -> Options:
    """What can be chosen in these processes; those of one process where one is chosen."""
    chosen = [slug for slug in processes if wanted.process in ("", slug)]
    contracts = Process.objects.filter(pk__in=chosen, contract__isnull=False).values_list(
        "contract_id", flat=True
    )
    agreements = [agreement_of(one) for one in contracts if one is not None]
    queues = list(Queue.objects.filter(process_id__in=chosen).order_by("process_id", "name"))
    versions = (
        ModelVersion.objects.filter(model__process_id__in=chosen)
        .select_related("model")
        .defer("config", "report")
        .order_by("-pk")[:MOST_CHOICES]
    )
    checks = sorted({check.name for one in agreements for check in one.checks})
    segments = sorted({segment.name for one in agreements for segment in one.segments})
    is_one = len(chosen) == 1
    return Options(
        processes=[(slug, slug) for slug in processes],
        states=_choices(Item.State.choices),
        queues=[
            (str(one.pk), one.name if is_one else f"{one.process_id}, {one.name}") for one in queues
        ],
        routes=[(str(value), words.OUTCOMES[value]) for value in Route.Outcome.values],
        reasons=list(REASONS.items()),
        checks=[(name, words.label(name)) for name in checks],
        segments=[("default", "Default"), *((name, words.label(name)) for name in segments)],
        verdicts=[(str(value), words.VERDICTS[value]) for value in Decision.Verdict.values],
        people=[("automatic", "Nobody: automatic"), *_people(queues)],
        versions=[(str(one.pk), f"{one.model.name} v{one.number}") for one in versions],
        due=list(filters.DUE.items()),
        sorts=list(filters.SORTS.items()),
        columns=list(filters.COLUMNS.items()),
    )


def _choices(choices: Sequence[tuple[str, str]]) -> Choices:
    return [(str(value), str(text)) for value, text in choices]


def _people(queues: Sequence[Queue]) -> list[tuple[str, str]]:
    serving = people_serving(queues)
    found = {one.pk: one.display_name for people in serving.values() for one in people}
    return sorted(((str(pk), name) for pk, name in found.items()), key=lambda pair: pair[1])


def chips_of(wanted: ItemFilter, processes: Sequence[str]) -> list[Chip]:
    """The parts of a filter, each with the address that leaves it out."""
    return [
        Chip(_NAMES[name], _value(name, value, processes), wanted.without(name).query())
        for name, value in wanted.narrows.items()
    ]


def _value(name: str, value: str, processes: Sequence[str]) -> str:
    match name:
        case "state":
            return str(Item.State(value).label)
        case "route":
            return words.OUTCOMES.get(value, value)
        case "why":
            return REASONS.get(value, value)
        case "verdict":
            return words.VERDICTS.get(value, value)
        case "due":
            return filters.DUE[value]
        case "documents":
            return "with"
        case "queue":
            queue = Queue.objects.filter(pk=value, process_id__in=processes).first()
            return str(queue) if queue else "unknown"
        case "version":
            version = (
                ModelVersion.objects.filter(pk=value, model__process_id__in=processes)
                .select_related("model")
                .first()
            )
            return f"{version.model.name} v{version.number}" if version else "unknown"
        case "person" if value != "automatic":
            person = User.objects.filter(pk=value).first()
            return person.display_name if person else "unknown"
        case "check" | "segment":
            return words.label(value)
    return value
